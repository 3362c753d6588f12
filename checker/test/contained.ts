import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { expect } from 'vitest'
import { PROJECT } from '../project.ts'
import { whyNoNamespaces } from '../sandbox/namespaces.ts'
import type { CheckVerdict, Status } from '../verdict.ts'
import { attemptFolder } from './attempt-folder.ts'
import { leftovers } from './leftovers.ts'
import { type CliRun, gradeByCli } from './run-cli.ts'

export const HOSTILE = join(PROJECT, 'checker/test/hostile')
export const FILE = '01-udp-basics.ts'
const SOLUTION = join(PROJECT, 'solutions', FILE)
const HAS_NAMESPACES = (await whyNoNamespaces()) === undefined

/** What grading a hostile attempt came to. */
export interface Contained extends CliRun {
  readonly checks: readonly CheckVerdict[]
  /** By id: `{ '1.1': 'passed' }`. */
  readonly statuses: Readonly<Record<string, Status>>
  readonly passed: readonly string[]
  /** What it printed in all checks. */
  readonly output: string
}

/**
 * Grades a hostile attempt with the walls that stand everywhere, and once more with those that Linux has besides. Looks at what
 * holds for each of them: the checker lives, the exit code is right, no check is called the checker's own mishap, and no process
 * or folder is left behind.
 * @param attempt the name of a folder below `hostile/`, or the path of a folder
 */
export async function contained(attempt: string, ...more: readonly string[]): Promise<Contained> {
  const everywhere = await containedBy('--no-isolated', attempt, more)
  const onLinux = HAS_NAMESPACES ? await containedBy('--isolated', attempt, more) : everywhere

  expect(onLinux.passed).toEqual(everywhere.passed)
  return everywhere
}

async function containedBy(walls: string, attempt: string, more: readonly string[]): Promise<Contained> {
  const dir = isAbsolute(attempt) ? attempt : join(HOSTILE, attempt)
  const run = await gradeByCli('lesson-1', dir, ...more, walls)
  const { checks, verdict } = run.verdict

  expect(run.stderr).not.toContain('The checker itself failed')
  expect(checks.filter((check) => check.verdict === 'error')).toEqual([])
  expect(run.code).toBe(verdict === 'passed' ? 0 : 1)
  expect(leftovers(run.pid)).toEqual([])
  return {
    ...run,
    checks,
    statuses: Object.fromEntries(checks.map((check) => [check.id, check.verdict])),
    passed: checks.filter((check) => check.verdict === 'passed').map(({ id }) => id),
    output: checks.map((check) => check.output ?? '').join(''),
  }
}

/** The solution of lesson 1 with an attack before it: what is right in it must be found right all the same. */
export function attackedSolution(name: string): string {
  return attemptFolder({ [FILE]: `${readFileSync(join(HOSTILE, name, FILE), 'utf8')}\n${readFileSync(SOLUTION, 'utf8')}` })
}

/** The solution of lesson 1 with a change in it. */
export function changedSolution(change: (source: string) => string): string {
  return attemptFolder({ [FILE]: change(readFileSync(SOLUTION, 'utf8')) })
}
