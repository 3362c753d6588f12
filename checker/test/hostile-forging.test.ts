import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { attackedSolution, changedSolution, contained, FILE, HOSTILE } from './contained.ts'
import { startHanging } from './hanging.ts'
import { runCli } from './run-cli.ts'
import { strangeAnswers } from './strange-answers.ts'

test('1 an exit, while it is imported or in a call, is told and passes nothing', async () => {
  const [atImport, inCall] = await Promise.all([
    contained('exits-at-import'),
    contained('exits-in-a-call', '--only', '1.1,1.15,1.20'),
  ])

  for (const { passed, checks } of [atImport, inCall]) {
    expect(passed).toEqual([])
    expect(checks[0]?.actual).toBe('your program ended early, with exit code 0')
  }
})

test('2 a program that kills itself is told how it ended', async () => {
  const { passed, checks } = await contained('kills-itself', '--only', '1.1,1.15,1.20')

  expect(passed).toEqual([])
  expect(checks.map((check) => check.actual)).toEqual([
    'your program ended early, by SIGABRT',
    'your program ended early, with exit code 0',
    'your program ended early, by SIGKILL',
  ])
})

test('3 patched globals change no verdict', async () => {
  const { passed } = await contained('patches-the-globals')

  expect(passed).toEqual([])
})

test('4 strange answers are failures with words, never mishaps of the checker', async () => {
  const judgements = await strangeAnswers(join(HOSTILE, 'returns-strange-things'))
  const handedOver = ['10n', 'new Date(NaN)', 'Object.create(null)', '() => undefined'].map((thing) =>
    contained(handsOver(thing), '--only', '1.1,1.6'),
  )

  expect((await Promise.all(handedOver)).map(({ passed }) => passed)).toEqual([[], [], [], []])
  expect(judgements.filter(({ verdict }) => verdict !== 'failed' && verdict !== 'timed-out')).toEqual([])
  expect(judgements.filter(({ actual }) => (actual ?? '').length === 0 || (actual ?? '').length > 5000)).toEqual([])
})

/** A program whose callbacks get something else than the message and the error. */
function handsOver(thing: string): string {
  return changedSolution((source) =>
    source.replace(
      /options\.on(Message|Error)(\?\.)?\(.*\)$/gm,
      `(options.on$1 as unknown as (...a: unknown[]) => void)(${thing}, ${thing})`,
    ),
  )
}

test('5 printed marks of success are text to be shown', async () => {
  const [{ passed, output }, { stdout }] = await Promise.all([
    contained('forges-a-verdict', '--only', '1.1'),
    runCli(['check', 'lesson-1', '--only', '1.1', '--attempt', join(HOSTILE, 'forges-a-verdict')]),
  ])

  expect(passed).toEqual([])
  expect(output).toContain('::error::forged')
  expect(stdout).toMatch(/0 of 1/)
  expect(stdout).not.toMatch(/\u001b|^\s*::/m)
})

test('6 forged, repeated and unasked-for replies pass nothing', async () => {
  const { passed, checks } = await contained('forges-replies', '--only', '1.1,1.15,1.20')

  expect(passed).toEqual([])
  expect(checks.map((check) => check.actual)).toEqual([
    // Taken for the answer, and what it lacks is missed: whoever forges an answer has only made a claim.
    'done: undefined',
    'protocol violation: no such entry on exports table: -1',
    'protocol violation: refcount would go negative: 1 < 1000',
  ])
})

test('7 files written for the checker to find are neither written nor looked for', async () => {
  const { passed, output } = await contained('writes-result-files', '--only', '1.1')

  expect(passed).toEqual([])
  expect(output).toBe('written to: .\n')
  expect(existsSync(join(PROJECT, 'result.json'))).toBe(false)
})

test('8 an opened inspector changes nothing: no signal gets out, and none would open one', async () => {
  const { passed, output } = await contained(attackedSolution('opens-the-inspector'), '--only', '1.1,1.15')
  const hanging = await startHanging()
  process.kill(hanging.pid, 'SIGUSR1')
  const { code, stderr } = await hanging.ended

  expect(new Set(output.split('\n').filter((line) => line !== ''))).toEqual(new Set(['knocked: EPERM,-1']))
  expect(passed).toEqual(['1.1', '1.15'])
  expect(code).toBe(1)
  expect(stderr).toBe('')
})

