import type { Lesson } from '../catalogue.ts'
import type { CheckVerdict } from '../verdict.ts'
import type { Failure, LessonReport } from './flaky-report.ts'
import { type RunOutcome, runOutcome, tally } from './tally.ts'
import { isExcused, type RightAttempt, tryOut } from './trials.ts'

export interface Series {
  readonly lesson: Lesson
  readonly attempts: readonly RightAttempt[]
  /** How often each attempt is tried. */
  readonly runs: number
  /** Gives the seed of each run. */
  seed(): number
  /** Ends the series early; the run that is under way then does not count. */
  readonly signal: AbortSignal
  /** Told before each run, which is counted from 1. */
  onRun(attempt: RightAttempt, run: number): void
  onFailure(failure: Failure): Promise<void>
}

/** Tries right attempts of a lesson again and again, one run after another. */
export async function trySeries({ lesson, attempts, runs, seed, signal, onRun, onFailure }: Series): Promise<LessonReport> {
  const all: RunOutcome[] = []
  const failures: Failure[] = []
  const hopeless: string[] = []
  for (const attempt of attempts) {
    const own: RunOutcome[] = []
    for (let run = 1; run <= runs && !signal.aborted; run += 1) {
      onRun(attempt, run)
      const setAside: CheckVerdict[] = []
      const onSetAside = (check: CheckVerdict) => void setAside.push(check)
      const verdict = await tryOut({ lesson, dir: attempt.dir, seed: seed(), signal, onSetAside })
      if (verdict.verdict === 'interrupted') break
      const outcome = runOutcome(verdict, { isExcused, setAside })
      own.push(outcome)
      if (outcome.came !== 'failed') continue
      const failed = new Set(outcome.checks.filter(({ came }) => came === 'failed').map(({ id }) => id))
      const checks = verdict.checks.filter(({ id }) => failed.has(id))
      const failure = { lesson: lesson.id, attempt: attempt.name, dir: attempt.dir, run, seed: verdict.seed, checks }
      failures.push(failure)
      await onFailure(failure)
    }
    all.push(...own)
    if (own.length > 0 && own.every(({ came }) => came === 'inconclusive')) hopeless.push(attempt.name)
  }
  return { lesson: lesson.id, attempts: attempts.length, ...tally(all), hopeless, failures }
}
