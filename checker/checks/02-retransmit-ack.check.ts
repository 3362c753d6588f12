import { type RetransmitAck, shapes } from '../contracts/02-retransmit-ack.ts'
import { lessonChecks } from '../grading/check.ts'
import { describe } from './02-packets.ts'
import { packets } from './02-laying-out.ts'
import { serves } from './02-serving.ts'
import { delivers } from './02-delivering.ts'
import { lasts } from './02-lasting.ts'

export default lessonChecks<RetransmitAck>({ shapes, describe, checks: [...packets, ...serves, ...delivers, ...lasts] })
