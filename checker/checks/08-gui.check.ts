import { shapes } from '../contracts/08-gui.ts'
import { lessonChecks } from '../grading/check.ts'
import { describeText } from '../lab/trace.ts'
import { driving } from './08-driving.ts'
import { fetching } from './08-fetching.ts'
import { guarding } from './08-guarding.ts'
import { openReader } from './08-reader.ts'
import { sharing } from './08-sharing.ts'
import { telling } from './08-telling.ts'
import { tellingApart } from './08-telling-apart.ts'

export default lessonChecks({
  shapes,
  describe: describeText,
  openReader,
  foundation: { lesson: 'lesson-7', checks: ['7.4', '7.6', '7.12', '7.23', '7.24', '7.25', '7.28', '7.29'] },
  checks: [...sharing, ...fetching, ...telling, ...tellingApart, ...guarding, ...driving],
})
