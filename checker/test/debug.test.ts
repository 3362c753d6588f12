import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openInbox } from '../lab/inbox.ts'
import { becomesTrue, byPulse, within } from '../lab/within.ts'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { leftovers } from './leftovers.ts'
import { PATIENCE_MS } from './patience.ts'
import { projectCopy } from './project-copy.ts'
import { runCli } from './run-cli.ts'

const NAME = '01-udp-basics.ts'
/** Longer than a check may take, and longer than any other wait. */
const PAUSE_MS = 10_500
const SOLUTION = readFileSync(join(PROJECT, 'solutions', NAME), 'utf8')
const STOPS = SOLUTION.replace(/^export async function startReceiver.*$/m, '$&\n  debugger')

/** A program that is started for a test, with what it says on both streams. */
function start(args: readonly string[], project = PROJECT, env: NodeJS.ProcessEnv = {}) {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, args, {
    cwd: project,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  const pieces = openInbox<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      pieces.push(text)
    })
  }
  const says = async (pattern: RegExp) => {
    await pieces.next(String(pattern), () => pattern.test(printed), PATIENCE_MS)
    return pattern.exec(printed)?.[1] ?? ''
  }
  return { child, says, printed: () => printed, exit: once(child, 'exit') as Promise<[code: number | null]> }
}

function check(args: readonly string[], project?: string, env?: NodeJS.ProcessEnv) {
  return start([join(project ?? PROJECT, 'checker/launch.js'), 'check', 'lesson-1', ...args], project, env)
}

test('a check passes although a debugger has held the program longer than any limit', async () => {
  const project = projectCopy()
  const file = join(project, 'exercises', NAME)
  writeFileSync(file, STOPS)
  const checking = check(['--only', '1.2', '--debug'], project)
  const address = await checking.says(/^waiting for a debugger: node inspect (127\.0\.0\.1:\d+), .*\n/)
  const [target] = (await (await fetch(`http://${address}/json/list`)).json()) as { url: string }[]
  const compiled = fileURLToPath(new URL('attempt.mjs', target?.url))

  const debugging = start(['inspect', address])
  await debugging.says(/break in .*attempt\.mjs:\d+/)
  const line = Number(/break in .*attempt\.mjs:(\d+)/.exec(debugging.printed())?.[1])
  const source = originalOf(compiled, line)
  await pause(PAUSE_MS)
  debugging.child.stdin.write('cont\n')

  expect((await checking.exit)[0], checking.printed()).toBe(0)
  expect(source).toBe(realpathSync(file))
  expect(checking.printed()).toContain('What was asked for passes.')
  expect(checking.printed()).not.toContain('Debugger attached')
  expect(leftovers(checking.child.pid ?? 0)).toEqual([])
  // Nothing is kept of it.
  expect(readdirSync(join(project, '.workbook'))).toEqual(['bundles'])
})

test('a program that runs under a debugger is judged as ever', async () => {
  const silent = SOLUTION.replace(/socket\.on\('message'/, "socket.on('nothing'")
  const checking = check(['--attempt', attemptFolder({ [NAME]: silent }), '--only', '1.2', '--debug'])
  const debugging = start(['inspect', await checking.says(/^waiting for a debugger: node inspect (\S+),/)])

  expect((await checking.exit)[0]).toBe(1)
  expect(checking.printed()).toContain('✗ 1.2')
  debugging.child.kill()
})

test('an editor that brings its own inspector is not waited for twice', async () => {
  const checking = check(['--attempt', 'solutions', '--only', '1.2', '--debug'], PROJECT, {
    NODE_OPTIONS: '--inspect=127.0.0.1:0',
  })

  expect((await checking.exit)[0], checking.printed()).toBe(0)
  expect(checking.printed()).toMatch(/^a debugger listens on 127\.0\.0\.1:\d+$/m)
})

test('Ctrl-C ends the waiting for a debugger', async () => {
  const checking = check(['--attempt', 'solutions', '--only', '1.2', '--debug'])
  await checking.says(/^waiting for a debugger/)

  checking.child.kill('SIGINT')

  expect((await checking.exit)[0]).toBe(130)
  expect(leftovers(checking.child.pid ?? 0)).toEqual([])
})

test.each([[['--debug']], [['--debug', '--only', '1.2,1.3']], [['--debug', '--every', '--only', '1.2']]])(
  'check %j is more than one check at a time',
  async (args) => {
    const { code, stderr } = await runCli(['check', 'lesson-1', ...args])

    expect(code).toBe(2)
    expect(stderr).toContain('--debug is for one check at a time.\nFor example: npm run check lesson-1 -- --only 1.2 --debug')
  },
)

test('a wait by a pulse counts only while it beats', async () => {
  let beats = 0
  const late = new Promise((done) => setTimeout(done, 300, 'late'))
  const timer = setInterval(() => (beats += 1), 5)

  await expect(
    byPulse(
      () => 0,
      () => within(40, 'what comes late', late),
    ),
  ).resolves.toBe('late')
  await expect(
    byPulse(
      () => 0,
      () => becomesTrue(async () => (await late) === 'late', 40),
    ),
  ).resolves.toBe(true)
  await expect(
    byPulse(
      () => beats,
      () => within(40, 'nothing', new Promise(() => undefined)),
    ),
  ).rejects.toThrow('Waited 40 ms')
  clearInterval(timer)
})

/** The file that a line of a compiled one comes from. */
function originalOf(file: string, line: number): string {
  const [, map = ''] = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(readFileSync(file, 'utf8')) ?? []
  const payload = JSON.parse(Buffer.from(map, 'base64').toString()) as SourceMapPayload
  const entry = new SourceMap(payload).findEntry(line - 1, 2)
  return 'originalSource' in entry ? resolve(file, '..', entry.originalSource) : ''
}
