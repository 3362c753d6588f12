import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lesson, lessons } from '../catalogue.ts'
import { lessonIn, readArguments, readSeed } from '../commands/arguments.ts'
import { print } from '../commands/print.ts'
import { openProgressLine } from '../commands/progress-line.ts'
import { UsageError } from '../commands/usage-error.ts'
import { PROJECT } from '../project.ts'
import { equivalentsOf } from './equivalent-mutants.ts'
import { type Mutant, mutantsOf, nameOf } from './mutants.ts'
import { openTrials } from './mutation-trial.ts'
import { runEntry } from './run-entry.ts'
import { type MutationScore, writeMutationReport } from './mutation-report.ts'

const HELP = `npm run mutate [lesson] -- [options]

For authors: a second opinion on the checks. Makes small mistakes in the
solutions by rule, one at a time, and lists those that no check catches. Each
of them is either recorded in checker/test/equivalents/, with the reason why
it need not be caught, or leads to a check.

  --list        list the mutants and try none
  --sample 50   try only so many of a lesson, chosen by the seed
  --match TEXT  try only those whose name, as --list shows it, holds this text
  --all         tell the killed ones, too, and the checks that caught them
  --seed 4711   decides the sample and every value that the checks draw
  --write       bring docs/mutation.md up to date
  --help        this text

Exit codes: 0 every survivor is recorded, 1 one is not.
`

await runEntry(mutate)

async function mutate(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('mutate', args, {
    list: { type: 'boolean', default: false },
    sample: { type: 'string' },
    match: { type: 'string', default: '' },
    all: { type: 'boolean', default: false },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const only = lessonIn(positionals)
  const size = readSize(values.sample)
  const seed = readSeed(values.seed)
  if (values.write && values.match !== '')
    throw new UsageError('A choice by --match is no result to write down.', 'Leave one of the two out.')

  const scores: MutationScore[] = []
  for (const lesson of only === undefined ? lessons : [only]) {
    const mutants = await mutantsOf(await readFile(join(PROJECT, 'solutions', `${lesson.slug}.ts`), 'utf8'))
    const chosen = sample(
      mutants.filter((mutant) => nameOf(mutant).includes(values.match)),
      size,
      seed,
    )
    if (values.list) for (const mutant of chosen) await print(`${lesson.id}:${mutant.lineNumber} ${nameOf(mutant)}\n`)
    else scores.push(await tryAll({ lesson, mutants: chosen, total: mutants.length, seed, all: values.all }))
    await reportLost(lesson, mutants)
  }
  if (values.write && !values.list) await writeMutationReport(scores)
  return scores.every(({ survivors, undecided }) => survivors + undecided === 0) ? 0 : 1
}

interface Round {
  readonly lesson: Lesson
  readonly mutants: readonly Mutant[]
  /** How many mutants the lesson has. */
  readonly total: number
  readonly seed: number
  /** Tell the killed ones, too. */
  readonly all: boolean
}

async function tryAll({ lesson, mutants, total, seed, all }: Round): Promise<MutationScore> {
  const tryMutant = await openTrials(lesson, seed)
  const recordedNames = new Set((await equivalentsOf(lesson)).map(nameOf))
  const counts = { killed: 0, recorded: 0, survivors: 0, undecided: 0 }
  const line = openProgressLine()
  for (const [index, mutant] of mutants.entries()) {
    line.show(`${lesson.id}: ${index + 1} of ${mutants.length}, ${counts.survivors} survive`)
    const name = `${lesson.id}:${mutant.lineNumber} ${nameOf(mutant)}`
    const tried = await tryMutant(mutant)
    line.clear()
    const isRecorded = recordedNames.has(nameOf(mutant))
    if (tried.outcome === 'killed') {
      counts.killed += 1
      // Either the reason is wrong, or the check asks for more than the contract.
      if (isRecorded) await print(`! recorded, and yet ${tried.by.id} is ${tried.by.verdict}: ${name}\n`)
      else if (all) await print(`✓ ${tried.by.id} ${tried.by.verdict}: ${name}\n`)
    } else if (tried.outcome === 'undecided') {
      counts.undecided += 1
      await print(`? cannot be judged (${tried.because}): ${name}\n`)
    } else if (isRecorded) {
      counts.recorded += 1
    } else {
      counts.survivors += 1
      await print(`✗ survives: ${name}\n`)
    }
  }
  const { killed, recorded, survivors, undecided } = counts
  const rest = `${recorded} may survive, ${survivors} survive, ${undecided} undecided`
  await print(`${lesson.id}: ${killed} of ${mutants.length} killed, ${rest} · seed ${seed}\n`)
  return { lesson: lesson.id, seed, mutants: total, tried: mutants.length, ...counts }
}

/** A solution that has moved on leaves records behind that speak of nothing. */
async function reportLost(lesson: Lesson, mutants: readonly Mutant[]): Promise<void> {
  const names = new Set(mutants.map(nameOf))
  for (const record of await equivalentsOf(lesson)) {
    if (!names.has(nameOf(record))) await print(`! recorded, and no longer there: ${lesson.id} ${nameOf(record)}\n`)
  }
}

/** Chooses some by the seed, and leaves them in their order. */
function sample(mutants: readonly Mutant[], size: number, seed: number): readonly Mutant[] {
  if (mutants.length <= size) return mutants
  const drawn = mutants.map((mutant, index) => ({ mutant, index, lot: lotOf(`${seed} ${nameOf(mutant)}`) }))
  const chosen = drawn.toSorted((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, size)
  return chosen.toSorted((a, b) => a.index - b.index).map(({ mutant }) => mutant)
}

/** By its name, so that a mutant more or less leaves the other lots alone. */
function lotOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function readSize(typed: string | undefined): number {
  if (typed === undefined) return Infinity
  const size = Number(typed)
  if (Number.isInteger(size) && size > 0) return size
  throw new UsageError(`"${typed}" is no size of a sample.`, 'For example: --sample 50')
}
