import { styleText } from 'node:util'
import { type Entry, readEntries } from '../progress/entries.ts'
import { localTime } from '../progress/time-name.ts'
import { fit, pad } from '../reporters/text.ts'
import { readArguments } from './arguments.ts'
import { print, terminalColumns, wantsColour } from './print.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run progress -- [options]

The lessons, with what you have passed and when, the attempts you made, and the
tasks of the lesson you are at. ▸ marks that lesson.

  --json    the same as one JSON record
  --help    this text
`

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