test('9 there are no secrets in the environment, the arguments or the parent', async () => {
  const secret = 'a-secret-of-the-teacher'
  const args = ['check', 'lesson-1', '--only', '1.1', '--json', '--seed', '86420', '--attempt', join(HOSTILE, 'reads-secrets')]

  const { stdout } = await runCli(args, { TOKEN: secret, NODE_AUTH_TOKEN: secret })

  expect(stdout).toContain('"actual":"it rejected with Error: read: ERR_ACCESS_DENIED"')
  expect(stdout).not.toContain(secret)
  expect(stdout.replace('"seed":86420', '')).not.toContain('86420')
})

test("10 the lesson's own examples by heart pass no check of what is received or sent", async () => {
  const { passed } = await contained('hard-codes-the-examples', '--only', '1.1,1.3,1.4,1.5,1.7,1.8,1.14,1.15,1.16,1.18,1.20')

  expect(passed).toEqual([])
})

test.each([
  [
    "import 'left-pad'",
    '"left-pad" is a package. Here the network code is yours: import only node:* modules and files of your own.',
  ],
  [
    "import { execSync } from 'node:child_process'\nexecSync('true')",
    'node:child_process is closed: no lesson needs it, and the checker grades one process.',
  ],
  [
    "import cluster from 'cluster'\ncluster.fork()",
    'node:cluster is closed: no lesson needs it, and the checker grades one process.',
  ],
])('11 somebody else who does the work is refused by name: %s', async (source, says) => {
  const { passed, checks } = await contained(
    changedSolution((solution) => `${source}\n${solution}`),
    '--only',
    '1.1',
  )

  expect(passed).toEqual([])
  expect(checks[0]).toMatchObject({ verdict: 'could-not-start', actual: says, where: { line: 1 } })
})

test('12 the solution cannot be imported, neither by path nor by link', async () => {
  const solution = join(PROJECT, 'solutions', FILE)
  const byPath = attemptFolder({ [FILE]: `export * from ${JSON.stringify(solution)}\n` })
  const byLink = attemptFolder({ [FILE]: "export * from './mine.ts'\n" })
  symlinkSync(solution, join(byLink, 'mine.ts'))

  const runs = await Promise.all([byPath, byLink].map((dir) => contained(dir, '--only', '1.1')))

  for (const { passed, checks } of runs) {
    expect(passed).toEqual([])
    expect(checks[0]?.actual).toBe(
      'That is the solution of the lesson itself. Only solutions of earlier lessons can be imported.',
    )
  }
})

test('13 nothing in environment, arguments or title tells what is checked', async () => {
  const { passed } = await contained(attackedSolution('behaves-when-watched'), '--only', '1.1,1.15')

  expect(passed).toEqual(['1.1', '1.15'])
})

test('14 a program that passes three checks and then dies has passed three', async () => {
  const { statuses, checks } = await contained(attackedSolution('dies-after-three'), '--only', '1.1,1.2,1.3,1.4,1.5,1.6')

  expect(statuses).toEqual({
    '1.1': 'passed',
    '1.2': 'passed',
    '1.3': 'passed',
    '1.4': 'failed',
    '1.5': 'failed',
    '1.6': 'failed',
  })
  expect(checks[3]?.actual).toBe('your program ended early, with exit code 0')
})

test('15 configuration and packages beside an attempt are never executed', async () => {
  const dir = changedSolution((solution) => solution)
  const marker = join(dir, 'executed')
  const executed = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`
  mkdirSync(join(dir, 'node_modules/tsx'), { recursive: true })
  mkdirSync(join(dir, 'node_modules/.bin'))
  const files = {
    'package.json': JSON.stringify({
      type: 'commonjs',
      imports: { '#x': './x.js' },
      scripts: { preinstall: `node -e "${executed}"` },
    }),
    'tsconfig.json': '{ "extends": "./nowhere.json", "compilerOptions": { "paths": { "node:dgram": ["./x.ts"] } } }',
    '.npmrc': 'node-options=--require ./x.cjs\n',
    '.env': 'NODE_OPTIONS=--require ./x.cjs\n',
    'x.cjs': executed,
    'vitest.config.ts': executed,
    'esbuild.config.js': executed,
    'node_modules/tsx/index.js': executed,
    'node_modules/.bin/node': `#!/bin/sh\ntouch '${marker}'\n`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text, { mode: 0o755 })

  const { passed } = await contained(dir, '--only', '1.1,1.15')

  expect(passed).toEqual(['1.1', '1.15'])
  expect(existsSync(marker)).toBe(false)
})
