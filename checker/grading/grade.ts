import type { EventEmitter } from 'node:events'
import { join } from 'node:path'
import { type Lesson, lessons } from '../catalogue.ts'
import { type Compiled, compile } from '../sandbox/compile.ts'
import { openScratch } from '../sandbox/scratch.ts'
import { wallsUp } from '../sandbox/walls.ts'
import { type CheckVerdict, type LessonVerdict, overall } from '../verdict.ts'
import type { Attempt } from './attempt.ts'
import { type AnyCheck, type AnyChecks, loadChecks } from './check.ts'
import type { Debugging } from './debugging.ts'
import { runWithVitest } from './engine.ts'
import { type Browser, startBrowser } from '../lab/browser.ts'
import { blocked, couldNotStart, type Judgement, ours } from './judge.ts'
import { fromHere } from './locate.ts'
import { PLACES, runAhead } from './run-ahead.ts'
import { type Graded, runCheck } from './run-check.ts'
import { warmPrograms, type WarmPrograms } from './warm-programs.ts'

export interface GradeRequest {
  readonly lesson: Lesson
  readonly attempt: Attempt
  /** Decides every value that a check draws; 0 to 2^32 - 1. */
  readonly seed: number
  /** Ids of the checks to run; all of them by default. */
  readonly only?: readonly string[]
  /** The earlier lessons that the attempt stands on are known to pass. */
  readonly foundationHolds?: boolean
  /** Ends the grading early; what was not run by then is `not-run`. */
  readonly signal?: AbortSignal
  /** Lets a debugger into the attempt's process, outside its fence, and waits for as long as it takes. */
  readonly debug?: Debugging
  /** Told of each check as soon as it is decided. */
  onCheck?(check: CheckVerdict): void
  /** Told of a check that did not pass while others ran beside it. That does not count, and it is run again. */
  onSetAside?(check: CheckVerdict): void
}

/** After so many checks in which the program got stuck or ran wild, the others would only keep the learner waiting. */
const MAX_WILD = 3
/** The same for checks in which it stayed silent until a limit. */
const MAX_SILENT = 8
/** The same for the time that the checks take together that do not pass, in milliseconds. A right program is never cut short. */
const MAX_LOST_MS = 60_000

/** Grades one lesson of one attempt. Leaves no process, port or file behind. */
export async function grade(request: GradeRequest): Promise<LessonVerdict> {
  const { lesson, attempt, seed, only, signal, debug, onCheck } = request
  const startedAt = performance.now()
  tolerateLateRejections()
  const scratch = await openScratch()
  const compiling = compile({
    file: attempt.file,
    attemptDir: attempt.dir,
    lesson: lesson.number,
    into: join(scratch.dir, 'compiled'),
    withSource: debug !== undefined,
  })
  const definition = await loadChecks(lesson)
  const checks = definition.checks.filter((check) => only === undefined || only.includes(check.id))
  const verdicts = new Map<string, CheckVerdict>()
  let cutShort: string | undefined

  const decide = (check: AnyCheck, judgement: Judgement, seen: Partial<CheckVerdict> = {}): void => {
    const verdict = toVerdict(check, judgement, seen)
    verdicts.set(check.id, verdict)
    onCheck?.(verdict)
  }

  try {
    const compiled = await compiling
    if ('message' in compiled) {
      for (const check of checks) decide(check, couldNotStart(compiled))
    } else {
      // They start while the foundation is looked at.
      const programs = warmPrograms(compiled, scratch.dir, checks.length, debug !== undefined)
      const browser = checks.some(({ needs }) => needs === 'browser') ? startBrowser(join(scratch.dir, 'browser')) : undefined
      const run = { ...request, definition, checks, programs, decide, ...(browser === undefined ? {} : { browser }) }
      try {
        const obstacle = await missingFoundation(request, definition, compiled)
        if (obstacle === undefined) cutShort = await runChecks(run)
        else for (const check of checks) decide(check, obstacle)
      } finally {
        await Promise.all([programs.close(), browser?.then((started) => ('missing' in started ? undefined : started.close()))])
      }
    }
  } finally {
    await scratch.remove()
  }

  const isCutShort = cutShort !== undefined && signal?.aborted !== true
  const whyNotRun = isCutShort ? `Not run: ${cutShort} Mend those first.` : 'The grading was interrupted.'
  const results = checks.map((check) => verdicts.get(check.id) ?? notRun(check, whyNotRun))
  return {
    schema: 1,
    lesson: lesson.id,
    slug: lesson.slug,
    title: lesson.title,
    attempt: fromHere(attempt.dir),
    verdict: signal?.aborted === true ? 'interrupted' : overall(results),
    seed,
    durationMs: Math.round(performance.now() - startedAt),
    partial: only !== undefined,
    walls: wallsUp(debug !== undefined),
    checks: results,
  }
}

