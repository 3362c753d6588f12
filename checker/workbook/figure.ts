import { element, rounded, type Svg, text } from '../reporters/svg.ts'
import { columnsOf } from '../reporters/text.ts'
import { type Html, html, trusted } from './html.ts'

/** A column and a line of a drawing, in CSS pixels. */
const COLUMN = 8.1
const LINE = 18
const MARGIN = 4

/** To which sides of its place a sign draws a line: left, right, up, down. */
const LINES: Readonly<Record<string, string>> = {
  '─': 'lr',
  '│': 'ud',
  '┌': 'rd',
  '┐': 'ld',
  '└': 'ru',
  '┘': 'lu',
  '├': 'rud',
  '┤': 'lud',
  '┬': 'lrd',
  '┴': 'lru',
  '┼': 'lrud',
  '╭': 'rd',
  '╮': 'ld',
  '╰': 'ru',
  '╯': 'lu',
  '▶': 'l',
  '◀': 'r',
  '▲': 'd',
  '▼': 'u',
}

/** Corners of arrow heads and of their like, from the middle of their place. */
const HEADS: Readonly<Record<string, string>> = {
  '▶': 'm4 0 -9 -4.5v9z',
  '◀': 'm-4 0 9 -4.5v9z',
  '▲': 'm0 -7 -4.5 9h9z',
  '▼': 'm0 7 -4.5 -9h9z',
  '●': 'm-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0',
}

/** Whether a text is a picture drawn with characters. */
export function isDrawing(source: string): boolean {
  return /[│┌└├▶◀▲▼●─]/.test(source)
}

/**
 * Draws a picture made of characters with real lines, so that they meet whatever the fonts of the reader are. Texts stand in
 * the columns where they were written.
 */
export function figure(source: string): Html {
  const lines = withoutIndent(source.split('\n')).map(columnsOf)
  const width = Math.max(...lines.map((line) => line.length)) * COLUMN + 2 * MARGIN
  const height = lines.length * LINE + 2 * MARGIN
  const drawn = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${rounded(width)} ${height}`,
      width: rounded(width),
      height,
      role: 'img',
      'aria-label': words(source),
    },
    element('path', { d: strokes(lines), class: 'stroke' }),
    element('path', { d: heads(lines), class: 'head' }),
    ...lines.flatMap(texts),
  )
  return html`<div class="drawing" tabindex="0" role="group" aria-label="drawing">${trusted(drawn.source)}</div>`
}

function withoutIndent(lines: readonly string[]): string[] {
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent))
}

function strokes(lines: readonly string[][]): string {
  const [x, y] = [COLUMN / 2, LINE / 2]
  const ways: Readonly<Record<string, string>> = { l: `h${-x}`, r: `h${x}`, u: `v${-y}`, d: `v${y}` }
  return eachSign(lines, (sign, at) =>
    (LINES[sign] ?? '')
      .split('')
      .map((side) => `M${at}${ways[side]}`)
      .join(''),
  )
}

function heads(lines: readonly string[][]): string {
  return eachSign(lines, (sign, at) => (HEADS[sign] === undefined ? '' : `M${at}${HEADS[sign]}`))
}

function eachSign(lines: readonly string[][], draw: (sign: string, at: string) => string): string {
  return lines
    .flatMap((line, row) => line.map((sign, column) => draw(sign, `${middle(column, COLUMN)} ${middle(row, LINE)}`)))
    .join('')
}

function middle(index: number, size: number): number {
  return rounded(MARGIN + (index + 0.5) * size)
}

/** The texts of a line, each as wide as the columns that it was given. Two blanks part one from the next. */
function texts(line: readonly string[], row: number): Svg[] {
  const isBlank = (column: number) =>
    [' ', undefined].includes(line[column]) || (line[column] ?? '') in LINES || (line[column] ?? '') in HEADS
  const found: Svg[] = []
  for (let from = 0; from < line.length; from += 1) {
    if (isBlank(from)) continue
    let end = from + 1
    while (!isBlank(end) || (line[end] === ' ' && !isBlank(end + 1))) end += 1
    const place = { x: rounded(MARGIN + from * COLUMN), y: MARGIN + row * LINE + 13, textLength: rounded((end - from) * COLUMN) }
    found.push(element('text', { ...place, lengthAdjust: 'spacingAndGlyphs' }, text(line.slice(from, end).join(''))))
    from = end
  }
  return found
}

/** What can be read in a drawing, for those who do not see it. */
function words(source: string): string {
  return source
    .replaceAll(/[─│┌┐└┘├┤┬┴┼╭╮╰╯●]+/g, ' ')
    .replaceAll(/[▶▼]/g, '→')
    .replaceAll(/[◀▲]/g, '←')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
