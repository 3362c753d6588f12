import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { contained, HOSTILE } from './contained.ts'

/** Of the list of attacks that `docs/security.md` tells. */
const ATTACKS = 39

const here = join(PROJECT, 'checker/test')
const themes = readdirSync(here).filter((name) => /^hostile-[a-z]+\.test\.ts$/.test(name))
const sources = [...themes, 'hostile.test.ts'].map((name) => readFileSync(join(here, name), 'utf8'))
const numbers = Array.from({ length: ATTACKS }, (_, index) => index + 1)

test('every attack has one test that begins with its number', () => {
  const titles = sources.flatMap((source) =>
    [...source.matchAll(/^(?:test\(|\]\)\()(['"`])(\d+) /gm)].map(([, , number]) => Number(number)),
  )

  expect(titles.toSorted((a, b) => a - b)).toEqual(numbers)
})

test('every attack has one row in docs/security.md', () => {
  const rows = [...readFileSync(join(PROJECT, 'docs/security.md'), 'utf8').matchAll(/^\| (\d+) \|/gm)].map(([, number]) =>
    Number(number),
  )

  expect(rows).toEqual(numbers)
})

test('every hostile attempt is used by a test', () => {
  const unused = readdirSync(HOSTILE).filter((name) => !sources.some((source) => source.includes(`'${name}'`)))

  expect(unused).toEqual([])
})

test('an error while it is imported is told and passes nothing', async () => {
  const { passed, checks } = await contained('throws-at-import')

  expect(passed).toEqual([])
  expect(checks[0]?.actual).toBe('it threw Error: thrown while importing')
})
