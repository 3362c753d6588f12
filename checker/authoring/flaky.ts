import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { type Lesson, lessons } from '../catalogue.ts'
import { attemptDir, findLesson, readArguments, readSeed } from '../commands/arguments.ts'
import { print } from '../commands/print.ts'
import { openProgressLine } from '../commands/progress-line.ts'
import { UsageError } from '../commands/usage-error.ts'
import { startBurners } from './burners.ts'
import { type LessonReport, renderFailure, renderLesson, renderSum } from './flaky-report.ts'
import { runEntry } from './run-entry.ts'
import { trySeries } from './series.ts'
import { type RightAttempt, rightAttempts } from './trials.ts'

const HELP = `npm run flaky -- [options] [lesson …]

For authors: tries what is right, each solution and each variant, again and
again while other programs keep the processor busy. Whatever does not pass even
once is a bug, of the check or of the attempt. "Passed only alone" is none, but
worth a look: a check failed beside others, and then passed alone.

  --runs 100       try each attempt so many times (20)
  --burners 4      how many programs keep the processor busy (twice its cores)
  --attempt DIR    only this folder, which must be right for the lesson
  --seed 4711      the same seed in every run; by default each run has its own
  --json           one JSON record, and nothing else, on standard output
  --help           this text

Exit code: 0 nothing failed, 1 something did, 3 an attempt was never graded to
its end, because the checker or the machine got in the way every time.
`

interface Wish {
  readonly lessons: readonly Lesson[]
  readonly runs: number
  readonly burners: number
  /** What to try instead of all that we have. */
  readonly attempt?: RightAttempt
  seed(): number
  readonly json: boolean
}

const EXAMPLE = 'For example: npm run flaky -- lesson-1 --runs 20 --burners 4'

await runEntry(flaky)

async function flaky(args: readonly string[]): Promise<number> {
  const wish = readWish(args)
  if (wish === undefined) {
    await print(HELP)
    return 0
  }
  const interruption = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interruption.abort())
  const startedAt = performance.now()
  const burners = await startBurners(wish.burners)
  let reports: readonly LessonReport[]
  try {
    reports = await tryAll(wish, interruption.signal)
  } finally {
    await burners.stop()
  }
  const durationMs = Math.round(performance.now() - startedAt)
  if (wish.json) {
    const machine = { node: process.version, cores: availableParallelism(), burners: wish.burners }
    const record = { schema: 1, ...machine, runs: wish.runs, durationMs, lessons: reports }
    await print(`${JSON.stringify(record)}\n`)
  } else {
    await print(renderSum(reports, durationMs))
  }
  return interruption.signal.aborted ? 130 : exitCode(reports)
}

/** Tries one lesson after another, and tells what happens unless a record alone is wanted. */
async function tryAll(wish: Wish, signal: AbortSignal): Promise<LessonReport[]> {
  const reports: LessonReport[] = []
  const progress = openProgressLine()
  const say = async (text: string) => {
    progress.clear()
    if (!wish.json) await print(text)
  }
  for (const lesson of wish.lessons) {
    if (signal.aborted) break
    const attempts = wish.attempt === undefined ? await rightAttempts(lesson) : [wish.attempt]
    let failed = 0
    const report = await trySeries({
      ...wish,
      lesson,
      attempts,
      signal,
      onRun({ name }, run) {
        progress.show(`${lesson.id} · ${name} · run ${run} of ${wish.runs} · ${failed} failed`)
      },
      async onFailure(failure) {
        failed += 1
        await say(renderFailure(failure))
      },
    })
    reports.push(report)
    await say(renderLesson(report))
  }
  return reports
}

function exitCode(reports: readonly LessonReport[]): number {
  if (reports.some(({ failedRuns }) => failedRuns > 0)) return 1
  return reports.some(({ hopeless }) => hopeless.length > 0) ? 3 : 0
}

/** @returns undefined where only the help is wanted */
function readWish(args: readonly string[]): Wish | undefined {
  const { values, positionals } = readArguments('flaky', args, {
    runs: { type: 'string', default: '20' },
    burners: { type: 'string', default: String(2 * availableParallelism()) },
    attempt: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  const { attempt, seed, json, help } = values
  if (help) return undefined
  const chosen = positionals.length === 0 ? lessons : positionals.map(findLesson)
  if (attempt !== undefined && chosen.length !== 1) throw new UsageError('A folder is tried for one lesson.', EXAMPLE)
  return {
    lessons: chosen,
    runs: readCount('runs', values.runs, 1),
    burners: readCount('burners', values.burners, 0),
    ...(attempt === undefined ? {} : { attempt: { name: attempt, dir: attemptDir(attempt) } }),
    seed: seed === undefined ? () => randomInt(2 ** 32) : () => readSeed(seed),
    json,
  }
}

function readCount(option: string, typed: string, least: number): number {
  const count = Number(typed)
  if (/^\d+$/.test(typed) && count >= least) return count
  throw new UsageError(`--${option} ${typed} is no whole number from ${least} on.`, EXAMPLE)
}
