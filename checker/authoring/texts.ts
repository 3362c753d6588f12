import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import MarkdownIt from 'markdown-it'
import type { Lesson } from '../catalogue.ts'
import { readLessonText, textFile } from '../lesson-text.ts'
import { readLessonFiles } from '../progress/lesson-files.ts'
import { PROJECT } from '../project.ts'
import { starters } from '../starters.ts'
import type { Claim } from './claims.ts'

/** Claims about what stands in the files of a lesson, without running anything of it. */
export function textClaims(lesson: Lesson): Claim[] {
  const files = [
    textFile(lesson),
    ...['exercises', 'solutions', 'checker/contracts', 'checker/play'].map((folder) =>
      join(PROJECT, folder, `${lesson.slug}.ts`),
    ),
    join(PROJECT, 'checker/checks', `${lesson.slug}.check.ts`),
    join(PROJECT, 'checker/test/mistakes', `${lesson.slug}.ts`),
    join(PROJECT, 'checker/test/variants', lesson.slug),
  ]
  return [
    {
      title: `${lesson.id}: all its files are there`,
      async test() {
        const missing = files.filter((file) => !existsSync(file))
        return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}`
      },
    },
    {
      title: `${lesson.id}: text and starter have the same tasks, each with hints`,
      async test() {
        const { tasks, hints } = await readLessonText(lesson)
        const starter = Object.values(starters[lesson.id] ?? {}).join('\n')
        const todos = [...new Set([...starter.matchAll(/TODO (\d+):/g)].map((match) => Number(match[1])))]
        if (tasks.join() !== todos.toSorted((a, b) => a - b).join()) return `tasks ${tasks.join()}, TODOs ${todos.join()}`
        const bare = tasks.filter((task) => !hints.some((hint) => hint.task === task && hint.number === 1))
        return bare.length === 0 ? undefined : `no hints for task ${bare.join()}`
      },
    },
    {
      title: `${lesson.id}: no hint holds a line of the solution`,
      async test() {
        const { hints } = await readLessonText(lesson)
        const solution = Object.values(readLessonFiles(join(PROJECT, 'solutions'), lesson)).join('\n')
        const told = hints.flatMap(({ task, number, text }) =>
          linesToldBy(text, solution).map((line) => `task ${task}, hint ${number} says: ${line}`),
        )
        return told.length === 0 ? undefined : told.join('; ')
      },
    },
    { title: `${lesson.id}: the code in its text compiles`, test: () => compileBlocks(lesson) },
  ]
}

/** Lines of code so short are no secret: `socket.close()`. */
const SECRET_CHARACTERS = 25

/** The lines of a solution that stand in the code of a hint, a block or within a sentence. */
export function linesToldBy(hint: string, solution: string): string[] {
  const code = new MarkdownIt()
    .parse(hint, {})
    .flatMap((token) => [token, ...(token.children ?? [])])
    .filter(({ type }) => ['fence', 'code_block', 'code_inline'].includes(type))
    .map(({ content }) => content)
  const lines = new Set(solution.split(/\r?\n/).map((line) => line.trim()))
  const secret = [...lines].filter((line) => line.length >= SECRET_CHARACTERS && !/^(?:\/\/|\/?\*)/.test(line))
  return secret.filter((line) => code.some((each) => each.includes(line)))
}

/** Type-checks each TypeScript block of the text as a module of its own. */
async function compileBlocks(lesson: Lesson): Promise<string | undefined> {
  const { codeBlocks } = await readLessonText(lesson)
  // Below the project, so that node:* types are found.
  const dir = join(PROJECT, '.workbook', 'code-blocks', lesson.id)
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  const blocks = codeBlocks.filter((block) => block.language === 'ts')
  await Promise.all(blocks.map((block) => writeFile(join(dir, `line-${block.line}.ts`), `${block.code}\nexport {}\n`)))
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', include: ['*.ts'] }))
  return typeCheck(dir)
}

function typeCheck(dir: string): Promise<string | undefined> {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', dir], (error, stdout) =>
      resolve(error === null ? undefined : stdout.trim() || error.message),
    )
  })
}
