import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../project.ts'
import type { LessonVerdict } from '../verdict.ts'
import { attemptFolder } from './attempt-folder.ts'
import { projectCopy } from './project-copy.ts'
import { runCli } from './run-cli.ts'

const LESSON_5 = solution('05-file-transfer')

/** Grades a little of the solution of lesson 6 beside a file for lesson 5. */
function checkBeside(lesson5: string) {
  const dir = attemptFolder({ '05-file-transfer.ts': lesson5, '06-tls.ts': solution('06-tls') })
  return runCli(['check', 'lesson-6', '--attempt', dir, '--only', '6.1'])
}

function solution(slug: string): string {
  return readFileSync(join(PROJECT, 'solutions', `${slug}.ts`), 'utf8')
}

test('a lesson is blocked while the earlier one that it imports does not pass', async () => {
  const { code, stdout } = await checkBeside(LESSON_5.replaceAll('UInt32BE', 'UInt32LE'))

  expect(code).toBe(1)
  expect(stdout).toContain('its check 5.3 does not')
  expect(stdout).toContain('npm run check lesson-5')
  expect(stdout).toContain("'../solutions/05-file-transfer.ts'")
})

test('a lesson is graded when the earlier one passes', async () => {
  const { code, stdout } = await checkBeside(LESSON_5)

  expect(stdout).toContain('1 of 1')
  expect(code).toBe(0)
})

test('a folder that lies elsewhere imports our solution of the earlier lesson as exercises do', async () => {
  const dir = attemptFolder({ '06-tls.ts': solution('06-tls').replace("'./05-", "'../solutions/05-") })

  const { code, stdout } = await runCli(['check', 'lesson-6', '--attempt', dir, '--only', '6.1'])

  expect(stdout).toContain('1 of 1')
  expect(code).toBe(0)
})

test('an earlier lesson that was passed as it is now is not looked at again', async () => {
  const project = projectCopy()
  const write = (name: string, text: string) => writeFileSync(join(project, name), text)
  const firstCheck = async () => {
    const { stdout } = await runCli(['check', 'lesson-6', '--only', '6.1', '--json'], {}, project)
    return (JSON.parse(stdout) as LessonVerdict).checks[0]?.verdict
  }
  // It does not pass, but what was kept says so: only whoever looks at it again can know better.
  const broken = `${LESSON_5}\nthrow new Error('not yet')\n`
  write('exercises/05-file-transfer.ts', broken)
  write('exercises/06-tls.ts', solution('06-tls'))
  const { stdout } = await runCli(['check', 'lesson-5', '--json'], {}, project)
  write('.workbook/last/lesson-5.json', JSON.stringify({ ...(JSON.parse(stdout) as LessonVerdict), verdict: 'passed' }))

  const believed = await firstCheck()
  write('exercises/05-file-transfer.ts', `${broken}\n// Changed.\n`)
  const looked = await firstCheck()

  expect(believed).not.toBe('blocked')
  expect(looked).toBe('blocked')
})
