import { type Lesson, lessons } from '../catalogue.ts'
import { readLessonText } from '../lesson-text.ts'
import { type LessonVerdict, passedCount } from '../verdict.ts'
import { currentLesson } from './current-lesson.ts'
import { ofLesson, type Progress } from './progress.ts'
import { readLastVerdict, readProgress } from './state.ts'

/** One lesson as the list shows it. */
export interface Entry {
  readonly lesson: string
  readonly title: string
  readonly current: boolean
  /** How many different programs were graded. */
  readonly attempts: number
  /** When it was first passed, ISO 8601. */
  readonly passedAt?: string
  /** What the last grading came to. */
  readonly last?: { readonly verdict: string; readonly passed: number; readonly checks: number }
  readonly tasks: readonly { readonly task: number; readonly title: string; readonly done: boolean }[]
}

/** The lessons with what the learner has made of them. */
export async function readEntries(): Promise<Entry[]> {
  const progress = await readProgress()
  const current = await currentLesson()
  return Promise.all(lessons.map((lesson) => entryOf(lesson, progress, lesson.id === current.id)))
}

async function entryOf(lesson: Lesson, progress: Progress, current: boolean): Promise<Entry> {
  const { attempts, passedAt } = ofLesson(progress, lesson.id)
  const last = await readLastVerdict(lesson.id)
  const text = await readLessonText(lesson).catch(() => undefined)
  return {
    lesson: lesson.id,
    title: lesson.title,
    current,
    attempts,
    ...(passedAt === undefined ? {} : { passedAt }),
    ...(last === undefined ? {} : { last: { verdict: last.verdict, passed: passedCount(last), checks: last.checks.length } }),
    tasks: (text?.tasks ?? []).map((task) => ({ task, title: text?.titles.get(task) ?? '', done: isDone(task, last) })),
  }
}

function isDone(task: number, last: LessonVerdict | undefined): boolean {
  const checks = last?.checks.filter((check) => check.task === task) ?? []
  return checks.length > 0 && checks.every((check) => check.verdict === 'passed')
}
