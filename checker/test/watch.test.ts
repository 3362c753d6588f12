import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { openInbox } from '../lab/inbox.ts'
import { PROJECT } from '../project.ts'
import { leftovers } from './leftovers.ts'

const PATIENCE_MS = 60_000

test('watch grades at once, again after each save, and leaves nothing behind', async () => {
  const file = join(PROJECT, 'exercises/01-udp-basics.ts')
  const before = readFileSync(file)
  const child = spawn(process.execPath, ['--import', 'tsx', join(PROJECT, 'checker/cli.ts'), 'watch', 'lesson-1'], {
    cwd: PROJECT,
  })
  const exit = once(child, 'exit') as Promise<[code: number | null]>
  const lines = openInbox<string>()
  createInterface(child.stdout).on('line', lines.push)
  const reports = () => lines.all.filter((line) => line.startsWith('lesson-1 ')).length

  await lines.next('the first report', (line) => line.includes('watching exercises/'), PATIENCE_MS)
  expect(reports()).toBe(1)
  // A save that changes nothing is a save; the file of whoever runs this test stays as it is.
  utimesSync(file, new Date(), new Date())
  await lines.next('the second report', () => reports() === 2, PATIENCE_MS)
  child.kill('SIGINT')

  expect((await exit)[0]).toBe(130)
  expect(readFileSync(file)).toEqual(before)
  expect(leftovers(child.pid ?? 0)).toEqual([])
})
