import type { Lesson } from '../catalogue.ts'
import { loadChecks } from '../grading/check.ts'
import { type CheckVerdict, isOpen } from '../verdict.ts'
import type { Mutant } from './mutants.ts'
import { among, tryOut } from './trials.ts'

/** What the checks make of a mutant. `undecided`: none failed, but not all have passed either. */
export type MutantOutcome =
  | { readonly outcome: 'killed'; readonly by: CheckVerdict }
  | { readonly outcome: 'undecided'; readonly because: string }
  | { readonly outcome: 'survived' }

/** The verdicts for which the program is to blame. */
const KILLS: readonly string[] = ['failed', 'timed-out', 'could-not-start']
const SURVIVED = { outcome: 'survived' } as const
/** How many checks go before the others. */
const TRIED_FIRST = 3

/**
 * Grades programs in the place of a lesson's solution, each until a first check does not pass.
 * @param seed decides every value that the checks draw
 */
export async function openTrials(lesson: Lesson, seed: number): Promise<(mutant: Mutant) => Promise<MutantOutcome>> {
  const { checks } = await loadChecks(lesson)
  const ids = checks.map(({ id }) => id)
  const killers: { readonly place: string; readonly id: string }[] = []

  /** The check that has caught a neighbour is the likeliest to catch this one, so it need not wait for its turn. */
  function likeliest(place: string): string[] {
    const near = killers.filter((killer) => killer.place === place)
    return [...new Set([...near, ...killers].map(({ id }) => id))].slice(0, TRIED_FIRST)
  }

  return async (mutant) => {
    const first = likeliest(mutant.place)
    const others = ids.filter((id) => !first.includes(id))
    const early = first.length === 0 ? SURVIVED : await tryOn(lesson, mutant.source, seed, first)
    const late = early.outcome === 'killed' ? early : await tryOn(lesson, mutant.source, seed, others)
    if (late.outcome === 'killed') killers.unshift({ place: mutant.place, id: late.by.id })
    return late.outcome === 'survived' ? early : late
  }
}

async function tryOn(lesson: Lesson, source: string, seed: number, only: readonly string[]): Promise<MutantOutcome> {
  const stop = new AbortController()
  let killer: CheckVerdict | undefined

  function onCheck(check: CheckVerdict): void {
    if (!KILLS.includes(check.verdict)) return
    killer ??= check
    stop.abort()
  }

  const files = { [`${lesson.slug}.ts`]: source }
  const verdict = await among(files, (dir) => tryOut({ lesson, dir, seed, only, signal: stop.signal, onCheck }))
  if (killer !== undefined) return { outcome: 'killed', by: killer }
  if (verdict.verdict === 'passed') return SURVIVED
  const open = verdict.checks.filter(isOpen)
  return { outcome: 'undecided', because: open.map(({ id, verdict: is, actual }) => `${id} is ${is}: ${actual}`).join('; ') }
}
