import MarkdownIt, { type Token } from 'markdown-it'
import { inert, wrap } from '../reporters/text.ts'

/**
 * Renders a piece of Markdown for a terminal: filled paragraphs, code as it stands, no markup. Only the marks round code
 * within a sentence stay, since they tell where it begins and ends.
 */
export function plainMarkdown(source: string, columns: number): string {
  const blocks: string[] = []
  let item = false
  for (const token of new MarkdownIt().parse(source, {})) {
    if (token.type === 'list_item_open') item = true
    if (token.type === 'list_item_close') item = false
    if (token.type === 'fence' || token.type === 'code_block')
      blocks.push(indented(inert(token.content).trimEnd().split('\n'), '    '))
    if (token.type !== 'inline') continue
    const text = inert(plain(token.children ?? []))
    if (!item) blocks.push(wrap(text, columns).join('\n'))
    else blocks.push(`- ${indented(wrap(text, columns - 2), '  ').trimStart()}`)
  }
  return blocks.join('\n\n')
}

function indented(lines: readonly string[], indent: string): string {
  return lines.map((line) => indent + line).join('\n')
}

function plain(tokens: readonly Token[]): string {
  const written = tokens.map((token) => {
    if (token.type === 'code_inline') return `\`${token.content}\``
    return token.type === 'softbreak' || token.type === 'hardbreak' ? ' ' : token.content
  })
  return written.join('')
}
