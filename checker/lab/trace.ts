import type { TraceEvent } from '../verdict.ts'

/** How many bytes of a datagram a trace keeps. */
const TRACE_BYTES = 2048
/** How many events a trace keeps; an attempt that sends for ever must not fill the memory. */
const TRACE_EVENTS = 2000
/** How many bytes of a connection a trace keeps, both directions together. A TLS handshake must fit in. */
const TRACE_STREAM_BYTES = 64 * 1024

/** Says in a few words what a datagram is, in the language of its lesson. */
export type Describe = (bytes: Uint8Array) => string

/**
 * Reads one direction of a byte stream, piece by piece as it comes, and says what each piece completes in the language of
 * its lesson; nothing where it is only a part of something.
 */
export type StreamReader = (piece: Uint8Array) => string

export interface Crossing {
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
  readonly fate?: 'arrived' | 'lost'
  readonly note?: string
}

/** Everything the lab saw, in order, by one clock. Kept when the attempt hangs. */
export interface Trace {
  readonly events: readonly TraceEvent[]
  readonly describe: Describe
  readonly openReader: () => StreamReader
  datagram(crossing: Crossing): void
  /** A connection that `client` opened to `server`. */
  connection(client: string, server: string): ConnectionTrace
  /** A line of a TLS key log. */
  secret(line: string): void
  mark(party: string, label: string): void
  /** The events so far, which are forgotten then; the next one is the first. For what runs for hours. */
  take(): readonly TraceEvent[]
}

/** What passes on one connection. `up` is from its client to its server. */
export interface ConnectionTrace {
  segment(direction: Direction, bytes: Uint8Array, note?: string): void
  /** The sender of this direction will send no more (`end`), or breaks the connection off (`reset`). */
  closed(direction: Direction, how: 'end' | 'reset', note?: string): void
}

export type Direction = 'up' | 'down'

type Segment = Extract<TraceEvent, { kind: 'segment' }>

/**
 * @param openReader makes a reader for each direction of a connection
 * @param onEvent is told of each event as it is seen
 */
export function openTrace(
  describe: Describe,
  openReader: () => StreamReader = () => describe,
  onEvent?: (event: TraceEvent) => void,
): Trace {
  const events: TraceEvent[] = []
  let connections = 0
  let startedAt = performance.now()
  const sinceStart = () => Math.round((performance.now() - startedAt) * 10) / 10

  function add(event: TraceEvent): void {
    // Without its secrets nothing of a capture can be read, so they still find room.
    const room = event.kind === 'secret' ? 2 * TRACE_EVENTS : TRACE_EVENTS
    if (events.length < room) events.push(event)
    onEvent?.(event)
  }

  function openConnection(client: string, server: string): ConnectionTrace {
    connections += 1
    const connection = connections
    const ends = { up: { from: client, to: server }, down: { from: server, to: client } }
    const readers = { up: openReader(), down: openReader() }
    let bytesLeft = TRACE_STREAM_BYTES
    add({ kind: 'connection', at: sinceStart(), ...ends.up, connection, event: 'open' })
    return {
      segment(direction, bytes, note) {
        const label = readers[direction](bytes)
        const kept = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, bytesLeft))
        bytesLeft -= kept.length
        const before = events.at(-1)
        const sizeBytes = bytes.length
        if (kept.length === 0 && label === '' && note === undefined && continues(before, ends[direction].from, connection)) {
          events[events.length - 1] = { ...before, sizeBytes: before.sizeBytes + sizeBytes }
          return
        }
        const hex = kept.toString('hex')
        add({ kind: 'segment', at: sinceStart(), ...ends[direction], connection, hex, sizeBytes, label, ...remark(note) })
      },
      closed(direction, how, note) {
        add({ kind: 'connection', at: sinceStart(), ...ends[direction], connection, event: how, ...remark(note) })
      },
    }
  }

  return {
    events,
    describe,
    openReader,
    connection: openConnection,
    secret: (line) => add({ kind: 'secret', at: sinceStart(), line }),
    datagram({ from, to, bytes, fate = 'arrived', note }) {
      // A flood of datagrams is not described any more once nobody will read it.
      if (events.length >= TRACE_EVENTS && onEvent === undefined) return
      const kept = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, TRACE_BYTES))
      add({
        kind: 'datagram',
        at: sinceStart(),
        from,
        to,
        hex: kept.toString('hex'),
        sizeBytes: bytes.length,
        label: describe(bytes),
        fate,
        ...remark(note),
      })
    },
    mark: (party, label) => add({ kind: 'mark', at: sinceStart(), party, label }),
    take() {
      startedAt = performance.now()
      return events.splice(0)
    },
  }
}

function remark(note: string | undefined): { note?: string } {
  return note === undefined ? {} : { note }
}

/** Whether an event is a nameless piece of the same direction, so that one more piece adds nothing but bytes. */
function continues(event: TraceEvent | undefined, from: string, connection: number): event is Segment {
  return event?.kind === 'segment' && event.from === from && event.connection === connection && event.label === ''
}

/** Describes bytes as quoted text where they are text, as hexadecimal where they are not. */
export function describeText(bytes: Uint8Array): string {
  if (bytes.length === 0) return '(empty)'
  const size = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`
  const shown = Buffer.from(bytes.subarray(0, 16))
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, 40))
  if (text.includes('\uFFFD') && bytes.length <= 40) return `${shown.toString('hex').replaceAll(/(..)(?=.)/g, '$1 ')} (${size})`
  const short = Array.from(text).slice(0, 14).join('')
  return `${JSON.stringify(short)}${short.length < text.length || bytes.length > 40 ? '…' : ''} (${size})`
}
