import { readFile, stat } from 'node:fs/promises'
import type { Lesson } from '../catalogue.ts'
import { type Hint, readLessonText, textFile } from '../lesson-text.ts'
import { renderSections, type Section } from './markdown.ts'

/** A lesson's text, ready for a page. */
export interface LessonBook {
  readonly sections: readonly Section[]
  readonly hints: readonly Hint[]
  /** What stands behind the number in the heading of each task. */
  readonly titles: ReadonlyMap<number, string>
}

/** Colouring takes longer than all the rest of a page, so it is done once for each state of a file. */
const rendered = new Map<string, { readonly changedAt: number; readonly book: LessonBook }>()

export async function readLessonBook(lesson: Lesson): Promise<LessonBook> {
  const file = textFile(lesson)
  const { mtimeMs: changedAt } = await stat(file)
  const known = rendered.get(lesson.id)
  if (known?.changedAt === changedAt) return known.book
  const [source, { hints, titles }] = await Promise.all([readFile(file, 'utf8'), readLessonText(lesson)])
  const book = { sections: renderSections(source), hints, titles }
  rendered.set(lesson.id, { changedAt, book })
  return book
}
