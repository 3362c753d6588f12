import type { TraceEvent } from '../verdict.ts'
import { BYTES_PER_LINE, hexDump } from './hex-dump.ts'
import { type Arrow, type LadderLayout, layOut, type Mark, type Row } from './ladder-layout.ts'
import { sentence } from './ladder-text.ts'
import { bars, cross, diamond, drawShaft, FONT, labelled, LOST_AT, SLANT, small } from './ladder-shapes.ts'
import { element, rounded, type Svg, text } from './svg.ts'
import { displayWidth, fit } from './text.ts'

export interface LadderSvgOptions {
  /** The party at the left; `you` by default. */
  readonly first?: string
  /** Parties that have a post whether or not they have done something, from left to right. */
  readonly always?: readonly string[]
  /**
   * How many rows are shown at most: the first ones, and the last ones, where the failure is. 12 by default, as in a
   * terminal; `all` are at most ALL_ROWS.
   */
  readonly rows?: number | 'all'
}

/** More rows than this are no picture any more. */
export const ALL_ROWS = 200
const ROWS = 12

// Lengths are in the picture's own units: CSS pixels, until the page makes it wider or narrower.
const FIRST_POST = 62
const TIME_END = 52
/** From the first post to the last one, when there are few. */
const WIDE_GAP = 328
/** Between two posts, at least. */
const NARROW_GAP = 112
const MARGIN = 14
const NAMES_AT = 54
const POSTS_TOP = 62
/** How far from its post a text begins. */
const INDENT = 8
const MAX_DETAIL_LINES = 10
const DETAIL_LINE = 11.5

interface Picture {
  readonly layout: LadderLayout
  /** Where each post stands. */
  readonly posts: readonly number[]
  readonly width: number
}

/**
 * Draws a trace as a ladder diagram: time runs down, each party is a post, and what one sends another is an arrow. What was
 * lost or changed has another shape as well as another colour.
 *
 * Each row can be focused, says in a sentence what it shows, and shows its bytes while it is focused or pointed at. That
 * takes the styles in `checker/workbook/picture.css`, and no script. A row's bytes open upwards: what comes later in the
 * source is painted over them.
 *
 * @returns an `svg` element; everything that comes from the trace is escaped
 */
export function ladderSvg(
  events: readonly TraceEvent[],
  { first = 'you', always = [], rows = ROWS }: LadderSvgOptions = {},
): string {
  const layout = layOut(events, { first, always, rows: rows === 'all' ? ALL_ROWS : Math.min(rows, ALL_ROWS) })
  const gap = Math.max(NARROW_GAP, WIDE_GAP / (layout.posts.length - 1))
  const posts = layout.posts.map((_, index) => FIRST_POST + index * gap)
  const width = Math.max(FIRST_POST + WIDE_GAP, posts.at(-1) ?? 0) + MARGIN
  const picture = { layout, posts, width }

  const drawn: Svg[] = []
  let top = POSTS_TOP + 6
  for (const row of layout.rows) {
    drawn.push(drawRow(row, picture, top))
    top += heightOf(row, picture)
  }
  const height = top + 4
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: `picture ladder${layout.posts.length > 3 ? ' many' : ''}`,
      role: 'list',
      'aria-label': `What passed between ${layout.posts.join(', ')}`,
      viewBox: `0 0 ${width} ${rounded(height)}`,
      width: Math.round(width * 1.2),
      'font-family': 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
      'font-size': FONT.label.size,
      fill: 'currentColor',
    },
    element('desc', {}, text(summary(layout))),
    drawFrame(picture, height),
    ...drawn,
  ).source
}

function summary({ rows }: LadderLayout): string {
  const arrows = rows.filter((row) => row.kind === 'arrow')
  const lost = arrows.filter(({ fate }) => fate === 'lost').length
  const changed = arrows.filter(isChanged).length
  return `Time runs down, in milliseconds. Sent: ${arrows.length}. Lost: ${lost}. Changed on the way: ${changed}.`
}

/** The posts with their names, and what the shapes mean, as far as they occur. */
function drawFrame({ layout, posts, width }: Picture, height: number): Svg {
  const room = ((posts[1] ?? width) - FIRST_POST) / FONT.label.column
  const last = posts.length - 1
  const names = layout.posts.map((name, index) =>
    element(
      'text',
      {
        class: 'name',
        x: (posts[index] ?? 0) + (index === last ? MARGIN - 4 : 0),
        y: NAMES_AT,
        'text-anchor': anchorOf(index, last),
      },
      text(fit(name, Math.floor(index === 0 || index === last ? room * 0.6 : room - 1))),
    ),
  )
  const lines = posts.map((x) =>
    element('line', { class: 'post', stroke: 'currentColor', x1: x, x2: x, y1: POSTS_TOP, y2: rounded(height - 4) }),
  )
  return element(
    'g',
    { 'aria-hidden': 'true' },
    ...drawLegend(layout),
    ...drawAdvice(layout),
    small('t (ms)', TIME_END, NAMES_AT, 'end'),
    ...names,
    ...lines,
  )
}

