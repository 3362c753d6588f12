import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFolder } from '../lab/folder.ts'
import { attemptFolder } from './attempt-folder.ts'

test('a folder is listed while an attempt makes and removes others in it', async () => {
  const folder = await openFolder(attemptFolder({ 'kept.txt': 'kept' }))
  const over = new AbortController()
  const churn = async () => {
    while (!over.signal.aborted) {
      await mkdir(join(folder.path, 'box'))
      await writeFile(join(folder.path, 'box/half.txt'), 'half')
      await rm(join(folder.path, 'box'), { recursive: true })
    }
  }
  const churning = churn()

  const lists: string[][] = []
  for (let looks = 0; looks < 3000; looks += 1) lists.push(await folder.list())
  over.abort()
  await churning

  expect(lists.every((names) => names.includes('kept.txt'))).toBe(true)
  expect(await folder.list()).toEqual(['kept.txt'])
})
