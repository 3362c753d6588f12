import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { openAttempt } from '../grading/attempt.ts'
import { loadChecks } from '../grading/check.ts'
import { grade, type GradeRequest } from '../grading/grade.ts'
import { readLessonText } from '../lesson-text.ts'
import type { LessonFiles } from '../progress/lesson-files.ts'
import { PROJECT } from '../project.ts'
import { openScratch } from '../sandbox/scratch.ts'
import { starters } from '../starters.ts'
import { applyMistake, type Mistake } from '../test/mistakes/mistake.ts'
import type { CheckVerdict, LessonVerdict } from '../verdict.ts'
import type { Claim } from './claims.ts'

/** The kinds of attempts that are tried. */
export const PARTS = ['starter', 'solution', 'variants', 'mistakes'] as const
export type Part = (typeof PARTS)[number]

/** Claims about how attempts of a lesson are graded. @param seed gives a fresh seed for every trial */
export async function trialClaims(lesson: Lesson, parts: readonly Part[], seed: () => number): Promise<Claim[]> {
  const makers: Record<Part, () => Promise<Claim[]>> = {
    starter: async () => [starterFails(lesson, seed)],
    solution: async () => [passes(lesson, solutionOf(), seed)],
    variants: async () => (await variantsOf(lesson)).map((variant) => passes(lesson, variant, seed)),
    mistakes: () => mistakesFail(lesson, seed),
  }
  const claims = await Promise.all(parts.map((part) => makers[part]()))
  return claims.flat()
}

/** An attempt that is right: it must pass whenever it is tried. */
export interface RightAttempt {
  /** `the solution`, `the variant socket-pool`. */
  readonly name: string
  readonly dir: string
}

/** All that we have of a lesson that is right: its solution, and its variants. */
export async function rightAttempts(lesson: Lesson): Promise<RightAttempt[]> {
  return [solutionOf(), ...(await variantsOf(lesson))]
}

function solutionOf(): RightAttempt {
  return { name: 'the solution', dir: join(PROJECT, 'solutions') }
}

async function variantsOf(lesson: Lesson): Promise<RightAttempt[]> {
  const folder = join(PROJECT, 'checker/test/variants', lesson.slug)
  const names = await readdir(folder)
  return names.toSorted().map((name) => ({ name: `the variant ${name}`, dir: join(folder, name) }))
}

/** A starter fails at every task, works for something, and is never the checker's problem. */
function starterFails(lesson: Lesson, seed: () => number): Claim {
  return {
    title: `${lesson.id}: the starter compiles and fails at every task`,
    async test() {
      // Not the one in exercises/, which a learner may have solved. Beside it stand the solutions on which it builds.
      const { [lesson.id]: starter } = starters
      if (starter === undefined) return 'checker/starters.ts does not have it'
      const checks = await among(starter, (dir) => tryOutAll({ lesson, dir, seed: seed() }))
      if (checks.every((check) => check.verdict !== 'passed')) return 'it passes no check at all'
      const odd = checks.find((check) => !['passed', 'failed', 'timed-out'].includes(check.verdict) && !isExcused(check))
      if (odd !== undefined) return `${odd.id} is ${odd.verdict}: ${odd.actual ?? odd.why}`
      const { tasks } = await readLessonText(lesson)
      const solved = tasks.filter((task) => checks.every((check) => check.task !== task || check.verdict === 'passed'))
      return solved.length === 0 ? undefined : `it already passes every check of task ${solved.join()}`
    },
  }
}

function passes(lesson: Lesson, { name, dir }: RightAttempt, seed: () => number): Claim {
  return {
    title: `${lesson.id}: ${name} passes`,
    async test() {
      const verdict = await tryOut({ lesson, dir, seed: seed() })
      const open = verdict.checks.filter((check) => check.verdict !== 'passed' && !isExcused(check))
      if (verdict.verdict === 'passed' && open.length === 0) return undefined
      return `seed ${verdict.seed}: ${open.map((check) => `${check.id} ${check.verdict}, ${check.actual}`).join('; ')}`
    },
  }
}

