import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { needsPolling } from '../watching/watch-files.ts'
import { seededChance } from '../lab/chance.ts'
import { openInbox } from '../lab/inbox.ts'
import { becomesTrue } from '../lab/within.ts'
import { starters } from '../starters.ts'
import { hasProgram } from './has-program.ts'
import { leftovers } from './leftovers.ts'
import { PATIENCE_MS } from './patience.ts'
import { projectCopy } from './project-copy.ts'

const NAME = '01-udp-basics.ts'
const STARTER = starters['lesson-1']?.[NAME] ?? ''
/** A program that cannot start, so that grading it is quick. */
const broken = (word: string) => `const ${word} = =\n`

/** A watch on a workbook of its own. @param through what runs it: nothing, or a terminal */
function startWatch(args: readonly string[], through: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const project = projectCopy()
  const file = join(project, 'exercises', NAME)
  const [program = '', ...rest] = [...through, process.execPath, join(project, 'checker/launch.js'), 'watch', ...args]
  const start = () => {
    const child = spawn(program, rest, { cwd: project, env: { ...process.env, NO_COLOR: '1', ...env } })
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }
  return {
    project,
    start,
    save: (text: string) => writeFileSync(file, text),
    solve: () => writeFileSync(file, readFileSync(join(project, 'solutions', NAME))),
    progress: () => JSON.parse(readFileSync(join(project, '.workbook/progress.json'), 'utf8')) as Record<string, unknown>,
  }
}

function linesOf(child: ChildProcessWithoutNullStreams) {
  const lines = openInbox<string>()
  createInterface(child.stdout).on('line', lines.push)
  return lines
}

describe('watch without a terminal', () => {
  test('grades at once, again after each save, and leaves nothing behind', async () => {
    const { start, save, solve } = startWatch(['lesson-1'])
    save(broken('first'))
    const child = start()
    const exit = once(child, 'exit') as Promise<[code: number | null]>
    const lines = linesOf(child)
    const reports = () => lines.all.filter((line) => line.includes('watching exercises/')).length

    await lines.next('a syntax error', (line) => line.includes('1 │ const first = ='), PATIENCE_MS)
    await lines.next('the first report', () => reports() === 1, PATIENCE_MS)
    solve()
    await lines.next('a check', (line) => line.startsWith('  ✓ 1.1 '), PATIENCE_MS)
    await lines.next('a pass', (line) => line.includes('All checks passed'), PATIENCE_MS)
    await lines.next('the second report', () => reports() === 2, PATIENCE_MS)
    child.kill('SIGINT')

    expect((await exit)[0]).toBe(130)
    expect(lines.all.join('\n')).not.toContain('\u001b')
    expect(leftovers(child.pid ?? 0)).toEqual([])
  })

  test('the newest save wins, and no verdict of an older one is told after it', async () => {
    const { start, save } = startWatch(['lesson-1'])
    save(STARTER)
    const child = start()
    const lines = linesOf(child)
    await lines.next('a check of the starter', (line) => /^ {2}[✓✗] 1\.1 /.test(line), PATIENCE_MS)

    for (let count = 0; count < 30; count += 1) save(broken(`save${count}`))
    await lines.next('the report of the newest', (line) => line.includes('const save29 = ='), PATIENCE_MS)
    await lines.next('its end', (line) => line.includes('watching exercises/'), PATIENCE_MS)

    expect(lines.all.filter((line) => line.includes('watching exercises/')).length).toBeLessThan(30)
    expect(lines.all.join('\n')).not.toContain(' of 23 · seed 0')
    expect(lines.all.findLast((line) => line.includes('const save'))).toContain('save29')
  })

  test('sees saves by polling, too', async () => {
    const { start, save } = startWatch(['lesson-1', '--poll'])
    save(broken('first'))
    const lines = linesOf(start())
    await lines.next('the first report', (line) => line.includes('watching exercises/'), PATIENCE_MS)

    save(broken('second'))

    await lines.next('the second report', (line) => line.includes('const second = ='), PATIENCE_MS)
  })

  test('resumes the lesson that was left, and tells of a save that is not for it', async () => {
    const { project, start, save, progress } = startWatch([])
    save(broken('first'))
    writeFileSync(join(project, 'exercises/02-retransmit-ack.ts'), broken('mine'))
    const cli = [join(project, 'checker/launch.js')]
    await once(spawn(process.execPath, [...cli, 'check', 'lesson-2'], { cwd: project, stdio: 'ignore' }), 'exit')

    const lines = linesOf(start())
    await lines.next('lesson 2', (line) => line.startsWith('lesson-2 '), PATIENCE_MS)
    await lines.next('the end of it', (line) => line.includes('watching exercises/'), PATIENCE_MS)
    writeFileSync(join(project, 'exercises/04-chat.ts'), broken('later'))

    await lines.next('a note', (line) => line === 'saved lesson-4; this watches lesson-2', PATIENCE_MS)
    expect(progress().current).toBe('lesson-2')
  })

  // More kills: SOCKET_WORKBOOK_KILLS=200
  const kills = Number(process.env.SOCKET_WORKBOOK_KILLS ?? 6)

  test(`killed at ${kills} moments, it loses no file and no progress`, { timeout: kills * 50_000 }, async () => {
    const { project, start, save, progress } = startWatch(['lesson-1'])
    const chance = seededChance(4711)
    let attempts = 0

    for (let round = 0; round < kills; round += 1) {
      const mine = broken(`round${round}`)
      save(mine)
      const child = start()
      const exit = once(child, 'exit')
      await linesOf(child).next('the start', (line) => line.includes('checking lesson-1'), PATIENCE_MS)
      await new Promise((resolve) => setTimeout(resolve, chance.integer(0, 150, round)))
      child.kill('SIGKILL')
      await exit

      expect(readFileSync(join(project, 'exercises', NAME), 'utf8')).toBe(mine)
      const { current, lessons } = progress() as { current: string; lessons: Record<string, { attempts: number }> }
      const now = lessons['lesson-1']?.attempts ?? 0
      expect(current).toBe('lesson-1')
      expect([attempts, attempts + 1]).toContain(now)
      attempts = now
    }
  })
})

