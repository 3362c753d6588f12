import { watch } from 'chokidar'
import type { Lesson } from '../catalogue.ts'
import { openAttempt } from '../grading/attempt.ts'
import { renderTerminal } from '../reporters/terminal.ts'
import type { LessonVerdict } from '../verdict.ts'
import { findLesson, firstOpenLesson, OWN_ATTEMPT, readArguments, readSeed } from './arguments.ts'
import { gradeWithProgress } from './grade-with-progress.ts'
import { print, wantsColour } from './print.ts'
import { keepVerdict } from './state.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run watch [lesson]

Grades your program for a lesson now, and again whenever you save. Stays on the
lesson after a pass. Ctrl-C ends it.

  --poll    look for changes every second, where the system does not tell them
            (network drives, Windows folders seen from WSL)
  --help    this text
`

/** Editors write a file in several steps; this long must be quiet, in milliseconds. */
const QUIET_MS = 50
const POLL_MS = 1000

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('watch', args, {
    poll: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const lesson = positionals[0] === undefined ? await firstOpenLesson() : findLesson(positionals[0])
  const watcher = watch(OWN_ATTEMPT, { ignoreInitial: true, usePolling: values.poll, interval: POLL_MS })
  const ended = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(130))
  })
  const rounds = openRounds(lesson)
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', () => {
    clearTimeout(timer)
    timer = setTimeout(rounds.start, QUIET_MS)
  })
  rounds.start()
  const code = await ended
  clearTimeout(timer)
  await Promise.all([watcher.close(), rounds.close()])
  return code
}

/** Grades one at a time. The newest save wins: it ends the round before it. */
function openRounds(lesson: Lesson) {
  let current = Promise.resolve()
  let newest = new AbortController()

  async function round(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const attempt = openAttempt(OWN_ATTEMPT, lesson)
    if (attempt === undefined) throw new UsageError(`There is no folder ${OWN_ATTEMPT}.`, 'Bring it back: git checkout exercises')
    const verdict = await gradeWithProgress({ lesson, attempt, seed: readSeed(undefined), signal })
    if (signal.aborted) return
    await keepVerdict(verdict)
    await print(report(verdict))
  }

  return {
    start() {
      newest.abort()
      newest = new AbortController()
      const { signal } = newest
      current = current.then(() => round(signal))
      // A round that fails ends the command, like any other.
      current.catch((error: unknown) => {
        process.nextTick(() => {
          throw error
        })
      })
    },
    async close() {
      newest.abort()
      await current.catch(() => undefined)
    },
  }
}

/** A report on a clean screen, where there is one. */
function report(verdict: LessonVerdict): string {
  const { isTTY, columns } = process.stdout
  const clear = isTTY ? '\u001b[2J\u001b[3J\u001b[H' : ''
  const time = new Date().toLocaleTimeString('en-GB')
  return `${clear}${renderTerminal(verdict, { columns: columns ?? 80, colour: wantsColour(), all: false })}  ${time}    watching exercises/ · save to check again · Ctrl-C ends\n`
}
