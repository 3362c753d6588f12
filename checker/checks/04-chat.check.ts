import { type Chat, shapes } from '../contracts/04-chat.ts'
import { lessonChecks } from '../grading/check.ts'
import { describe } from './04-packets.ts'
import { serves } from './04-serving.ts'
import { outlives } from './04-outliving.ts'
import { joins } from './04-joining.ts'
import { shows } from './04-showing.ts'

export default lessonChecks<Chat>({ shapes, describe, checks: [...serves, ...outlives, ...joins, ...shows] })
