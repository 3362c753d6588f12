import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lessons } from '../catalogue.ts'
import { commands } from '../commands/commands.ts'
import { openInbox } from '../lab/inbox.ts'
import { freeUdpPort } from '../lab/udp-socket.ts'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { PATIENCE_MS } from './patience.ts'
import { projectCopy } from './project-copy.ts'
import { runCli } from './run-cli.ts'

/** A role of `play` in a process of its own, with what it prints and a way to type. */
async function perform(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(PROJECT, 'checker/launch.js'), 'play', ...args], { cwd: PROJECT })
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed = openInbox<string>()
  createInterface(child.stdout).on('line', printed.push)
  createInterface(child.stderr).on('line', printed.push)
  const exit = once(child, 'exit') as Promise<[code: number | null]>
  return { printed, exit, type: (text: string) => child.stdin.write(text) }
}

describe('npm run play', () => {
  test('lets two programs of lesson 1 talk, until a q ends both', async () => {
    const port = String(await freeUdpPort())
    const receiver = await perform('lesson-1', 'receiver', '--attempt', 'solutions', '--port', port)
    await receiver.printed.next('the receiver', (line) => line.startsWith('listening on'), PATIENCE_MS)

    const sender = await perform('lesson-1', 'sender', '--attempt', 'solutions', '--port', port)
    sender.type('안녕\n\nq\n')

    await sender.printed.next('the end of the sender', (line) => line === '3 datagrams sent', PATIENCE_MS)
    await receiver.printed.next('the first line', (line) => line.endsWith('  안녕'), PATIENCE_MS)
    await receiver.printed.next('the empty line', (line) => line.endsWith('  (empty)'), PATIENCE_MS)
  })

  test('puts a bad network before a receiver, and says what it does', async () => {
    const port = String(await freeUdpPort())
    const receiver = await perform(
      'lesson-1',
      'receiver',
      '--attempt',
      'solutions',
      '--port',
      port,
      '--duplicate',
      '1',
      '--seed',
      '7',
    )
    await receiver.printed.next('the receiver', (line) => line.startsWith('listening on'), PATIENCE_MS)
    const sender = await perform('lesson-1', 'sender', '--attempt', 'solutions', '--port', port)
    sender.type('hi\n')

    await receiver.printed.next('what the network does', (line) => line.includes('(repeated by chance)'), PATIENCE_MS)
    await receiver.printed.next('the message', (line) => line.endsWith('  hi'), PATIENCE_MS)
    expect(receiver.printed.all.join('\n')).toContain('--seed 7')
  })

  test('runs several roles in one terminal, and what is typed goes to the last', async () => {
    const port = String(await freeUdpPort())
    const both = await perform('lesson-1', 'receiver', 'sender', '--attempt', 'solutions', '--port', port, '--duplicate', '1')
    await both.printed.next('the receiver', (line) => line.startsWith('receiver │ listening on'), PATIENCE_MS)
    both.type('hi\nq\n')

    await both.printed.next('the message', (line) => /^receiver │ .* hi$/.test(line), PATIENCE_MS)
    await both.printed.next('the end', (line) => line === 'sender   │ 2 datagrams sent', PATIENCE_MS)
    expect((await both.exit)[0]).toBe(0)
  })

  test('takes options without a role for the first role, and names an empty default', async () => {
    const port = String(await freeUdpPort())
    const receiver = await perform('lesson-1', '--attempt', 'solutions', '--port', port)
    await receiver.printed.next('the receiver', (line) => line === `listening on 127.0.0.1:${port}`, PATIENCE_MS)

    expect((await runCli(['play', 'lesson-1', '--help'])).stdout).toContain('  receiver   prints every message')
    expect((await runCli(['play', 'lesson-7', '--help'])).stdout).toContain('127.0.0.1:5008 (none)')
  })

  test('shows a syntax error as the checker does', async () => {
    const dir = attemptFolder({ '01-udp-basics.ts': 'const a = (\n' })

    const { code, stdout } = await runCli(['play', 'lesson-1', 'receiver', '--attempt', dir])

    expect(stdout).toContain('Unexpected end of file')
    expect(stdout).toContain('╵ ^')
    expect(code).toBe(1)
  })

  test.each([
    { typed: ['lesson-1', 'reciever'], says: 'The nearest is: npm run play lesson-1 -- receiver' },
    { typed: ['lesson-1', 'receiver', '--port', '70000'], says: 'is no port' },
    { typed: ['lesson-1', 'receiver', '--loss', '3'], says: 'is not between 0 and 1' },
  ])('answers $typed with exit code 2', async ({ typed, says }) => {
    const { code, stderr } = await runCli(['play', ...typed])

    expect(stderr).toContain(says)
    expect(code).toBe(2)
  })
})

describe('npm run trace', () => {
  test('shows the last run again, and writes it as a capture', async () => {
    const project = projectCopy()
    const file = join(attemptFolder({}), 'last.pcapng')
    await runCli(['check', 'lesson-1', '--seed', '4711'], {}, project)

    const shown = await runCli(['trace', 'lesson-1', '--of', '1.2'], {}, project)
    const written = await runCli(['trace', 'lesson-1', '--of', '1.2', '--pcapng', file], {}, project)

    expect(shown.stdout).toContain('seed 4711')
    expect(shown.stdout).toContain('● onMessage(')
    expect(written.code).toBe(0)
    expect(readFileSync(file).readUInt32LE(0)).toBe(0x0a0d0d0a)
  })

  test('shows a run of one check, too, until all of them are run again', async () => {
    const project = projectCopy()
    await runCli(['check', 'lesson-1', '--seed', '11'], {}, project)

    await runCli(['check', 'lesson-1', '--seed', '12', '--only', '1.3', '--attempt', 'solutions'], {}, project)
    const ofOne = await runCli(['trace', 'lesson-1'], {}, project)
    await runCli(['check', 'lesson-1', '--seed', '13'], {}, project)
    const ofAll = await runCli(['trace', 'lesson-1'], {}, project)

    expect(ofOne.stdout).toMatch(/^1\.3 .*: passed · seed 12$/m)
    expect(ofAll.stdout).toMatch(/^1\.2 .*: failed · seed 13$/m)
  })
})

describe('npm run hint', () => {
  test('gives the hints of a task one after another, the last one again', async () => {
    const project = projectCopy()
    const texts: string[] = []
    await runCli(['hint', 'lesson-1', '--again'], {}, project)
    for (let count = 0; count < 4; count += 1) texts.push((await runCli(['hint', 'lesson-1'], {}, project)).stdout)

    expect(texts[0]).toMatch(/^lesson-1, task \d+, hint 2 of/)
    expect(texts.at(-1)).toContain('that was the last one')
    expect(texts.at(-1)).toBe(texts.at(-2))
  })
})

test('npm run doctor finds this machine well', async () => {
  const { code, stdout } = await runCli(['doctor'])

  expect(stdout).toContain('All that is needed works.')
  expect(code).toBe(0)
})

test.each(Object.keys(commands))('npm run %s explains itself', async (word) => {
  const { code, stdout } = await runCli([word, '--help'])

  expect(stdout).toContain(`npm run ${word}`)
  expect(code).toBe(0)
})

test.each(lessons)('every role of $id explains itself', async ({ id }) => {
  const { code, stdout } = await runCli(['play', id, '--help'])

  expect(stdout).toContain(`npm run play ${id} -- ROLE`)
  expect(code).toBe(0)
})
