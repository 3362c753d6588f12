import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Lesson } from '../catalogue.ts'
import { type Attempt, openAttempt } from '../grading/attempt.ts'
import { seededChance } from '../lab/chance.ts'
import { YOU } from '../lab/lab.ts'
import { describeText, type Describe, openTrace, type Trace } from '../lab/trace.ts'
import { openUdpRelay, type Weather } from '../lab/udp-relay.ts'
import type { Role, Roles, Running } from '../play/play.ts'
import { eventLine } from '../reporters/event-line.ts'
import { inert } from '../reporters/text.ts'
import { compile } from '../sandbox/compile.ts'
import { openScratch } from '../sandbox/scratch.ts'
import { attemptDir, findLesson, readArguments, readSeed } from './arguments.ts'
import { nearest } from './nearest.ts'
import { UsageError } from './usage-error.ts'

type AnyRole = Role<unknown>

/** What the network does by chance, and the flag for each. */
const WEATHER = {
  loss: 'the share of datagrams that get lost: 0.3',
  duplicate: 'the share that arrives twice',
  reorder: 'the share that is overtaken by the next one',
  corrupt: 'the share in which one bit is flipped',
  delay: 'milliseconds that each datagram takes longer',
} as const

const COMMON = {
  attempt: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** Runs the attempt as a real program in this terminal. */
export async function run(args: readonly string[]): Promise<number> {
  const firstFlag = args.findIndex((arg) => arg.startsWith('-') && arg !== '--')
  const words = args.slice(0, firstFlag < 0 ? args.length : firstFlag).filter((arg) => arg !== '--')
  // An option may also stand before the lesson.
  const typedLesson = words[0] ?? args.find((arg) => !arg.startsWith('-'))
  if (typedLesson === undefined) {
    if (!args.includes('--help')) throw new UsageError('Which lesson?', 'For example: npm run play lesson-1 -- receiver')
    print(
      `npm run play LESSON -- ROLE [ROLE …] [options]\n\nRuns your program for real. The roles of a lesson: npm run play lesson-1 -- --help`,
    )
    return 0
  }
  const lesson = findLesson(typedLesson)
  const roles = await loadRoles(lesson)
  // Options alone are meant for the first role.
  const typedRole = words[1] ?? (firstFlag >= 0 ? Object.keys(roles)[0] : undefined)
  if (typedRole === undefined || args.includes('--help')) {
    print(help(lesson, roles))
    return 0
  }
  const names = words.length > 2 ? words.slice(1) : [typedRole]
  const played = names.map((name) => ({ name, role: findRole(lesson, roles, name) }))
  const known = Object.assign({}, ...played.map(({ role }) => optionsOf(role))) as ReturnType<typeof optionsOf>
  const { values } = readArguments('play', args, known)
  const typed = values as Readonly<Record<string, unknown>> as Readonly<Record<string, string | undefined>>
  const [only] = played
  if (played.length === 1 && only !== undefined) return perform(lesson, only.role, typed)
  const { playTogether } = await import('./play-together.ts')
  return playTogether(
    lesson,
    played.map(({ name, role }) => ({ role: name, flags: flagsFor(role, typed) })),
  )
}

function findRole(lesson: Lesson, roles: Roles<unknown>, typed: string): AnyRole {
  const role = roles[typed]
  if (role !== undefined) return role
  throw new UsageError(
    `${lesson.id} has no role "${typed}". Roles: ${Object.keys(roles).join(', ')}.`,
    `The nearest is: npm run play ${lesson.id} -- ${nearest(typed, Object.keys(roles))}`,
  )
}

/** What may be typed behind a role. */
function optionsOf(role: AnyRole) {
  const texts = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]))
  return { ...COMMON, ...texts(Object.keys(role.options)), ...(role.relayed === true ? texts(Object.keys(WEATHER)) : {}) }
}

/** What was typed, as far as it means something to this role. */
function flagsFor(role: AnyRole, typed: Readonly<Record<string, string | undefined>>): string[] {
  const meant = Object.keys(optionsOf(role)).filter((name) => name !== 'help' && typed[name] !== undefined)
  return meant.map((name) => `--${name}=${typed[name]}`)
}

