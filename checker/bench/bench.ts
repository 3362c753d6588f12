import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { runEntry } from '../authoring/run-entry.ts'
import { readArguments } from '../commands/arguments.ts'
import { print } from '../commands/print.ts'
import { UsageError } from '../commands/usage-error.ts'
import { PROJECT } from '../project.ts'
import { type Figure, renderFigure } from './figure.ts'
import { fileTransfer } from './file-transfer.ts'
import { lessonRun } from './lesson-run.ts'
import { page } from './page.ts'
import { relay } from './relay.ts'
import { startUp } from './start-up.ts'
import { type Part, renderTable } from './table.ts'
import { watch } from './watch.ts'

const BENCHES: Readonly<Record<string, { readonly title: string; measure(rounds?: number): Promise<Figure[]> }>> = {
  'start-up': { title: 'One check, beside learnyounode and vitest', measure: startUp },
  watch: { title: 'Watch, beside a bare start of Node', measure: watch },
  page: { title: 'The workbook in the browser', measure: page },
  lessons: { title: 'All lessons, beside vitest and a bare start of Node', measure: lessonRun },
  relay: { title: 'The UDP relay, beside one plain forwarding socket', measure: relay },
  'file-transfer': { title: 'Lesson 5, beside stream.pipeline', measure: fileTransfer },
}
const HELP = `npm run bench -- [options] [name ...]

For authors: prints how fast and how large things are, as ratios to peers that
run side by side with ours in this very run. Absolute times on a shared machine
say little. Runs all of them, or those that are named:
${Object.keys(BENCHES).join(', ')}.

  --rounds 1    each so often; for a quick look
  --write       write docs/benchmarks.md, too
  --help        this text
`
const EXAMPLE = 'For example: npm run bench -- relay --rounds 1'
const TABLE = join(PROJECT, 'docs', 'benchmarks.md')

await runEntry(bench)

async function bench(args: readonly string[]): Promise<number> {
  const wish = readWish(args)
  if (wish === undefined) {
    await print(HELP)
    return 0
  }
  const { names, rounds, write } = wish
  const [before = 0] = loadavg()
  const parts: Part[] = []
  for (const [name, { title, measure }] of Object.entries(BENCHES)) {
    if (!names.includes(name)) continue
    const figures = await measure(rounds)
    parts.push({ title, figures })
    await print(figures.map(renderFigure).join(''))
  }
  if (write) {
    const [after = 0] = loadavg()
    writeFileSync(TABLE, renderTable({ ...machine(), load: [before, after] }, parts))
    await print('docs/benchmarks.md is written\n')
  }
  return 0
}

function readWish(args: readonly string[]) {
  const { values, positionals } = readArguments('bench', args, {
    write: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    help: { type: 'boolean', default: false },
  })
  if (values.help) return undefined
  const { write, rounds } = values
  const known = Object.keys(BENCHES)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new UsageError(`There is no bench "${unknown.join(', ')}".`, `There are: ${known.join(', ')}.`)
  if (write && positionals.length > 0) throw new UsageError('The table is written as a whole.', 'npm run bench -- --write')
  if (rounds !== undefined && !/^[1-9]\d*$/.test(rounds)) throw new UsageError(`"${rounds}" is no number of rounds.`, EXAMPLE)
  return {
    names: positionals.length === 0 ? known : positionals,
    rounds: rounds === undefined ? undefined : Number(rounds),
    write,
  }
}

function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  }
}
