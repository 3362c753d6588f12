import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { type Lesson, lessons } from '../catalogue.ts'
import { MAX_SEED, shortSeed } from '../lab/chance.ts'
import { PROJECT } from '../project.ts'
import { nearest } from './nearest.ts'
import { OWN_ATTEMPT } from '../progress/state.ts'
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
    return parseArgs({
      args: args.filter((arg) => arg !== '--'),
      options,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    })
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
  if (process.env.npm_lifecycle_event !== command) return
  const configured = configuredNames()
  const stray = Object.keys(options).filter(
    (name) => `npm_config_${name.replaceAll('-', '_')}` in process.env && !args.includes(`--${name}`) && !configured.has(name),
  )
  if (stray.length === 0) return
  const flags = stray.map((name) => `--${name}`).join(' ')
  throw new UsageError(
    `npm kept ${flags} for itself. Options for the checker come after a bare --.`,
    `Type it again with -- before the options: npm run ${command} ${args[0] ?? 'lesson-1'} -- ${flags} …`,
  )
}

/** What somebody has set for npm once and for all, which npm tells in the same way as what was typed: `yes`, `ca`, `key`. */
function configuredNames(): ReadonlySet<string> {
  const { npm_config_userconfig: own, npm_config_globalconfig: everybody } = process.env
  const files = [own, everybody, join(PROJECT, '.npmrc')].filter((file) => file !== undefined && existsSync(file)) as string[]
  return new Set(
    files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^\s*([\w-]+)\s*=/gm)].map(([, name = '']) => name)),
  )
}

/**
 * Finds a lesson by what a person types: `lesson-3`, `3`, `lesson 3`, `encryption`, a beginning that fits only one, or the
 * path of one of its files.
 * @throws UsageError with the nearest name when none or several fit
 */
export function findLesson(typed: string): Lesson {
  const word = basename(typed.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(check\.ts|ts|md)$/, '')
    .replace(/^(lesson|l)?[\s_-]*0*(\d+)$/, 'lesson-$2')
  const exact = lessons.find((lesson) => namesOf(lesson).includes(word))
  if (exact !== undefined) return exact
  const begun = lessons.filter((lesson) => word !== '' && namesOf(lesson).some((name) => name.startsWith(word)))
  if (begun.length === 1 && begun[0] !== undefined) return begun[0]
  const known = lessons.map((lesson) => `${lesson.id} ${lesson.slug.slice(3)}`).join(', ')
  throw new UsageError(`There is no lesson "${typed}". Lessons: ${known}.`, `The nearest is ${nearestLesson(word)}.`)
}

/**
 * The lesson that stands first among the words of a command, if any.
 * @throws UsageError when none fits, and when more than one is named
 */
export function lessonIn(words: readonly string[]): Lesson | undefined {
  const [first, second] = words
  if (first === undefined) return undefined
  if (second === undefined) return findLesson(first)
  if (first.toLowerCase() === 'lesson') return lessonIn([`lesson-${second}`, ...words.slice(2)])
  throw new UsageError(`One lesson at a time, please; "${words.slice(1).join(' ')}" is too much.`, `For example: ${first}`)
}

function namesOf(lesson: Lesson): readonly string[] {
  return [lesson.id, lesson.slug, lesson.slug.slice(3)]
}

/** A wrong number means the number next to it; anything else, the name with the fewest letters to change. */
function nearestLesson(word: string): string {
  const number = /^lesson-(\d+)$/.exec(word)?.[1]
  if (number !== undefined) return (Number(number) < 1 ? lessons[0] : lessons.at(-1))?.id ?? ''
  return nearest(word, lessons.flatMap(namesOf))
}

/** A seed as typed, or one by chance that is easy to type again. @throws UsageError when it is none */
export function readSeed(typed: string | undefined): number {
  if (typed === undefined) return shortSeed()
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

/** The folder to grade when a lesson was named by the path of its file, as in `check exercises/01-udp-basics.ts`. */
export function attemptDirOfPath(typed: string | undefined): string | undefined {
  if (typed === undefined || !/[\\/].*\.ts$/.test(typed)) return undefined
  return attemptDir(dirname(typed))
}
