import { type Lesson, lessons } from '../../catalogue.ts'
import { type AnyCheck, loadChecks } from '../../grading/check.ts'
import type { LessonVerdict } from '../../verdict.ts'
import type { Board } from '../board-state.ts'
import { atRest } from '../board.ts'
import { type Html, html } from '../html.ts'
import { type LessonBook, readLessonBook } from '../lesson-book.ts'
import type { Section } from '../markdown.ts'
import { tryItLessons } from '../try-it-lessons.ts'
import { details } from './details.ts'
import { fromTheCode } from './from-the-code.ts'
import { hintBox } from './hints.ts'
import { layout } from './layout.ts'
import { solutionPart } from './solution.ts'

export interface LessonView {
  readonly lesson: Lesson
  readonly verdict: LessonVerdict | undefined
  /** How many hints of each task have been shown. */
  readonly hintsShown: Readonly<Record<string, number>>
  readonly maySeeSolution: boolean
}

/** The text of a lesson, and beside it what the checks say. */
export async function lessonPage(view: LessonView): Promise<Html> {
  const { lesson, verdict } = view
  const [book, { checks }] = await Promise.all([readLessonBook(lesson), loadChecks(lesson)])
  const sections = book.sections.filter(({ title }) => title !== 'Hints')
  const before = sections.findIndex(({ title }) => title === 'Tasks')
  const extra = await fromTheCode(lesson)
  return layout({
    title: `${lesson.number} ${lesson.title} · The socket workbook`,
    lesson: lesson.id,
    crumb: html`<span aria-hidden="true">›</span><span>Lesson ${lesson.number}</span>`,
    main: html`<div class="columns">
        <article class="text" aria-labelledby="title">
          <p class="quiet">Lesson ${lesson.number} of ${lessons.length}</p>
          <h1 id="title">${lesson.title}</h1>
          ${onThisPage(sections)} ${sections.slice(0, before).map(({ body }) => body)} ${extra}
          ${
            tryItLessons.has(lesson.id) &&
            html`<h2 id="try-it">Try it on a bad network</h2>
              <div id="try-it-panel"></div>`
          }
          ${sections.slice(before).map((section) => taskSection(section, book, view))} ${solutionPart(view.maySeeSolution)}
          ${turning(lesson)}
        </article>
        ${panel(lesson, checks, book, verdict)}
      </div>
      <a class="to-result" href="#result"><span data-text="short"></span></a>`,
  })
}

function onThisPage(sections: readonly Section[]): Html {
  const listed = sections.filter(({ level }) => level === 2)
  return html`<details class="outline">
    <summary>On this page</summary>
    <nav aria-label="On this page">
      <ul>
        ${listed.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
        <li><a href="#solution">Our solution</a></li>
      </ul>
    </nav>
  </details>`
}

function taskSection({ task, body }: Section, book: LessonBook, { hintsShown }: LessonView): Html {
  if (task === undefined) return body
  const hints = book.hints.filter((hint) => hint.task === task)
  return html`<section class="task" data-task="${task}" aria-labelledby="task-${task}">
    ${body} ${hints.length > 0 && hintBox(task, hints, Math.min(hintsShown[task] ?? 0, hints.length))}
  </section>`
}

/** What is beside the text: how far it is, what did not pass, and all checks by task. */
function panel(lesson: Lesson, checks: readonly AnyCheck[], book: LessonBook, verdict: LessonVerdict | undefined): Html {
  const board = atRest(verdict)
  const tasks = [...new Set(checks.map(({ task }) => task))]
  return html`<aside class="panel" id="result" aria-label="Your program" tabindex="-1" data-phase="${board.phase}">
    <div class="panel-head">
      <h2>Your program</h2>
      <p class="summary" data-text="summary">${board.summary}</p>
      <ol class="dots" aria-hidden="true">
        ${checks.map(({ id }) => html`<li class="dot" data-check="${id}" data-status="${statusOf(board, id)}"></li>`)}
      </ol>
      <p class="sr" role="status" aria-live="polite" data-text="verdict"></p>
      <p class="note" data-text="note" hidden></p>
      <p class="buttons">
        <button type="button" data-do="check">Check again</button>
        <button type="button" data-do="again" data-seed="${board.seed}" ${board.seed === undefined && html`hidden`}>
          Again with the same seed
        </button>
      </p>
    </div>
    <div id="details">${details(lesson, verdict)}</div>
    <h3>Checks</h3>
    <ul class="tasks">
      ${tasks.map((task) => taskChecks(task, book, checks, board))}
    </ul>
  </aside>`
}

function taskChecks(task: number, book: LessonBook, checks: readonly AnyCheck[], board: Pick<Board, 'checks'>): Html {
  const own = checks.filter((check) => check.task === task)
  return html`<li>
    <a href="#task-${task}">Task ${task}</a> ${book.titles.get(task) ?? ''}
    <ul class="checks">
      ${own.map(
        ({ id, title }) =>
          html`<li data-check="${id}" data-status="${statusOf(board, id)}">
            <span class="sign" aria-hidden="true"></span><span><b>${id}</b> ${title}<span class="sr" data-word></span></span>
          </li>`,
      )}
    </ul>
  </li>`
}

function statusOf({ checks }: Pick<Board, 'checks'>, id: string): string {
  return checks[id] ?? 'waiting'
}

function turning(lesson: Lesson): Html {
  const at = lessons.findIndex(({ id }) => id === lesson.id)
  const [before, after] = [lessons[at - 1], lessons[at + 1]]
  return html`<nav class="turning" aria-label="Lessons">
    ${before !== undefined && html`<a href="/lessons/${before.id}">‹ ${before.title}</a>`}
    ${after !== undefined && html`<a class="end" href="/lessons/${after.id}">${after.title} ›</a>`}
  </nav>`
}
