/** Something that must hold about the book, and a test of it. */
export interface Claim {
  /** A sentence in the present tense: `lesson-1: the solution passes`. */
  readonly title: string
  /** Undefined when it holds; otherwise what was seen instead. */
  test(): Promise<string | undefined>
}