async function perform(lesson: Lesson, role: AnyRole, values: Readonly<Record<string, string | undefined>>): Promise<number> {
  const options = Object.fromEntries(Object.entries(role.options).map(([name, option]) => [name, values[name] ?? option.default]))
  checkPort(options.port)
  const weather = readWeather(values)
  const attempt = openAttempt(attemptDir(values.attempt), lesson)
  if (attempt === undefined)
    throw new UsageError(`There is no folder ${values.attempt}.`, 'Give a folder laid out like exercises/.')
  const failure = await whyNotCompiled(attempt, lesson)
  if (failure !== undefined) {
    print(`Your program cannot be started.\n\n${failure}`)
    return 1
  }

  const behind = weather === undefined ? options : { ...options, port: '0' }
  print(`${role.about}; Ctrl-C ends it`)
  const play = async () => {
    const program: unknown = await import(pathToFileURL(attempt.file).href)
    const starting = role.start({ program, options: behind, lines: typedLines(), print: (line) => print(inert(line)) })
    const running = await tellWhenSlow(starting, START_MS, 'Still starting: your function has not resolved yet. Ctrl-C ends it.')
    return untilEnded(running, { lesson, weather, port: Number(options.port), seed: values.seed })
  }
  try {
    return await Promise.race([play(), nothingLeft()])
  } catch (error) {
    print(rejection(error))
    return 1
  }
}

/** Longer than this a start or an end takes only when a promise is not resolved; in milliseconds. */
const START_MS = 1500
const CLOSE_MS = 1500

async function tellWhenSlow<T>(work: Promise<T>, limitMs: number, message: string): Promise<T> {
  const timer = setTimeout(print, limitMs, message)
  timer.unref()
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** Nothing is open and nothing will happen any more, but the role is not over: Node would end without a word. */
function nothingLeft(): Promise<number> {
  return new Promise((resolve) => {
    process.once('beforeExit', () => {
      print('Your program has nothing left to do, yet a promise that it returned was never resolved. Is a resolve() missing?')
      resolve(1)
    })
  })
}

/**
 * What is typed, until Ctrl-C. Nothing is read before somebody asks for it, since what readline reads ahead of that is lost.
 */
async function* typedLines(): AsyncGenerator<string> {
  const terminal = createInterface({ input: process.stdin, crlfDelay: Infinity })
  process.once('SIGINT', () => terminal.close())
  yield* terminal
}

interface Setting {
  readonly lesson: Lesson
  readonly weather: Weather | undefined
  readonly port: number
  readonly seed: string | undefined
}

async function untilEnded(running: Running, { lesson, weather, port, seed }: Setting): Promise<number> {
  const relay = weather === undefined ? undefined : await openNetwork(lesson, running, weather, port, seed)
  const open = relay?.address ?? running.address
  if (open !== undefined) print(`listening on ${open.host}:${open.port}`)
  const interrupted = new Promise<number>((resolve) => process.once('SIGINT', () => resolve(130)))
  try {
    return await Promise.race([running.ended.then(() => 0), interrupted])
  } finally {
    await closed(running, relay)
  }
}

/** Ends both, and does not wait for ever for a `close()` that is still to be written. */
async function closed(running: Running, relay: { close(): Promise<void> } | undefined): Promise<void> {
  const late = new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      print(`close() has not resolved within ${CLOSE_MS} ms; ended all the same.`)
      resolve()
    }, CLOSE_MS)
    timer.unref()
  })
  await Promise.race([Promise.all([running.close(), relay?.close()]), late])
}

