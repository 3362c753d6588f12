import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { becomesTrue } from '../lab/within.ts'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { leftovers } from './leftovers.ts'

const CHECK = ['--import', 'tsx', join(PROJECT, 'checker/cli.ts'), 'check', 'lesson-1', '--attempt']

/** An attempt that says so in its own folder before it goes into an endless loop. */
const LOOPS = `import { writeFileSync } from 'node:fs'
export async function startReceiver() {
  writeFileSync('looping', '')
  for (;;);
}
export const sendText = startReceiver
export const sendLines = startReceiver
`

/** A check of an attempt that hangs, caught while it does. */
async function startHanging() {
  const dir = attemptFolder({ '01-udp-basics.ts': LOOPS })
  const child = spawn(process.execPath, [...CHECK, dir], { cwd: PROJECT, stdio: 'ignore' })
  const pid = child.pid ?? 0
  const exit = once(child, 'exit') as Promise<[code: number | null]>
  await becomesTrue(async () => isLooping(pid), 60_000)
  return { child, pid, exit }
}

function isLooping(pid: number): boolean {
  const folder = readdirSync(tmpdir()).find((name) => name.startsWith(`socket-workbook-${pid}-`))
  return folder !== undefined && existsSync(join(tmpdir(), folder, 'program-1', 'looping'))
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a check at once with exit code 130 and leaves nothing behind',
  async (signal) => {
    const { child, pid, exit } = await startHanging()

    child.kill(signal)

    const [code] = await exit
    expect(code).toBe(130)
    expect(leftovers(pid)).toEqual([])
  },
)

test('what a killed checker left behind is gone after the next run', async () => {
  const { child, pid, exit } = await startHanging()
  child.kill('SIGKILL')
  await exit
  expect(leftovers(pid)).not.toEqual([])

  const next = spawn(process.execPath, [...CHECK, 'solutions'], { cwd: PROJECT, stdio: 'ignore' })
  const [code] = (await once(next, 'exit')) as [number | null]

  expect(code).toBe(0)
  expect(leftovers(pid)).toEqual([])
})
