import { type Encryption, shapes } from '../contracts/03-encryption.ts'
import { lessonChecks } from '../grading/check.ts'
import { describe } from './03-tokens.ts'
import { tokens } from './03-sealing.ts'
import { signatures } from './03-signing.ts'
import { receives } from './03-receiving.ts'
import { sends, together } from './03-sending.ts'

export default lessonChecks<Encryption>({
  shapes,
  describe,
  checks: [...tokens, ...signatures, ...receives, ...sends, ...together],
})
