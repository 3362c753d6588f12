import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { becomesTrue } from '../lab/within.ts'
import { PROJECT } from '../project.ts'
import { leftovers } from './leftovers.ts'

const CHECK = ['--import', 'tsx', join(PROJECT, 'checker/cli.ts'), 'check', 'lesson-1', '--attempt']

/** A check of an attempt that hangs, caught while its process runs. */
async function startHanging() {
  const child = spawn(process.execPath, [...CHECK, 'checker/test/hostile/loops-in-a-call'], { cwd: PROJECT, stdio: 'ignore' })
  const pid = child.pid ?? 0
  await becomesTrue(async () => leftovers(pid).some((line) => line.includes('host.mjs')), 20_000)
  return { child, pid }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a check at once with exit code 130 and leaves nothing behind',
  async (signal) => {
    const { child, pid } = await startHanging()

    child.kill(signal)

    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(130)
    expect(leftovers(pid)).toEqual([])
  },
)

test('what a killed checker left behind is gone after the next run', async () => {
  const { child, pid } = await startHanging()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(leftovers(pid)).not.toEqual([])

  const next = spawn(process.execPath, [...CHECK, 'solutions'], { cwd: PROJECT, stdio: 'ignore' })
  const [code] = (await once(next, 'exit')) as [number | null]

  expect(code).toBe(0)
  expect(leftovers(pid)).toEqual([])
})
