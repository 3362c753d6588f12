import type { TraceEvent } from '../verdict.ts'
import { displayWidth, fit, inert, pad } from './text.ts'

/** The width of a time and the blanks around it. */
const TIME_COLUMNS = 8
/** How many rows at the start are kept when there are too many. */
const BEGIN_ROWS = 2
/** The widest gap between two posts; longer arrows are hard to follow. */
const MAX_GAP = 48

export interface LadderOptions {
  /** The width of the terminal. */
  readonly columns: number
  /** The party at the left. */
  readonly first: string
  /** How many rows are shown at most: the first ones, and the last ones, where the failure is. */
  readonly rows: number
}

type Datagram = Extract<TraceEvent, { kind: 'datagram' }>

/**
 * Draws a trace as a ladder diagram: time runs down, each party is a post, each datagram an arrow between two posts.
 *
 * ```
 *    t(ms)  you                                    checker
 *      0.0  │── DATA seq=0 "hi" ─────────✗             │  lost on purpose
 *    100.9  ● delivered "hi"                           │
 * ```
 *
 */
export function ladder(events: readonly TraceEvent[], { columns, first, rows: maxRows }: LadderOptions): string[] {
  const parties = partiesOf(events, first)
  if (parties.length < 2) parties.push('checker')
  const note = events.some((event) => event.kind === 'datagram' && event.note !== undefined) ? 18 : 0
  const gap = Math.min(MAX_GAP, Math.floor((columns - TIME_COLUMNS - 2 - note - parties.length) / (parties.length - 1)))
  const layout: Layout = { parties, gap }

  const head = `${'t(ms)'.padStart(TIME_COLUMNS)}  ${heads(layout)}`
  const row = (event: TraceEvent) => {
    const time = event.at.toFixed(1).padStart(TIME_COLUMNS)
    return `${time}  ${event.kind === 'mark' ? mark(event, layout) : arrow(event, layout)}`.trimEnd()
  }
  const { begin, left, end } = fold(events, maxRows)
  const between = left > 0 ? [`${' '.repeat(TIME_COLUMNS)}  … ${left} events between`] : []
  return [head, ...begin.map(row), ...between, ...end.map(row)]
}

interface Layout {
  readonly parties: readonly string[]
  /** Columns between two posts. */
  readonly gap: number
}

/** The name of each party over its post; the last one ends there, so that it fits. */
function heads({ parties, gap }: Layout): string {
  const last = parties.at(-1) ?? ''
  const before = parties
    .slice(0, -1)
    .map((party) => pad(fit(party, gap), gap + 1))
    .join('')
  const width = displayWidth(last)
  return `${before.slice(0, before.length - width + 1)}${last}`
}

function partiesOf(events: readonly TraceEvent[], first: string): string[] {
  const names = new Set(events.flatMap((event) => (event.kind === 'mark' ? [event.party] : [event.from, event.to])))
  return names.delete(first) ? [first, ...names] : [...names]
}

/** Keeps how it began and how it ended; what lies between is counted. */
function fold(events: readonly TraceEvent[], maxRows: number) {
  if (events.length <= maxRows) return { begin: events, left: 0, end: [] }
  const tail = maxRows - BEGIN_ROWS - 1
  return { begin: events.slice(0, BEGIN_ROWS), left: events.length - BEGIN_ROWS - tail, end: events.slice(-tail) }
}

/** `│── label ──────▶│`, or `│◀────── label ──│`, between the posts of the two parties. */
function arrow(event: Datagram, { parties, gap }: Layout): string {
  const from = parties.indexOf(event.from)
  const to = parties.indexOf(event.to)
  const [left, right] = from < to ? [from, to] : [to, from]
  const span = (right - left) * (gap + 1) - 1
  const lost = event.fate === 'lost'
  const label = ` ${fit(inert(event.label), span - 8)} `
  const shaft = (length: number) => '─'.repeat(Math.max(0, length))
  const rest = span - 3 - displayWidth(label)
  const reach = lost ? Math.floor(rest / 2) : rest
  const short = ' '.repeat(rest - reach)
  const body =
    from < to ? `──${label}${shaft(reach)}${lost ? '✗' : '▶'}${short}` : `${short}${lost ? '✗' : '◀'}${shaft(reach)}${label}──`
  const before = Array.from({ length: left }, () => `│${' '.repeat(gap)}`).join('')
  const after = Array.from({ length: parties.length - 1 - right }, () => `${' '.repeat(gap)}│`).join('')
  const note = event.note === undefined ? '' : `  ${event.note}`
  return `${before}│${body}│${after}${note}`
}

/** `● label` on the post of its party. */
function mark(event: Extract<TraceEvent, { kind: 'mark' }>, { parties, gap }: Layout): string {
  const at = parties.indexOf(event.party)
  const last = at === parties.length - 1
  const text = ` ${inert(event.label)}`
  if (!last) {
    const room = (parties.length - 1 - at) * (gap + 1) - 1
    const before = parties
      .slice(0, at)
      .map(() => `│${' '.repeat(gap)}`)
      .join('')
    return `${before}●${pad(fit(text, room), room)}│`
  }
  const room = at * (gap + 1) - 2
  const line = fit(text.trim(), room)
  return `│${' '.repeat(Math.max(0, room - displayWidth(line)))}${line} ●`
}
