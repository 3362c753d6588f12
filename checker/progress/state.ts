import { join } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { fingerprint, type LessonFiles, readLessonFiles } from './lesson-files.ts'
import { acceptProgress, afterGrading, ofLesson, type Progress, withLesson } from './progress.ts'
import { openStore } from './store.ts'
import { PROJECT } from '../project.ts'
import { starters } from '../starters.ts'
import type { LessonVerdict } from '../verdict.ts'

/** Beside the code, ignored by git. Only kept attempts and times in it cannot be made again. */
export const WORKBOOK = join(PROJECT, '.workbook')

/** The folder with the learner's files. */
export const OWN_ATTEMPT = join(PROJECT, 'exercises')

export const store = openStore(WORKBOOK, (message) => process.stderr.write(`${message}\n`))

const PROGRESS = 'progress.json'
const NO_PROGRESS: Progress = { lessons: {} }

export async function readProgress(): Promise<Progress> {
  return (await store.read(PROGRESS, acceptProgress)) ?? NO_PROGRESS
}

async function changeProgress(change: (progress: Progress) => Progress): Promise<void> {
  await store.change(PROGRESS, acceptProgress, (before) => change(before ?? NO_PROGRESS))
}

export async function enterLesson(lesson: Lesson): Promise<void> {
  const { current } = await readProgress()
  if (current !== lesson.id) await changeProgress((progress) => ({ ...progress, current: lesson.id }))
}

export async function countHint(lesson: Lesson, task: number, shown: number): Promise<void> {
  await changeProgress((progress) => {
    const { hints = {} } = progress.lessons[lesson.id] ?? {}
    return withLesson(progress, lesson.id, { hints: { ...hints, [task]: shown } })
  })
}

/** Whether the learner has passed the lesson, or has said before that they want to see its solution. */
export async function maySeeSolution(lesson: Lesson): Promise<boolean> {
  const { passedAt, solutionShown } = ofLesson(await readProgress(), lesson.id)
  return passedAt !== undefined || solutionShown === true
}

export async function allowSolution(lesson: Lesson): Promise<void> {
  await changeProgress((progress) => withLesson(progress, lesson.id, { solutionShown: true }))
}

/** The learner's files of a lesson as they are now. */
export function ownFiles(lesson: Lesson): LessonFiles {
  return readLessonFiles(OWN_ATTEMPT, lesson)
}

/** The files of a lesson as they were when the learner got them. */
export function starterFiles(lesson: Lesson): LessonFiles {
  return starters[lesson.id] ?? {}
}

/** The last verdict on the learner's own file. */
export async function readLastVerdict(lessonId: string): Promise<LessonVerdict | undefined> {
  return store.read(lastName(lessonId), acceptVerdict)
}

/** The last run of a lesson: all of it or a part, on whatever folder. */
export async function readLastRun(lessonId: string): Promise<LessonVerdict | undefined> {
  return (await store.read(otherRunName(lessonId), acceptVerdict)) ?? readLastVerdict(lessonId)
}

/** Keeps what there is to see of a run that is no verdict on the learner's own file. It is the last run until there is one. */
export async function keepOtherRun(verdict: LessonVerdict): Promise<void> {
  await store.write(otherRunName(verdict.lesson), verdict)
}

/** Whether the learner's files of a lesson, as they are now, are those that were graded last, and passed. */
export async function passesAsItIs(lesson: Lesson): Promise<boolean> {
  const last = await readLastVerdict(lesson.id)
  if (last?.verdict !== 'passed') return false
  return ofLesson(await readProgress(), lesson.id).fingerprint === fingerprint(ownFiles(lesson))
}

/** @param files the learner's files from before the grading */
export async function keepVerdict(verdict: LessonVerdict, lesson: Lesson, files: LessonFiles): Promise<void> {
  await store.forget(otherRunName(verdict.lesson))
  await store.write(lastName(verdict.lesson), verdict)
  if (verdict.verdict === 'error' || verdict.verdict === 'interrupted') return
  const grading = {
    lesson: verdict.lesson,
    passed: verdict.verdict === 'passed',
    fingerprint: fingerprint(files),
    starterFingerprint: fingerprint(starterFiles(lesson)),
    at: new Date(),
  }
  await changeProgress((progress) => afterGrading(progress, grading))
}

function otherRunName(lessonId: string): string {
  return join('other-runs', `${lessonId}.json`)
}

function lastName(lessonId: string): string {
  return join('last', `${lessonId}.json`)
}

function acceptVerdict(value: unknown): LessonVerdict | undefined {
  const verdict = value as Partial<LessonVerdict> | null
  return verdict?.schema === 1 && Array.isArray(verdict.checks) ? (verdict as LessonVerdict) : undefined
}
