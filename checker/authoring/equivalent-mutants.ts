import type { Lesson } from '../catalogue.ts'
import type { Equivalent } from '../test/equivalents/equivalent.ts'
import type { MutantName } from './mutants.ts'

/** A mutant that no check catches, and need not. */
export interface EquivalentMutant extends MutantName {
  readonly reason: string
}

/** Those that are recorded of a lesson, in `checker/test/equivalents`. */
export async function equivalentsOf(lesson: Lesson): Promise<EquivalentMutant[]> {
  const file = new URL(`../test/equivalents/${lesson.slug}.ts`, import.meta.url)
  const { equivalents } = (await import(file.href)) as { equivalents: readonly Equivalent[] }
  return equivalents.flatMap(({ reason, mutants }) => mutants.map(([place, line, change]) => ({ reason, place, line, change })))
}
