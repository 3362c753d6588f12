import { highlight } from '../reporters/highlight.ts'
import { inert } from '../reporters/text.ts'
import { type Html, html } from './html.ts'

/** TypeScript as coloured pieces, each with its kind as a class. */
export function colouredCode(source: string): Html {
  return html`${colouredLines(source).map((line, index) => html`${index === 0 ? '' : '\n'}${line}`)}`
}

/** The same line by line, for a text that stands beside another. */
export function colouredLines(source: string): Html[] {
  return highlight(inert(source)).map(
    (line) => html`${line.map(({ text, kind }) => (kind === 'plain' ? text : html`<span class="code-${kind}">${text}</span>`))}`,
  )
}

/** A block that scrolls by itself, by keyboard too. @param label what it holds, for those who do not see it */
export function codeBlock(code: Html | string, label: string, kind = 'code'): Html {
  return html`<pre class="${kind}" tabindex="0" role="group" aria-label="${label}"><code>${code}</code></pre>`
}
