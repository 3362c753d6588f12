// Plain data, since the page knows it as well as the server.

/** One to be sent: a typed text, one that is ready, or one that was sent before. */
export type Message =
  | { readonly sender: string; readonly text: string }
  | { readonly sender: string; readonly ready: string }
  | { readonly again: number }

/** Probabilities from 0 to 1. */
export interface Faults {
  readonly loss: number
  readonly duplicate: number
  readonly reorder: number
}

/** Everything the page shows. */
export interface Snapshot {
  readonly state: 'stopped' | 'starting' | 'running'
  /** Why it is not running, where there is something to say; one thought a line. */
  readonly words: readonly string[]
  readonly noun: string
  readonly advice: string
  readonly seed: number
  readonly faults: Faults
  readonly senders: readonly string[]
  /** What is ready, in order. */
  readonly ready: readonly { readonly name: string; readonly about: string }[]
  /** The last ones that were sent, by the number with which they can be sent again. */
  readonly sent: readonly { readonly again: number; readonly label: string; readonly sender: string }[]
  /** What the program handed over; the first of these lines is number `from`. */
  readonly told: { readonly from: number; readonly lines: readonly string[] }
  /** What the program printed, its end. */
  readonly output: string
  /** The ladder diagram, as SVG. Empty while nothing has passed. */
  readonly picture: string
  /** The same in sentences. */
  readonly sentences: readonly string[]
}
