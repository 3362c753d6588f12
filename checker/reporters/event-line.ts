import type { TraceEvent } from '../verdict.ts'

/** One event of a trace in a line; nothing for what only a capture needs. */
export function eventLine(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case 'datagram':
      return withNote(`${event.from} ${event.fate === 'lost' ? '──✗' : '──▶'} ${event.to}  ${event.label}`, event.note)
    case 'segment': {
      const size = event.sizeBytes === 1 ? '1 byte' : `${event.sizeBytes} bytes`
      return withNote(`${event.from} ══▶ ${event.to}  ${event.label === '' ? size : event.label}`, event.note)
    }
    case 'connection':
      return withNote(`${event.from} ${DEEDS[event.event]} ${event.to}`, event.note)
    case 'mark':
      return `${event.party} ${event.label}`
    case 'secret':
      return undefined
  }
}

const DEEDS = { open: 'connects to', end: 'will send no more to', reset: 'breaks off with' } as const

function withNote(text: string, note: string | undefined): string {
  return note === undefined ? text : `${text}   (${note})`
}
