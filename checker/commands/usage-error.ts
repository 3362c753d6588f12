/** Something typed that cannot be understood. Ends the program with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** One thing to type instead. */
  readonly next: string

  constructor(message: string, next: string) {
    super(message)
    this.next = next
  }
}
