import { shapes } from '../contracts/07-p2p-network.ts'
import { lessonChecks } from '../grading/check.ts'
import { describeText } from '../lab/trace.ts'
import { fetching } from './07-fetching.ts'
import { flooding } from './07-flooding.ts'
import { openReader } from './07-frames.ts'
import { linking } from './07-linking.ts'
import { living } from './07-living.ts'
import { meeting } from './07-meeting.ts'
import { reading } from './07-reading.ts'
import { searching } from './07-searching.ts'

export default lessonChecks({
  shapes,
  describe: describeText,
  openReader,
  foundation: { lesson: 'lesson-5', checks: ['5.2', '5.5', '5.6', '5.9', '5.18', '5.20'] },
  checks: [...reading, ...linking, ...meeting, ...flooding, ...searching, ...fetching, ...living],
})
