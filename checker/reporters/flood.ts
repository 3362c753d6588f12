import type { TraceEvent } from '../verdict.ts'
import { type FloodLayout, layOutFlood } from './flood-layout.ts'
import { displayWidth, fit, pad } from './text.ts'

export interface FloodOptions {
  /** The width of the terminal; no line is wider. */
  readonly columns: number
  /** How many lines the tree may have; what is left out is counted. */
  readonly rows: number
  /** The beginning of the query's id; that of the last query by default. */
  readonly qid?: string
}

/**
 * Draws how a query went through a network, as a tree that grows from the one who has asked.
 *
 * ```
 *    query "5.txt" from 1: 4 nodes reached by 6 copies, 2 of them dropped
 *    1
 *    ├─▶ 2          ttl 7
 *    │   ├─▶ 3      ttl 6  ✗ had seen it
 *    │   └─▶ 4      ttl 6
 *    │       └─▶ 5  ttl 5  ● has it
 *    └─▶ 3          ttl 7
 *        └─▶ 2      ttl 6  ✗ had seen it
 *    hit  5 ──▶ 4 ──▶ 2 ──▶ 1
 * ```
 *
 * @returns no lines when the trace holds no query
 */
export function flood(events: readonly TraceEvent[], { columns, rows, qid }: FloodOptions): string[] {
  const layout = layOutFlood(events, qid)
  if (layout === undefined) return []
  const branches = branchesFrom(layout, 0, '')
  const shown = branches.length > rows ? branches.slice(0, Math.max(0, rows - 1)) : branches
  const width = Math.max(0, ...shown.map(({ drawn }) => displayWidth(drawn)))
  const more = branches.length - shown.length
  const lines = [
    headline(layout),
    layout.nodes[0]?.name ?? '',
    ...shown.map(({ drawn, note }) => `${pad(drawn, width)}  ${note}`.trimEnd()),
    ...(more > 0 ? [`… ${more} more`] : []),
    ...layout.hits.map((way) => `hit  ${way.map((index) => layout.nodes[index]?.name).join(' ──▶ ')}`),
  ]
  return lines.map((line) => fit(line, columns))
}

/** Says in a line how far a query came. */
export function headline({ name, nodes, steps }: FloodLayout): string {
  const reached = nodes.filter(({ reachedBy }) => reachedBy !== undefined).length
  const dropped = steps.filter(({ fate }) => fate === 'seen').length
  const copies = steps.length === 1 ? '1 copy' : `${steps.length} copies`
  const drops = dropped === 0 ? 'none of them dropped' : `${dropped} of them dropped`
  return `query ${name} from ${nodes[0]?.name}: ${reached === 1 ? '1 node' : `${reached} nodes`} reached by ${copies}, ${drops}`
}

interface Branch {
  readonly drawn: string
  readonly note: string
}

/** What a node has sent, and below each copy what came of it, where it was a new one there. */
function branchesFrom(layout: FloodLayout, node: number, indent: string): Branch[] {
  const sent = [...layout.steps.entries()].filter(([, { from }]) => from === node)
  return sent.flatMap(([index, { to, ttl, fate }], place) => {
    const last = place === sent.length - 1
    const { name = '', owner = false, reachedBy } = layout.nodes[to] ?? {}
    const note = fate === 'seen' ? '  ✗ had seen it' : owner ? '  ● has it' : ''
    const branch = { drawn: `${indent}${last ? '└' : '├'}─▶ ${name}`, note: `ttl ${ttl}${note}` }
    const below = reachedBy === index ? branchesFrom(layout, to, `${indent}${last ? ' ' : '│'}   `) : []
    return [branch, ...below]
  })
}
