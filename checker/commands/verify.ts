import { randomInt } from 'node:crypto'
import type { Claim } from '../authoring/claims.ts'
import { starterClaim, writeStarters } from '../authoring/starters.ts'
import { textClaims } from '../authoring/texts.ts'
import { PARTS, type Part, trialClaims } from '../authoring/trials.ts'
import { lessons } from '../catalogue.ts'
import { findLesson, readArguments } from './arguments.ts'
import { print } from './print.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run verify [lesson] -- [options]

For authors: proves the book. Every starter compiles and fails at every task,
every solution and every variant passes, every mistake fails at its check with
the recorded text, every task has hints that hold no line of the solution, and
the code in the texts compiles. The starters are those in checker/starters.ts.

  --part solution,variants   only these: starter, solution, variants, mistakes
  --runs 20                  try every attempt so many times
  --write-starters           write checker/starters.ts from exercises/, so that reset
                             brings back what you wrote there
  --help                     this text
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('verify', args, {
    part: { type: 'string' },
    runs: { type: 'string', default: '1' },
    'write-starters': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  if (values['write-starters']) {
    const refusal = await writeStarters()
    await print(refusal === undefined ? 'checker/starters.ts is written\n' : `${refusal} Nothing is written.\n`)
    return refusal === undefined ? 0 : 1
  }
  const chosen = positionals.length === 0 ? lessons : positionals.map(findLesson)
  const parts = readParts(values.part)
  const runs = readRuns(values.runs)

  let passed = 0
  const failed: string[] = []
  for (const lesson of chosen) {
    const texts = values.part === undefined ? [...textClaims(lesson), starterClaim(lesson)] : []
    for (const claim of [...texts, ...(await trialClaims(lesson, parts, () => randomInt(2 ** 32)))]) {
      const failures = await failuresOf(claim, texts.includes(claim) ? 1 : runs)
      const told = report(claim, failures, runs)
      if (failures.length === 0) passed += 1
      else failed.push(told)
      await print(told)
    }
  }
  // Once more at the end: they may stand hundreds of lines above, or in the part of a log that was not kept.
  if (failed.length > 0) await print(`\nThese failed:\n${failed.join('')}\n`)
  await print(`${passed} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? 0 : 1
}

async function failuresOf(claim: Claim, runs: number): Promise<string[]> {
  const failures: string[] = []
  for (let number = 0; number < runs; number += 1) {
    const failure = await claim.test().catch((error: unknown) => `could not be tested: ${String(error)}`)
    if (failure !== undefined) failures.push(failure)
  }
  return failures
}

function report(claim: Claim, failures: readonly string[], runs: number): string {
  if (failures.length === 0) return `✓ ${claim.title}${runs > 1 ? ` (${runs} of ${runs})` : ''}\n`
  const count = runs > 1 ? ` (${failures.length} of ${runs} did not)` : ''
  return `✗ ${claim.title}${count}\n${[...new Set(failures)].map((failure) => `    ${failure}\n`).join('')}`
}

function readParts(typed: string | undefined): readonly Part[] {
  if (typed === undefined) return PARTS
  const words = typed.split(',')
  const parts = PARTS.filter((part) => words.includes(part))
  if (parts.length === words.length) return parts
  throw new UsageError(`"${typed}" names something else than ${PARTS.join(', ')}.`, 'For example: --part solution,variants')
}

function readRuns(typed: string): number {
  const runs = Number(typed)
  if (Number.isInteger(runs) && runs > 0) return runs
  throw new UsageError(`"${typed}" is no number of runs.`, 'For example: --runs 20')
}
