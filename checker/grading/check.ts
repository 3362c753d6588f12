import { type Lesson, lessons } from '../catalogue.ts'
import type { ExportShapes } from '../contracts/shape.ts'
import type { Lab } from '../lab/lab.ts'
import type { Folder } from '../lab/folder.ts'
import type { Describe, StreamReader } from '../lab/trace.ts'
import type { Learner } from '../sandbox/learner.ts'

/** The attempt in a process of its own. */
export interface Desk<Contract> {
  readonly learner: Learner<Contract>
  /** An empty folder that this process may read and write, and the check as well. */
  readonly folder: Folder
}

/** What a check works with: the attempt, and a small network. */
export interface Bench<Contract> extends Desk<Contract> {
  readonly lab: Lab
  /** Starts the same attempt in one more process. It ends with the check. */
  another(): Promise<Desk<Contract>>
}

/** The longest a check may take, in milliseconds of an idle machine. */
export const CHECK_MS = 10_000

/** The same for one that drives a browser: each look at a page takes a while on a busy machine. */
export const BROWSER_CHECK_MS = 4 * CHECK_MS

/** One hidden test. */
export interface Check<Contract> {
  /** `2.4`: lesson and place. */
  readonly id: string
  /** A sentence about the program in the present tense. */
  readonly title: string
  /** The task of the lesson text that it belongs to. */
  readonly task: number
  /** It drives a page in a real browser. Where there is none it is left out, and the lesson can be passed without it. */
  readonly needs?: 'browser'
  /** About how long it takes even where all is right, if that is most of a second: then it is begun early. */
  readonly seconds?: number
  /** The export to look at when it fails. */
  readonly about: keyof Contract & string
  /** Rejects when the attempt does not do what the title says. */
  run(bench: Bench<Contract>): Promise<void>
}

/** What a file in `checker/checks` exports as its default: the checks of one lesson, in order. */
export interface LessonChecks<Contract> {
  readonly shapes: ExportShapes<Contract>
  /** Says what a datagram is. */
  readonly describe: Describe
  /** Opens a reader for one direction of a connection. */
  readonly openReader?: () => StreamReader
  /**
   * Checks of an earlier lesson that must pass first, where the attempt imports its own file of that lesson: what fails
   * there would fail here as well, and be blamed on the wrong file.
   */
  readonly foundation?: { readonly lesson: string; readonly checks: readonly string[] }
  readonly checks: readonly Check<Contract>[]
}

/** The contract is known to the check files alone; to the grader all lessons look alike. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyCheck = Check<any>
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyChecks = LessonChecks<any>

/** Loads the checks of a lesson by its file name. They are fixed before the attempt starts. */
export async function loadChecks(lesson: Lesson): Promise<AnyChecks> {
  const module = (await import(`../checks/${lesson.slug}.check.ts`)) as { default: AnyChecks }
  return module.default
}

/**
 * Whether all earlier lessons that a lesson stands on, directly or not, are known to pass.
 * @param passes knows it of one lesson
 */
export async function foundationPasses(lesson: Lesson, passes: (earlier: Lesson) => Promise<boolean>): Promise<boolean> {
  const { foundation } = await loadChecks(lesson)
  const below = lessons.find(({ id }) => id === foundation?.lesson)
  return below === undefined || ((await passes(below)) && foundationPasses(below, passes))
}

/** Declares the checks of a lesson. */
export function lessonChecks<Contract>(definition: LessonChecks<Contract>): LessonChecks<Contract> {
  return definition
}
