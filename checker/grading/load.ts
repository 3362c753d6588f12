import { WaitedInVain, within } from '../lab/within.ts'
import { ProgramEnded, readOutcome } from '../sandbox/learner.ts'
import type { Program } from '../sandbox/program.ts'
import type { Attempt } from './attempt.ts'
import { endedAtImport, importFailed, importHung, type Judgement, missingExports, ours } from './judge.ts'

/** How long the attempt's file may take to be imported. */
const IMPORT_MS = 3000

/**
 * Has the attempt imported in its process.
 * @param wanted the exports that it must have
 * @param before done first, while the process lives
 * @returns why it cannot be used at all, if so
 */
export async function loadAttempt(
  program: Program,
  attempt: Attempt,
  wanted: readonly string[],
  before?: () => Promise<void>,
): Promise<Judgement | undefined> {
  const died = whenEnded(program)
  try {
    if (before !== undefined) await Promise.race([before().catch(() => died), died])
    const loading = Promise.resolve(program.host.load()).catch(() => died)
    const outcome = readOutcome(await within(IMPORT_MS, 'the import', Promise.race([loading, died])))
    if ('threw' in outcome) return importFailed(outcome.threw, attempt)
    const present = Array.isArray(outcome.value) ? outcome.value : []
    const missing = wanted.filter((name) => !present.includes(name))
    return missing.length === 0 ? undefined : missingExports(missing, wanted, attempt)
  } catch (error) {
    if (error instanceof ProgramEnded) return endedAtImport(error.ending, attempt)
    if (error instanceof WaitedInVain) return importHung(IMPORT_MS, attempt)
    return ours(error)
  }
}

/** Rejects with ProgramEnded when the process ends. */
export function whenEnded(program: Program): Promise<never> {
  return program.ended.then((ending) => Promise.reject(new ProgramEnded(ending)))
}
