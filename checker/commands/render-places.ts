import { styleText } from 'node:util'
import type { CodeKind, CodePiece } from '../reporters/highlight.ts'
import { wrap } from '../reporters/text.ts'
import type { Comparison, Line } from '../reporters/compare.ts'

/** Columns for the line number and the sign. */
const MARGIN = 8
/** What of a line goes on below it stands further in. */
const FURTHER = 2

type Style = Parameters<typeof styleText>[0]

/** Red and green say whose a line is, so no kind of code has them: names and signs take the colour of their line. */
const STYLES: Readonly<Partial<Record<CodeKind, Style>>> = {
  keyword: 'magenta',
  text: 'yellow',
  value: 'cyan',
  type: 'cyan',
  comment: 'gray',
}

export interface RenderOptions {
  readonly columns: number
  readonly colour: boolean
}

/** Renders a comparison of TypeScript for a terminal: line numbers of the one file, then the sign, then the line. */
export async function renderPlaces(comparison: Comparison, { columns, colour }: RenderOptions): Promise<string> {
  const codeOf = colour ? await highlighted(comparison) : undefined
  const paint = (style: Style, text: string) => (colour && text !== '' ? styleText(style, text, { validateStream: false }) : text)

  function render(line: Line): string {
    const { sign, number, text } = line
    // What both have is there to show the place, and no more.
    const base = sign === ' ' ? 'dim' : sign === '-' ? 'red' : 'green'
    const parts = wrap(text, columns - MARGIN - FURTHER)
    const code = sign === ' ' || codeOf === undefined ? parts.map(plain) : piecesOf(parts, text, codeOf(line))
    const painted = code.map((pieces) => pieces.map((piece) => paint(STYLES[piece.kind] ?? base, piece.text)).join(''))
    const margin = paint(base, `${(sign === '+' ? '' : String(number)).padStart(MARGIN - 3)} ${sign} `)
    return margin + painted.join(`\n${' '.repeat(MARGIN + FURTHER)}`)
  }
  return comparison.places.map((lines) => `${lines.map(render).join('\n')}\n`).join(`${paint('dim', '      ⋮')}\n`)
}

/** Loaded only where there are colours, since taking code apart costs as long as all the rest. */
async function highlighted({ own, other }: Comparison): Promise<(line: Line) => readonly CodePiece[]> {
  const { highlight } = await import('../reporters/highlight.ts')
  const code = { own: highlight(own), other: highlight(other) }
  return ({ sign, number }) => code[sign === '+' ? 'other' : 'own'][number - 1] ?? []
}

/** The pieces of a line, as they fall to the parts into which the line was broken. */
function piecesOf(parts: readonly string[], text: string, pieces: readonly CodePiece[]): (readonly CodePiece[])[] {
  let from = 0
  return parts.map((part) => {
    const at = text.indexOf(part, from)
    // A word that was cut.
    if (at < 0) return plain(part)
    from = at + part.length
    return cut(pieces, at, from)
  })
}

function cut(pieces: readonly CodePiece[], from: number, to: number): CodePiece[] {
  let at = 0
  return pieces.flatMap(({ text, kind }) => {
    const start = at
    at += text.length
    const kept = text.slice(Math.max(0, from - start), Math.max(0, to - start))
    return kept === '' ? [] : [{ text: kept, kind }]
  })
}

function plain(text: string): readonly CodePiece[] {
  return [{ text, kind: 'plain' }]
}
