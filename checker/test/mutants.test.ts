import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { equivalentsOf } from '../authoring/equivalent-mutants.ts'
import { mutantsOf, nameOf } from '../authoring/mutants.ts'
import { renderReport } from '../authoring/mutation-report.ts'
import { lessons } from '../catalogue.ts'
import { PROJECT } from '../project.ts'

/** Two mutants are graded, one of them by every check of its lesson; on a busy machine that takes a while. */
const GRADED_MS = 300_000

test.each([
  ['a truth', 'f(true)', [';', 'f(false)']],
  ['a condition', 'if (a) b', ['if (true) b', 'if (false) b', 'if (a) ;']],
  ['a choice', 'export const a = b ? c : d', ['true ? c : d', 'false ? c : d'].map((put) => `export const a = ${put}`)],
  ['a limit', 'export const a = b <= c', ['export const a = b < c', 'export const a = b > c']],
  ['a combination', 'export const a = b && c', ['export const a = c', 'export const a = b', 'export const a = b || c']],
  ['a negation', 'export const a = !b', ['export const a = b']],
  ['a sum', 'export const a = b + c', ['export const a = b - c']],
  ['a number', 'export const a = 1_000', ['export const a = 1001', 'export const a = 999']],
  ['a text', `export const a = 'b'`, [`export const a = ''`]],
  ['a pattern', 'export const a = /^b$/u', ['export const a = /b$/u', 'export const a = /^b/u']],
  [
    'a list and what is in it',
    'export const a = [b, 0]',
    ['export const a = []', 'export const a = [b, 1]', 'export const a = [b, (-1)]'],
  ],
  ['an object', 'export const a = { b }', ['export const a = {}']],
  ['a filter', 'export const a = b.filter(c)', ['export const a = b']],
  ['a quantifier', 'export const a = b.some(c)', ['export const a = b.every(c)']],
  ['an extreme', 'export const a = Math.min(b, c)', ['export const a = Math.max(b, c)']],
  ['an optional call', 'export const a = b?.c?.()', ['export const a = b.c?.()', 'export const a = b?.c()']],
  ['a default', 'export const a = (b = c) => {}', ['export const a = (b ) => {}']],
  ['an await', 'export const a = await b()', ['export const a =  b()']],
  [
    'a throw',
    'export const a = () => { if (b) throw c }',
    ['{}', '{ if (true) throw c }', '{ if (b) ; }'].map((put) => `export const a = () => ${put}`),
  ],
])('%s is changed in every way there is', async (_what, source, expected) => {
  const mutants = await mutantsOf(source)

  expect(mutants.map((mutant) => mutant.source)).toEqual(expected)
})

test.each([
  ['types', `export function a(b: 'c' | 1): b is 'c' { return d as true }`, ["export function a(b: 'c' | 1): b is 'c' {}"]],
  ['what is imported', `import { a } from 'b'\nexport { a }`, []],
  ['the words of an error', `export const a = coded('B', 'so it is')`, [`export const a = coded('', 'so it is')`]],
  ['a change that makes no difference', 'export const a = () => { return undefined }', []],
])('nothing is made of %s', async (_what, source, expected) => {
  const mutants = await mutantsOf(source)

  expect(mutants.map((mutant) => mutant.source)).toEqual(expected)
})

test('a mutant is named by the functions around it, its line, and what is changed', async () => {
  const source = 'export function a() {\n  function b() {\n    return c < d // why\n  }\n  return b()\n}\n'

  const mutants = await mutantsOf(source)

  expect(mutants).toContainEqual(
    expect.objectContaining({ lineNumber: 3, place: 'a › b', line: 'return c < d // why', change: '< → <=' }),
  )
})

test('no two mutants of a lesson share a name, and every recorded one is still there', async () => {
  for (const lesson of lessons) {
    const mutants = await mutantsOf(await readFile(join(PROJECT, 'solutions', `${lesson.slug}.ts`), 'utf8'))

    const names = mutants.map(nameOf)

    expect(new Set(names).size).toBe(names.length)
    const recorded = (await equivalentsOf(lesson)).map(nameOf)
    expect(recorded.filter((name) => !names.includes(name))).toEqual([])
  }
})

test(
  'a mutant that a check catches is killed, and one that makes no difference survives',
  async () => {
    const { code, stdout } = await mutate('lesson-1', '--match', '┊ if (!open) return ┊', '--all')

    expect(stdout).toMatch(/✓ 1\.\d+ [a-z-]+: lesson-1:28 startReceiver ┊ if \(!open\) return ┊ without !/)
    expect(stdout).toContain('lesson-1: 1 of 2 killed, 1 may survive, 0 survive, 0 undecided')
    expect(code).toBe(0)
  },
  GRADED_MS,
)

test('the document has a line for each lesson that was tried, and keeps the others', () => {
  const score = { seed: 8, mutants: 70, tried: 70, killed: 69, recorded: 1, survivors: 0, undecided: 0 }
  const recorded = new Map([
    ['lesson-1', [{ place: 'decode', line: 'return', change: 'return → ;', reason: 'Nothing follows.' }]],
  ])
  const yesterday = { scores: [{ lesson: 'lesson-2', ...score }], recorded, before: '', now: new Date('2026-11-21') }
  const before = renderReport(yesterday)

  const scores = [{ lesson: 'lesson-1', ...score }]
  const document = renderReport({ scores, recorded, before, now: new Date('2026-11-22') })

  const rows = document.split('\n').filter((line) => line.startsWith('| lesson-'))
  expect(rows).toEqual([
    '| lesson-1 | 70 | 70 | 69 | 1 | 0 | 0 | 8 | 2026-11-22 |',
    '| lesson-2 | 70 | 70 | 69 | 1 | 0 | 0 | 8 | 2026-11-21 |',
  ])
  expect(document).toContain('### lesson-1\n\n- Nothing follows.\n  - `return`: `return → ;`')
})

/** In a process of its own: vitest's runner runs in this one already. */
function mutate(...args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const node = ['--import', 'tsx', join(PROJECT, 'checker/authoring/mutate.ts'), ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, node, { cwd: PROJECT }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout })
    })
  })
}
