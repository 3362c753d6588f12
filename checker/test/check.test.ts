import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freeUdpPort } from '../lab/udp-socket.ts'
import { PROJECT } from '../project.ts'
import { displayWidth } from '../reporters/text.ts'
import { starters } from '../starters.ts'
import { attemptFolder } from './attempt-folder.ts'
import { leftovers } from './leftovers.ts'
import { projectCopy } from './project-copy.ts'
import { gradeByCli, runCli } from './run-cli.ts'

describe('npm run check', () => {
  test('passes the solution with exit code 0 and at least 15 checks', async () => {
    const { code, verdict } = await gradeByCli('lesson-1', 'solutions')

    expect(verdict.checks.filter((check) => check.verdict !== 'passed')).toEqual([])
    expect(verdict.checks.length).toBeGreaterThanOrEqual(15)
    expect(verdict.verdict).toBe('passed')
    expect(code).toBe(0)
  })

  test('reports the first failure of the starter in 30 lines of 80 columns', async () => {
    const { code, stdout } = await runCli(['check', 'lesson-1', '--seed', '4711'], {}, projectCopy())

    const lines = stdout.trimEnd().split('\n')
    expect(code).toBe(1)
    expect(lines.length).toBeLessThanOrEqual(30)
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([])
    for (const part of ['expected', 'actual', 'why', 'where', 't(ms)', 'next', 'seed 4711']) expect(stdout).toContain(part)
    expect(stdout).toContain('exercises/01-udp-basics.ts:')
  })

  test('prints one JSON record and nothing else, whatever the attempt prints', async () => {
    const { code, stdout } = await runCli(['check', 'lesson-1', '--json', '--attempt', 'checker/test/hostile/forges-a-verdict'])

    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, lesson: 'lesson-1', verdict: 'failed' })
    expect(code).toBe(1)
  })

  test('draws the same values again from the same seed', async () => {
    const starter = attemptFolder(starters['lesson-1'] ?? {})
    const [first, second] = [
      await gradeByCli('lesson-1', starter, '--seed', '7', '--only', '1.9'),
      await gradeByCli('lesson-1', starter, '--seed', '7', '--only', '1.9'),
    ]

    const texts = (run: typeof first) =>
      run.verdict.checks[0]?.trace?.filter((event) => event.kind === 'datagram').map((event) => event.label)
    expect(texts(first)).toEqual(texts(second))
    expect(texts(first)).not.toEqual([])
  })

  test('an attempt that insists on one port is not in its own way', async () => {
    const solution = readFileSync(join(PROJECT, 'solutions/01-udp-basics.ts'), 'utf8')
    const port = await freeUdpPort()
    const insisting = solution.replace('      socket.send(text,', `      socket.bind(${port}).send(text,`)
    expect(insisting).not.toBe(solution)

    const { verdict } = await gradeByCli('lesson-1', attemptFolder({ '01-udp-basics.ts': insisting }))

    // There it has to send several at once, which is beyond it wherever it runs.
    const beyondIt = ['1.17', '1.18', '1.21', '1.23']
    expect(verdict.checks.filter((check) => check.verdict !== 'passed').map(({ id }) => id)).toEqual(beyondIt)
  })

  test('runs only what was asked for, and says which checks there are', async () => {
    const { verdict } = await gradeByCli('lesson-1', 'solutions', '--only', '1.2,1.5')
    expect(verdict.checks.map((check) => check.id)).toEqual(['1.2', '1.5'])

    const wrong = await runCli(['check', 'lesson-1', '--only', '1.99'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('Its checks: 1.1 1.2')
  })

  test('passes a program that the machine has kept waiting for longer than the checker would', async () => {
    const solution = readFileSync(join(PROJECT, 'solutions/01-udp-basics.ts'), 'utf8')
    const kept =
      "socket.on('message', (bytes, sender) => {\n  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1400)\n"
    const source = solution.replace("socket.on('message', (bytes, sender) => {\n", kept)

    const { verdict } = await gradeByCli('lesson-1', attemptFolder({ '01-udp-basics.ts': source }), '--only', '1.1')

    expect(source).toContain('Atomics.wait')
    expect(verdict.verdict).toBe('passed')
  })

  test('does not wait for every check where the program never answers, and says so', async () => {
    const silent = ['startReceiver', 'sendText', 'sendLines'].map(
      (name) => `export const ${name} = () => new Promise(() => {})\n`,
    )

    const { verdict } = await gradeByCli('lesson-1', attemptFolder({ '01-udp-basics.ts': silent.join('') }))

    const tried = verdict.checks.filter(({ verdict: came }) => came === 'timed-out')
    const [left] = verdict.checks.filter(({ verdict: came }) => came === 'not-run')
    expect(tried).toHaveLength(8)
    expect(left?.why).toBe('Not run: in 8 checks before, your program stayed silent until a limit. Mend those first.')
  })

  test('leaves no process and no folder behind', async () => {
    const { pid } = await runCli(['check', 'lesson-1', '--attempt', 'solutions'])

    expect(leftovers(pid)).toEqual([])
  })
})

describe('what a person types', () => {
  test.each(['lesson-1', '1', '01', 'udp-basics', '01-udp-basics', 'udp'])('finds lesson 1 by "%s"', async (typed) => {
    const { code } = await runCli(['check', typed, '--attempt', 'solutions', '--only', '1.1'])

    expect(code).toBe(0)
  })

  test.each([
    { typed: ['check', 'lesson-0'], says: 'The nearest is lesson-1.' },
    { typed: ['chekc'], says: 'npm run check' },
    { typed: ['check', '--sed', '3'], says: 'The nearest is --seed.' },
    { typed: ['check', '--seed', 'luck'], says: 'For example: --seed 4711' },
    { typed: ['check', '1', '--attempt', 'nowhere'], says: 'There is no folder' },
  ])('answers $typed with one next step and exit code 2', async ({ typed, says }) => {
    const { code, stderr } = await runCli(typed)

    expect(code).toBe(2)
    expect(stderr).toContain(says)
    expect(stderr.trimEnd().split('\n')).toHaveLength(2)
  })

  test('notices an option that npm kept for itself, and says what to type', async () => {
    const { code, stderr } = await runCli(['check', 'lesson-1', '7'], { npm_lifecycle_event: 'check', npm_config_seed: 'true' })

    expect(code).toBe(2)
    expect(stderr).toContain('npm run check lesson-1 -- --seed …')
  })
})
