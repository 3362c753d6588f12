import { fromHere } from '../grading/locate.ts'
import type { CheckVerdict } from '../verdict.ts'
import type { ReasonTally, Tally } from './tally.ts'

/** A run of a right attempt that did not pass. */
export interface Failure {
  readonly lesson: string
  readonly attempt: string
  readonly dir: string
  /** Counted from 1, within the runs of its attempt. */
  readonly run: number
  readonly seed: number
  /** Those that did not pass, with all that a learner would have been told. */
  readonly checks: readonly CheckVerdict[]
}

/** What all runs of all attempts of a lesson came to. */
export interface LessonReport extends Tally {
  readonly lesson: string
  readonly attempts: number
  /** Attempts of which every run was inconclusive. */
  readonly hopeless: readonly string[]
  readonly failures: readonly Failure[]
}

/** How many checks of a failed run are told in full: where an attempt cannot even start, all say the same. */
const TOLD = 3

/** One failed run, with the command that repeats it. */
export function renderFailure({ lesson, attempt, dir, run, seed, checks }: Failure): string {
  const told = checks
    .slice(0, TOLD)
    .map(
      ({ id, title, verdict, expected, actual }) =>
        `    ${id} ${verdict}: ${title}\n      expected   ${expected ?? ''}\n      actual     ${actual ?? ''}\n`,
    )
  const more = checks.length > TOLD ? `    and ${counted(checks.length - TOLD, 'more check')}\n` : ''
  const again = `npm run flaky -- ${lesson} --attempt ${JSON.stringify(fromHere(dir))} --seed ${seed}`
  return `✗ ${lesson}: ${attempt}, run ${run}, seed ${seed}\n${told.join('')}${more}      again      ${again}\n`
}

/** The counts of one lesson: one line, and one more for each check and each reason that is worth a look. */
export function renderLesson(report: LessonReport): string {
  const { lesson, attempts, runs, checksRun, failedRuns, inconclusiveRuns, checks, reasons, onlyAlone, hopeless } = report
  const counts = [
    counted(attempts, 'attempt'),
    counted(runs, 'run'),
    counted(checksRun, 'check'),
    `${failedRuns} failed`,
    `${inconclusiveRuns} inconclusive`,
  ]
  const odd = checks
    .filter(({ failed, inconclusive }) => failed + inconclusive > 0)
    .map(({ id, passed, failed, inconclusive }) => {
      const times = counted(passed + failed + inconclusive, 'time')
      return `    ${id}: ${failed} failed, ${inconclusive} inconclusive, of ${times}\n`
    })
  const left = checks.filter(({ leftOut }) => leftOut > 0).map(({ id, leftOut }) => `${id} (${leftOut})`)
  return [
    `${failedRuns === 0 && hopeless.length === 0 ? '✓' : '✗'} ${lesson}: ${counts.join(', ')}\n`,
    ...odd,
    ...reasons.map((reason) => renderReason('inconclusive', reason)),
    ...onlyAlone.map((reason) => renderReason('passed only alone', reason)),
    ...hopeless.map((name) => `    ${name} was never graded to its end\n`),
    ...(left.length === 0 ? [] : [`    left out: ${left.join(', ')}\n`]),
  ].join('')
}

function renderReason(came: string, { reason, count, checks }: ReasonTally): string {
  return `    ${came} ${counted(count, 'time')} (${checks.join(', ')}): ${reason}\n`
}

export function renderSum(reports: readonly LessonReport[], durationMs: number): string {
  const sum = (field: 'runs' | 'checksRun' | 'failedRuns' | 'inconclusiveRuns') =>
    reports.reduce((total, report) => total + report[field], 0)
  const seconds = Math.round(durationMs / 1000)
  return `${counted(sum('runs'), 'run')} with ${counted(sum('checksRun'), 'check')} in ${counted(seconds, 'second')}: ${sum('failedRuns')} failed, ${sum('inconclusiveRuns')} inconclusive\n`
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}