/** Why the attempt cannot be compiled, as the checker would say it. */
async function whyNotCompiled(attempt: Attempt, lesson: Lesson): Promise<string | undefined> {
  const scratch = await openScratch()
  try {
    const into = join(scratch.dir, 'compiled')
    const compiled = await compile({ file: attempt.file, attemptDir: attempt.dir, lesson: lesson.number, into })
    if (!('message' in compiled)) return undefined
    const place = compiled.file === undefined ? '' : `\n  where    ${compiled.file}:${compiled.line}`
    return `  ${inert(compiled.message)}${place}${compiled.excerpt === undefined ? '' : `\n\n${inert(compiled.excerpt)}`}`
  } finally {
    await scratch.remove()
  }
}

/** What the attempt's own promise says, which is the learner's to read and not the checker's failure. */
function rejection(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const meaning = code === 'EADDRINUSE' ? '\nIs another one running on that port? Choose one with --port.' : ''
  return `Your program ended with an error: ${inert(error instanceof Error ? `${code ?? error.name}: ${message}` : String(error))}${meaning}`
}

async function openNetwork(lesson: Lesson, running: Running, weather: Weather, port: number, typedSeed: string | undefined) {
  if (running.address === undefined) throw new Error('A relayed role must say where it listens.')
  const seed = readSeed(typedSeed)
  const trace = liveTrace(await loadDescribe(lesson))
  print(`a bad network stands before it; the same again with --seed ${seed}`)
  return openUdpRelay({ to: running.address, port, trace, chance: seededChance(seed), weather, client: 'client', server: YOU })
}

/** A trace that prints what passes as it passes. */
function liveTrace(describe: Describe): Trace {
  return openTrace(describe, undefined, (event) => {
    const line = eventLine(event)
    if (line !== undefined) print(`   ${event.at.toFixed(1).padStart(8)}  ${inert(line)}`)
  })
}

function checkPort(typed: string | undefined): void {
  const port = Number(typed?.split(':').at(-1) ?? 0)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new UsageError(`"${typed}" is no port: it is a whole number up to 65535.`, 'For example: --port 5001')
}

function readWeather(values: Readonly<Record<string, string | undefined>>): Weather | undefined {
  const typed = Object.keys(WEATHER).filter((name) => values[name] !== undefined)
  if (typed.length === 0) return undefined
  const number = (name: keyof typeof WEATHER, max: number) => {
    const value = Number(values[name] ?? 0)
    if (value >= 0 && value <= max) return value
    throw new UsageError(`--${name} ${values[name]} is not between 0 and ${max}.`, `--${name} is ${WEATHER[name]}.`)
  }
  const delayMs = number('delay', 60_000)
  return {
    loss: number('loss', 1),
    duplicate: number('duplicate', 1),
    reorder: number('reorder', 1),
    corrupt: number('corrupt', 1),
    ...(delayMs > 0 ? { delayMs } : {}),
  }
}

async function loadRoles(lesson: Lesson): Promise<Roles<unknown>> {
  const module = (await import(`../play/${lesson.slug}.ts`)) as { roles: Roles<unknown> }
  return module.roles
}

/** How a lesson names its datagrams, from its checks. */
async function loadDescribe(lesson: Lesson): Promise<Describe> {
  const { loadChecks } = await import('../grading/check.ts')
  return (await loadChecks(lesson)).describe ?? describeText
}

function help(lesson: Lesson, roles: Roles<unknown>): string {
  const option = (name: string, about: string) => `      --${name.padEnd(10)} ${about}`
  const width = Math.max(...Object.keys(roles).map((name) => name.length))
  const sections = Object.entries(roles).map(([name, role]) =>
    [
      `  ${name.padEnd(width)}   ${role.about}`,
      ...Object.entries(role.options).map(([each, { about, default: value }]) =>
        option(each, `${about} (${value === '' ? 'none' : value})`),
      ),
      ...(role.relayed === true ? Object.entries(WEATHER).map(([each, about]) => option(each, about)) : []),
    ].join('\n'),
  )
  return `npm run play ${lesson.id} -- ROLE [ROLE …] [options]

Runs your program for real. Open a terminal for each role, or name several: they
share this one, and what you type goes to the last.

${sections.join('\n\n')}

  for every role
${option('attempt', 'another folder than exercises, such as solutions')}
${option('seed', 'the same luck as a run before')}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
