import type { TraceEvent } from '../verdict.ts'

type Segment = Extract<TraceEvent, { kind: 'segment' }>

/** One or several pieces of a byte stream that are told as one. */
export interface Pieces {
  readonly kind: 'pieces'
  readonly at: number
  readonly from: string
  readonly to: string
  readonly connection: number
  /** What the last piece completes; empty when that is nothing yet. */
  readonly label: string
  readonly note?: string
  readonly count: number
  /** The bytes in hexadecimal; fewer than `sizeBytes` where the trace kept no more. */
  readonly hex: string
  readonly sizeBytes: number
  /** Whether `count` is all there were: where a trace keeps no more bytes, it may tell several pieces as one. */
  readonly counted: boolean
}

/** What a ladder diagram shows in one row. */
export type Moment = Exclude<TraceEvent, { kind: 'segment' | 'secret' }> | Pieces

/**
 * Gathers the pieces of streams, so that a long transfer takes one row and not a thousand.
 *
 * Pieces without a label run on while nothing else happens than pieces without a label on other connections. A piece with
 * a label completes what ran before it on its way, and takes it in.
 */
export function gatherPieces(events: readonly TraceEvent[]): Moment[] {
  const moments: Moment[] = []
  /** Where in `moments` the pieces of a sender on a connection run on. */
  const running = new Map<string, number>()
  const way = (connection: number, from: string) => `${connection} ${from}`

  for (const event of events) {
    if (event.kind === 'secret') continue
    if (event.kind !== 'segment') {
      running.clear()
      moments.push(event)
      continue
    }
    const own = way(event.connection, event.from)
    const index = running.get(own)
    if (event.label !== '') {
      moments.push({ ...join(taken(moments, index), event), at: event.at })
      running.clear()
    } else if (event.note !== undefined) {
      moments.push(join(undefined, event))
      running.clear()
    } else {
      running.delete(way(event.connection, event.to))
      if (index === undefined) running.set(own, moments.push(join(undefined, event)) - 1)
      else moments[index] = join(moments[index] as Pieces, event)
    }
  }
  return moments
}

function taken(moments: Moment[], index: number | undefined): Pieces | undefined {
  return index === undefined ? undefined : (moments.splice(index, 1)[0] as Pieces)
}

function join(before: Pieces | undefined, { at, from, to, connection, hex, sizeBytes, label, note }: Segment): Pieces {
  return {
    kind: 'pieces',
    at: before?.at ?? at,
    from,
    to,
    connection,
    label,
    ...(note === undefined ? {} : { note }),
    count: (before?.count ?? 0) + 1,
    hex: (before?.hex ?? '') + hex,
    sizeBytes: (before?.sizeBytes ?? 0) + sizeBytes,
    counted: (before?.counted ?? true) && hex.length / 2 === sizeBytes,
  }
}
