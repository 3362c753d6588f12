import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { gradeByCli, runCli } from './run-cli.ts'

const FILE = '01-udp-basics.ts'
const REST =
  'export async function startReceiver() {}\nexport async function sendText() {}\nexport async function sendLines() {}\n'

test('a syntax error is shown with file, line and caret', async () => {
  const dir = attemptFolder({ [FILE]: 'const a = 1\nconst b = (\n' })

  const { code, stdout } = await runCli(['check', 'lesson-1', '--attempt', dir])

  expect(stdout).toMatch(/01-udp-basics\.ts:3/)
  expect(stdout).toContain('╵ ^')
  expect(stdout).toContain('Unexpected end of file')
  expect(stdout).not.toContain('node_modules')
  expect(code).toBe(1)
})

test('a missing export is named', async () => {
  const dir = attemptFolder({ [FILE]: REST.replace('export async function sendText', 'async function sendText') })

  const { verdict } = await gradeByCli('lesson-1', dir)

  expect(verdict.checks.map((check) => check.verdict)).toEqual(verdict.checks.map(() => 'could-not-start'))
  expect(verdict.checks[0]).toMatchObject({ actual: 'sendText is missing', where: { line: 2 } })
})

test.each([
  { what: 'a package', source: "import 'left-pad'\n", says: '"left-pad" is a package' },
  {
    what: 'a closed module',
    source: "import { spawn } from 'node:child_process'\nspawn('x')\n",
    says: 'node:child_process is closed',
  },
  { what: 'a file that is not there', source: "import './nowhere.ts'\n", says: 'no file "./nowhere.ts"' },
  {
    what: 'a file outside',
    source: `import ${JSON.stringify(join(PROJECT, 'checker/cli.ts'))}\n`,
    says: 'lies outside your folder',
  },
  { what: 'the way up', source: "import '../../etc/hostname'\n", says: 'lies outside your folder' },
])('an import of $what is refused by name', async ({ source, says }) => {
  const dir = attemptFolder({ [FILE]: source + REST })

  const { verdict } = await gradeByCli('lesson-1', dir)

  expect(verdict.checks[0]).toMatchObject({ verdict: 'could-not-start', where: { line: 1 } })
  expect(verdict.checks[0]?.actual).toContain(says)
})

test("the lesson's own solution cannot be imported", async () => {
  const solution = join(PROJECT, 'solutions', FILE)
  const dir = attemptFolder({ [FILE]: `export * from ${JSON.stringify(solution)}\n` })

  const { verdict } = await gradeByCli('lesson-1', dir)

  expect(verdict.checks[0]).toMatchObject({ verdict: 'could-not-start' })
  expect(verdict.checks[0]?.actual).toContain('solution of the lesson itself')
})

test('a link that leads out of the folder is refused', async () => {
  const dir = attemptFolder({})
  symlinkSync(join(PROJECT, 'solutions', FILE), join(dir, FILE))

  const { verdict } = await gradeByCli('lesson-1', dir)

  expect(verdict.checks[0]?.actual).toContain('is a link that leads out')
})

test('a folder without the file says so', async () => {
  const { verdict, code } = await gradeByCli('lesson-1', attemptFolder({}))

  expect(verdict.checks[0]?.actual).toContain('There is no file')
  expect(code).toBe(1)
})
