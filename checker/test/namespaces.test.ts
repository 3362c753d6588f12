import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { whyNoNamespaces } from '../sandbox/namespaces.ts'
import { attemptFolder } from './attempt-folder.ts'
import { changedSolution, FILE } from './contained.ts'
import { PATIENCE_MS } from './patience.ts'
import { processes } from './processes.ts'
import { gradeByCli, runCli } from './run-cli.ts'

const isPossible = (await whyNoNamespaces()) === undefined

test.runIf(isPossible)('what somebody else has written reaches the checker, and no other server of the machine', async () => {
  const neighbour = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  onTestFinished(() => void neighbour.close())
  await once(neighbour, 'listening')
  const curious = changedSolution((solution) => solution + knocksAt((neighbour.address() as AddressInfo).port))

  const [open, isolated] = await Promise.all([
    gradeByCli('lesson-1', curious, '--only', '1.1', '--no-isolated'),
    gradeByCli('lesson-1', curious, '--only', '1.1'),
  ])

  expect([open.code, isolated.code]).toEqual([0, 0])
  expect(open.verdict.checks[0]?.output).toBe('connect\n')
  expect(isolated.verdict.checks[0]?.output).toBe('ECONNREFUSED\n')
  expect(open.verdict.walls).not.toContain('own network')
  expect(isolated.verdict.walls).toEqual([...(open.verdict.walls ?? []), 'own network', 'own processes'])
})

test.runIf(isPossible)('the report of an isolated run says which walls stood', async () => {
  const { code, stdout } = await runCli(['check', 'lesson-1', '--attempt', 'solutions', '--only', '1.1', '--isolated'])

  expect(code).toBe(0)
  expect(stdout).toMatch(/^ {2}walls {4}own process, .+\n.*own network, own processes$/m)
})

test.runIf(isPossible)('an isolated run ends when it is asked to, and leaves nothing behind', async () => {
  const { run, scratch } = await startLooping()
  const over = once(run, 'exit')

  run.kill('SIGTERM')

  expect((await over)[0]).toBe(130)
  expect(readdirSync(scratch)).toEqual([])
  expect(processes().filter((line) => line.includes(scratch))).toEqual([])
})

test.runIf(isPossible)('an isolated run that is killed takes all its processes with it', async () => {
  const { run, scratch } = await startLooping()

  run.kill('SIGKILL')

  await expect.poll(() => processes().filter((line) => line.includes(scratch)), { timeout: PATIENCE_MS }).toEqual([])
})

/** Grades a program that loops, and waits until it does. */
async function startLooping(): Promise<{ readonly run: ChildProcess; readonly scratch: string }> {
  const dir = attemptFolder({ [FILE]: LOOPS })
  const scratch = join(dir, 'scratch')
  mkdirSync(scratch)
  const cli = [join(PROJECT, 'checker/launch.js'), 'check', 'lesson-1', '--attempt', dir, '--only', '1.1', '--isolated']
  const run = spawn(process.execPath, cli, { cwd: PROJECT, env: { ...process.env, TMPDIR: scratch }, stdio: 'ignore' })
  const loops = () => readdirSync(scratch, { recursive: true }).some((name) => String(name).endsWith('looping'))
  await expect.poll(loops, { timeout: PATIENCE_MS }).toBe(true)
  return { run, scratch }
}

test('where it cannot be had, and under a debugger, that is said', async () => {
  const check = ['check', 'lesson-1', '--only', '1.1', '--isolated']

  const [without, debugged] = await Promise.all([runCli(check, { PATH: '' }), runCli([...check, '--debug'])])

  expect([without.code, debugged.code]).toEqual([2, 2])
  expect(without.stderr).toMatch(
    /^This machine cannot keep a program apart: (?:there is no setpriv|only Linux can).+\nLeave --isolated out, or grade /,
  )
  expect(debugged.stderr).toBe('No debugger reaches a program that is isolated.\nLeave --isolated or --debug out.\n')
})

/** Says in its own folder that it runs, and then goes into an endless loop. */
const LOOPS = `import { writeFileSync } from 'node:fs'
writeFileSync('looping', '')
for (;;);
`

/** What is put behind an attempt: prints \`connect\`, or the code of the error. */
function knocksAt(port: number): string {
  return `
import { connect as knock } from 'node:net'
await new Promise<void>((resolve) => {
  const socket = knock(${port}, '127.0.0.1', () => resolve(console.log('connect')))
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(console.log(error.code))).on('close', () => socket.destroy())
})
`
}
