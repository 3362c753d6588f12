import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PROJECT } from '../project.ts'
import type { LessonVerdict } from '../verdict.ts'

/** Beside the code, ignored by git. All of it can be made again. */
const FOLDER = join(PROJECT, '.workbook')

export interface Progress {
  /** When each lesson was first passed, by id; ISO 8601. */
  readonly passed: Readonly<Record<string, string>>
  /** How many hints of each task have been shown, by lesson id and task: `lesson-1/3`. */
  readonly hints: Readonly<Record<string, number>>
}

const NO_PROGRESS: Progress = { passed: {}, hints: {} }

export async function readProgress(): Promise<Progress> {
  const stored = await readJson<Partial<Progress>>('progress.json')
  return { passed: stored?.passed ?? NO_PROGRESS.passed, hints: stored?.hints ?? NO_PROGRESS.hints }
}

export async function writeProgress(progress: Progress): Promise<void> {
  await writeJson('progress.json', progress)
}

/** The last verdict on the learner's own file. */
export async function readLastVerdict(lessonId: string): Promise<LessonVerdict | undefined> {
  return readJson<LessonVerdict>(join('last', `${lessonId}.json`))
}

export async function keepVerdict(verdict: LessonVerdict): Promise<void> {
  await writeJson(join('last', `${verdict.lesson}.json`), verdict)
  const progress = await readProgress()
  if (verdict.verdict !== 'passed' || verdict.lesson in progress.passed) return
  await writeProgress({ ...progress, passed: { ...progress.passed, [verdict.lesson]: new Date().toISOString() } })
}

async function readJson<T>(name: string): Promise<T | undefined> {
  const file = join(FOLDER, name)
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T
  } catch (error) {
    // Nothing there yet, or something unreadable: set it aside, it can be made again.
    if (error instanceof SyntaxError) {
      const aside = `${file}.broken`
      await rename(file, aside).catch(() => undefined)
      process.stderr.write(`${name} could not be read and is now ${aside}. Nothing of yours is lost.\n`)
    }
    return undefined
  }
}

/** Written beside and moved into place, so that a reader never sees half a file. */
async function writeJson(name: string, value: unknown): Promise<void> {
  const file = join(FOLDER, name)
  try {
    await mkdir(dirname(file), { recursive: true })
    const draft = `${file}.${process.pid}.new`
    await writeFile(draft, JSON.stringify(value))
    await rename(draft, file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`Progress could not be kept in .workbook/: ${reason}\n`)
  }
}
