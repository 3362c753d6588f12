import type { Lesson } from '../catalogue.ts'
import { currentLesson } from '../progress/current-lesson.ts'
import { fingerprint } from '../progress/lesson-files.ts'
import { takeHint, taskToHintAt } from '../progress/next-hint.ts'
import { ofLesson } from '../progress/progress.ts'
import { ownFiles, readProgress } from '../progress/state.ts'
import { lessonIn, readArguments } from './arguments.ts'
import { plainMarkdown } from './plain-markdown.ts'
import { print, terminalColumns } from './print.ts'

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
  const task = await taskToHintAt(lesson)
  if (task === undefined) {
    return {
      text: `${lesson.id} has passed; there is nothing left to hint at.\nCompare: npm run diff ${lesson.id}`,
      more: 'none',
    }
  }
  const next = await takeHint(lesson, task, again)
  if (next === undefined) return { text: `Task ${task} has no hints. Read it again: lessons/${lesson.slug}.md`, more: 'none' }
  const heading = `${lesson.id}, task ${task}, hint ${next.hint.number} of ${next.count}`
  const title = next.title === '' ? '' : `  (${next.title})`
  const { fingerprint: checked } = ofLesson(await readProgress(), lesson.id)
  const changed = checked !== undefined && checked !== fingerprint(ownFiles(lesson))
  const remark = changed ? '\n\nYour file has changed since its last check; this goes by what that check saw.' : ''
  const columns = Math.min(terminalColumns(), 100)
  return {
    text: `${heading}${title}\n\n${plainMarkdown(next.hint.text, columns)}${remark}`,
    more: next.hint.number < next.count ? 'yes' : 'no',
  }
}
