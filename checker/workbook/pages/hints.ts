import type { Hint } from '../../lesson-text.ts'
import { type Html, html } from '../html.ts'
import { renderMarkdown } from '../markdown.ts'

/** The hints of a task that have been shown, and the way to the next one. */
export function hintBox(task: number, hints: readonly Hint[], shown: number): Html {
  const taken = hints.toSorted((a, b) => a.number - b.number).slice(0, shown)
  const left = hints.length - shown
  return html`<div class="hints" data-hints="${task}">
    ${taken.map(
      (hint) =>
        html`<div class="hint">
          <p class="caption">Hint ${hint.number} of ${hints.length}</p>
          ${renderMarkdown(hint.text)}
        </div>`,
    )}
    ${left > 0 && html`<button type="button" class="plain" data-do="hint" data-task="${task}">${shown === 0 ? 'A hint' : 'Another hint'} for task ${task}</button>`}
  </div>`
}
