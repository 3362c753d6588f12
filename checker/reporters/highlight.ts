import { highlightCode, tagHighlighter, tags } from '@lezer/highlight'
import { parser } from '@lezer/javascript'

/** What a piece of code is, as far as a reader cares. */
export type CodeKind = 'keyword' | 'text' | 'value' | 'type' | 'comment' | 'plain'

export interface CodePiece {
  readonly text: string
  readonly kind: CodeKind
}

const { keyword, modifier, operatorKeyword, self, string, special, regexp, escape } = tags
const { number, bool, atom, typeName, className, comment } = tags
const KINDS = tagHighlighter([
  { tag: [keyword, modifier, operatorKeyword, self], class: 'keyword' },
  { tag: [string, special(string), regexp, escape], class: 'text' },
  { tag: [number, bool, atom, tags.null], class: 'value' },
  { tag: [typeName, className], class: 'type' },
  { tag: comment, class: 'comment' },
])

/** TypeScript, line by line, taken apart into pieces. What is no TypeScript is plain. The texts together are the source. */
export function highlight(source: string): CodePiece[][] {
  const lines: CodePiece[][] = [[]]
  highlightCode(
    source,
    parser.configure({ dialect: 'ts' }).parse(source),
    KINDS,
    (text, kind) => lines.at(-1)?.push({ text, kind: kind === '' ? 'plain' : (kind as CodeKind) }),
    () => lines.push([]),
  )
  return lines
}
