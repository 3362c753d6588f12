import { emitKeypressEvents } from 'node:readline'
import type { Lesson } from '../catalogue.ts'
import { lessonToResume } from '../progress/current-lesson.ts'
import { openSharedWatcher } from '../watching/shared-watcher.ts'
import { lessonIn, readArguments } from './arguments.ts'
import { print, wantsColour } from './print.ts'
import { openKeys } from './watch-keys.ts'
import { openLineScreen, openTerminalScreen } from './watch-screen.ts'

const HELP = `npm run watch [lesson]

Grades your program for a lesson now, and again whenever you save. Without a
lesson it goes on where you left off. It stays on the lesson after a pass.

  h  the next hint            d  your file against the solution
  t  what passed on the wire  n  the next lesson
  l  the list of lessons      q  quit (or Ctrl-C)
  Enter checks again, Esc goes back to the report, ↑ ↓ and Space scroll.

  --poll    look for changes twice a second, where the system does not tell them
            (network drives; Windows folders seen from WSL are found out)
  --help    this text
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('watch', args, {
    poll: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  let lesson = lessonIn(positionals) ?? (await lessonToResume())
  const { stdin, stdout } = process
  const keys = stdin.isTTY && stdout.isTTY
  const screen = (stdout.isTTY ? openTerminalScreen : openLineScreen)({ out: stdout, colour: wantsColour(), keys })
  const watcher = await openSharedWatcher(
    {
      started(started, checkCount) {
        // The page may have turned to another one.
        lesson = started
        screen.checking(started, checkCount)
      },
      decided: screen.decided,
      ended: screen.verdict,
      failed: (error) => screen.view(`The checker itself failed; this is not your fault.\n${String(error)}`),
      noted: screen.note,
    },
    { poll: values.poll },
  )
  const check = () => watcher.check()
  const goTo = (other: Lesson) => {
    lesson = other
    return watcher.goTo(other)
  }

  const ended = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(130))
    if (!keys) return
    emitKeypressEvents(stdin)
    const press = openKeys({ screen, lesson: () => lesson, check, goTo, quit: resolve })
    stdin.on('keypress', press)
    stdin.setRawMode(true)
  })
  await goTo(lesson)

  const code = await ended
  if (keys) stdin.setRawMode(false)
  await watcher.close()
  screen.close()
  return code
}