async function mistakesFail(lesson: Lesson, seed: () => number): Promise<Claim[]> {
  const module = (await import(new URL(`../test/mistakes/${lesson.slug}.ts`, import.meta.url).href)) as {
    mistakes: readonly Mistake[]
  }
  const trials = module.mistakes.map((mistake) => ({
    title: `${lesson.id}: the mistake ${mistake.name} fails at ${mistake.check}`,
    test: () => failsAsRecorded(lesson, mistake, seed()),
  }))
  return [everyCheckCanFail(lesson, module.mistakes), ...trials]
}

function everyCheckCanFail(lesson: Lesson, mistakes: readonly Mistake[]): Claim {
  return {
    title: `${lesson.id}: every check catches a recorded mistake`,
    async test() {
      const { checks } = await loadChecks(lesson)
      const idle = checks.filter(({ id }) => mistakes.every(({ check }) => check !== id))
      return idle.length === 0 ? undefined : `none is recorded for ${idle.map(({ id }) => id).join(', ')}`
    },
  }
}

async function failsAsRecorded(lesson: Lesson, mistake: Mistake, seed: number): Promise<string | undefined> {
  const name = mistake.file ?? `${lesson.slug}.ts`
  const solution = await readFile(join(PROJECT, 'solutions', name), 'utf8')
  const spoilt = { [name]: applyMistake(solution, mistake) }
  const verdict = await among(spoilt, (dir) => tryOut({ lesson, dir, seed, only: [mistake.check] }))
  const check = verdict.checks[0]
  if (check === undefined) return `there is no check ${mistake.check}`
  if (isExcused(check)) return undefined
  if (check.verdict !== 'failed' && check.verdict !== 'timed-out')
    return `seed ${seed}: it is ${check.verdict}, ${check.actual ?? ''}`
  const says = check.actual ?? ''
  const asRecorded = typeof mistake.actual === 'string' ? says === mistake.actual : mistake.actual.test(says)
  return asRecorded ? undefined : `seed ${seed}: the learner reads «${says}», recorded is ${String(mistake.actual)}`
}

/** Whether a check may be left out here. Whoever proves the book for others has all that its checks need. */
export function isExcused(check: CheckVerdict): boolean {
  return check.excused === true && process.env.CI !== 'true'
}

/** Lays out a folder with the solutions, some files of one lesson replaced, for as long as `use` takes. */
export async function among<T>(files: LessonFiles, use: (dir: string) => Promise<T>): Promise<T> {
  const scratch = await openScratch()
  const dir = join(scratch.dir, 'attempt')
  try {
    await mkdir(dir)
    await cp(join(PROJECT, 'solutions'), dir, { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      const file = join(dir, name)
      await mkdir(dirname(file), { recursive: true })
      // What was copied may be read-only.
      await rm(file, { force: true })
      await writeFile(file, text)
    }
    return await use(dir)
  } finally {
    await scratch.remove()
  }
}

/** What to try: everything that a grading may be told, with the folder of the attempt in the place of the attempt. */
export type Trial = Omit<GradeRequest, 'attempt'> & { readonly dir: string }

/** Grades an attempt of ours. @throws Error when there is no such folder */
export async function tryOut({ dir, ...request }: Trial): Promise<LessonVerdict> {
  const attempt = openAttempt(dir, request.lesson)
  if (attempt === undefined) throw new Error(`There is no folder ${dir}.`)
  // The earlier lessons are ours.
  return grade({ ...request, attempt, foundationHolds: true })
}

/** Tries an attempt that fails a lot: the checks that a grading leaves out, because it has waited enough, get one of their own. */
async function tryOutAll(trial: Trial): Promise<readonly CheckVerdict[]> {
  const { checks } = await tryOut(trial)
  const leftOut = checks.filter(isLeftOut).map(({ id }) => id)
  const isTriedInPart = leftOut.length > 0 && leftOut.length < checks.length
  return isTriedInPart
    ? [...checks.filter((check) => !isLeftOut(check)), ...(await tryOutAll({ ...trial, only: leftOut }))]
    : checks
}

function isLeftOut({ verdict, excused }: CheckVerdict): boolean {
  return verdict === 'not-run' && excused !== true
}
