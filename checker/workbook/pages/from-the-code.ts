import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lesson } from '../../catalogue.ts'
import type { Roles } from '../../play/play.ts'
import { starterFiles } from '../../progress/state.ts'
import { PROJECT } from '../../project.ts'
import { codeBlock, colouredCode } from '../code.ts'
import { editorLink } from '../editor-link.ts'
import { type Html, html } from '../html.ts'

/** What the code itself says of a lesson, so that it cannot drift: the contract, the starter, and how to run it. */
export async function fromTheCode(lesson: Lesson): Promise<Html> {
  const known = written.get(lesson.id) ?? write(lesson)
  written.set(lesson.id, known)
  return known
}

/** The code of the workbook does not change while it runs. */
const written = new Map<string, Promise<Html>>()

async function write(lesson: Lesson): Promise<Html> {
  const contract = `checker/contracts/${lesson.slug}.ts`
  const [source, { roles }] = await Promise.all([
    readFile(join(PROJECT, contract), 'utf8'),
    import(`../../play/${lesson.slug}.ts`) as Promise<{ roles: Roles<unknown> }>,
  ])
  const starter = Object.entries(starterFiles(lesson)).filter(([name]) => name.endsWith('.ts'))
  return html`<h2 id="from-the-code">What the code says</h2>
    <details class="code-part" id="contract">
      <summary>The contract: what your file exports</summary>
      <p>Your editor shows it, too: ${editorLink(contract)}</p>
      ${codeBlock(colouredCode(withoutShapes(source)), 'the contract')}
    </details>
    ${starter.map(
      ([name, text]) =>
        html`<details class="code-part">
          <summary>The starter: what you begin with</summary>
          <p>
            Yours is ${editorLink(`exercises/${name}`)}. <code>npm run reset ${lesson.id}</code> puts this one back, and keeps a
            copy of yours.
          </p>
          ${codeBlock(colouredCode(text.trimEnd()), `the starter ${name}`)}
        </details>`,
    )}
    <details class="code-part" open>
      <summary>Run it for real</summary>
      <dl class="roles">
        ${Object.entries(roles).map(
          ([name, role]) =>
            html`<dt><code>npm run play ${lesson.id} -- ${name}</code></dt>
              <dd>
                ${role.about}${Object.entries(role.options).map(
                  ([option, { about, default: value }]) =>
                    html`<br /><code>--${option}</code> ${about}${value !== '' && ` (${value})`}`,
                )}${role.relayed === true && html`<br /><code>--loss</code> <code>--duplicate</code> <code>--reorder</code> put a bad network before it`}
              </dd>`,
        )}
      </dl>
    </details>`
}

/** What each call resolves to is said twice in a contract: as types for people, and as data for the checker. */
function withoutShapes(source: string): string {
  const end = source.search(/\/\*\*[^/]*\*\/\s*export const shapes\b|export const shapes\b/)
  return (end < 0 ? source : source.slice(0, end)).replaceAll(/^import type .*ExportShapes.*\n/gm, '').trim()
}