describe('watch in a terminal', () => {
  test.runIf(process.platform !== 'win32' && hasProgram('python3'))('is worked by its keys', async () => {
    const { project, start, save, solve, progress } = startWatch(
      ['lesson-1'],
      ['python3', join(import.meta.dirname, 'programs/terminal.py')],
      { TERM: 'xterm', FORCE_HYPERLINK: '0' },
    )
    save(broken('first'))
    const child = start()
    const exit = once(child, 'exit') as Promise<[code: number | null]>
    let raw = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      raw += text
    })
    const shows = async (text: string) => {
      expect(await becomesTrue(async () => stripVTControlCharacters(raw).includes(text), PATIENCE_MS), `${text} in ${raw}`).toBe(
        true,
      )
    }
    const press = async (key: string, text: string) => {
      raw = ''
      child.stdin.write(key)
      await shows(text)
    }

    await shows('const first = =')
    await shows('h hint · d diff · t trace · n next · l list · q quit')
    await press('h', 'lesson-1, task 1, hint 1 of 2')
    await press('h', 'lesson-1, task 1, hint 2 of 2')
    await press('d', 'You have not passed lesson-1 yet')
    await press('x', 'const first = =')
    await press('d', 'You have not passed lesson-1 yet')
    await press('y', '- exercises/01-udp-basics.ts')
    await press(' ', '↑↓ 21–')
    await press('l', '0 of ')
    await press('\u001b', 'const first = =')
    raw = ''
    solve()
    await shows('All checks passed')
    await shows('n goes on to lesson-2')
    writeFileSync(join(project, 'exercises/02-retransmit-ack.ts'), broken('mine'))
    await shows('saved lesson-2; this watches lesson-1')
    await press('n', 'const mine = =')
    child.stdin.write('q')

    expect((await exit)[0]).toBe(0)
    expect(progress()).toMatchObject({ current: 'lesson-2', lessons: { 'lesson-1': { passedAt: expect.any(String) } } })
  })
})

test.each([
  { kernel: 'Linux version 5.15.90.1-microsoft-standard-WSL2', dir: '/mnt/c/Users/me/book', polls: true },
  { kernel: 'Linux version 5.15.90.1-microsoft-standard-WSL2', dir: '/home/me/book', polls: false },
  { kernel: 'Linux version 6.1.0-18-amd64', dir: '/mnt/c/book', polls: false },
])('$dir on $kernel needs polling: $polls', ({ kernel, dir, polls }) => {
  expect(needsPolling(dir, kernel)).toBe(polls)
})
