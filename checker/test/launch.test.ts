import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy } from './project-copy.ts'
import { runCli } from './run-cli.ts'

const CHECK = ['check', 'lesson-1', '--only', '1.1', '--attempt', 'solutions']
const DAY_MS = 24 * 3600 * 1000

/** A workbook of one's own, and the folder where its bundles are kept. */
function workbook() {
  const project = projectCopy()
  const bundles = join(project, '.workbook/bundles')
  return { project, bundles, check: () => runCli(CHECK, {}, project) }
}

test('a bundle is made once, and anew as soon as a source has changed', async () => {
  const { project, bundles, check } = workbook()
  const catalogue = join(project, 'checker/catalogue.ts')

  await check()
  await check()
  expect(readdirSync(bundles)).toHaveLength(1)
  writeFileSync(catalogue, readFileSync(catalogue, 'utf8').replace('A UDP receiver and sender', 'Another title'))
  const { stdout } = await check()

  expect(stdout).toContain('Another title')
  expect(readdirSync(bundles)).toHaveLength(2)
})

test('several commands at once end with one whole bundle', async () => {
  const { bundles, check } = workbook()

  const runs = await Promise.all([check(), check(), check()])

  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: '' })))
  expect(readdirSync(bundles)).toHaveLength(1)
})

test('a check works where no bundle can be kept', async () => {
  const { project, bundles, check } = workbook()
  mkdirSync(join(project, '.workbook'))
  writeFileSync(bundles, 'in the way')

  const { code, stdout } = await check()

  expect(stdout).toContain('✓ 1.1')
  expect(code).toBe(0)
})

test('a bundle that was made weeks ago is removed when a new one is made', async () => {
  const { bundles, check } = workbook()
  for (const [name, days] of Object.entries({ recent: 1, old: 30 })) {
    mkdirSync(join(bundles, name), { recursive: true })
    utimesSync(join(bundles, name), new Date(), new Date(Date.now() - days * DAY_MS))
  }

  await check()

  expect(readdirSync(bundles)).toContain('recent')
  expect(readdirSync(bundles)).not.toContain('old')
})

test('a failure of the checker names the line of the source', async () => {
  const { project } = workbook()
  const doctor = join(project, 'checker/commands/doctor.ts')
  writeFileSync(
    doctor,
    readFileSync(doctor, 'utf8').replace(/^(export async function run\(.*)$/m, "$1\n  throw new Error('broken')"),
  )

  const { code, stderr } = await runCli(['doctor'], {}, project)

  expect(stderr).toMatch(/Error: broken\n\s+at .*checker\/commands\/doctor\.ts:\d+/)
  expect(code).toBe(3)
})

test('without its packages the workbook says how to get them', async () => {
  const { project, check } = workbook()
  rmSync(join(project, 'node_modules'))

  const { code, stderr } = await check()

  expect(stderr).toMatch(/^The workbook lacks a part: .*\nIts packages are fetched by: npm ci\n$/)
  expect(code).toBe(3)
})

test('a checker that does not compile names the place, and is not the fault of the learner', async () => {
  const { project, check } = workbook()
  writeFileSync(join(project, 'checker/project.ts'), 'export const PROJECT = =\n')

  const { code, stderr } = await check()

  expect(stderr).toContain('this is not your fault')
  expect(stderr).toContain('checker/project.ts:1:')
  expect(code).toBe(3)
})
