import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Lesson, lessons } from '../catalogue.ts'
import { readLessonText } from '../lesson-text.ts'
import { holdsAll, type LessonFiles, readLessonFiles, withPlainLineEnds } from '../progress/lesson-files.ts'
import { PROJECT } from '../project.ts'
import { starters } from '../starters.ts'
import type { Claim } from './claims.ts'

/**
 * `checker/starters.ts` holds the starters once more, because a learner edits exercises/ and may not have git. Authors edit
 * exercises/ and write that file from it. The claim below compares it with what git is about to commit, not with the
 * folder: what a learner has edited there is no mistake of the book.
 */

const FILE = join(PROJECT, 'checker', 'starters.ts')
const WRITE = 'npm run verify -- --write-starters'

/** Writes the embedded starters from exercises/ as it is now. @returns why not, if it was not done */
export async function writeStarters(): Promise<string | undefined> {
  const now: Record<string, LessonFiles> = {}
  for (const lesson of lessons) {
    const files = readLessonFiles(join(PROJECT, 'exercises'), lesson)
    const missing = await missingTodos(lesson, files)
    if (missing.length > 0) return `exercises/${lesson.slug}.ts is no starter: it has no TODO ${missing.join(', ')}.`
    if (Object.keys(files).length > 0) now[lesson.id] = files
  }
  await writeFile(FILE, render(now))
  return undefined
}

export function starterClaim(lesson: Lesson): Claim {
  return {
    title: `${lesson.id}: checker/starters.ts has its starter`,
    async test() {
      const { [lesson.id]: embedded = {} } = starters
      const files = readLessonFiles(join(PROJECT, 'exercises'), lesson)
      const names = new Set([...Object.keys(files), ...Object.keys(embedded)])
      const pristine: Record<string, string> = {}
      for (const name of names) {
        const text = (await inGit(`exercises/${name}`)) ?? (name in embedded ? files[name] : undefined)
        if (text !== undefined) pristine[name] = text
      }
      if (Object.keys(embedded).length === 0) return `it is missing: ${WRITE}`
      if (holdsAll(embedded, pristine) && holdsAll(pristine, embedded)) return undefined
      return `it is not what git has in exercises/. For authors: git add exercises, then ${WRITE}`
    },
  }
}

/** The tasks of a lesson that no file of its starter mentions; none while either is still missing. */
async function missingTodos(lesson: Lesson, files: LessonFiles): Promise<number[]> {
  const texts = Object.values(files)
  const { tasks } = await readLessonText(lesson).catch(() => ({ tasks: [] }))
  return texts.length === 0 ? [] : tasks.filter((task) => !texts.some((text) => text.includes(`TODO ${task}:`)))
}

/** What git would commit of a file; undefined where it does not know the file, or where there is no git. */
async function inGit(file: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('git', ['show', `:${file}`], { cwd: PROJECT })).stdout
  } catch {
    return undefined
  }
}

/** As template strings, which formatters leave alone and diffs show line by line. */
function render(all: Readonly<Record<string, LessonFiles>>): string {
  const entries = Object.entries(all).map(([id, files]) => {
    const texts = Object.entries(files).map(([name, text]) => `    '${name}': \`${escaped(text)}\`,\n`)
    return `  '${id}': {\n${texts.join('')}  },\n`
  })
  return `// Written by ${WRITE}. Edit exercises/ instead.

/** The starters as they were shipped, by lesson and by the file's name in exercises/. */
export const starters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
${entries.join('')}}
`
}

function escaped(text: string): string {
  return withPlainLineEnds(text).replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
}
