import { createHash } from 'node:crypto'
import { diffWordsWithSpace } from 'diff'
import { type Lesson, lessons } from '../../catalogue.ts'
import { isAmongSeveral } from '../../reporters/flood-layout.ts'
import { floodSvg } from '../../reporters/flood-svg.ts'
import { ladderSvg } from '../../reporters/ladder-svg.ts'
import { inert } from '../../reporters/text.ts'
import { type CheckVerdict, firstOpen, haveSameReason, isOpen, type LessonVerdict } from '../../verdict.ts'
import { byteDiff } from '../byte-diff.ts'
import { editorLink } from '../editor-link.ts'
import { type Html, html, trusted } from '../html.ts'

/** How many lines of the attempt's output are shown. */
const OUTPUT_LINES = 40

/** What did not pass: the first one open, the others closed and fetched when they are opened. */
export function details(lesson: Lesson, verdict: LessonVerdict | undefined): Html {
  if (verdict === undefined)
    return html`<p class="quiet">Nothing yet. Save <code>exercises/${lesson.slug}.ts</code>, and it is checked.</p>`
  const first = firstOpen(verdict)
  if (first === undefined) return verdict.partial ? html`` : praise(lesson, verdict)
  const open = verdict.checks.filter(isOpen)
  if (haveSameReason(open)) return html`${item(lesson, { ...first, title: `No check could be made: ${first.title}` }, true)}`
  const others = open.slice(1)
  return html`${item(lesson, first, true)} ${others.length > 0 && html`<h3>Also not passed</h3>`}
  ${others.map((check) => item(lesson, check, false))}`
}

function item(lesson: Lesson, check: CheckVerdict, unfolded: boolean): Html {
  const key = createHash('sha256').update(JSON.stringify(check)).digest('hex').slice(0, 12)
  const address = `/lessons/${lesson.id}/checks/${check.id}`
  return html`<details
    class="failure is-${check.verdict}"
    data-key="${check.id} ${key}"
    ${!unfolded && trusted(`data-src="${address}"`)}
    ${unfolded && trusted('open')}
  >
    <summary>
      <span class="sign" aria-hidden="true"></span><span><b>${check.id}</b> ${check.title}</span>
    </summary>
    <div class="failure-body">${unfolded && checkDetails(lesson, check)}</div>
  </details>`
}

/** Everything that is known of one check that did not pass. Whatever comes from the attempt is text. */
export function checkDetails(lesson: Lesson, check: CheckVerdict): Html {
  const { why, hint, where, excerpt, output, trace = [] } = check
  return html`${comparison(check)}
    ${excerpt !== undefined && html`<pre class="code" tabindex="0" role="group" aria-label="the place"><code>${inert(excerpt)}</code></pre>`}
    ${why !== undefined && html`<p class="why">${inert(why)}</p>`} ${hint !== undefined && html`<p>${inert(hint)}</p>`}
    <p class="where">
      ${where !== undefined && html`<span>Look at ${editorLink(where.file, where.line)}</span>`}
      <a href="#task-${check.task}">Task ${check.task}</a>
    </p>
    ${pictures(trace)} ${output !== undefined && output !== '' && printed(output)} ${trace.length > 0 && downloads(lesson, check)}`
}

function comparison({ expected, actual }: CheckVerdict): Html {
  const bytes = expected === undefined || actual === undefined ? undefined : byteDiff(expected, actual)
  const [ours, theirs] = marked(expected ?? '', actual ?? '')
  return html`<dl class="compared">
      ${
        expected !== undefined &&
        html`<dt>expected</dt>
          <dd>${ours}</dd>`
      }
      ${
        actual !== undefined &&
        html`<dt>actual</dt>
          <dd>${theirs}</dd>`
      }
    </dl>
    ${bytes}`
}

/** Two values with their differences marked, where most of them is the same; otherwise marks would only be in the way. */
function marked(expected: string, actual: string): readonly [Html, Html] {
  const changes = diffWordsWithSpace(inert(expected), inert(actual))
  const same = changes.filter(({ added, removed }) => !added && !removed).reduce((sum, { value }) => sum + value.length, 0)
  const marks = same * 2 > Math.min(expected.length, actual.length)
  const of = (leftOut: 'added' | 'removed') =>
    html`${changes
      .filter((change) => !change[leftOut])
      .map(({ value, added, removed }) => (marks && (added || removed) ? html`<mark>${value}</mark>` : value))}`
  return [of('added'), of('removed')]
}

/** Among more than two, the way of a query says more than who has sent what to whom; both are shown. */
function pictures(trace: CheckVerdict['trace'] & {}): Html {
  if (trace.length === 0) return html``
  const flood = isAmongSeveral(trace) ? floodSvg(trace) : undefined
  return html`${
      flood !== undefined &&
      html`<figure class="wire">
        <figcaption>The way of the question</figcaption>
        <div class="picture-box">${trusted(flood)}</div>
      </figure>`
    }
    <figure class="wire">
      <figcaption>What passed on the wire</figcaption>
      <div class="picture-box">${trusted(ladderSvg(trace))}</div>
    </figure>`
}

function printed(output: string): Html {
  const lines = inert(output).trimEnd().split('\n')
  const more = lines.length - OUTPUT_LINES
  const shown = more > 0 ? [...lines.slice(0, OUTPUT_LINES), `… ${more} more lines`] : lines
  return html`<p class="caption">Your output, ${lines.length === 1 ? '1 line' : `${lines.length} lines`}</p>
    <pre class="code output" tabindex="0" role="group" aria-label="your output"><code>${shown.join('\n')}</code></pre>`
}

function downloads(lesson: Lesson, { id }: CheckVerdict): Html {
  const file = (kind: string) => `/lessons/${lesson.id}/checks/${id}/${kind}`
  return html`<p class="downloads">
    <a href="${file('capture.pcapng')}" download>Capture for Wireshark</a>
    <a href="${file('trace.json')}" download>Trace as JSON</a>
  </p>`
}

function praise(lesson: Lesson, { checks }: LessonVerdict): Html {
  const excused = checks.filter((check) => check.excused === true)
  const next = lessons[lessons.findIndex(({ id }) => id === lesson.id) + 1]
  return html`<div class="praise">
    <p><b>${excused.length > 0 ? 'All checks that can be run here have passed.' : 'All checks passed.'}</b></p>
    ${excused[0] !== undefined && html`<p>Not run: ${excused.map(({ id }) => id).join(', ')}. ${inert(excused[0].why ?? '')}</p>`}
    <p>
      <a href="#solution">Compare with our solution</a
      >${next !== undefined && html`, or go on: <a href="/lessons/${next.id}">${next.title}</a>`}.
    </p>
  </div>`
}
