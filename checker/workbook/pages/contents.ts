import type { Entry } from '../../progress/entries.ts'
import { localTime } from '../../progress/time-name.ts'
import { type Html, html } from '../html.ts'
import { layout } from './layout.ts'

/** The first page: the lessons, with what has been passed. */
export function contentsPage(entries: readonly Entry[]): Html {
  const passed = entries.filter(({ passedAt }) => passedAt !== undefined).length
  const current = entries.find((entry) => entry.current)
  return layout({
    title: 'The socket workbook',
    main: html`<div class="contents">
      <h1>The socket workbook</h1>
      <p class="lead">
        You write the programs, in your own editor. Each time you save, they are checked here over real sockets, and you see what
        passed on the wire.
      </p>
      <p>
        <progress value="${passed}" max="${entries.length}" aria-label="Lessons passed"></progress> ${passed} of ${entries.length}
        lessons passed
      </p>
      ${current !== undefined && html`<p><a class="button" href="/lessons/${current.lesson}">${passed === 0 && current.attempts === 0 ? 'Begin' : 'Go on'} with ${current.lesson.replace('-', ' ')}</a></p>`}
      <h2>Lessons</h2>
      <ol class="lessons">
        ${entries.map(entryItem)}
      </ol>
    </div>`,
  })
}

function entryItem({ lesson, title, passedAt, attempts, last, tasks, current }: Entry): Html {
  const isPassed = passedAt !== undefined
  const tried = attempts === 0 ? '' : attempts === 1 ? '1 attempt' : `${attempts} attempts`
  const state = isPassed
    ? `passed ${localTime(new Date(passedAt))}`
    : last === undefined
      ? 'not begun'
      : `${last.passed} of ${last.checks} checks passed`
  const done = tasks.filter((task) => task.done).length
  const tasksDone = isPassed || last === undefined ? '' : `${done} of ${tasks.length} tasks done`
  return html`<li class="${isPassed ? 'is-passed' : 'is-open'}">
    <a href="/lessons/${lesson}" ${current && html` aria-current="true"`}>${title}</a>
    <p class="quiet">${[state, tried, tasksDone].filter((part) => part !== '').join(' · ')}</p>
  </li>`
}
