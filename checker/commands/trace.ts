import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { YOU } from '../lab/lab.ts'
import { ladder } from '../reporters/ladder.ts'
import { pcapng } from '../reporters/pcapng.ts'
import { firstOpen } from '../verdict.ts'
import { findLesson, firstOpenLesson, readArguments } from './arguments.ts'
import { print } from './print.ts'
import { readLastVerdict } from './state.ts'
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
  const lesson = positionals[0] === undefined ? await firstOpenLesson() : findLesson(positionals[0])
  const wanted = values.of ?? positionals[1]
  const last = await readLastVerdict(lesson.id)
  if (last === undefined) throw new UsageError(`${lesson.id} has not been checked yet.`, `Type: npm run check ${lesson.id}`)
  const check = wanted === undefined ? (firstOpen(last) ?? last.checks.at(-1)) : last.checks.find((each) => each.id === wanted)
  if (check === undefined) {
    throw new UsageError(`${lesson.id} has no check "${wanted}".`, `Its checks: ${last.checks.map((each) => each.id).join(' ')}`)
  }
  const { trace = [] } = check
  if (values.pcapng !== undefined) {
    const file = resolve(process.env.INIT_CWD ?? '.', values.pcapng)
    await writeFile(file, pcapng(trace, YOU))
    await print(`${check.id} ${check.title}\nwritten to ${file}; open it with Wireshark\n`)
    return 0
  }
  const columns = process.stdout.columns ?? 80
  const lines = trace.length === 0 ? ['  nothing passed on the wire'] : ladder(trace, { columns, first: YOU, rows: Infinity })
  await print(`${check.id} ${check.title}: ${check.verdict} · seed ${last.seed}\n${lines.join('\n')}\n`)
  return 0
}
