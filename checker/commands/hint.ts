import { inert, wrap } from '../reporters/text.ts'
import { readLessonText } from '../lesson-text.ts'
import { firstOpen } from '../verdict.ts'
import { findLesson, firstOpenLesson, readArguments } from './arguments.ts'
import { print } from './print.ts'
import { readLastVerdict, readProgress, writeProgress } from './state.ts'

const HELP = `npm run hint [lesson]

Shows the next hint for the first task that is not done, one at a time.

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
  const lesson = positionals[0] === undefined ? await firstOpenLesson() : findLesson(positionals[0])
  const last = await readLastVerdict(lesson.id)
  if (last?.verdict === 'passed') {
    await print(`${lesson.id} has passed; there is nothing left to hint at.\nCompare: solutions/${lesson.slug}.ts\n`)
    return 0
  }
  const task = last === undefined ? 1 : (firstOpen(last)?.task ?? 1)
  const { hints } = await readLessonText(lesson)
  const ofTask = hints.filter((hint) => hint.task === task).toSorted((a, b) => a.number - b.number)

  const progress = await readProgress()
  const key = `${lesson.id}/${task}`
  const shown = values.again ? 0 : (progress.hints[key] ?? 0)
  const hint = ofTask[Math.min(shown, ofTask.length - 1)]
  if (hint === undefined) {
    await print(`Task ${task} has no hints. Read it again: lessons/${lesson.slug}.md\n`)
    return 0
  }
  await writeProgress({ ...progress, hints: { ...progress.hints, [key]: hint.number } })
  const more =
    hint.number < ofTask.length
      ? `npm run hint ${lesson.id}`
      : `that was the last one; npm run hint ${lesson.id} -- --again starts over`
  await print(
    `${lesson.id}, task ${task}, hint ${hint.number} of ${ofTask.length}\n\n${paragraphs(inert(hint.text))}\n\n  next     ${more}\n`,
  )
  return 0
}

/** Fills paragraphs anew to the width of the terminal; code stays as it is. */
function paragraphs(text: string): string {
  const columns = Math.min(process.stdout.columns ?? 80, 100)
  const fill = (block: string) => (block.startsWith('```') ? block : wrap(block.replaceAll('\n', ' '), columns).join('\n'))
  return text.split('\n\n').map(fill).join('\n\n')
}
