import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { type Lesson, lessons } from '../catalogue.ts'
import { PROJECT } from '../project.ts'
import { nearest } from './nearest.ts'
import { readProgress } from './state.ts'
import { UsageError } from './usage-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/**
 * Takes the arguments of a command apart.
 * @param command the word typed after `npm run`
 * @throws UsageError for an option that does not exist, and for one that npm kept for itself
 */
export function readArguments<T extends Options>(command: string, args: readonly string[], options: T) {
  refuseStrayNpmFlags(command, args, options)
  try {
    // A second bare -- is what people type when they are not sure about the first.
    return parseArgs({ args: args.filter((arg) => arg !== '--'), options, allowPositionals: true, strict: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error)
    const typed = /'--?([^' ]+)/.exec(message)?.[1] ?? ''
    const near = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? `The nearest is --${nearest(typed, Object.keys(options))}. ` : ''
    throw new UsageError(`${message}.`, `${near}Help: npm run ${command} -- --help`)
  }
}

/** npm takes options that stand before a bare `--` for its own and tells the script only by its environment. */
function refuseStrayNpmFlags(command: string, args: readonly string[], options: Options): void {
  const stray = Object.keys(options).filter((name) => `npm_config_${name}` in process.env && !args.includes(`--${name}`))
  if (stray.length === 0 || process.env.npm_lifecycle_event !== command) return
  const flags = stray.map((name) => `--${name}`).join(' ')
  throw new UsageError(
    `npm kept ${flags} for itself. Options for the checker come after a bare --.`,
    `Type it again with -- before the options: npm run ${command} ${args[0] ?? 'lesson-1'} -- ${flags} …`,
  )
}

/**
 * Finds a lesson by what a person types: `lesson-3`, `3`, `03`, `encryption`, or a beginning that fits only one.
 * @throws UsageError with the nearest name when none or several fit
 */
export function findLesson(typed: string): Lesson {
  const word = typed.toLowerCase()
  const names = (lesson: Lesson) => [lesson.id, String(lesson.number), lesson.slug.slice(0, 2), lesson.slug, lesson.slug.slice(3)]
  const exact = lessons.find((lesson) => names(lesson).includes(word))
  if (exact !== undefined) return exact
  const begun = lessons.filter((lesson) => names(lesson).some((name) => name.startsWith(word)))
  if (begun.length === 1 && begun[0] !== undefined) return begun[0]
  const near = nearest(
    word,
    lessons.flatMap((lesson) => [lesson.id, lesson.slug.slice(3)]),
  )
  const known = lessons.map((lesson) => lesson.id).join(', ')
  throw new UsageError(`There is no lesson "${typed}". Lessons: ${known}.`, `The nearest is ${near}.`)
}

/** The folder with the learner's files. */
export const OWN_ATTEMPT = join(PROJECT, 'exercises')
const MAX_SEED = 2 ** 32 - 1

/** A seed as typed, or one by chance that is easy to type again. @throws UsageError when it is none */
export function readSeed(typed: string | undefined): number {
  if (typed === undefined) return randomInt(10_000)
  const seed = Number(typed)
  if (/^\d+$/.test(typed) && seed <= MAX_SEED) return seed
  throw new UsageError(`"${typed}" is no seed: it is a whole number from 0 to ${MAX_SEED}.`, 'For example: --seed 4711')
}

/** The folder to grade, as typed from where it was typed; npm itself changes to the project's. */
export function attemptDir(typed: string | undefined): string {
  if (typed === undefined) return OWN_ATTEMPT
  const fromProject = resolve(typed)
  const fromThere = resolve(process.env.INIT_CWD ?? '.', typed)
  return existsSync(fromProject) ? fromProject : fromThere
}

/** The lesson to go on with: the first one that has not been passed. */
export async function firstOpenLesson(): Promise<Lesson> {
  const { passed } = await readProgress()
  return lessons.find((lesson) => !(lesson.id in passed)) ?? (lessons.at(-1) as Lesson)
}
