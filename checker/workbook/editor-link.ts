import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PROJECT } from '../project.ts'
import { type Html, html } from './html.ts'

/** Files of the workbook that a reader may want to open, as texts name them. */
const NAMED = /^(?:exercises|solutions|lessons|checker\/contracts)\/[\w./-]+$/

/**
 * A link that opens a file in VS Code, at a line. Where there is no VS Code, the browser says so and nothing happens.
 * @see https://code.visualstudio.com/docs/configure/command-line#_opening-vs-code-with-urls
 */
export function editorLink(file: string, line?: number): Html {
  const place = line === undefined ? file : `${file}:${line}`
  const at = join(PROJECT, file)
  if (!NAMED.test(file) || file.includes('..') || !existsSync(at)) return html`<code>${place}</code>`
  const target = `vscode://file${pathToFileURL(at).pathname}${line === undefined ? '' : `:${line}`}`
  return html`<a class="editor" href="${target}" title="Open in VS Code"><code>${place}</code></a>`
}
