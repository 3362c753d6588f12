import type { TraceEvent } from '../verdict.ts'
import { gatherPieces, type Moment, type Pieces } from './ladder-pieces.ts'
import { inert } from './text.ts'

/** What a ladder diagram says, whatever it is drawn with: posts from left to right, rows from top to bottom. */
export interface LadderLayout {
  /** The name of each party that has a post. */
  readonly posts: readonly string[]
  readonly rows: readonly Row[]
}

export type Row = Arrow | Mark | Gap

/** Something on its way between two posts. */
export interface Arrow {
  readonly kind: 'arrow'
  readonly at: number
  /** Index into `posts`. */
  readonly from: number
  /** Index into `posts`, another than `from`. */
  readonly to: number
  /** One line, and harmless. */
  readonly label: string
  /** How much it was, to be said behind the label where there is room. */
  readonly amount?: string
  /** What was done to it on purpose. */
  readonly note?: string
  /** What it consisted of, as far as the trace kept it; none for what opens and ends a connection. */
  readonly bytes?: { readonly hex: string; readonly sizeBytes: number }
  /** What it did to a connection, instead of carrying bytes on it. */
  readonly event?: 'open' | 'end' | 'reset'
  /** `broken` is a connection that its sender breaks off. */
  readonly fate: 'arrived' | 'lost' | 'broken'
}

/** Something that happened at one party. */
export interface Mark {
  readonly kind: 'mark'
  readonly at: number
  /** Index into `posts`; a party without a post is named by the label. */
  readonly post?: number
  readonly label: string
}

/** Rows that are left out here. */
export interface Gap {
  readonly kind: 'gap'
  readonly left: number
}

export interface LayoutOptions {
  /** The party at the left. */
  readonly first: string
  /** Parties that have a post whether or not they have done something, from left to right. */
  readonly always?: readonly string[]
  /** How many rows are shown at most: the first ones, and the last ones, where the failure is. */
  readonly rows: number
}

/** How many rows at the start are kept when there are too many. */
const BEGIN_ROWS = 2

/** Decides what a ladder diagram of a trace shows and in which order, and nothing about how it looks. */
export function layOut(events: readonly TraceEvent[], { first, always = [], rows: maxRows }: LayoutOptions): LadderLayout {
  const moments = gatherPieces(events)
  const parties = partiesOf(moments, first, always)
  const connections = new Set(moments.flatMap((moment) => ('connection' in moment ? [moment.connection] : [])))
  const rows = shorten(moments, maxRows).map((moment) =>
    moment.kind === 'gap' ? moment : rowOf(moment, parties, connections.size > 1),
  )
  return { posts: parties.map(oneLine), rows }
}

/**
 * Every party that sends or is sent to gets a post, and so does the first. One that only notes something down, such as
 * the network, gets one when there would be fewer than two.
 */
function partiesOf(moments: readonly Moment[], first: string, always: readonly string[]): string[] {
  const marking = moments.flatMap((moment) => (moment.kind === 'mark' ? [moment.party] : []))
  const parties = new Set([...always, ...moments.flatMap((moment) => (moment.kind === 'mark' ? [] : [moment.from, moment.to]))])
  for (const party of marking) if (party === first || parties.size < 2) parties.add(party)
  for (const party of [first, 'checker', 'network']) if (parties.size < 2) parties.add(party)
  return parties.delete(first) ? [first, ...parties] : [...parties]
}

/** Keeps how it began and how it ended; what lies between is counted. */
function shorten(moments: readonly Moment[], maxRows: number): readonly (Moment | Gap)[] {
  if (moments.length <= maxRows) return moments
  const end = Math.max(1, maxRows - BEGIN_ROWS - 1)
  const begin = Math.max(0, Math.min(BEGIN_ROWS, maxRows - end - 1))
  const left = moments.length - begin - end
  return [...moments.slice(0, begin), { kind: 'gap', left }, ...moments.slice(-end)]
}

function rowOf(moment: Moment, parties: readonly string[], numbered: boolean): Row {
  const { at } = moment
  if (moment.kind === 'mark') {
    const post = parties.indexOf(moment.party)
    return post < 0
      ? { kind: 'mark', at, label: oneLine(`${moment.party} ${moment.label}`) }
      : { kind: 'mark', at, post, label: oneLine(moment.label) }
  }
  const from = parties.indexOf(moment.from)
  const to = parties.indexOf(moment.to)
  const number = numbered && 'connection' in moment ? `#${moment.connection} ` : ''
  const { label, amount, fate } = told(moment)
  const line = oneLine(number + label)
  if (from === to) return { kind: 'mark', at, post: from, label: `${line} (to itself)` }
  const more = {
    ...(amount === undefined ? {} : { amount }),
    ...(moment.note === undefined ? {} : { note: oneLine(moment.note) }),
    ...(moment.kind === 'connection' ? { event: moment.event } : {}),
    ...('hex' in moment ? { bytes: { hex: moment.hex, sizeBytes: moment.sizeBytes } } : {}),
  }
  return { kind: 'arrow', at, from, to, label: line, fate, ...more }
}

type Told = Pick<Arrow, 'label' | 'amount' | 'fate'>

function told(moment: Exclude<Moment, { kind: 'mark' }>): Told {
  switch (moment.kind) {
    case 'datagram':
      return { label: moment.label, fate: moment.fate }
    case 'connection':
      return CONNECTION_EVENTS[moment.event]
    case 'pieces':
      return toldPieces(moment)
  }
}

const CONNECTION_EVENTS: Record<'open' | 'end' | 'reset', Told> = {
  open: { label: 'connect', fate: 'arrived' },
  end: { label: 'FIN', fate: 'arrived' },
  reset: { label: 'RST ✗', fate: 'broken' },
}

function toldPieces({ label, count, counted, sizeBytes }: Pieces): Told {
  const inPieces = (size: string) => (counted ? `${count} pieces, ${size}` : `${size} in pieces`)
  if (label === '') return { label: count === 1 ? exactSize(sizeBytes) : inPieces(exactSize(sizeBytes)), fate: 'arrived' }
  return count === 1 ? { label, fate: 'arrived' } : { label, amount: inPieces(roundSize(sizeBytes)), fate: 'arrived' }
}

function exactSize(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes.toLocaleString('en-US')} bytes`
}

function roundSize(bytes: number): string {
  if (bytes < 100_000) return exactSize(bytes)
  return bytes < 1_000_000 ? `${Math.floor(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function oneLine(text: string): string {
  return inert(text).replaceAll('\n', '␊')
}
