import type { TraceEvent } from '../verdict.ts'

/** How many bytes of a datagram a trace keeps. */
const TRACE_BYTES = 2048
/** How many events a trace keeps; an attempt that sends for ever must not fill the memory. */
const TRACE_EVENTS = 2000

/** Says in a few words what a datagram is, in the language of its lesson. */
export type Describe = (bytes: Uint8Array) => string

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
  datagram(crossing: Crossing): void
  mark(party: string, label: string): void
}

export function openTrace(describe: Describe): Trace {
  const events: TraceEvent[] = []
  const startedAt = performance.now()
  const sinceStart = () => Math.round((performance.now() - startedAt) * 10) / 10

  function add(event: TraceEvent): void {
    if (events.length < TRACE_EVENTS) events.push(event)
  }

  return {
    events,
    describe,
    datagram({ from, to, bytes, fate = 'arrived', note }) {
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
        ...(note === undefined ? {} : { note }),
      })
    },
    mark: (party, label) => add({ kind: 'mark', at: sinceStart(), party, label }),
  }
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
