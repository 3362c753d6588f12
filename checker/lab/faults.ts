/** A datagram on its way through the relay. */
export interface Datagram {
  readonly bytes: Uint8Array
  /** `up` is towards the server behind the relay, `down` is back to the client. */
  readonly direction: 'up' | 'down'
  /** Which client's, counted from 0 in the order they first sent. */
  readonly flow: number
  /** Counted from 0 for each direction of each flow. */
  readonly index: number
}

export type Matcher = (datagram: Datagram) => boolean

/**
 * What a bad network does to a datagram: none in its place (lost), one (perhaps altered), or several (duplicated).
 * Faults are pure, so a check can predict every datagram.
 */
export type Fault = (datagram: Datagram) => readonly Datagram[]

/** Loses the datagram. */
export const lose: Fault = () => []

/** Delivers the datagram `copies` times. */
export function repeat(copies: number): Fault {
  return (datagram) => Array.from({ length: copies }, () => datagram)
}

/** Flips the lowest bit of the byte at `offset`; a negative offset counts from the end. */
export function corrupt(offset: number): Fault {
  return (datagram) => {
    const bytes = Uint8Array.from(datagram.bytes)
    const at = offset < 0 ? bytes.length + offset : offset
    const old = bytes[at]
    if (old !== undefined) bytes[at] = old ^ 1
    return [{ ...datagram, bytes }]
  }
}

/**
 * When the relay does something on purpose, by content and occurrence: `on(isAck(0)).first(1).lose()`.
 * A check is inconclusive when one of its rules never fired.
 */
export interface Rule {
  readonly matches: Matcher
  /** Applies to this many of the datagrams that match, the first ones; Infinity for all. */
  readonly times: number
  readonly action:
    | { readonly kind: 'fault'; readonly fault: Fault; readonly note: string }
    | { readonly kind: 'hold'; readonly hold: Hold }
}

/** How long a datagram is kept back: until the gate opens, or until so many later ones of its direction have passed. */
export type Hold = { readonly until: PromiseLike<unknown> } | { readonly behind: number }

/** The start of a rule: which datagrams it is about. */
export function on(matches: Matcher) {
  const rule = (times: number, action: Rule['action']): Rule => ({ matches, times, action })
  const acts = (times: number) => ({
    lose: () => rule(times, { kind: 'fault', fault: lose, note: 'lost on purpose' }),
    repeat: (copies: number) => rule(times, { kind: 'fault', fault: repeat(copies), note: `repeated: ${copies} copies` }),
    corrupt: (offset: number) => rule(times, { kind: 'fault', fault: corrupt(offset), note: 'one bit flipped' }),
    hold: (hold: Hold) => rule(times, { kind: 'hold', hold }),
  })
  return { ...acts(Infinity), first: (times: number) => acts(times) }
}
