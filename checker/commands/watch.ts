import { basename } from 'node:path'
import { emitKeypressEvents } from 'node:readline'
import { type Lesson, lessons } from '../catalogue.ts'
import { ofLesson } from '../progress/progress.ts'
import { PROJECT } from '../project.ts'
import { currentLesson, firstOpenLesson, lessonIn, readArguments } from './arguments.ts'
import { print, wantsColour } from './print.ts'
import { enterLesson, OWN_ATTEMPT, readProgress } from './state.ts'
import { needsPolling, watchFiles } from './watch-files.ts'
import { openKeys } from './watch-keys.ts'
import { openRounds } from './watch-rounds.ts'
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
  const rounds = openRounds({
    started: screen.checking,
    decided: screen.decided,
    ended: screen.verdict,
    failed: (error) => screen.view(`The checker itself failed; this is not your fault.\n${String(error)}`),
  })
  const check = () => rounds.start(lesson)
  const goTo = async (other: Lesson) => {
    lesson = other
    await enterLesson(lesson)
    check()
  }

  const files = watchFiles(OWN_ATTEMPT, {
    poll: values.poll || needsPolling(PROJECT),
    onSave(saved) {
      const others = saved.map((file) => laterLesson(file, lesson))
      if (others.every((other) => other !== undefined)) screen.note(`saved ${others[0]?.id}; this watches ${lesson.id}`)
      else check()
    },
    onPolling: () => screen.note('looking for changes twice a second'),
  })
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
  await Promise.all([files.close(), rounds.close()])
  screen.close()
  return code
}

/** Where the learner left off; once that is passed, the first lesson that is not. */
async function lessonToResume(): Promise<Lesson> {
  const current = await currentLesson()
  const { passedAt } = ofLesson(await readProgress(), current.id)
  return passedAt === undefined ? current : firstOpenLesson()
}

/** The later lesson that a file belongs to, which an attempt at this lesson cannot depend on. */
function laterLesson(file: string, lesson: Lesson): Lesson | undefined {
  return lessons.find(({ slug, number }) => number > lesson.number && basename(file).startsWith(`${slug}.`))
}
