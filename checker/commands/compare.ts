import { styleText } from 'node:util'
import { diffArrays } from 'diff'
import { wrap } from '../reporters/text.ts'

/** How many common lines are shown before and after a difference. */
const CONTEXT = 2
/** Columns for the line number and the sign. */
const MARGIN = 8

type Sign = ' ' | '-' | '+'

interface Line {
  readonly sign: Sign
  /** In the learner's file, counted from 1; lines of the solution have none. */
  readonly number?: number
  readonly text: string
}

/**
 * Compares two texts line by line. Indentation, blanks within a line and empty lines make no difference.
 * @param own `-` in the result; what both have is shown as it stands here
 * @param other `+` in the result
 * @returns the places where they differ, each with some lines around it
 */
export function compare(own: string, other: string): Line[][] {
  const ownLines = fullLines(own)
  const otherLines = fullLines(other)
  const changes = diffArrays(ownLines.map(withoutNoise), otherLines.map(withoutNoise))
  const lines: Line[] = []
  let ownAt = 0
  let otherAt = 0
  for (const { added, removed, count } of changes) {
    const taken = added ? otherLines.slice(otherAt, otherAt + count) : ownLines.slice(ownAt, ownAt + count)
    if (!added) ownAt += count
    if (!removed) otherAt += count
    if (added) lines.push(...taken.map(({ text }): Line => ({ sign: '+', text })))
    else lines.push(...taken.map(({ text, number }): Line => ({ sign: removed ? '-' : ' ', text, number })))
  }
  return places(lines)
}

export interface CompareOptions {
  readonly columns: number
  readonly colour: boolean
}

/** Renders places for a terminal: the learner's line numbers, then the sign, then the line. */
export function renderPlaces(found: readonly (readonly Line[])[], { columns, colour }: CompareOptions): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const render = ({ sign, number, text }: Line) => {
    const [first = '', ...rest] = wrap(text.replaceAll('\t', '  '), columns - MARGIN - 2)
    const start = `${String(number ?? '').padStart(MARGIN - 3)} ${sign} ${first}`
    const line = [start, ...rest.map((each) => ' '.repeat(MARGIN + 2) + each)].join('\n')
    return sign === ' ' ? paint('dim', line) : paint(sign === '-' ? 'red' : 'green', line)
  }
  return found.map((lines) => `${lines.map(render).join('\n')}\n`).join(`${paint('dim', '      ⋮')}\n`)
}

/** Cuts the lines down to the differences and what stands next to them. */
function places(lines: readonly Line[]): Line[][] {
  const found: Line[][] = []
  let shownUpTo = 0
  for (const [index, { sign }] of lines.entries()) {
    if (sign === ' ') continue
    const from = Math.max(shownUpTo, index - CONTEXT)
    if (from > shownUpTo || found.length === 0) found.push([])
    const to = Math.max(shownUpTo, Math.min(lines.length, index + CONTEXT + 1))
    found.at(-1)?.push(...lines.slice(from, to))
    shownUpTo = to
  }
  return found
}

function fullLines(text: string): { readonly number: number; readonly text: string }[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ number: index + 1, text: line }))
  return lines.filter((line) => line.text.trim() !== '')
}

function withoutNoise({ text }: { readonly text: string }): string {
  return text.trim().replaceAll(/\s+/g, ' ')
}
