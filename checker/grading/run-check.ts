import { join } from 'node:path'
import { seededChance } from '../lab/chance.ts'
import type { Browser } from '../lab/browser.ts'
import { openFolder } from '../lab/folder.ts'
import { openLab, type OpenLab } from '../lab/lab.ts'
import { openTrace } from '../lab/trace.ts'
import { Inconclusive } from '../lab/expectation.ts'
import { byPulse, waitingForTurns, within } from '../lab/within.ts'
import { asLearner } from '../sandbox/learner.ts'
import { type Program, signsOfLife } from '../sandbox/program.ts'
import type { CheckVerdict } from '../verdict.ts'
import type { Attempt } from './attempt.ts'
import { type AnyCheck, type AnyChecks, BROWSER_CHECK_MS, CHECK_MS } from './check.ts'
import { alongPulse, type Debugging, letDebuggerIn, withoutInspectorWords } from './debugging.ts'
import { judge, type Judgement, ours } from './judge.ts'
import { loadAttempt, whenEnded } from './load.ts'
import type { WarmPrograms } from './warm-programs.ts'

export interface CheckSetting {
  readonly attempt: Attempt
  readonly seed: number
  readonly definition: AnyChecks
  readonly programs: WarmPrograms
  /** For a check that needs one. */
  readonly browser?: Browser
  /** Ends the check early. */
  readonly signal?: AbortSignal
  readonly debug?: Debugging
}

export interface Graded {
  readonly judgement: Judgement
  /** What there is to see beside the judgement. */
  readonly seen: Pick<CheckVerdict, 'durationMs' | 'output' | 'trace'>
  /** The attempt cannot even be loaded, so no other check needs to try. */
  readonly unloadable: boolean
}

/** Runs one check in a fresh process of the attempt and with a lab of its own. Leaves nothing behind. */
export async function runCheck(check: AnyCheck, setting: CheckSetting): Promise<Graded> {
  const { seed, definition, programs, browser, signal, debug } = setting
  const startedAt = performance.now()
  const trace = openTrace(definition.describe, definition.openReader)
  const lab = openLab(seededChance(seed), trace, browser)
  const running: Program[] = []
  const interrupt = () => void Promise.all(running.map((program) => program.stop('interrupted')))
  const start = async () => {
    const program = await programs.take()
    running.push(program)
    if (signal?.aborted === true) interrupt()
    return program
  }
  signal?.addEventListener('abort', interrupt)
  let refusal: Judgement | undefined
  const attempted = async () => {
    refusal = await load(await start(), setting)
    return refusal ?? attend(check, setting, { lab, running, start })
  }
  let judgement: Judgement
  try {
    const watched = () =>
      debug === undefined ? waitingForTurns(() => signsOfLife(running), attempted) : alongPulse(running, attempted)
    judgement = await (browser === undefined ? watched() : byPulse(browser.pulse, watched)).catch(ours)
  } finally {
    signal?.removeEventListener('abort', interrupt)
    await Promise.all([...running.map((program) => program.stop()), lab.close()])
  }
  const printed = running.map((program) => program.output()).join('')
  const output = debug === undefined ? printed : withoutInspectorWords(printed)
  return {
    judgement,
    seen: {
      durationMs: Math.round(performance.now() - startedAt),
      ...(output === '' ? {} : { output }),
      ...(trace.events.length === 0 ? {} : { trace: trace.events }),
    },
    unloadable: refusal !== undefined,
  }
}

/** Has the attempt imported in its process. Tells why it cannot be checked at all, if so. */
function load(program: Program, { attempt, definition, debug }: CheckSetting): Promise<Judgement | undefined> {
  const letIn = debug === undefined ? undefined : () => letDebuggerIn(program, debug)
  return loadAttempt(program, attempt, Object.keys(definition.shapes), letIn)
}

interface Scene {
  readonly lab: OpenLab
  /** The processes of the attempt that run; the first one is loaded. */
  readonly running: readonly Program[]
  /** Starts one more, which is then among `running`. */
  start(): Promise<Program>
}

/** Runs the body of a check against a loaded program. */
async function attend(check: AnyCheck, setting: CheckSetting, { lab, running, start }: Scene): Promise<Judgement> {
  let endAny!: (reason: unknown) => void
  const anyEnded = new Promise<never>((_resolve, reject) => {
    endAny = reject
  })
  const seat = async (program: Program) => {
    whenEnded(program).catch(endAny)
    return {
      learner: asLearner(program, setting.definition.shapes),
      folder: await openFolder(join(program.grounds, 'files')),
    }
  }
  const another = async () => {
    const program = await start()
    const refusal = await load(program, setting)
    if (refusal !== undefined) throw new Inconclusive(`The attempt could not be started once more: ${refusal.actual}`)
    return seat(program)
  }
  try {
    const first = await seat(running[0] as Program)
    const limitMs = check.needs === 'browser' ? BROWSER_CHECK_MS : CHECK_MS
    await within(limitMs, 'this check to end', Promise.race([check.run({ ...first, lab, another }), anyEnded]))
    // A crash just after the last answer still belongs to this check.
    await Promise.all(running.map((program) => asLearner(program, setting.definition.shapes).settle()))
    lab.confirmRules()
    return { verdict: 'passed' }
  } catch (error) {
    return judge(error, { programs: running, attempt: setting.attempt, about: check.about })
  }
}
