import type { TraceEvent } from '../verdict.ts'
import { headline } from './flood.ts'
import { type FloodLayout, type FloodNode, type FloodStep, layOutFlood } from './flood-layout.ts'
import { element, rounded, type Svg, text } from './svg.ts'
import { displayWidth, fit } from './text.ts'

/** More copies than this are no picture any more. */
const MAX_STEPS = 200

// Lengths are in the picture's own units: CSS pixels, until the page makes it wider or narrower.
const WIDTH = 404
const NODE_RADIUS = 15
/** From one layer of nodes to the next. */
const LAYER = 92
/** From one node of a layer to the next, at least. */
const NODE_ROOM = 84
const TOP = 84
/** How far a copy runs beside its link, at the right hand of its way, so that two that meet do not cover each other. */
const BESIDE = 8

interface Point {
  readonly x: number
  readonly y: number
}

interface Picture {
  readonly layout: FloodLayout
  readonly places: readonly Point[]
  readonly width: number
  readonly height: number
}

/**
 * Draws how a query went through a network: the one who has asked at the top, and below it, layer by layer, who was reached
 * after how many links. A copy that was dropped is dashed and ends in a cross. The way of a hit is a broad band.
 *
 * @param qid the beginning of the query's id; that of the last query by default
 * @returns an `svg` element, in which everything from the trace is escaped; nothing when the trace holds no query
 */
export function floodSvg(events: readonly TraceEvent[], qid?: string): string | undefined {
  const layout = layOutFlood(events, qid)
  if (layout === undefined) return undefined
  const picture = { layout, ...place(layout.nodes) }
  const { width, height } = picture
  const steps = layout.steps.slice(0, MAX_STEPS)
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: `picture flood${width > WIDTH ? ' many' : ''}`,
      role: 'list',
      'aria-label': headline(layout),
      viewBox: `0 0 ${width} ${height}`,
      width: Math.round(width * 1.2),
      'font-family': 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
      'font-size': 12,
      fill: 'currentColor',
    },
    element('desc', {}, text(floodSentences(layout).join(' '))),
    element('g', { 'aria-hidden': 'true' }, ...drawLegend(layout), ...drawLinks(picture), ...drawWays(picture)),
    ...steps.map((step) => drawStep(step, picture)),
    element('g', { 'aria-hidden': 'true' }, ...layout.nodes.map((node, index) => drawNode(node, picture.places[index] as Point))),
  ).source
}

/** Tells the way of a query in sentences, as the picture shows it; none when the trace holds no query. */
export function floodText(events: readonly TraceEvent[], qid?: string): string[] {
  const layout = layOutFlood(events, qid)
  return layout === undefined ? [] : floodSentences(layout)
}

