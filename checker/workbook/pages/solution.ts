import { join } from 'node:path'
import type { Lesson } from '../../catalogue.ts'
import { readLessonFiles } from '../../progress/lesson-files.ts'
import { ownFiles } from '../../progress/state.ts'
import { PROJECT } from '../../project.ts'
import { compare, type Comparison, type Line } from '../../reporters/compare.ts'
import { inert } from '../../reporters/text.ts'
import { colouredLines } from '../code.ts'
import { editorLink } from '../editor-link.ts'
import { type Html, html, trusted } from '../html.ts'

/** The way to the solution. Before a pass it asks, once. The page shows the other part when a pass comes while it is open. */
export function solutionPart(allowed: boolean): Html {
  return html`<h2 id="solution">Our solution</h2>
    <div id="diff">
      <div data-when="open" ${allowed && trusted('hidden')}>
        <p>You have not passed this lesson yet, and this shows its solution. A hint is a smaller step.</p>
        <p><button type="button" data-do="diff">Show the solution all the same</button></p>
      </div>
      <div data-when="passed" ${!allowed && trusted('hidden')}>
        <p><button type="button" data-do="diff">Compare your file with ours</button></p>
      </div>
    </div>`
}

/** The learner's files of a lesson against ours. */
export function solutionDiff(lesson: Lesson): Html {
  const own = ownFiles(lesson)
  const ours = readLessonFiles(join(PROJECT, 'solutions'), lesson)
  return html`${Object.entries(ours).map(([name, text]) => {
    const mine = own[name]
    if (mine === undefined)
      return html`<p>${editorLink(`exercises/${name}`)} is missing; ours is ${editorLink(`solutions/${name}`)}.</p>`
    const comparison = compare(inert(mine), inert(text))
    const heading = html`<p>
      ${editorLink(`exercises/${name}`)} against ${editorLink(`solutions/${name}`)}. Blanks and empty lines make no difference.
    </p>`
    if (comparison.places.length === 0)
      return html`${heading}
        <p>They are the same.</p>`
    return html`${heading}${diffTable(comparison)}`
  })}`
}

/** A line that is only here or only there says so by its sign and its words, not by colour alone. */
function diffTable({ own, other, places }: Comparison): Html {
  const [ownLines, otherLines] = [colouredLines(own), colouredLines(other)]
  const code = ({ sign, number, text }: Line) => (sign === '+' ? otherLines : ownLines)[number - 1] ?? text
  const kinds = { '-': 'yours', '+': 'ours', ' ': 'both' } as const
  return html`<div class="scroll" tabindex="0" role="group" aria-label="differences">
    <table class="diff">
      <thead class="sr">
        <tr>
          <th scope="col">whose</th>
          <th scope="col">line</th>
          <th scope="col">code</th>
        </tr>
      </thead>
      ${places.map(
        (lines) =>
          html`<tbody>
            ${lines.map(
              (line) =>
                html`<tr class="is-${kinds[line.sign]}">
                  <td><span aria-hidden="true">${line.sign}</span><span class="sr">${kinds[line.sign]}</span></td>
                  <td>${line.number}</td>
                  <td><code>${code(line)}</code></td>
                </tr>`,
            )}
          </tbody>`,
      )}
    </table>
  </div>`
}
