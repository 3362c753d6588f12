import { realpathSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LessonFiles } from './lesson-files.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Puts texts in the place of what is in a folder, each file as a whole.
 * @param dir the folder laid out like exercises/
 * @param draftDir where drafts are written, so that none is left among the learner's files; not on the same disk, beside them
 */
export async function putFiles(dir: string, files: LessonFiles, draftDir: string): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = target(join(dir, name))
    await mkdir(dirname(file), { recursive: true })
    const draft = join(draftDir, `${basename(file)}.new`)
    try {
      await writeAtomically(file, text, draft)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
      await writeAtomically(file, text, `${file}.new`)
      await rm(draft, { force: true })
    }
  }
}

/** Where a file really is: somebody may have linked their own folder. */
function target(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
