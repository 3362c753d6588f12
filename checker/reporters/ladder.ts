import type { TraceEvent } from '../verdict.ts'
import { type Arrow, type Gap, type LadderLayout, layOut, type LayoutOptions, type Mark, type Row } from './ladder-layout.ts'
import { columnsOf, displayWidth, fit, pad } from './text.ts'

export interface LadderOptions extends LayoutOptions {
  /** The width of the terminal; no line is wider. */
  readonly columns: number
}

/** The width of a time. */
const TIME_COLUMNS = 8
/** The column of the first post. */
const LEFT = TIME_COLUMNS + 2
/** The widest gap between two posts; longer arrows are hard to follow. */
const MAX_GAP = 48
/** The narrowest one in which a name still says something. */
const MIN_GAP = 8
/** What the posts leave for notes at most, with the two blanks before one. */
const MAX_NOTE = 22
/** What an arrow takes beside its label: a shaft and a blank on both sides, and its head. */
const SHAFT_COLUMNS = 8

/**
 * Draws a trace as a ladder diagram: time runs down, each party is a post, and what one sends another is an arrow.
 *
 * ```
 *    t(ms)  you                                    checker
 *      0.0  │── DATA seq=0 "hi" ─────────✗             │  lost on purpose
 *    100.9  ● delivered "hi"                           │
 *    120.4  │══ RST ✗ ══════════════════════════════▶│
 * ```
 *
 * Where there are more posts than fit side by side, each row says in words who it is about.
 */
export function ladder(events: readonly TraceEvent[], { columns, ...options }: LadderOptions): string[] {
  const layout = layOut(events, options)
  const posts = placePosts(layout, columns)
  const lines = posts === undefined ? layout.rows.map((row) => inWords(row, layout)) : drawn(layout, posts)
  return lines.map((line) => fit(line.trimEnd(), columns))
}

/** @returns the column of each post, or nothing where there is no room for them */
function placePosts({ posts, rows }: LadderLayout, columns: number): number[] | undefined {
  const arrows = rows.filter((row) => row.kind === 'arrow')
  const notes = arrows.map(({ note }) => (note === undefined ? 0 : displayWidth(note) + 2))
  const noteColumns = Math.min(MAX_NOTE, Math.max(0, ...notes))
  const room = columns - LEFT - posts.length - noteColumns
  const needs = posts.slice(1).map((_, index) => {
    const own = arrows.filter(({ from, to }) => Math.min(from, to) === index && Math.abs(from - to) === 1)
    return Math.max(MIN_GAP, ...own.map((arrow) => displayWidth(fullLabel(arrow)) + SHAFT_COLUMNS))
  })
  const gaps = shareOut(room, needs)
  return gaps && [LEFT, ...gaps.map((_, index) => LEFT + index + 1 + sum(gaps.slice(0, index + 1)))]
}

/**
 * Gives each gap what it needs, and all of them as much as possible. The widest wishes are dropped first when they do not
 * fit all together.
 */
