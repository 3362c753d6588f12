import { type Lesson, lessons } from '../catalogue.ts'
import { ofLesson } from './progress.ts'
import { readProgress } from './state.ts'

/** The lesson to go on with: the first one that has not been passed. */
export async function firstOpenLesson(): Promise<Lesson> {
  const progress = await readProgress()
  return lessons.find((lesson) => ofLesson(progress, lesson.id).passedAt === undefined) ?? (lessons.at(-1) as Lesson)
}

/** The lesson that was worked on last, else the first open one. */
export async function currentLesson(): Promise<Lesson> {
  const { current } = await readProgress()
  return lessons.find((lesson) => lesson.id === current) ?? firstOpenLesson()
}

/** Where the learner left off; once that is passed, the first lesson that is not. */
export async function lessonToResume(): Promise<Lesson> {
  const current = await currentLesson()
  const { passedAt } = ofLesson(await readProgress(), current.id)
  return passedAt === undefined ? current : firstOpenLesson()
}
