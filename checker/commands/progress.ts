import { styleText } from 'node:util'
import { type Lesson, lessons } from '../catalogue.ts'
import { readLessonText } from '../lesson-text.ts'
import { ofLesson, type Progress } from '../progress/progress.ts'
import { localTime } from '../progress/time-name.ts'
import { fit, pad } from '../reporters/text.ts'
import { type LessonVerdict, passedCount } from '../verdict.ts'
import { currentLesson, readArguments } from './arguments.ts'
import { print, terminalColumns, wantsColour } from './print.ts'
import { readLastVerdict, readProgress } from './state.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run progress -- [options]

The lessons, with what you have passed and when, the attempts you made, and the
tasks of the lesson you are at. ▸ marks that lesson.

  --json    the same as one JSON record
  --help    this text
`

/** One lesson as the list shows it. */
interface Entry {
  readonly lesson: string
  readonly title: string
  readonly current: boolean
  /** How many different programs were graded. */
  readonly attempts: number
  /** When it was first passed, ISO 8601. */
  readonly passedAt?: string
  /** What the last grading came to. */
  readonly last?: { readonly verdict: string; readonly passed: number; readonly checks: number }
  readonly tasks: readonly { readonly task: number; readonly title: string; readonly done: boolean }[]
}

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('progress', args, {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  if (positionals[0] !== undefined) throw new UsageError(`"${positionals[0]}" is too much.`, 'Help: npm run progress -- --help')
  const entries = await readEntries()
  await print(values.json ? `${JSON.stringify({ schema: 1, lessons: entries })}\n` : render(entries))
  return 0
}

/** The list as `npm run progress` prints it. */
export async function progressText(): Promise<string> {
  return render(await readEntries())
}

async function readEntries(): Promise<Entry[]> {
  const progress = await readProgress()
  const current = await currentLesson()
  return Promise.all(lessons.map((lesson) => entryOf(lesson, progress, lesson.id === current.id)))
}

async function entryOf(lesson: Lesson, progress: Progress, current: boolean): Promise<Entry> {
  const { attempts, passedAt } = ofLesson(progress, lesson.id)
  const last = await readLastVerdict(lesson.id)
  const text = await readLessonText(lesson).catch(() => undefined)
  return {
    lesson: lesson.id,
    title: lesson.title,
    current,
    attempts,
    ...(passedAt === undefined ? {} : { passedAt }),
    ...(last === undefined ? {} : { last: { verdict: last.verdict, passed: passedCount(last), checks: last.checks.length } }),
    tasks: (text?.tasks ?? []).map((task) => ({ task, title: text?.titles.get(task) ?? '', done: isDone(task, last) })),
  }
}

function isDone(task: number, last: LessonVerdict | undefined): boolean {
  const checks = last?.checks.filter((check) => check.task === task) ?? []
  return checks.length > 0 && checks.every((check) => check.verdict === 'passed')
}

function render(entries: readonly Entry[]): string {
  const columns = Math.min(terminalColumns(), 100)
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    wantsColour() ? styleText(style, text, { validateStream: false }) : text
  const tick = (done: boolean) => (done ? paint('green', '✓') : '·')
  const passed = entries.filter((entry) => entry.passedAt !== undefined).length
  const lines = [paint('bold', `${passed} of ${entries.length} lessons passed`), '']
  for (const entry of entries) {
    const state = stateOf(entry)
    const title = pad(fit(`${entry.lesson}  ${entry.title}`, columns - 6 - state.length), columns - 6 - state.length)
    const mark = entry.current ? '▸' : ' '
    lines.push(
      `${mark} ${tick(entry.passedAt !== undefined)} ${entry.current ? paint('bold', title) : title}  ${state}`.trimEnd(),
    )
    if (!entry.current) continue
    const width = String(entry.tasks.at(-1)?.task ?? 0).length
    for (const [index, { task, title: name, done }] of entry.tasks.entries()) {
      const branch = index === entry.tasks.length - 1 ? '└' : '├'
      lines.push(`    ${branch} ${tick(done)} ${fit(`task ${String(task).padStart(width)}  ${name}`, columns - 8)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** `7 attempts · passed 2026-11-22 10:26`, or how far the last one got. */
function stateOf({ attempts, passedAt, last }: Entry): string {
  const made = attempts === 0 ? [] : [attempts === 1 ? '1 attempt' : `${attempts} attempts`]
  if (passedAt !== undefined) return [...made, `passed ${localTime(new Date(passedAt))}`].join(' · ')
  return [...made, ...(last === undefined ? [] : [`${last.passed} of ${last.checks} checks`])].join(' · ')
}
