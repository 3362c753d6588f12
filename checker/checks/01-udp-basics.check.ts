import { shapes, type UdpBasics } from '../contracts/01-udp-basics.ts'
import { lessonChecks } from '../grading/check.ts'
import { describeText } from '../lab/trace.ts'
import { receives } from './01-receiving.ts'
import { sends } from './01-sending.ts'

export default lessonChecks<UdpBasics>({ shapes, describe: describeText, checks: [...receives, ...sends] })
