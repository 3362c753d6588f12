import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Lesson } from '../catalogue.ts'

/** The tree that is graded. Paths are absolute and without symbolic links. */
export interface Attempt {
  readonly dir: string
  /** The exercise's file in it; it may be missing. */
  readonly file: string
}

/** @returns undefined when there is no such folder */
export function openAttempt(dir: string, lesson: Lesson): Attempt | undefined {
  if (!existsSync(dir)) return undefined
  const real = realpathSync(dir)
  return { dir: real, file: join(real, `${lesson.slug}.ts`) }
}
