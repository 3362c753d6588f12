import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { starterClaim } from '../authoring/starters.ts'
import { linesToldBy } from '../authoring/texts.ts'
import { lessons } from '../catalogue.ts'
import { compare } from '../reporters/compare.ts'
import { renderPlaces } from '../commands/render-places.ts'
import { findLesson, lessonIn } from '../commands/arguments.ts'
import { plainMarkdown } from '../commands/plain-markdown.ts'
import { PROJECT } from '../project.ts'
import { highlight } from '../reporters/highlight.ts'
import { starters } from '../starters.ts'
import { attemptFolder } from './attempt-folder.ts'
import { projectCopy } from './project-copy.ts'
import { runCli } from './run-cli.ts'

const NAME = '01-udp-basics.ts'
const SOLUTION = readFileSync(join(PROJECT, 'solutions', NAME), 'utf8')

function render(own: string, other: string): Promise<string> {
  return renderPlaces(compare(own, other), { columns: 80, colour: false })
}

describe('the comparison', () => {
  test('finds nothing in other blanks, tabs, line ends and empty lines', () => {
    expect(compare('if (a) {\r\n\tb()\r\n}\r\n', 'if  (a) {\n\n    b()\n}').places).toEqual([])
  })

  test('shows a difference with its place and what stands around it', async () => {
    expect(await render('a\nb\nc\nd\ne\nf\n', 'a\nb\nc\nD\ne\nf\n')).toBe(
      '    2   b\n    3   c\n    4 - d\n      + D\n    5   e\n    6   f\n',
    )
  })

  test('joins differences that are near, and parts those that are far', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`)
    const changed = lines.map((line, index) => (index === 2 || index === 5 || index === 18 ? `${line}!` : line))

    expect(compare(lines.join('\n'), changed.join('\n')).places).toHaveLength(2)
  })

  test('breaks long lines instead of cutting them', async () => {
    const long = `const a = ${'word '.repeat(30)}`.trim()

    expect((await render('', long)).replaceAll(/\s+/g, ' ')).toContain(long)
  })
})

describe('the comparison in colour', () => {
  const own = "const a = 'one' // first\nf(a)\n"
  const other = `type A = number\nconst a: A = 12${' + 12'.repeat(20)}\nf(a)\n`

  test('says the same as without', async () => {
    const coloured = await renderPlaces(compare(own, other), { columns: 60, colour: true })

    expect(stripVTControlCharacters(coloured)).toBe(await renderPlaces(compare(own, other), { columns: 60, colour: false }))
  })

  test('shows the code in its colours and whose it is, and what both have dim', async () => {
    const coloured = await renderPlaces(compare(own, other), { columns: 80, colour: true })
    const painted = (code: number, text: string) => `\u001b[${code}m${text}\u001b[`

    const [red, green, yellow, magenta, cyan, grey, dim] = [31, 32, 33, 35, 36, 90, 2]
    for (const [code, text] of [
      [red, '    1 - '],
      [magenta, 'const'],
      [yellow, "'one'"],
      [grey, '// first'],
      [green, '      + '],
      [cyan, 'number'],
      [cyan, '12'],
      [dim, 'f(a)'],
    ] as const)
      expect(coloured).toContain(painted(code, text))
  })

  test('keeps every letter, also of what is no TypeScript', () => {
    for (const source of ['', 'a\n', "const = 'open\n}}} `${ é 안녕\n\n/* never closed", SOLUTION])
      expect(
        highlight(source)
          .map((line) => line.map(({ text }) => text).join(''))
          .join('\n'),
      ).toBe(source)
  })
})

describe('a lesson is found', () => {
  test.each([
    ['1', 'lesson-1'],
    ['03', 'lesson-3'],
    ['Lesson 2', 'lesson-2'],
    ['lesson4', 'lesson-4'],
    ['encryption', 'lesson-3'],
    ['retr', 'lesson-2'],
    ['exercises/02-retransmit-ack.ts', 'lesson-2'],
    ['.\\exercises\\04-chat.ts', 'lesson-4'],
    ['lessons/01-udp-basics.md', 'lesson-1'],
  ])('by %s', (typed, id) => {
    expect(findLesson(typed).id).toBe(id)
  })

  test('by two words', () => {
    expect(lessonIn(['lesson', '3'])?.id).toBe('lesson-3')
    expect(() => lessonIn(['lesson-1', 'lesson-2'])).toThrow('One lesson at a time')
  })

  test.each([
    ['lessn-3', 'lesson-3'],
    ['lesson-99', lessons.at(-1)?.id],
    ['encrpytion', 'encryption'],
  ])('or the nearest to %s is named', (typed, near) => {
    expect(() => findLesson(typed)).toThrow(expect.objectContaining({ next: `The nearest is ${near}.` }))
  })
})

test('hints lose their markup and keep their code', () => {
  const source = 'Use **one** of [these](http://x) and\n`a * b`:\n\n- first\n- second `x`\n\n```ts\nconst a = **b\n```\n'

  expect(plainMarkdown(source, 40)).toBe('Use one of these and `a * b`:\n\n- first\n\n- second `x`\n\n    const a = **b')
})

describe('a hint', () => {
  const solution = "  socket.send(text, port, '127.0.0.1')\n  socket.close()\n  // Ports are numbers up to 65535, all of them.\n"

  test.each([
    ['a block', "Do this:\n\n```ts\nif (open) socket.send(text, port, '127.0.0.1')\n```"],
    ['a sentence', "Say `socket.send(text, port, '127.0.0.1')` and wait."],
  ])('that has a line of the solution in %s is found', (_name, hint) => {
    expect(linesToldBy(hint, solution)).toEqual(["socket.send(text, port, '127.0.0.1')"])
  })

  test('may have short ones, comments, and words that are no code', () => {
    const hint = "`socket.close()`\n\nsocket.send(text, port, '127.0.0.1')\n\n`// Ports are numbers up to 65535, all of them.`"

    expect(linesToldBy(hint, solution)).toEqual([])
  })
})

test('checker/starters.ts has the starter of lesson 1, whatever a learner has done to it', async () => {
  const [first] = lessons
  if (first === undefined) throw new Error('there is no lesson')

  expect(await starterClaim(first).test()).toBeUndefined()
  expect(starters['lesson-1']?.[NAME]).toContain('// TODO 8:')
})

test('what somebody has set for npm for good is not taken for something typed', async () => {
  const npmrc = join(attemptFolder({ '.npmrc': 'yes=true\n' }), '.npmrc')
  const npm = { npm_lifecycle_event: 'reset', npm_config_yes: 'true' }

  const typed = await runCli(['reset', '--list', 'lesson-1'], { ...npm, npm_config_userconfig: '' })
  const set = await runCli(['reset', '--list', 'lesson-1'], { ...npm, npm_config_userconfig: npmrc })

  expect([typed.code, typed.stderr]).toEqual([2, expect.stringContaining('npm kept --yes for itself')])
  expect(set.code).toBe(0)
})

describe('in a workbook of one’s own', () => {
  test('a way through lesson 1 is kept: attempts, pass, solution, diff', async () => {
    const project = projectCopy()
    const file = join(project, 'exercises', NAME)
    const cli = (...args: readonly string[]) => runCli(args, {}, project)
    const listed = async () => {
      const { stdout } = await cli('progress', '--json')
      return (JSON.parse(stdout) as { lessons: readonly Record<string, unknown>[] }).lessons[0]
    }

    await cli('check', '1')
    expect(await listed()).toMatchObject({ lesson: 'lesson-1', current: true, attempts: 0, last: { verdict: 'failed' } })
    expect((await cli('hint')).stdout).not.toContain('has changed')
    writeFileSync(file, '// changed\n')
    expect((await cli('hint')).stdout).toContain('has changed since its last check')
    const refused = await cli('diff', '1')
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('You have not passed lesson-1 yet.')])
    const shown = await cli('diff', '--yes')
    expect(shown.stdout).toContain('- exercises/01-udp-basics.ts\n+ solutions/01-udp-basics.ts')
    // Asked once.
    expect((await cli('diff')).code).toBe(0)

    writeFileSync(file, readFileSync(join(project, 'solutions', NAME)))
    expect((await cli('check', `exercises/${NAME}`)).code).toBe(0)

    expect(await listed()).toMatchObject({ attempts: 1, passedAt: expect.any(String), last: { verdict: 'passed' } })
    expect((await cli('diff', '1')).stdout).toContain('are the same, blanks aside')
    expect((await cli('hint', '1')).stdout).toContain('there is nothing left to hint at')
    const { stdout } = await cli('progress')
    expect(stdout).toMatch(/^1 of \d+ lessons passed\n\n▸ ✓ lesson-1 .* 1 attempt · passed \d{4}-/)
    expect(stdout).toContain('    ├ ✓ task 1  Say where it came from')
  })

  test('the path of a file decides which folder is graded', async () => {
    const dir = attemptFolder({ [NAME]: 'const a = (\n' })

    const { code, stdout } = await runCli(['check', join(dir, NAME)], {}, projectCopy())

    expect(stdout).toContain('Unexpected end of file')
    expect(code).toBe(1)
  })

  test('progress that was damaged is set aside, and the check goes on', async () => {
    const project = projectCopy()
    mkdirSync(join(project, '.workbook'))
    writeFileSync(join(project, '.workbook/progress.json'), '{"lessons":')

    const { code, stderr, stdout } = await runCli(['check', '1', '--attempt', 'solutions'], {}, project)
    const again = await runCli(['progress'], {}, project)

    expect([code, stdout]).toEqual([0, expect.stringContaining('All checks passed')])
    expect([stderr, again.stderr].join('')).toContain('progress.json is damaged. It is set aside')
    expect(again.code).toBe(0)
  })
})

test('play says so when a promise is never resolved', async () => {
  const never = `export const startReceiver = () => new Promise(() => {})
export const sendText = startReceiver
export const sendLines = startReceiver
`
  const { code, stdout } = await runCli(['play', '1', 'receiver', '--attempt', attemptFolder({ [NAME]: never })])

  expect(stdout).toContain('a promise that it returned was never resolved')
  expect(code).toBe(1)
})
