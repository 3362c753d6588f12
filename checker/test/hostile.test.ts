import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { leftovers } from './leftovers.ts'
import { gradeByCli } from './run-cli.ts'

/** What the learner reads about the first check of each hostile attempt. */
const SAYS: Readonly<Record<string, RegExp>> = {
  'exits-at-import': /your program ended early, with exit code 0/,
  'exits-in-a-call': /your program ended early, with exit code 0/,
  'fills-memory-with-buffers': /too much memory|timed out|nothing within/,
  'fills-the-heap': /too much memory|timed out/,
  'forges-a-verdict': /^\[\]$/,
  'loops-at-import': /timed out/,
  'loops-in-a-call': /timed out/,
  'patches-the-globals': /./,
  'prints-without-end': /too much output/,
  'reads-the-solution': /ERR_ACCESS_DENIED/,
  'returns-strange-things': /./,
  'starts-other-programs': /ERR_ACCESS_DENIED/,
  'swallows-signals': /nothing within/,
  'throws-at-import': /thrown while importing/,
  'writes-rubbish-everywhere': /protocol violation/,
}

const folder = join(PROJECT, 'checker/test/hostile')

test('every hostile attempt is in the list, and the other way round', () => {
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(SAYS).toSorted())
})

test.each(Object.entries(SAYS))('%s passes nothing, is told why, and leaves nothing behind', async (name, says) => {
  const { code, pid, verdict } = await gradeByCli('lesson-1', join(folder, name))

  expect(verdict.checks.filter((check) => check.verdict === 'passed')).toEqual([])
  expect(verdict.checks.filter((check) => check.verdict === 'error')).toEqual([])
  expect(verdict.checks[0]?.actual).toMatch(says)
  expect(code).toBe(1)
  expect(leftovers(pid)).toEqual([])
})
