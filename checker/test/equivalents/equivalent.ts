/** Mutants of one lesson that no check catches, and need not. */
export interface Equivalent {
  /** Why no right program can be told from them: nothing on the wire differs, or the contract leaves it open. */
  readonly reason: string
  /** Their names, as `MutantName` has them. */
  readonly mutants: readonly (readonly [place: string, line: string, change: string])[]
}
