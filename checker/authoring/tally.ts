import type { CheckVerdict, LessonVerdict } from '../verdict.ts'

/** What one check of one run came to. */
export interface CheckOutcome {
  readonly id: string
  /** `left-out`: this machine lacks something for it, or the run ended before it. */
  readonly came: 'passed' | 'failed' | 'inconclusive' | 'left-out'
  /** Why it is inconclusive. */
  readonly reason?: string
  /** Why it did not pass while other checks ran beside it, where it was run again alone and passed. */
  readonly amongOthers?: string
}

/** What one run of a right attempt came to, without what is only for the learner. */
export interface RunOutcome {
  readonly came: 'passed' | 'failed' | 'inconclusive'
  /** In the order of the lesson. */
  readonly checks: readonly CheckOutcome[]
}

/** How often a check came to what, over many runs. */
export interface CheckTally {
  readonly id: string
  readonly passed: number
  readonly failed: number
  readonly inconclusive: number
  readonly leftOut: number
}

export interface Tally {
  readonly runs: number
  readonly failedRuns: number
  /** Runs in which the checker or the machine got in the way, and nothing failed. */
  readonly inconclusiveRuns: number
  /** All checks of all runs, without those that were left out. */
  readonly checksRun: number
  readonly checks: readonly CheckTally[]
  /** Why checks were inconclusive, the commonest reason first. */
  readonly reasons: readonly ReasonTally[]
  /** Why checks that passed alone had not passed among others. The verdict is right, but the check is worth a look. */
  readonly onlyAlone: readonly ReasonTally[]
}

export interface ReasonTally {
  readonly reason: string
  readonly count: number
  readonly checks: readonly string[]
}

export interface RunFacts {
  /** Whether a check that was not run may be left out here. */
  isExcused(check: CheckVerdict): boolean
  /** What did not count, because other checks ran beside it. */
  readonly setAside: readonly CheckVerdict[]
}

export function runOutcome({ verdict, checks }: LessonVerdict, { isExcused, setAside }: RunFacts): RunOutcome {
  const outcomes = checks.map((check): CheckOutcome => {
    const { id } = check
    const earlier = setAside.find((each) => each.id === id)
    if (check.verdict === 'passed')
      return { id, came: 'passed', ...(earlier === undefined ? {} : { amongOthers: reasonOf(earlier) }) }
    if (check.verdict === 'error') return { id, came: 'inconclusive', reason: reasonOf(check) }
    const isLeftOut = check.verdict === 'not-run' && (check.excused !== true || isExcused(check))
    return { id, came: isLeftOut ? 'left-out' : 'failed' }
  })
  const has = (came: CheckOutcome['came']) => outcomes.some((outcome) => outcome.came === came)
  if (has('failed')) return { came: 'failed', checks: outcomes }
  if (has('inconclusive')) return { came: 'inconclusive', checks: outcomes }
  // A lesson without a single check that passed does not pass either.
  return { came: verdict === 'passed' ? 'passed' : 'failed', checks: outcomes }
}

export function tally(runs: readonly RunOutcome[]): Tally {
  const all = runs.flatMap(({ checks }) => checks)
  const runsThat = (came: RunOutcome['came']) => runs.filter((run) => run.came === came).length
  return {
    runs: runs.length,
    failedRuns: runsThat('failed'),
    inconclusiveRuns: runsThat('inconclusive'),
    checksRun: all.filter(({ came }) => came !== 'left-out').length,
    checks: distinct(all.map(({ id }) => id)).map((id) => tallyCheck(id, all)),
    reasons: tallyReasons(all, 'reason'),
    onlyAlone: tallyReasons(all, 'amongOthers'),
  }
}

function tallyReasons(all: readonly CheckOutcome[], field: 'reason' | 'amongOthers'): ReasonTally[] {
  return distinct(all.flatMap(({ [field]: reason }) => reason ?? []))
    .map((reason) => {
      const such = all.filter((check) => check[field] === reason)
      return { reason, count: such.length, checks: distinct(such.map(({ id }) => id)) }
    })
    .toSorted((a, b) => b.count - a.count)
}

function reasonOf({ actual }: CheckVerdict): string {
  return actual ?? 'no reason is given'
}

function tallyCheck(id: string, all: readonly CheckOutcome[]): CheckTally {
  const own = all.filter((check) => check.id === id)
  const times = (came: CheckOutcome['came']) => own.filter((check) => check.came === came).length
  return {
    id,
    passed: times('passed'),
    failed: times('failed'),
    inconclusive: times('inconclusive'),
    leftOut: times('left-out'),
  }
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
