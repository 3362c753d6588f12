import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Lesson } from '../catalogue.ts'

/** Texts by their path in an attempt's folder, with slashes: `01-udp-basics.ts`. */
export type LessonFiles = Readonly<Record<string, string>>

/**
 * Reads the files of a lesson in a folder laid out like exercises/: those whose name begins with the lesson's slug.
 * @returns nothing at all where there is no such folder
 */
export function readLessonFiles(dir: string, lesson: Lesson): LessonFiles {
  if (!existsSync(dir)) return {}
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, sep).length).split(sep).join('/'))
    .filter((name) => name.startsWith(`${lesson.slug}.`) || name.startsWith(`${lesson.slug}/`))
    .filter((name) => !/(~|\.swp|\.new)$/.test(name))
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(dir, name), 'utf8')]))
}

/** Tells two states of a lesson's files apart. Line ends of Windows make no difference. */
export function fingerprint(files: LessonFiles): string {
  const hash = createHash('sha256')
  for (const [name, text] of Object.entries(files)) hash.update(`${name}\0${withPlainLineEnds(text)}\0`)
  return hash.digest('hex').slice(0, 16)
}

/** Whether `files` hold all of `others`, with the same texts. */
export function holdsAll(files: LessonFiles, others: LessonFiles): boolean {
  return Object.entries(others).every(([name, text]) => withPlainLineEnds(files[name] ?? '') === withPlainLineEnds(text))
}

export function withPlainLineEnds(text: string): string {
  return text.replaceAll('\r\n', '\n')
}
