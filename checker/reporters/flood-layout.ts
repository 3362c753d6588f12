import type { TraceEvent } from '../verdict.ts'
import { inert } from './text.ts'

/** How a query went through a network, whatever it is drawn with. Nodes are named by their index in `nodes`. */
export interface FloodLayout {
  /** What was asked for, as the trace shows it: in quotes. */
  readonly name: string
  /** All nodes that the trace knows, the one that has asked first, then in the order in which they were reached. */
  readonly nodes: readonly FloodNode[]
  /** All links, each once. */
  readonly links: readonly FloodLink[]
  /** The copies of the query, in order. */
  readonly steps: readonly FloodStep[]
  /** The ways of the hits, in order: from the owner to the one who has asked, as far as each has come. */
  readonly hits: readonly (readonly number[])[]
}

export interface FloodNode {
  /** One line, and harmless. */
  readonly name: string
  /** How many links lie between it and the one who has asked, on the way of the query; none when it was not reached. */
  readonly hops?: number
  /** The first of the steps to reach it is this one; none for the one who has asked. */
  readonly reachedBy?: number
  /** Whether a hit has come from here. */
  readonly owner: boolean
}

export interface FloodLink {
  readonly ends: readonly [number, number]
  /** How many copies have crossed, both ways together. */
  readonly crossings: number
}

export interface FloodStep {
  readonly at: number
  readonly from: number
  readonly to: number
  readonly ttl: string
  /** Where the query had not been before, it is `new`; everywhere else a copy is dropped. */
  readonly fate: 'new' | 'seen'
}

/** As the labels of links in a trace say it: `query "x" ttl=3 hops=1 (3f2a)`. */
const QUERY = /query (.*?) ttl=(\S+) hops=\S+ \(([^)]*)\)/g
/** `hit "x" at 9b01 (3f2a)` */
const HIT = /hit (.*?) at (\S+) \(([^)]*)\)/g

interface Crossing {
  readonly at: number
  readonly from: string
  readonly to: string
  readonly name: string
  readonly qid: string
}

/**
 * Reads the way of one query out of a trace.
 * @param qid the beginning of the query's id, as labels show it; that of the last query that began in the trace by default
 * @returns nothing when there is no query
 */
export function layOutFlood(events: readonly TraceEvent[], qid?: string): FloodLayout | undefined {
  const queries = crossingsOf(events, QUERY).map(({ found, ...crossing }) => ({ ...crossing, ttl: String(found[2]) }))
  const chosen = qid ?? [...new Set(queries.map((query) => query.qid))].at(-1)
  const copies = queries.filter((query) => query.qid === chosen)
  const [first] = copies
  if (first === undefined) return undefined

  const pairs = events.flatMap((event) => ('from' in event && event.kind !== 'datagram' ? [[event.from, event.to] as const] : []))
  const names = [...new Set([first.from, ...copies.map(({ to }) => to), ...pairs.flat()])]
  const indexOf = (name: string) => names.indexOf(name)

  const reached = new Map<string, { hops: number; step?: number }>([[first.from, { hops: 0 }]])
  const steps = copies.map(({ at, from, to, ttl }, step): FloodStep => {
    const fate = reached.has(to) ? 'seen' : 'new'
    if (fate === 'new') reached.set(to, { hops: (reached.get(from)?.hops ?? 0) + 1, step })
    return { at, from: indexOf(from), to: indexOf(to), ttl, fate }
  })
  const hits = waysBack(crossingsOf(events, HIT).filter((hit) => hit.qid === chosen)).map((way) => way.map(indexOf))

  return {
    name: inert(first.name).replaceAll('\n', '␊'),
    nodes: names.map((name, index) => {
      const { hops, step } = reached.get(name) ?? {}
      return {
        name: inert(name).replaceAll('\n', '␊'),
        owner: hits.some(([owner]) => owner === index),
        ...(hops === undefined ? {} : { hops }),
        ...(step === undefined ? {} : { reachedBy: step }),
      }
    }),
    links: linksOf(
      pairs.map(([from, to]) => [indexOf(from), indexOf(to)] as const),
      steps,
    ),
    steps,
    hits,
  }
}

function crossingsOf(events: readonly TraceEvent[], label: RegExp): (Crossing & { found: RegExpExecArray })[] {
  return events.flatMap((event) => {
    if (event.kind !== 'segment') return []
    const { at, from, to } = event
    return [...event.label.matchAll(label)].map((found) => ({
      at,
      from,
      to,
      name: String(found[1]),
      qid: String(found[3]),
      found,
    }))
  })
}

/** Puts the steps of each hit together: the next one begins where the last one has ended. */
function waysBack(steps: readonly (Crossing & { found: RegExpExecArray })[]): string[][] {
  const ways: { owner: string; nodes: string[] }[] = []
  for (const { from, to, found } of steps) {
    const owner = String(found[2])
    const way = ways.find((each) => each.owner === owner && each.nodes.at(-1) === from)
    if (way === undefined) ways.push({ owner, nodes: [from, to] })
    else way.nodes.push(to)
  }
  return ways.map(({ nodes }) => nodes)
}

function linksOf(pairs: readonly (readonly [number, number])[], steps: readonly FloodStep[]): FloodLink[] {
  const links = new Map<string, FloodLink>()
  for (const [from, to] of pairs) {
    const ends = [Math.min(from, to), Math.max(from, to)] as const
    const crossings = steps.filter(
      (step) => Math.min(step.from, step.to) === ends[0] && Math.max(step.from, step.to) === ends[1],
    ).length
    if (from !== to) links.set(ends.join(), { ends, crossings })
  }
  return [...links.values()]
}

/** Whether more than two have talked: then the way of a query says more than who has sent what to whom. */
export function isAmongSeveral(trace: readonly TraceEvent[]): boolean {
  return new Set(trace.flatMap((event) => ('from' in event ? [event.from, event.to] : []))).size > 2
}
