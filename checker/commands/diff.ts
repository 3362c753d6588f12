import { join } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { currentLesson } from '../progress/current-lesson.ts'
import { readLessonFiles } from '../progress/lesson-files.ts'
import { PROJECT } from '../project.ts'
import { inert } from '../reporters/text.ts'
import { lessonIn, readArguments } from './arguments.ts'
import { ask } from './ask.ts'
import { compare } from '../reporters/compare.ts'
import { linked } from './links.ts'
import { print, terminalColumns, wantsColour } from './print.ts'
import { type RenderOptions, renderPlaces } from './render-places.ts'
import { allowSolution, maySeeSolution, ownFiles } from '../progress/state.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run diff [lesson] -- [options]

Shows where your program and the solution differ: - is yours, + is ours. Blanks
and empty lines make no difference. Before you have passed the lesson it asks
whether you want to see the solution, once. Code is coloured on a terminal;
NO_COLOR=1 in the environment leaves it plain.

  --yes     do not ask
  --help    this text
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('diff', args, {
    yes: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const lesson = lessonIn(positionals) ?? (await currentLesson())
  if (!(await maySeeSolution(lesson))) {
    const answer = values.yes ? 'yes' : await ask(solutionQuestion(lesson))
    if (answer === 'nobody')
      throw new UsageError(`You have not passed ${lesson.id} yet.`, 'To see the solution all the same: --yes')
    if (answer !== 'yes') {
      await print(`A smaller step: npm run hint ${lesson.id}\n`)
      return answer === 'interrupted' ? 130 : 0
    }
    await allowSolution(lesson)
  }
  await print(linked(await diffText(lesson, { columns: terminalColumns(), colour: wantsColour() })))
  return 0
}

export function solutionQuestion(lesson: Lesson): string {
  return `You have not passed ${lesson.id} yet, and this shows its solution. Show it?`
}

/** The learner's files of a lesson against ours. */
export async function diffText(lesson: Lesson, options: RenderOptions): Promise<string> {
  const own = ownFiles(lesson)
  const ours = readLessonFiles(join(PROJECT, 'solutions'), lesson)
  const texts = Object.entries(ours).map(async ([name, text]) => {
    const mine = own[name]
    if (mine === undefined) return `exercises/${name} is missing; the solution is solutions/${name}\n`
    const comparison = compare(inert(mine), inert(text))
    if (comparison.places.length === 0) return `exercises/${name} and solutions/${name} are the same, blanks aside\n`
    return `- exercises/${name}\n+ solutions/${name}\n\n${await renderPlaces(comparison, options)}`
  })
  return (await Promise.all(texts)).join('\n')
}
