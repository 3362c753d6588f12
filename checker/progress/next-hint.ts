import type { Lesson } from '../catalogue.ts'
import { type Hint, readLessonText } from '../lesson-text.ts'
import { firstOpen } from '../verdict.ts'
import { ofLesson } from './progress.ts'
import { countHint, readLastVerdict, readProgress } from './state.ts'

/** A hint that counts as shown. */
export interface TakenHint {
  readonly hint: Hint
  /** How many hints the task has. */
  readonly count: number
  /** What stands behind the number in the task's heading. */
  readonly title: string
}

/** The first task that is not done; undefined when the lesson has passed. */
export async function taskToHintAt(lesson: Lesson): Promise<number | undefined> {
  const last = await readLastVerdict(lesson.id)
  if (last === undefined) return 1
  return last.verdict === 'passed' ? undefined : (firstOpen(last)?.task ?? 1)
}

/**
 * Takes the next hint for a task; the last one again when all have been shown.
 * @param again whether to begin with the first one
 * @returns undefined for a task without hints
 */
export async function takeHint(lesson: Lesson, task: number, again: boolean): Promise<TakenHint | undefined> {
  const { hints, titles } = await readLessonText(lesson)
  const ofTask = hints.filter((hint) => hint.task === task).toSorted((a, b) => a.number - b.number)
  const shown = again ? 0 : (ofLesson(await readProgress(), lesson.id).hints[task] ?? 0)
  const hint = ofTask[Math.min(shown, ofTask.length - 1)]
  if (hint === undefined) return undefined
  await countHint(lesson, task, hint.number)
  return { hint, count: ofTask.length, title: titles.get(task) ?? '' }
}
