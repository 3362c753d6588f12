import type { TraceEvent } from '../verdict.ts'
import { type Arrow, type LadderLayout, layOut, type LayoutOptions, type Row } from './ladder-layout.ts'

/**
 * Tells a trace in sentences, one for each row of its ladder diagram:
 * `At 100.3 ms you sent checker DATA seq=0 "hi". It was lost on purpose.`
 * @param options as for the diagram; all rows by default. The sentence at a gap says how many were left out.
 */
export function ladderText(events: readonly TraceEvent[], options: Partial<LayoutOptions> = {}): string[] {
  const layout = layOut(events, { first: 'you', rows: Infinity, ...options })
  return layout.rows.map((row) => sentence(row, layout))
}

/** What one row of a ladder diagram says. */
export function sentence(row: Row, { posts }: LadderLayout): string {
  if (row.kind === 'gap') return row.left === 1 ? 'One event is left out here.' : `${row.left} events are left out here.`
  const at = `At ${row.at.toFixed(1)} ms`
  if (row.kind === 'mark') return `${at}${row.post === undefined ? '' : `, ${posts[row.post]}`}: ${row.label}`
  const amount = row.amount === undefined ? '' : ` (${row.amount})`
  return `${at} ${posts[row.from]} ${deed(row, posts[row.to] ?? '')}${amount}.${fate(row)}`
}

function deed({ label, event }: Arrow, to: string): string {
  if (event === undefined) return `sent ${to} ${label}`
  const number = /^#\d+/.exec(label)?.[0]
  return `${CONNECTION_DEEDS[event]} ${to}${number === undefined ? '' : ` on connection ${number}`}`
}

const CONNECTION_DEEDS = {
  open: 'opened a connection to',
  end: 'said by a FIN that it sends no more to',
  reset: 'broke off by a RST with',
} as const

function fate({ fate: came, note }: Arrow): string {
  if (came === 'lost') return ` It was ${note ?? 'lost'}.`
  return note === undefined ? '' : ` On the way: ${note}.`
}