function shareOut(room: number, needs: readonly number[]): number[] | undefined {
  if (needs.length * MIN_GAP > room) return undefined
  let gaps = needs.map((need) => Math.min(need, MAX_GAP))
  while (sum(gaps) > room) {
    const widest = Math.max(...gaps)
    gaps = gaps.map((gap) => (gap === widest ? MIN_GAP : gap))
  }
  let least = MAX_GAP
  while (sum(gaps.map((gap) => Math.max(gap, least))) > room) least -= 1
  return gaps.map((gap) => Math.max(gap, least))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function drawn({ posts: names, rows }: LadderLayout, posts: readonly number[]): string[] {
  return [heads(names, posts), ...rows.flatMap((row) => rowLines(row, posts))]
}

/** The name of each party over its post; the last one ends there. */
function heads(names: readonly string[], posts: readonly number[]): string {
  const line = columnsOf('t(ms)'.padStart(TIME_COLUMNS))
  const end = (posts.at(-1) ?? 0) + 1
  const before = posts.at(-2) ?? 0
  const half = Math.floor((end - before) / 2)
  const last = fit(names.at(-1) ?? '', Math.max(half, end - before - displayWidth(names.at(-2) ?? '') - 1))
  const lastAt = end - displayWidth(last)
  names.slice(0, -1).forEach((name, index) => {
    const at = posts[index] ?? 0
    put(line, at, fit(name, Math.min(posts[index + 1] ?? end, lastAt) - at - 1))
  })
  put(line, lastAt, last)
  return line.join('')
}

function rowLines(row: Row, posts: readonly number[]): string[] {
  if (row.kind === 'gap') return [gapLine(row)]
  const [first, ...more] = row.kind === 'mark' ? [markLine(row, posts)] : arrowLines(row, posts)
  return [row.at.toFixed(1).padStart(TIME_COLUMNS) + (first ?? '').slice(TIME_COLUMNS), ...more]
}

function gapLine({ left }: Gap): string {
  return `${' '.repeat(LEFT)}… ${left} events between`
}

/** `● label` on the post of its party, or `label ●` where there is more room at the left. */
function markLine({ post, label }: Mark, posts: readonly number[]): string {
  const line = postsAlone(posts)
  const end = posts.at(-1) ?? 0
  const at = post === undefined ? LEFT + 2 : (posts[post] ?? 0)
  const sign = post === undefined ? '○' : '●'
  const width = displayWidth(label)
  const atRight = end - at - 2
  const atLeft = at - LEFT - 3
  if (width <= atRight || atRight >= atLeft) put(line, at, `${sign} ${fit(label, atRight)}`)
  else put(line, at - 1 - Math.min(width, atLeft), `${fit(label, atLeft)} ${sign}`)
  return line.join('')
}

/** `│── label ──────▶│` between two posts; a label that is too long for them stands over its arrow. */
function arrowLines(arrow: Arrow, posts: readonly number[]): string[] {
  const line = postsAlone(posts)
  const left = posts[Math.min(arrow.from, arrow.to)] ?? 0
  const right = posts[Math.max(arrow.from, arrow.to)] ?? 0
  const room = right - left - 1 - SHAFT_COLUMNS
  const full = fullLabel(arrow)
  const text = displayWidth(full) <= room ? full : arrow.label
  const above = displayWidth(text) > room && posts.length > 2 && right - left < (posts.at(-1) ?? 0) - LEFT
  const label = above ? '' : ` ${fit(text, room)} `

  drawShaft(line, arrow, left, right, displayWidth(label))
  put(line, arrow.from < arrow.to ? left + 3 : right - 2 - displayWidth(label), label)
  if (arrow.note !== undefined) put(line, line.length + 2, arrow.note)
  return above ? [labelAbove(arrow, posts), line.join('')] : [line.join('')]
}

/** The shaft and its head, past the posts it does not stop at. What is lost comes half as far beyond its label. */
function drawShaft(line: string[], { from, to, fate }: Arrow, left: number, right: number, labelColumns: number): void {
  const rightwards = from < to
  const rest = right - left - 4 - labelColumns
  const step = rightwards ? 1 : -1
  const [start, target] = rightwards ? [left + 1, right - 1] : [right - 1, left + 1]
  let head = fate === 'lost' ? target - step * (rest - Math.floor(rest / 2)) : target
  // On a post it would look as if it had come that far.
  if (line[head] === '│') head -= step
  const [shaft, crossing] = fate === 'broken' ? ['═', '╪'] : ['─', '┼']
  for (let at = start; at !== head; at += step) line[at] = line[at] === '│' ? crossing : shaft
  line[head] = fate === 'lost' ? '✗' : rightwards ? '▶' : '◀'
}

function labelAbove(arrow: Arrow, posts: readonly number[]): string {
  const line = postsAlone(posts)
  const end = posts.at(-1) ?? 0
  const text = fit(fullLabel(arrow), end - LEFT - 3)
  const width = displayWidth(text)
  const wanted = arrow.from < arrow.to ? (posts[arrow.from] ?? 0) + 2 : (posts[arrow.from] ?? 0) - 1 - width
  put(line, Math.max(LEFT + 2, Math.min(wanted, end - 1 - width)), text)
  return line.join('')
}

function fullLabel({ label, amount }: Arrow): string {
  return amount === undefined ? label : `${label} (${amount})`
}

function postsAlone(posts: readonly number[]): string[] {
  const line = Array.from({ length: (posts.at(-1) ?? 0) + 1 }, () => ' ')
  for (const at of posts) line[at] = '│'
  return line
}

/** Writes a text over a line of single columns. */
function put(line: string[], at: number, text: string): void {
  while (line.length < at) line.push(' ')
  const columns = columnsOf(text)
  line.splice(at, columns.length, ...columns)
}

/** A row where there is no room for posts. */
function inWords(row: Row, { posts }: LadderLayout): string {
  if (row.kind === 'gap') return gapLine(row)
  const time = pad(row.at.toFixed(1).padStart(TIME_COLUMNS), LEFT)
  if (row.kind === 'mark') return `${time}${row.post === undefined ? '○' : `${posts[row.post]} ●`} ${row.label}`
  const arrow = { arrived: '──▶', lost: '──✗', broken: '══▶' }[row.fate]
  const note = row.note === undefined ? '' : `  (${row.note})`
  return `${time}${posts[row.from]} ${arrow} ${posts[row.to]}  ${fullLabel(row)}${note}`
}
