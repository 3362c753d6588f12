import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runOutcome, tally } from '../authoring/tally.ts'
import { freeUdpPort } from '../lab/udp-socket.ts'
import { PROJECT } from '../project.ts'
import type { CheckVerdict, LessonVerdict, Status } from '../verdict.ts'
import { attemptFolder } from './attempt-folder.ts'
import { leftovers } from './leftovers.ts'
import { PATIENCE_MS } from './patience.ts'
import { processes } from './processes.ts'

const FLAKY = ['--import', 'tsx', join(PROJECT, 'checker/authoring/flaky.ts')]
const NAME = '01-udp-basics.ts'
const NOTHING_ODD = { isExcused: () => true, setAside: [] }

describe('npm run flaky', () => {
  test('passes a right attempt while other programs keep the processor busy, and ends them', async () => {
    const { code, stdout, pid } = await runFlaky([
      'lesson-1',
      '--attempt',
      'solutions',
      '--runs',
      '2',
      '--burners',
      '2',
      '--json',
    ])

    const { lessons, burners } = JSON.parse(stdout)
    expect(lessons).toMatchObject([{ lesson: 'lesson-1', runs: 2, failedRuns: 0, failures: [] }])
    expect(lessons[0].checksRun).toBe(2 * lessons[0].checks.length)
    expect(burners).toBe(2)
    expect(code).toBe(0)
    expect([...leftovers(pid), ...burnersOf(pid)]).toEqual([])
  })

  test('fails for an attempt that fails now and then, and says how to try that again', async () => {
    const solution = readFileSync(join(PROJECT, 'solutions', NAME), 'utf8')
    const dir = attemptFolder({ [NAME]: `${solution}\nif (Math.random() < 0.5) throw new Error('flaky on purpose')\n` })

    const { code, stdout } = await runFlaky(['lesson-1', '--attempt', dir, '--runs', '2', '--burners', '0'])

    expect(code).toBe(1)
    expect(stdout).toContain('flaky on purpose')
    expect(stdout).toMatch(/again {6}npm run flaky -- lesson-1 --attempt ".+" --seed \d+\n/)
    expect(stdout).toMatch(/^ {4}1\.23: [12] failed, 0 inconclusive, of 2 times$/m)
    expect(stdout).toMatch(/^2 runs with \d+ checks in .+: 2 failed, 0 inconclusive$/m)
  })

  test('tells of checks that pass only when they are run again alone', async () => {
    const solution = readFileSync(join(PROJECT, 'solutions', NAME), 'utf8')
    const port = await freeUdpPort()
    const insists = `\nimport { createSocket as socketOf } from 'node:dgram'\nsocketOf('udp4').bind(${port}, '127.0.0.1').unref()\n`
    const dir = attemptFolder({ [NAME]: `${solution}${insists}` })

    const { code, stdout } = await runFlaky(['lesson-1', '--attempt', dir, '--runs', '2', '--burners', '0'])

    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {4}passed only alone \d+ times? \(1\.\d+.*\): it crashed: Error EADDRINUSE: /m)
  })

  test.runIf(process.platform !== 'win32')('ends its burners and its run on Ctrl-C', async () => {
    const child = startFlaky(['lesson-1', '--attempt', 'solutions', '--runs', '1000', '--burners', '2'])
    const over = once(child, 'exit')
    const pid = child.pid ?? 0
    await expect.poll(() => burnersOf(pid).length, { timeout: PATIENCE_MS }).toBe(2)
    await expect.poll(() => leftovers(pid).length, { timeout: PATIENCE_MS }).toBeGreaterThan(0)

    child.kill('SIGINT')

    expect((await over)[0]).toBe(130)
    expect([...leftovers(pid), ...burnersOf(pid)]).toEqual([])
  })

  test('refuses a number of runs that is none', async () => {
    const { code, stderr } = await runFlaky(['lesson-1', '--runs', 'many'])

    expect(stderr).toContain('--runs many is no whole number from 1 on.')
    expect(code).toBe(2)
  })
})

describe('the tally', () => {
  test('counts each check by what it came to, and inconclusive runs by their reasons', () => {
    const runs = [
      lesson('passed', ['passed', 'passed']),
      lesson('failed', ['passed', 'timed-out']),
      lesson('error', ['error', 'passed']),
    ].map((verdict) => runOutcome(verdict, NOTHING_ODD))

    const { checks, reasons, ...sums } = tally(runs)

    expect(sums).toEqual({ runs: 3, failedRuns: 1, inconclusiveRuns: 1, checksRun: 6, onlyAlone: [] })
    expect(checks).toEqual([
      { id: '1.1', passed: 2, failed: 0, inconclusive: 1, leftOut: 0 },
      { id: '1.2', passed: 2, failed: 1, inconclusive: 0, leftOut: 0 },
    ])
    expect(reasons).toEqual([{ reason: 'what 1.1 saw', count: 1, checks: ['1.1'] }])
  })

  test('tells of checks that passed only when they were run again alone', () => {
    const verdict = lesson('passed', ['passed', 'passed'])
    const [, second] = verdict.checks
    const setAside = second === undefined ? [] : [{ ...second, verdict: 'failed' as const, actual: 'too late' }]

    const { failedRuns, onlyAlone } = tally([runOutcome(verdict, { ...NOTHING_ODD, setAside })])

    expect({ failedRuns, onlyAlone }).toEqual({
      failedRuns: 0,
      onlyAlone: [{ reason: 'too late', count: 1, checks: ['1.2'] }],
    })
  })

  test('takes a run in which a check fails for failed, whatever got in the way of another', () => {
    expect(runOutcome(lesson('failed', ['error', 'failed']), NOTHING_ODD).came).toBe('failed')
  })

  test('lets a check without a browser be left out where that is excused, and nowhere else', () => {
    const without = lesson('passed', ['passed', 'not-run'], { excused: true })

    const here = runOutcome(without, NOTHING_ODD)
    const there = runOutcome(without, { ...NOTHING_ODD, isExcused: () => false })

    expect([here.came, here.checks[1]?.came]).toEqual(['passed', 'left-out'])
    expect([there.came, there.checks[1]?.came]).toEqual(['failed', 'failed'])
  })

  test('takes a run in which nothing passed for failed', () => {
    expect(runOutcome(lesson('failed', ['not-run', 'not-run']), NOTHING_ODD).came).toBe('failed')
  })
})

function startFlaky(args: readonly string[]) {
  return execFile(process.execPath, [...FLAKY, ...args], { cwd: PROJECT, maxBuffer: 64 * 1024 * 1024 })
}

async function runFlaky(args: readonly string[]) {
  const child = startFlaky(args)
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (text: string) => void (stdout += text))
  child.stderr?.on('data', (text: string) => void (stderr += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, stdout, stderr, pid: child.pid ?? 0 }
}

function burnersOf(pid: number): string[] {
  return processes().filter((line) => line.includes(`burner-of-${pid}`))
}

function lesson(verdict: LessonVerdict['verdict'], statuses: readonly Status[], more: Partial<CheckVerdict> = {}): LessonVerdict {
  const checks = statuses.map((status, index): CheckVerdict => {
    const id = `1.${index + 1}`
    return {
      id,
      title: '',
      task: 1,
      durationMs: 0,
      verdict: status,
      actual: `what ${id} saw`,
      ...(status === 'not-run' ? more : {}),
    }
  })
  const named = { lesson: 'lesson-1', slug: '', title: '', attempt: '', seed: 1, durationMs: 0, partial: false }
  return { schema: 1, ...named, verdict, checks }
}
