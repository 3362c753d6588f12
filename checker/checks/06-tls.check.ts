import { shapes, type TlsFileTransfer } from '../contracts/06-tls.ts'
import { lessonChecks } from '../grading/check.ts'
import { describeText } from '../lab/trace.ts'
import { arrivalChecks } from './06-arriving.ts'
import { openReader } from './06-records.ts'
import { serverChecks } from './06-serving.ts'
import { clientChecks } from './06-trusting.ts'

export default lessonChecks<TlsFileTransfer>({
  shapes,
  describe: describeText,
  openReader,
  foundation: { lesson: 'lesson-5', checks: ['5.3', '5.5', '5.6', '5.8', '5.16', '5.18', '5.20', '5.24'] },
  checks: [...serverChecks, ...clientChecks, ...arrivalChecks],
})
