import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { PROJECT } from '../project.ts'

/** How many tests or claims passed, and how many did not. */
export interface Counts {
  readonly passed: number
  readonly failed: number
}

/** Runs our own tests and the proof of the book on another Node, and shows what they say. */
export async function runSuite(node: string): Promise<Counts> {
  const tests = await runTests(node)
  const claims = await runVerify(node, [])
  return { passed: tests.passed + claims.passed, failed: tests.failed + claims.failed }
}

/** Has every lesson's solution graded once on another Node. */
export function runSmoke(node: string): Promise<Counts> {
  return runVerify(node, ['--part', 'solution'])
}

async function runTests(node: string): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'workbook-tests-'))
  try {
    const record = join(folder, 'tests.json')
    const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs')
    const { code } = await run(node, [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${record}`])
    return testCounts(await readFile(record, 'utf8').catch(() => ''), code)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function runVerify(node: string, args: readonly string[]): Promise<Counts> {
  const { code, said } = await run(node, [join(PROJECT, 'checker/launch.js'), 'verify', ...args])
  return claimCounts(said, code)
}

/** @param record what vitest's JSON reporter wrote; it may be missing */
export function testCounts(record: string, code: number | null): Counts {
  if (record === '') return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests } = JSON.parse(record) as { numPassedTests: number; numFailedTests: number }
  return noSilentFailure({ passed: numPassedTests, failed: numFailedTests }, code)
}

/** @param said what `verify` printed; its last line counts */
export function claimCounts(said: string, code: number | null): Counts {
  const [, passed, failed] = /(?:^|\n)(\d+) passed, (\d+) failed\n$/.exec(said) ?? []
  if (passed === undefined || failed === undefined) return { passed: 0, failed: 1 }
  return noSilentFailure({ passed: Number(passed), failed: Number(failed) }, code)
}

/** What ended with an exit code other than 0 has failed, whatever it counted: a test file that cannot be loaded has no tests. */
function noSilentFailure({ passed, failed }: Counts, code: number | null): Counts {
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) }
}

async function run(node: string, args: readonly string[]): Promise<{ code: number | null; said: string }> {
  // What starts `node` by its name gets the same one.
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH ?? ''].join(delimiter) }
  const child = spawn(node, [...args], { cwd: PROJECT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.stdout.pipe(process.stdout, { end: false })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said: Buffer.concat(pieces).toString() }
}