function anchorOf(index: number, last: number): string {
  if (index === 0) return 'start'
  return index === last ? 'end' : 'middle'
}

function drawLegend({ rows }: LadderLayout): Svg[] {
  const arrows = rows.filter((row) => row.kind === 'arrow')
  const entries = [
    ...(arrows.some(({ fate }) => fate === 'lost') ? [{ kind: 'lost', sign: cross, words: 'lost' }] : []),
    ...(arrows.some(isChanged) ? [{ kind: 'changed', sign: diamond, words: 'changed or held on the way' }] : []),
    ...(arrows.some(({ fate }) => fate === 'broken') ? [{ kind: 'broken', sign: bars, words: 'broken off' }] : []),
  ]
  let x = 10
  return entries.map(({ kind, sign, words }) => {
    const entry = element('g', { class: kind }, sign(x, 12), small(words, x + 10, 15.5))
    x += 26 + words.length * FONT.small.column
    return entry
  })
}

function drawAdvice({ rows }: LadderLayout): Svg[] {
  const some = rows.some((row) => row.kind === 'arrow' && row.bytes !== undefined)
  return some ? [small('Point at a row, or go to it with Tab, to see its bytes.', 5, 33)] : []
}

function heightOf(row: Row, picture: Picture): number {
  if (row.kind === 'gap') return 28
  if (row.kind === 'mark') return 24
  return row.note === undefined || isNoteBeside(row, picture) ? 36 : 48
}

function drawRow(row: Row, picture: Picture, top: number): Svg {
  if (row.kind === 'gap') {
    const words = `⋮ ${sentence(row, picture.layout)}`
    return element('g', { class: 'gap', role: 'listitem' }, small(words, FIRST_POST + INDENT, top + 17))
  }
  const { shapes, words, bytes } = row.kind === 'mark' ? drawMark(row, picture, top) : drawArrow(row, picture, top)
  const kind = row.kind === 'mark' ? 'mark' : isChanged(row) ? 'changed' : row.fate
  return element(
    'g',
    { class: `event ${kind}`, role: 'listitem', tabindex: 0, 'aria-label': sentence(row, picture.layout) },
    element('rect', {
      class: 'ground',
      x: 2,
      y: top,
      width: picture.width - 4,
      height: heightOf(row, picture),
      rx: 4,
      fill: 'none',
      'pointer-events': 'all',
    }),
    small(row.at.toFixed(1), TIME_END, top + 16, 'end', 'time'),
    ...shapes,
    ...drawDetail(words, bytes, picture, top),
  )
}

/** What a row shows, and what is shown beside it on demand. */
interface Drawn {
  readonly shapes: readonly Svg[]
  /** The label, where it was cut. */
  readonly words: readonly string[]
  readonly bytes: Arrow['bytes']
}

/** A dot on the post of its party, with its label where there is more room. */
function drawMark({ post, label }: Mark, { posts, width }: Picture, top: number): Drawn {
  const x = post === undefined ? FIRST_POST + MARGIN : (posts[post] ?? 0)
  const rightwards = width - x >= x - FIRST_POST
  const room = Math.floor(((rightwards ? width - x : x - FIRST_POST) - INDENT - 4) / FONT.label.column)
  const shown = fit(label, room)
  const dot = element('circle', {
    class: post === undefined ? 'dot open' : 'dot',
    stroke: 'currentColor',
    cx: x,
    cy: top + 12,
    r: 4,
  })
  const words = labelled(shown, rightwards ? x + INDENT + 2 : x - INDENT - 2, top + 16, rightwards)
  return { shapes: [dot, words], words: shown === label ? [] : [label], bytes: undefined }
}

function drawArrow(arrow: Arrow, picture: Picture, top: number): Drawn {
  const { posts } = picture
  const { from, to, bytes, fate, note } = arrow
  const y = top + 20
  const { label, shown } = drawLabel(arrow, picture, top + 14)
  const shaft = drawShaft({ start: posts[from] ?? 0, target: posts[to] ?? 0, y, fate, changed: isChanged(arrow) })
  const remark = note === undefined ? [] : [drawNote(arrow, picture, y)]
  const words = shown === fullLabel(arrow) ? [] : [fullLabel(arrow)]
  return { shapes: [label, ...shaft, ...remark], words, bytes }
}

