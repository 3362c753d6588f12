import type { Lesson } from '../catalogue.ts'
import { readLessonText } from '../lesson-text.ts'
import { fingerprint } from '../progress/lesson-files.ts'
import { ofLesson } from '../progress/progress.ts'
import { firstOpen } from '../verdict.ts'
import { currentLesson, lessonIn, readArguments } from './arguments.ts'
import { plainMarkdown } from './plain-markdown.ts'
import { print, terminalColumns } from './print.ts'
import { countHint, ownFiles, readLastVerdict, readProgress } from './state.ts'

const HELP = `npm run hint [lesson]

Shows the next hint for the first task that is not done, one at a time, from a
nudge to an outline. The solution is never among them.

  --again   show the hints of this task from the first one
  --help    this text
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('hint', args, {
    again: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const lesson = lessonIn(positionals) ?? (await currentLesson())
  const { text, more } = await nextHint(lesson, values.again)
  const next =
    more === 'yes' ? `npm run hint ${lesson.id}` : `that was the last one; npm run hint ${lesson.id} -- --again starts over`
  await print(more === 'none' ? `${text}\n` : `${text}\n\n  next     ${next}\n`)
  return 0
}

export interface ShownHint {
  readonly text: string
  /** Whether another one follows; `none` when there was nothing to hint at. */
  readonly more: 'yes' | 'no' | 'none'
}

/** The next hint for the first task that is not done, which counts as shown from now on. */
export async function nextHint(lesson: Lesson, again: boolean): Promise<ShownHint> {
  const last = await readLastVerdict(lesson.id)
  if (last?.verdict === 'passed') {
    return {
      text: `${lesson.id} has passed; there is nothing left to hint at.\nCompare: npm run diff ${lesson.id}`,
      more: 'none',
    }
  }
  const task = last === undefined ? 1 : (firstOpen(last)?.task ?? 1)
  const { hints, titles } = await readLessonText(lesson)
  const ofTask = hints.filter((hint) => hint.task === task).toSorted((a, b) => a.number - b.number)
  const { hints: counts, fingerprint: checked } = ofLesson(await readProgress(), lesson.id)
  const shown = again ? 0 : (counts[task] ?? 0)
  const hint = ofTask[Math.min(shown, ofTask.length - 1)]
  if (hint === undefined) return { text: `Task ${task} has no hints. Read it again: lessons/${lesson.slug}.md`, more: 'none' }
  await countHint(lesson, task, hint.number)
  const heading = `${lesson.id}, task ${task}, hint ${hint.number} of ${ofTask.length}`
  const title = titles.get(task) ?? ''
  const changed = checked !== undefined && checked !== fingerprint(ownFiles(lesson))
  const remark = changed ? '\n\nYour file has changed since its last check; this goes by what that check saw.' : ''
  const columns = Math.min(terminalColumns(), 100)
  return {
    text: `${heading}${title === '' ? '' : `  (${title})`}\n\n${plainMarkdown(hint.text, columns)}${remark}`,
    more: hint.number < ofTask.length ? 'yes' : 'no',
  }
}
