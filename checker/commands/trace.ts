import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { YOU } from '../lab/lab.ts'
import { currentLesson } from '../progress/current-lesson.ts'
import { ladder } from '../reporters/ladder.ts'
import { pcapng } from '../reporters/pcapng.ts'
import { type CheckVerdict, firstOpen, type LessonVerdict } from '../verdict.ts'
import { findLesson, readArguments } from './arguments.ts'
import { print, terminalColumns } from './print.ts'
import { readLastRun } from '../progress/state.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run trace [lesson] -- [options]

Shows again what passed on the wire in your last run: of the first check that
did not pass, or of the one you name.

  --of 2.4         this check
  --pcapng FILE    write a capture that Wireshark opens
  --help           this text
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('trace', args, {
    of: { type: 'string' },
    pcapng: { type: 'string' },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const lesson = positionals[0] === undefined ? await currentLesson() : findLesson(positionals[0])
  const wanted = values.of ?? positionals[1]
  if (values.pcapng === undefined) {
    await print(`${await traceText(lesson, wanted)}\n`)
    return 0
  }
  const { check } = await readTraced(lesson, wanted)
  const file = resolve(process.env.INIT_CWD ?? '.', values.pcapng)
  await writeFile(file, pcapng(check.trace ?? [], YOU))
  await print(`${check.id} ${check.title}\nwritten to ${file}; open it with Wireshark\n`)
  return 0
}

/**
 * The ladder of a check in the last run.
 * @param wanted the id of the check; by default the first one that did not pass
 * @throws UsageError when there was no such run or check
 */
export async function traceText(lesson: Lesson, wanted: string | undefined): Promise<string> {
  const { check, last } = await readTraced(lesson, wanted)
  const { trace = [] } = check
  const lines =
    trace.length === 0
      ? ['  nothing passed on the wire']
      : ladder(trace, { columns: terminalColumns(), first: YOU, rows: Infinity })
  return `${check.id} ${check.title}: ${check.verdict} · seed ${last.seed}\n${lines.join('\n')}`
}

async function readTraced(
  lesson: Lesson,
  wanted: string | undefined,
): Promise<{ readonly check: CheckVerdict; readonly last: LessonVerdict }> {
  const last = await readLastRun(lesson.id)
  if (last === undefined) throw new UsageError(`${lesson.id} has not been checked yet.`, `Type: npm run check ${lesson.id}`)
  const check = wanted === undefined ? (firstOpen(last) ?? last.checks.at(-1)) : last.checks.find((each) => each.id === wanted)
  if (check !== undefined) return { check, last }
  throw new UsageError(`${lesson.id} has no check "${wanted}".`, `Its checks: ${last.checks.map((each) => each.id).join(' ')}`)
}