/** Why an attempt cannot be graded yet: it stands on its own file of an earlier lesson, and that does not pass. */
async function missingFoundation(
  { attempt, seed, signal, foundationHolds }: GradeRequest,
  { foundation }: AnyChecks,
  { sources }: Compiled,
): Promise<Judgement | undefined> {
  const lesson = lessons.find(({ id }) => id === foundation?.lesson)
  if (foundation === undefined || lesson === undefined || foundationHolds === true) return undefined
  const earlier = { dir: attempt.dir, file: join(attempt.dir, `${lesson.slug}.ts`) }
  if (!sources.includes(earlier.file)) return undefined
  const only = foundation.checks
  const verdict = await grade({ lesson, attempt: earlier, seed, only, ...(signal === undefined ? {} : { signal }) })
  const open = verdict.checks.find((check) => check.verdict !== 'passed')
  if (open === undefined) return undefined
  return open.verdict === 'error' ? ours(new Error(`check ${open.id} of ${lesson.id}: ${open.actual}`)) : blocked(lesson, open)
}

/**
 * A check that failed may leave a wait behind that nobody awaits any more. When it rejects, seconds later, the verdict
 * has long been decided, and Node would end the checker for it. And when somebody handles it later still, Node's warning
 * of that would be written over the report.
 */
function tolerateLateRejections(): void {
  const events: EventEmitter = process
  for (const event of ['unhandledRejection', 'rejectionHandled']) {
    if (!events.listeners(event).includes(ignore)) events.on(event, ignore)
  }
}

function ignore(): void {
  // Decided already.
}

/** Why there is no browser, in words for the learner. */
interface Missing {
  readonly missing: string
}

interface Run extends GradeRequest {
  readonly definition: AnyChecks
  readonly checks: readonly AnyCheck[]
  readonly programs: WarmPrograms
  readonly browser?: Promise<Browser | Missing>
  decide(check: AnyCheck, judgement: Judgement, seen?: Partial<CheckVerdict>): void
}

/**
 * Runs the checks and decides each in turn. Checks that are left out stay undecided.
 * @returns why some were left out, unless it is the signal
 */
async function runChecks(run: Run): Promise<string | undefined> {
  const { checks, decide, signal, attempt, debug, seed, definition, programs } = run
  const passed = new Set<string>()
  let lostMs = 0
  let wild = 0
  let silent = 0
  let unloadable: Graded | undefined
  const interrupted = () => signal?.aborted === true
  const whyCutShort = () => {
    if (unloadable !== undefined) return undefined
    if (wild >= MAX_WILD) return 'your program got stuck or ran wild in the checks before.'
    if (silent >= MAX_SILENT) return `in ${MAX_SILENT} checks before, your program stayed silent until a limit.`
    return lostMs > MAX_LOST_MS ? `the checks before took more than ${MAX_LOST_MS / 1000} s to fail.` : undefined
  }

  const ahead = runAhead<AnyCheck, Graded | Missing>({
    items: checks,
    ...(debug === undefined ? { places: PLACES } : {}),
    secondsOf: ({ seconds }) => seconds,
    async run(check, unwanted) {
      signal?.throwIfAborted()
      const browser = check.needs === 'browser' ? await run.browser : undefined
      if (browser !== undefined && 'missing' in browser) return browser
      return runCheck(check, {
        attempt,
        seed,
        definition,
        programs,
        signal: signal === undefined ? unwanted : AbortSignal.any([signal, unwanted]),
        ...(debug === undefined ? {} : { debug }),
        ...(browser === undefined ? {} : { browser }),
      })
    },
    holds: (result) => interrupted() || 'missing' in result || result.judgement.verdict === 'passed',
    onSetAside(check, result) {
      if (!('missing' in result)) run.onSetAside?.(toVerdict(check, result.judgement, result.seen))
    },
  })

  const confirmed = await runWithVitest(
    run.lesson.slug,
    checks.map((check) => ({
      id: check.id,
      async run() {
        if (interrupted() || whyCutShort() !== undefined) return
        const graded = unloadable ?? (await ahead.take(check))
        if ('missing' in graded) return decide(check, excused(graded.missing))
        if (interrupted()) return
        if (graded.unloadable) unloadable = graded
        if (graded.judgement.ranWild === true) wild += 1
        else if (graded.judgement.verdict === 'timed-out') silent += 1
        decide(check, graded.judgement, graded.seen)
        if (graded.judgement.verdict === 'passed') return void passed.add(check.id)
        lostMs += graded.seen.durationMs
        throw new Error(`${check.id} did not pass`)
      },
    })),
  )
  await ahead.close()
  // A check counts as passed only if vitest saw it pass, too.
  for (const check of checks) {
    if (passed.has(check.id) && !confirmed.has(check.id)) {
      decide(check, ours(new Error('the test runner did not confirm the pass')))
    }
  }
  return whyCutShort()
}

function excused(missing: string): Judgement {
  const why = `${missing} These checks drive your page in a browser. The lesson can be passed without them.`
  return { verdict: 'not-run', excused: true, why }
}

function notRun(check: AnyCheck, why: string): CheckVerdict {
  return toVerdict(check, { verdict: 'not-run', why })
}

function toVerdict({ id, title, task }: AnyCheck, judgement: Judgement, seen: Partial<CheckVerdict> = {}): CheckVerdict {
  const { ranWild: _, ...told } = judgement
  return { id, title, task, durationMs: 0, ...told, ...seen }
}
