/** A wrong attempt, told as what was changed in the right one. */
export interface Mistake {
  /** What the program does wrong, in words for a file name: `closes-at-once`. */
  readonly name: string
  /** The check it must fail; it may fail others, too. */
  readonly check: string
  /** What the learner then reads after `actual`, or a pattern for it where it holds values of the run. */
  readonly actual: string | RegExp
  /** The file that is edited, where it is not the program itself: `08-gui.html`. */
  readonly file?: string
  /** Edits of the solution, each `[what stands there once, what stands there instead]`. */
  readonly edits: readonly (readonly [from: string, to: string])[]
}

/**
 * Applies the edits of a mistake to a solution.
 * @throws Error when a piece to replace is not there exactly once: the solution has moved on
 */
export function applyMistake(solution: string, mistake: Mistake): string {
  return mistake.edits.reduce((source, [from, to]) => {
    const pieces = source.split(from)
    if (pieces.length !== 2) throw new Error(`mistake ${mistake.name}: found ${pieces.length - 1} times, not once: ${from}`)
    return pieces.join(to)
  }, solution)
}