function floodSentences(layout: FloodLayout): string[] {
  const { nodes, steps, hits } = layout
  const unreached = nodes.filter(({ hops }) => hops === undefined).map(({ name }) => name)
  const ways = hits.map((way) => way.map((index) => nodes[index]?.name).join(' to '))
  const more = steps.length - MAX_STEPS
  return [
    `${sentenceCase(headline(layout))}.`,
    ...steps.slice(0, MAX_STEPS).map((step) => sentence(step, layout)),
    ...(more > 0 ? [`${more} more copies are left out.`] : []),
    ...(unreached.length > 0 ? [`Not reached: ${unreached.join(', ')}.`] : []),
    ...ways.map((way) => `A hit went from ${way}.`),
  ]
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function sentence({ at, from, to, ttl, fate }: FloodStep, { nodes }: FloodLayout): string {
  const [sender, receiver] = [nodes[from]?.name, nodes[to]?.name]
  const hops = nodes[to]?.hops
  const outcome =
    fate === 'seen'
      ? `${receiver} had seen it and dropped it`
      : `it was new there, ${hops === 1 ? '1 link' : `${hops} links`} from the start`
  return `At ${at.toFixed(1)} ms ${sender} sent the query to ${receiver} with ttl ${ttl}; ${outcome}.`
}

/** Puts the nodes into layers by their hops. Within a layer they stand in the order of those who have reached them. */
function place(nodes: readonly FloodNode[]): Omit<Picture, 'layout'> {
  const deepest = Math.max(...nodes.map(({ hops }) => hops ?? 0))
  const layers = Array.from({ length: deepest + 2 }, (_, layer) =>
    [...nodes.keys()].filter((index) => (nodes[index]?.hops ?? deepest + 1) === layer),
  ).filter((layer) => layer.length > 0)
  const width = Math.max(WIDTH, ...layers.map((layer) => layer.length * NODE_ROOM))
  const places: Point[] = []
  layers.forEach((layer, depth) => {
    layer.forEach((index, position) => {
      places[index] = { x: rounded((width * (position + 0.5)) / layer.length), y: TOP + depth * LAYER }
    })
  })
  return { places, width, height: TOP + (layers.length - 1) * LAYER + 46 }
}

function drawLegend({ name, steps, hits }: FloodLayout): Svg[] {
  const entries = [
    { kind: 'new', words: 'came anew', dash: undefined },
    ...(steps.some(({ fate }) => fate === 'seen') ? [{ kind: 'seen', words: 'had been seen, dropped', dash: '5 4' }] : []),
    ...(hits.length > 0 ? [{ kind: 'way', words: 'way of a hit', dash: undefined }] : []),
  ]
  let x = 8
  const drawn = entries.map(({ kind, words, dash }) => {
    const line = element('line', {
      class: kind === 'way' ? 'way' : 'shaft',
      stroke: 'currentColor',
      'stroke-dasharray': dash,
      x1: x,
      x2: x + 18,
      y1: 34,
      y2: 34,
    })
    const sign =
      kind === 'seen' ? [cross({ x: x + 18, y: 34 })] : kind === 'new' ? [arrowHead({ x: x + 20, y: 34 }, { x: 1, y: 0 })] : []
    const entry = element('g', { class: `legend ${kind}` }, line, ...sign, small(words, x + 28, 37.5, 'start'))
    x += 44 + words.length * 6.3
    return entry
  })
  return [element('text', { class: 'name', x: 8, y: 15 }, text(fit(`query ${name}`, 54))), ...drawn]
}

function drawLinks({ layout, places }: Picture): Svg[] {
  return layout.links.map(({ ends: [one, other] }) =>
    element('path', {
      class: 'link',
      stroke: 'currentColor',
      fill: 'none',
      d: curve(places[one] as Point, places[other] as Point),
    }),
  )
}

function drawWays({ layout, places }: Picture): Svg[] {
  return layout.hits.flatMap((way) =>
    way.slice(1).map((to, index) => {
      // A link has one shape, whichever way it is walked.
      const [one, other] = [way[index] ?? 0, to].toSorted((a, b) => a - b) as [number, number]
      return element('path', {
        class: 'way',
        stroke: 'currentColor',
        fill: 'none',
        'stroke-opacity': 0.3,
        d: curve(places[one] as Point, places[other] as Point),
      })
    }),
  )
}

function drawStep(step: FloodStep, { layout, places }: Picture): Svg {
  const { from, to, ttl, fate } = step
  const backwards = from > to
  const [start, target] = [places[from] as Point, places[to] as Point]
  const { begin, end, middle, direction } = beside(start, target, backwards)
  const seen = fate === 'seen'
  const shaft = (kind: string, more: Record<string, string | undefined>) =>
    element('path', {
      class: kind,
      stroke: 'currentColor',
      fill: 'none',
      ...more,
      d: `M${begin.x} ${begin.y}Q${middle.x} ${middle.y} ${end.x} ${end.y}`,
    })
  // A curve passes half-way between its middle and the straight line.
  const label = { x: (begin.x + end.x) / 4 + middle.x / 2, y: (begin.y + end.y) / 4 + middle.y / 2 }
  const [right, down] = [-direction.y, direction.x]
  return element(
    'g',
    { class: `event ${fate}`, role: 'listitem', tabindex: 0, 'aria-label': sentence(step, layout) },
    shaft('ground', { 'stroke-opacity': '0', 'stroke-width': '14', 'pointer-events': 'stroke' }),
    shaft('shaft', { 'stroke-dasharray': seen ? '5 4' : undefined }),
    seen ? cross(end) : arrowHead(end, direction),
    small(`ttl ${ttl}`, label.x + right * 5, label.y + down * 10 + 3.5, right > 0.3 ? 'start' : right < -0.3 ? 'end' : 'middle'),
  )
}

/** Where a copy runs between two nodes: at the right hand of its way, from one edge to the other. */
function beside(start: Point, target: Point, backwards: boolean) {
  const { x: dx, y: dy } = unit(start, target)
  const shift = ({ x, y }: Point, along: number): Point => ({
    x: rounded(x + dx * along - dy * BESIDE),
    y: rounded(y + dy * along + dx * BESIDE),
  })
  const bend = backwards ? bendOf(target, start) : bendOf(start, target)
  const middle = { x: (start.x + target.x) / 2 + bend.x, y: (start.y + target.y) / 2 + bend.y }
  const end = shift(target, -NODE_RADIUS - 3)
  const bent = shift(middle, 0)
  return { begin: shift(start, NODE_RADIUS), end, middle: bent, direction: unit(bent, end) }
}

function curve(one: Point, other: Point): string {
  const bend = bendOf(one, other)
  return `M${one.x} ${one.y}Q${rounded((one.x + other.x) / 2 + bend.x)} ${rounded((one.y + other.y) / 2 + bend.y)} ${other.x} ${other.y}`
}

/** Links that would run through other nodes bend: those within a layer, and those that skip one. */
function bendOf(one: Point, other: Point): Point {
  const layers = Math.abs(one.y - other.y) / LAYER
  if (layers === 0) return { x: 0, y: Math.abs(one.x - other.x) > 2 * NODE_ROOM ? 44 : 0 }
  return { x: layers > 1 ? 60 : 0, y: 0 }
}

function unit(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  return { x: (to.x - from.x) / length, y: (to.y - from.y) / length }
}

function drawNode({ name, hops, owner }: FloodNode, { x, y }: Point): Svg {
  const kind = hops === undefined ? 'node unreached' : hops === 0 ? 'node asker' : 'node'
  const circle = (r: number) =>
    element('circle', {
      class: 'body',
      stroke: 'currentColor',
      cx: x,
      cy: y,
      r,
      'stroke-dasharray': hops === undefined ? '3 3' : undefined,
    })
  const inside = displayWidth(name) <= 3
  const below = y + NODE_RADIUS + 13
  const words = hops === undefined ? 'not reached' : hops === 0 ? 'has asked' : owner ? 'has it' : undefined
  const wordsAt = hops === 0 ? y - NODE_RADIUS - 7 : inside ? below : below + 12
  return element(
    'g',
    { class: owner ? `${kind} owner` : kind },
    circle(NODE_RADIUS),
    ...(owner ? [circle(NODE_RADIUS - 3.5)] : []),
    element(
      'text',
      { class: inside ? 'name' : 'name beside', x, y: inside ? y + 4 : below, 'text-anchor': 'middle' },
      text(fit(name, Math.floor(NODE_ROOM / 7.2))),
    ),
    ...(words === undefined ? [] : [small(words, x, wordsAt, 'middle')]),
  )
}

function small(words: string, x: number, y: number, anchor: string): Svg {
  return element('text', { class: 'small', x: rounded(x), y: rounded(y), 'text-anchor': anchor, 'font-size': 10.5 }, text(words))
}

function cross({ x, y }: Point): Svg {
  const [left, right, above, below] = [x - 5, x + 5, y - 5, y + 5].map(rounded)
  return element('path', {
    class: 'sign',
    stroke: 'currentColor',
    d: `M${left} ${above}L${right} ${below}M${right} ${above}L${left} ${below}`,
  })
}

function arrowHead({ x, y }: Point, { x: dx, y: dy }: Point): Svg {
  const corner = (side: number) => `${rounded(x - dx * 9 - dy * side)} ${rounded(y - dy * 9 + dx * side)}`
  return element('path', { class: 'head', d: `M${x} ${y}L${corner(4.5)}L${corner(-4.5)}Z` })
}