/**
 * It stands over the beginning of its arrow, from where the arrow slants away. Where it is too long for that, it begins at the
 * other end, if there is more room from there.
 */
function drawLabel(arrow: Arrow, { posts, width }: Picture, y: number) {
  const [start, target] = [posts[arrow.from] ?? 0, posts[arrow.to] ?? 0]
  const roomAt = (x: number, rightwards: boolean) =>
    Math.floor(((rightwards ? width - x - 4 : x - FIRST_POST) - INDENT) / FONT.label.column)
  const places = [
    { x: start, rightwards: start < target },
    { x: target, rightwards: target < start },
  ].map((place) => ({ ...place, room: roomAt(place.x, place.rightwards) }))
  const full = fullLabel(arrow)
  const [first, other] = places as [(typeof places)[0], (typeof places)[0]]
  const { x, rightwards, room } = displayWidth(full) <= first.room || first.room >= other.room ? first : other
  const shown = displayWidth(full) <= room ? full : fit(arrow.label, room)
  return { label: labelled(shown, rightwards ? x + INDENT : x - INDENT, y, rightwards), shown }
}

function fullLabel({ label, amount }: Arrow): string {
  return amount === undefined ? label : `${label} (${amount})`
}

function drawNote(arrow: Arrow, picture: Picture, y: number): Svg {
  const { posts, width } = picture
  const { from, to, note = '' } = arrow
  const [start, target] = [posts[from] ?? 0, posts[to] ?? 0]
  const rightwards = start < target
  if (isNoteBeside(arrow, picture)) {
    const x = start + (target - start) * LOST_AT + (rightwards ? 12 : -12)
    return small(note, x, y + SLANT * LOST_AT + 3.5, rightwards ? 'start' : 'end', 'note')
  }
  const shown = fit(note, Math.floor((width - 8) / FONT.small.column))
  const half = (displayWidth(shown) * FONT.small.column) / 2
  const middle = Math.min(Math.max((start + target) / 2, half + 4), width - half - 4)
  return small(shown, middle, y + SLANT + 13, 'middle', 'note')
}

/** Behind what is lost there is room for a few words. */
function isNoteBeside({ fate, from, to, note = '' }: Arrow, { posts }: Picture): boolean {
  const span = Math.abs((posts[from] ?? 0) - (posts[to] ?? 0))
  return fate === 'lost' && 16 + displayWidth(note) * FONT.small.column <= span * (1 - LOST_AT)
}

function isChanged({ fate, note }: Arrow): boolean {
  return fate === 'arrived' && note !== undefined
}

/** A box over the rows before, which the styles show while its row is focused or pointed at. */
function drawDetail(words: readonly string[], bytes: Arrow['bytes'], { width }: Picture, top: number): Svg[] {
  const room = Math.min(MAX_DETAIL_LINES, Math.floor((top - 12) / DETAIL_LINE))
  const lines = [...words, ...(bytes === undefined ? [] : dump(bytes, room - words.length - 1))]
  if (lines.length === 0) return []
  const height = lines.length * DETAIL_LINE + 9
  const y = rounded(top - height)
  const box = element('rect', { class: 'box', x: 4, y, width: width - 8, height, rx: 4, stroke: 'currentColor' })
  const columns = Math.floor((width - 20) / FONT.bytes.column)
  const drawn = lines.map((line, index) =>
    element(
      'text',
      { class: 'bytes', 'xml:space': 'preserve', 'font-size': FONT.bytes.size, x: 10, y: rounded(y + 13 + index * DETAIL_LINE) },
      text(fit(line, columns)),
    ),
  )
  return [element('g', { class: 'detail', 'aria-hidden': 'true', visibility: 'hidden' }, box, ...drawn)]
}

/** How much it was, and below it as many bytes as there is room for, in hexadecimal and as text. */
function dump({ hex, sizeBytes }: NonNullable<Arrow['bytes']>, maxLines: number): string[] {
  // Where each line begins matters less here than that the line is short.
  const all = hexDump(Buffer.from(hex, 'hex')).map((line) => line.slice(8))
  const shownBytes = Math.min(hex.length / 2, maxLines * BYTES_PER_LINE)
  const size = sizeBytes === 1 ? '1 byte' : `${sizeBytes.toLocaleString('en-US')} bytes`
  return [shownBytes < sizeBytes ? `${size}, the first ${shownBytes} of them:` : size, ...all.slice(0, maxLines)]
}
