import MarkdownIt, { type Token } from 'markdown-it'
import { codeBlock, colouredCode } from './code.ts'
import { editorLink } from './editor-link.ts'
import { figure, isDrawing } from './figure.ts'
import { type Html, html, trusted } from './html.ts'

/** A part of a lesson's text: up to the next heading of the second or third level. */
export interface Section {
  /** The number of the task that it sets, if it does. */
  readonly task?: number
  /** 2 or 3; 1 for what stands before the first such heading. */
  readonly level: number
  /** What links lead to. */
  readonly id: string
  readonly title: string
  readonly body: Html
}

/** Takes the Markdown of a lesson apart. Hints are left out: the page gives them one by one. */
export function renderSections(source: string): Section[] {
  const tokens: Token[] = markdown.parse(source.replaceAll(/<details>[\s\S]*?<\/details>/g, ''), {})
  const starts = tokens.flatMap(({ type, tag }, index) => (type === 'heading_open' && /^h[23]$/.test(tag) ? [index] : []))
  const ids = new Set<string>()
  return [0, ...starts].map((from, index) => sectionOf(tokens.slice(from, starts[index]), ids))
}

/** A piece of Markdown without headings, such as a hint. */
export function renderMarkdown(source: string): Html {
  return trusted(markdown.render(source))
}

const markdown = makeMarkdown()

function sectionOf(tokens: readonly Token[], ids: Set<string>): Section {
  const [open, inline] = tokens
  if (open?.type !== 'heading_open' || open.tag === 'h1') {
    // The title of the lesson stands in the head of the page.
    const body = open?.type === 'heading_open' ? tokens.slice(3) : tokens
    return { level: 1, id: '', title: inline?.content ?? '', body: render(body) }
  }
  const title = (inline?.content ?? '').replaceAll(/[*`]/g, '')
  const level = Number(open.tag.slice(1))
  const task = /^Task (\d+)\b/.exec(title)?.[1]
  const id = freeId(task === undefined ? title : `task-${task}`, ids)
  const heading = html`<h${level} id="${id}"><a class="anchor" href="#${id}">${render(inline?.children ?? [])}</a></h${level}>`
  const body = html`${heading}${render(tokens.slice(3))}`
  return { level, id, title, body, ...(task === undefined ? {} : { task: Number(task) }) }
}

function render(tokens: readonly Token[]): Html {
  return trusted(markdown.renderer.render([...tokens], markdown.options, {}))
}

function freeId(title: string, ids: Set<string>): string {
  const wanted = title
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
  let id = wanted
  for (let number = 2; ids.has(id); number += 1) id = `${wanted}-${number}`
  ids.add(id)
  return id
}

/** Tags in a text are shown and not obeyed; code is coloured, and wide things scroll by themselves. */
function makeMarkdown() {
  const made = new MarkdownIt({ html: false })
  made.renderer.rules.fence = (tokens, index) => String(fence(tokens[index]?.info.trim() ?? '', tokens[index]?.content ?? ''))
  made.renderer.rules.code_inline = (tokens, index) => String(editorLink(tokens[index]?.content ?? ''))
  made.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>'
  // An empty cell is the header of nothing.
  const isEmpty = (token: Token | undefined) => token?.type === 'inline' && token.content === ''
  made.renderer.rules.th_open = (tokens, index) => (isEmpty(tokens[index + 1]) ? '<td>' : '<th scope="col">')
  made.renderer.rules.th_close = (tokens, index) => (isEmpty(tokens[index - 1]) ? '</td>' : '</th>')
  made.renderer.rules.table_close = () => '</table></div>'
  return made
}

function fence(language: string, content: string): Html {
  const text = content.trimEnd()
  if (language === 'ts') return codeBlock(colouredCode(text), 'TypeScript')
  if (language === 'console') return codeBlock(text, 'to type in a terminal', 'code console')
  return isDrawing(text) ? figure(text) : codeBlock(text, 'text', 'code output')
}
