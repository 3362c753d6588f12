import { isDeepStrictEqual } from 'node:util'
import { compare } from './show.ts'

/** What a learner is told when a check fails, beside what was expected and what was seen. */
export interface Advice {
  /** The reason in the learner's world: one or two sentences. */
  readonly why: string
  /** Where to look next, where that helps. */
  readonly hint?: string
}

/** The attempt did not do what the check requires. */
export class Disappointment extends Error {
  override readonly name = 'Disappointment'
  readonly expected: string
  readonly actual: string
  readonly advice: Advice

  constructor(expected: string, actual: string, advice: Advice) {
    super(`expected ${expected}, got ${actual}`)
    this.expected = expected
    this.actual = actual
    this.advice = advice
  }
}

/** The check itself did not work out: nothing can be said about the attempt. */
export class Inconclusive extends Error {
  override readonly name = 'Inconclusive'
}

/**
 * Requires two values to be equal in all their parts.
 * @throws Disappointment when they are not
 */
export function expectEqual(actual: unknown, expected: unknown, advice: Advice): void {
  if (isDeepStrictEqual(actual, expected)) return
  const shown = compare(expected, actual)
  throw new Disappointment(shown.expected, shown.actual, advice)
}
