import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { startHanging } from './hanging.ts'
import { leftovers } from './leftovers.ts'

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a check at once with exit code 130 and leaves nothing behind',
  async (signal) => {
    const { pid, ended } = await startHanging()

    process.kill(pid, signal)

    const { code } = await ended
    expect(code).toBe(130)
    expect(leftovers(pid)).toEqual([])
  },
)

test('what a killed checker left behind is gone after the next run', async () => {
  const { pid, ended } = await startHanging()
  process.kill(pid, 'SIGKILL')
  await ended
  expect(leftovers(pid)).not.toEqual([])

  const check = ['checker/launch.js', 'check', 'lesson-1', '--only', '1.1', '--attempt', 'solutions']
  const next = spawn(process.execPath, check, { cwd: PROJECT, stdio: 'ignore' })
  const [code] = (await once(next, 'exit')) as [number | null]

  expect(code).toBe(0)
  expect(leftovers(pid)).toEqual([])
})
