import { relative } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { type KeptAttempt, keepAttempt, keptAttempts, readKept } from '../progress/kept-attempts.ts'
import { fingerprint, holdsAll, type LessonFiles } from '../progress/lesson-files.ts'
import { putFiles } from '../progress/restore.ts'
import { localTime } from '../progress/time-name.ts'
import { PROJECT } from '../project.ts'
import { findLesson, readArguments } from './arguments.ts'
import { ask } from './ask.ts'
import { print } from './print.ts'
import { enterLesson, OWN_ATTEMPT, ownFiles, starterFiles, store, WORKBOOK } from '../progress/state.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run reset LESSON -- [options]

Keeps a copy of your program under .workbook/attempts/ and puts the starter back.
Asks first. What you have passed stays passed.

  --yes            do not ask
  --list           the copies that were kept, the newest first
  --restore [2]    bring a copy back, by its number in the list; 1 by default.
                   What it replaces is kept as well.
  --help           this text

A copy can be graded where it is: npm run check LESSON -- --attempt FOLDER
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('reset', args, {
    yes: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    restore: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const [typed, typedNumber] = positionals
  if (typed === undefined) throw new UsageError('Which lesson?', 'For example: npm run reset lesson-1')
  const lesson = findLesson(typed)
  const kept = await keptAttempts(WORKBOOK, lesson)
  if (values.list) {
    await print(list(lesson, kept))
    return 0
  }
  if (values.restore) return bringBack(lesson, chosen(lesson, kept, typedNumber), values.yes)
  if (typedNumber !== undefined) throw new UsageError(`"${typedNumber}" is too much.`, 'Help: npm run reset -- --help')

  const starter = starterFiles(lesson)
  if (Object.keys(starter).length === 0) throw new UsageError(`${lesson.id} has no starter yet.`, 'Help: npm run reset -- --help')
  return replace(lesson, {
    files: starter,
    already: `${namesOf(starter)} is the starter already; nothing to do`,
    question: `Keep a copy of ${namesOf(starter)} and put the starter back?`,
    done: `${namesOf(starter)} is the starter again`,
    yes: values.yes,
  })
}

function bringBack(lesson: Lesson, attempt: KeptAttempt, yes: boolean): Promise<number> {
  const files = readKept(attempt, lesson)
  const time = localTime(attempt.at)
  return replace(lesson, {
    files,
    already: `${namesOf(files)} is that copy already; nothing to do`,
    question: `Bring ${namesOf(files)} back as it was at ${time}?`,
    done: `${namesOf(files)} is back as it was at ${time}`,
    yes,
  })
}

interface Replacement {
  readonly files: LessonFiles
  readonly already: string
  readonly question: string
  readonly done: string
  readonly yes: boolean
}

/** Puts other files in the place of the learner's. Only when theirs are safe on the disk is anything replaced. */
async function replace(lesson: Lesson, { files, already, question, done, yes }: Replacement): Promise<number> {
  if (holdsAll(ownFiles(lesson), files)) {
    await print(`${already}\n`)
    return 0
  }
  const answer = yes ? 'yes' : await ask(question)
  if (answer === 'nobody') throw new UsageError('There is no terminal to ask at.', 'If you are sure: --yes')
  if (answer !== 'yes') {
    await print('Nothing was changed.\n')
    return answer === 'interrupted' ? 130 : 0
  }
  let copy: KeptAttempt | undefined
  try {
    copy = await keepOnce(lesson, ownFiles(lesson))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    await print(`No copy of your program could be kept, so nothing was changed: ${reason}\n`)
    return 3
  }
  await putFiles(OWN_ATTEMPT, files, await draftDir())
  await enterLesson(lesson)
  await print(`${done}\n${copy === undefined ? '' : await wayBack(lesson, copy)}`)
  return 0
}

async function wayBack(lesson: Lesson, copy: KeptAttempt): Promise<string> {
  const kept = await keptAttempts(WORKBOOK, lesson)
  const number = kept.findIndex(({ dir }) => dir === copy.dir) + 1
  return `  your copy   ${relative(PROJECT, copy.dir)}\n  back        npm run reset ${lesson.id} -- --restore ${number}\n`
}

/** Where nobody looks for files; where that cannot be had, beside the file itself. */
function draftDir(): Promise<string> {
  return store.using(async (dir) => dir).catch(() => OWN_ATTEMPT)
}

/** Keeps a copy of the learner's files, unless they are the starter or there is a copy already. */
async function keepOnce(lesson: Lesson, own: LessonFiles): Promise<KeptAttempt | undefined> {
  if (Object.keys(own).length === 0 || fingerprint(own) === fingerprint(starterFiles(lesson))) return undefined
  const kept = await keptAttempts(WORKBOOK, lesson)
  const same = kept.find((attempt) => fingerprint(readKept(attempt, lesson)) === fingerprint(own))
  return same ?? keepAttempt(store, lesson, own)
}

function chosen(lesson: Lesson, kept: readonly KeptAttempt[], typed = '1'): KeptAttempt {
  if (kept.length === 0) throw new UsageError(`No copy of ${lesson.id} was kept yet.`, 'One is kept whenever you reset it.')
  const attempt = /^\d+$/.test(typed) ? kept[Number(typed) - 1] : undefined
  if (attempt !== undefined) return attempt
  throw new UsageError(`There is no copy ${typed}; there are ${kept.length}.`, `Look: npm run reset ${lesson.id} -- --list`)
}

function list(lesson: Lesson, kept: readonly KeptAttempt[]): string {
  if (kept.length === 0) return `No copy of ${lesson.id} was kept yet.\n`
  const own = fingerprint(ownFiles(lesson))
  const lines = kept.map((attempt, index) => {
    const now = fingerprint(readKept(attempt, lesson)) === own ? '   (what you have now)' : ''
    return `  ${String(index + 1).padStart(2)}  ${localTime(attempt.at)}  ${relative(PROJECT, attempt.dir)}${now}\n`
  })
  return `${lines.join('')}\n  back     npm run reset ${lesson.id} -- --restore NUMBER\n`
}

function namesOf(files: LessonFiles): string {
  return Object.keys(files)
    .map((name) => `exercises/${name}`)
    .join(', ')
}
