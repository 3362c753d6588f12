import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seededChance } from '../lab/chance.ts'
import { openInbox } from '../lab/inbox.ts'
import { starters } from '../starters.ts'
import { hasProgram } from './has-program.ts'
import { PATIENCE_MS } from './patience.ts'
import { projectCopy } from './project-copy.ts'
import { runCli } from './run-cli.ts'

const NAME = '01-udp-basics.ts'
const STARTER = starters['lesson-1']?.[NAME] ?? ''
const PROGRESS = JSON.stringify({ current: 'lesson-1', lessons: { 'lesson-1': { attempts: 9, hints: {} } } })

/** A workbook in which somebody has written `text` for lesson 1. */
function workbookWith(text: string) {
  const project = projectCopy()
  const file = join(project, 'exercises', NAME)
  writeFileSync(file, text)
  const attempts = join(project, '.workbook/attempts/lesson-1')
  return {
    project,
    now: () => readFileSync(file, 'utf8'),
    write: (other: string) => writeFileSync(file, other),
    /** The texts that were kept. */
    kept: () =>
      (existsSync(attempts) ? readdirSync(attempts) : [])
        .filter((name) => !name.startsWith('.'))
        .map((name) => readFileSync(join(attempts, name, NAME), 'utf8')),
    reset: (...args: readonly string[]) => runCli(['reset', ...args], {}, project),
  }
}

test('reset keeps the attempt, puts the starter back, and brings the attempt back', async () => {
  const { now, write, kept, reset } = workbookWith('// first\n')

  const gone = await reset('lesson-1', '--yes')
  expect(now()).toBe(STARTER)
  expect(kept()).toEqual(['// first\n'])
  expect(gone.stdout).toContain('--restore 1')

  write('// second\n')
  const back = await reset('lesson-1', '--yes', '--restore')
  const list = await reset('lesson-1', '--list')

  expect(now()).toBe('// first\n')
  expect(kept()).toEqual(['// first\n', '// second\n'])
  expect(back.code).toBe(0)
  expect(list.stdout).toMatch(/^ {2} 1 {2}.*\n {2} 2 {2}.*\(what you have now\)\n/)
})

test('reset keeps the same text only once, and does nothing to a starter', async () => {
  const { kept, reset, write } = workbookWith('// mine\n')

  await reset('lesson-1', '--yes')
  write('// mine\n')
  await reset('lesson-1', '--yes')
  const again = await reset('lesson-1', '--yes')

  expect(kept()).toEqual(['// mine\n'])
  expect(again.stdout).toContain('the starter already')
})

test.runIf(process.platform !== 'win32' && hasProgram('python3'))(
  'reset asks at a terminal, and takes no for an answer',
  async () => {
    const { project, now } = workbookWith('// mine\n')
    const answer = async (typed: string) => {
      const terminal = [join(import.meta.dirname, 'programs/terminal.py'), process.execPath]
      const child = spawn('python3', [...terminal, join(project, 'checker/launch.js'), 'reset', '1'], { cwd: project })
      const exit = once(child, 'exit') as Promise<[code: number | null]>
      const asked = openInbox<string>()
      child.stdout.setEncoding('utf8').on('data', asked.push)
      await asked.next('the question', () => asked.all.join('').includes('[y/N]'), PATIENCE_MS)
      child.stdin.write(typed)
      return (await exit)[0]
    }

    expect([await answer('\r'), now()]).toEqual([0, '// mine\n'])
    expect([await answer('\u0003'), now()]).toEqual([130, '// mine\n'])
    expect([await answer('y\r'), now()]).toEqual([0, STARTER])
  },
)

test('reset changes nothing without a yes', async () => {
  const { now, kept, reset } = workbookWith('// mine\n')

  const { code, stderr } = await reset('lesson-1')

  expect(code).toBe(2)
  expect(stderr).toContain('--yes')
  expect([now(), kept()]).toEqual(['// mine\n', []])
})

test('reset changes nothing when no copy can be kept', async () => {
  const { project, now, reset } = workbookWith('// mine\n')
  mkdirSync(join(project, '.workbook/attempts'), { recursive: true })
  writeFileSync(join(project, '.workbook/attempts/lesson-1'), 'in the way')

  const { code, stdout } = await reset('lesson-1', '--yes')

  expect(now()).toBe('// mine\n')
  expect(stdout).toContain('nothing was changed')
  expect(code).toBe(3)
})

test.each([
  { typed: [], says: 'Which lesson?' },
  { typed: ['lesson-1', '--restore', '3'], says: 'No copy of lesson-1 was kept yet.' },
  { typed: ['lesson-1', '2'], says: '"2" is too much.' },
])('reset answers $typed with exit code 2', async ({ typed, says }) => {
  const { reset } = workbookWith('// mine\n')

  const { code, stderr } = await reset(...typed)

  expect(stderr).toContain(says)
  expect(code).toBe(2)
})

// More kills: SOCKET_WORKBOOK_KILLS=200
const KILLS = Number(process.env.SOCKET_WORKBOOK_KILLS ?? 12)

test(`reset killed at ${KILLS} moments loses neither attempt nor progress`, { timeout: KILLS * 25_000 }, async () => {
  const { project, now, write, kept } = workbookWith('')
  const chance = seededChance(4711)
  const reset = [join(project, 'checker/launch.js'), 'reset', 'lesson-1', '--yes']
  mkdirSync(join(project, '.workbook'))
  writeFileSync(join(project, '.workbook/progress.json'), PROGRESS)
  const working = join(project, '.workbook/.lock')
  let replaced = 0

  for (let round = 0; round < KILLS; round += 1) {
    const mine = `// attempt ${round}\n`.repeat(2000)
    write(mine)
    // Left by the kill before; it would be waited for.
    rmSync(working, { recursive: true, force: true })
    const child = spawn(process.execPath, reset, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(child, 'exit')
    // Most of its life it spends with starting; the moments that matter are the last few milliseconds.
    const startedAt = performance.now()
    while (!existsSync(working) && child.exitCode === null && performance.now() - startedAt < 10_000) await pause(1)
    await pause(chance.integer(0, 60, round))
    child.kill('SIGKILL')
    await exit

    expect([mine, STARTER]).toContain(now())
    if (now() === STARTER) replaced += 1
    if (now() === STARTER) expect(kept()).toContain(mine)
    expect(kept().every((text) => text.startsWith('// attempt ') && text.length > 10_000)).toBe(true)
    const progress = JSON.parse(readFileSync(join(project, '.workbook/progress.json'), 'utf8')) as typeof PROGRESS
    expect(progress).toMatchObject(JSON.parse(PROGRESS) as object)
  }
  process.stdout.write(`reset: ${replaced} of ${KILLS} kills came after the starter was back\n`)
})
