import { join } from 'node:path'
import { type Lesson, lessons } from '../catalogue.ts'
import { openAttempt } from '../grading/attempt.ts'
import { foundationPasses, loadChecks } from '../grading/check.ts'
import { firstOpenLesson } from '../progress/current-lesson.ts'
import { PROJECT } from '../project.ts'
import { renderJson } from '../reporters/json.ts'
import { renderTerminal } from '../reporters/terminal.ts'
import type { LessonVerdict } from '../verdict.ts'
import { attemptDir, attemptDirOfPath, lessonIn, readArguments, readSeed } from './arguments.ts'
import { gradeWithProgress } from './grade-with-progress.ts'
import { checkIsolated } from './isolate.ts'
import { linked } from './links.ts'
import { print, wantsColour } from './print.ts'
import { keepOtherRun, keepVerdict, OWN_ATTEMPT, ownFiles, passesAsItIs } from '../progress/state.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run check [lesson] -- [options]

Grades your program for a lesson: lesson-1, 1, the beginning of its name, or the
path of its file, such as exercises/01-udp-basics.ts.
Without a lesson: the first one that you have not passed yet.

  --all            show every check that is not passed, not only the first
  --only 1.4       run one check; several with commas: 1.4,1.7
  --seed 4711      draw the same values as a run before
  --attempt DIR    grade another folder laid out like exercises/
  --every          all lessons, one after another
  --debug          with --only and one check: opens your program to a debugger
                   and waits until one attaches. It stops at breakpoints and
                   wherever you write debugger; the check waits as long as it
                   takes, but what it has sent meanwhile may come late. Your
                   program runs without its fence then, and the result is not
                   kept. In VS Code: F5, "Debug a check".
  --isolated       in a network and among processes of its own, on Linux: the
                   program reaches no other machine, and nothing on this one but
                   the checker. The rule for a folder given with --attempt, where
                   the machine can do it; --no-isolated does without
  --json           the record on standard output, and nothing else
  --help           this text

Exit code: 0 passed, 1 not passed, 2 not understood, 3 could not grade,
130 interrupted.
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('check', args, {
    all: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    attempt: { type: 'string' },
    every: { type: 'boolean', default: false },
    debug: { type: 'boolean', default: false },
    isolated: { type: 'boolean' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const chosen = values.every ? lessons : [lessonIn(positionals) ?? (await firstOpenLesson())]
  const seed = readSeed(values.seed)
  const dir = attemptDirOfPath(values.attempt === undefined ? positionals[0] : undefined) ?? attemptDir(values.attempt)
  if (values.debug && (values.only === undefined || values.only.includes(',') || values.every)) {
    throw new UsageError(
      '--debug is for one check at a time.',
      `For example: npm run check ${chosen[0]?.id} -- --only ${chosen[0]?.number}.2 --debug`,
    )
  }
  const isForeign = ![OWN_ATTEMPT, join(PROJECT, 'solutions')].includes(dir)
  const code = await checkIsolated(args, { asked: values.isolated, isForeign, debug: values.debug })
  if (code !== undefined) return code
  const interrupt = interruption()

  const codes: number[] = []
  const passed = new Set<string>()
  for (const lesson of chosen) {
    const attempt = openAttempt(dir, lesson)
    if (attempt === undefined) throw new UsageError(`There is no folder ${dir}.`, 'Give a folder laid out like exercises/.')
    const only = await readOnly(values.only, lesson)
    const files = ownFiles(lesson)
    const isKnown = async (each: Lesson) => passed.has(each.id) || (dir === OWN_ATTEMPT && (await passesAsItIs(each)))
    const told = {
      foundationHolds: await foundationPasses(lesson, isKnown),
      ...(only === undefined ? {} : { only }),
      ...(values.debug ? { debug: { onListening } } : {}),
    }
    const verdict = await gradeWithProgress({ lesson, attempt, seed, signal: interrupt, ...told })
    if (verdict.verdict === 'passed' && only === undefined) passed.add(lesson.id)
    const isSeenToTheEnd = verdict.verdict !== 'interrupted' && !values.debug
    if (isSeenToTheEnd && dir === OWN_ATTEMPT && only === undefined) await keepVerdict(verdict, lesson, files)
    else if (isSeenToTheEnd) await keepOtherRun(verdict)
    const report = {
      columns: process.stdout.columns ?? 80,
      colour: wantsColour(),
      all: values.all || only !== undefined,
      walls: isForeign || values.isolated === true,
    }
    // Where the terminal has written ^C, the report begins below it.
    const start = verdict.verdict === 'interrupted' && process.stdout.isTTY ? '\n' : ''
    await print(values.json ? renderJson(verdict) : start + linked(renderTerminal(verdict, report)))
    codes.push(EXIT_CODES[verdict.verdict])
  }
  return Math.max(...codes)
}

const EXIT_CODES: Record<LessonVerdict['verdict'], number> = { passed: 0, failed: 1, error: 3, interrupted: 130 }

async function readOnly(typed: string | undefined, lesson: Lesson): Promise<readonly string[] | undefined> {
  if (typed === undefined) return undefined
  const wanted = typed.split(',').map((id) => id.trim())
  const { checks } = await loadChecks(lesson)
  const unknown = wanted.find((id) => !checks.some((check) => check.id === id))
  if (unknown === undefined) return wanted
  throw new UsageError(`${lesson.id} has no check "${unknown}".`, `Its checks: ${checks.map((check) => check.id).join(' ')}`)
}

/** Says where a debugger finds the program; on standard error, so that a record stays a record. */
function onListening(address: string, waits: boolean): void {
  const text = waits ? `waiting for a debugger: node inspect ${address}, or chrome://inspect` : `a debugger listens on ${address}`
  process.stderr.write(`${text}\n`)
}

/** Aborted by Ctrl-C, or by whoever asks this program to end. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
  return controller.signal
}
