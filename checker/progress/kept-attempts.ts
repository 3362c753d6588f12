import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { type LessonFiles, readLessonFiles } from './lesson-files.ts'
import type { Store } from './store.ts'
import { timeName, timeOfName } from './time-name.ts'
import { moveInto, writeThrough } from './write-atomically.ts'

/** A copy of an attempt, in a folder laid out like exercises/, named by its time. */
export interface KeptAttempt {
  readonly at: Date
  readonly dir: string
}

/** Keeps a copy. It is complete and on the disk when this resolves, and until then there is none. */
export async function keepAttempt(store: Store, lesson: Lesson, files: LessonFiles): Promise<KeptAttempt> {
  return store.using(async (root) => {
    const folder = join(root, 'attempts', lesson.id)
    const draft = join(folder, '.new')
    await rm(draft, { recursive: true, force: true })
    for (const [name, text] of Object.entries(files)) {
      const file = join(draft, name)
      await mkdir(dirname(file), { recursive: true })
      await writeThrough(file, text)
    }
    const at = new Date()
    const dir = join(folder, timeName(at))
    await moveInto(draft, dir)
    return { at, dir }
  })
}

/** The kept attempts of a lesson, the newest first. @param root the folder of the store */
export async function keptAttempts(root: string, lesson: Lesson): Promise<KeptAttempt[]> {
  const folder = join(root, 'attempts', lesson.id)
  const names = await readdir(folder).catch(() => [])
  return names
    .flatMap((name) => ({ at: timeOfName(name), dir: join(folder, name) }))
    .filter((each): each is KeptAttempt => each.at !== undefined)
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
}

export function readKept(kept: KeptAttempt, lesson: Lesson): LessonFiles {
  return readLessonFiles(kept.dir, lesson)
}
