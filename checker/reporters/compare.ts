import { diffArrays } from 'diff'

/** How many common lines are shown before and after a difference. */
const CONTEXT = 2

export interface Line {
  /** `-` is in the one text only, `+` in the other; what both have is shown as it stands in the one. */
  readonly sign: ' ' | '-' | '+'
  /** In the file that it comes from, counted from 1; what both have, in the learner's. */
  readonly number: number
  readonly text: string
}

/** What differs between two texts. */
export interface Comparison {
  readonly own: string
  readonly other: string
  /** Where they differ, each place with some lines around it. */
  readonly places: readonly (readonly Line[])[]
}

/** Compares two texts line by line. Indentation, blanks within a line and empty lines make no difference. */
export function compare(own: string, other: string): Comparison {
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
    const sign = added ? '+' : removed ? '-' : ' '
    lines.push(...taken.map((line): Line => ({ sign, ...line })))
  }
  return { own, other, places: places(lines) }
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
