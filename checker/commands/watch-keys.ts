import { type Lesson, lessons } from '../catalogue.ts'
import { allowSolution, maySeeSolution } from '../progress/state.ts'
import { diffText, solutionQuestion } from './diff.ts'
import { nextHint } from './hint.ts'
import { terminalColumns, wantsColour } from './print.ts'
import { progressText } from './progress.ts'
import { traceText } from './trace.ts'
import { lessonAfter, type Screen } from './watch-screen.ts'

/** What the keys of a watch act on. */
export interface Watch {
  readonly screen: Screen
  lesson(): Lesson
  check(): void
  goTo(lesson: Lesson): Promise<void>
  quit(code: number): void
}

interface Key {
  readonly name?: string
  readonly ctrl?: boolean
}

/** Keys that only move what is shown. */
const MOVES = new Set(['up', 'down', 'pageup', 'pagedown', 'space'])

/** What the next key may mean besides its usual meaning. */
type Question = 'solution' | 'lesson' | undefined

/** @returns what to do with a key that was pressed */
export function openKeys(watch: Watch): (typed: string | undefined, key: Key) => void {
  const { screen } = watch
  let question: Question

  async function hint(): Promise<void> {
    const { text, more } = await nextHint(watch.lesson(), false)
    const footer = { yes: 'h the next one · esc back', no: 'that was the last one · esc back', none: 'esc back' }
    screen.view(text, footer[more])
  }

  async function diff(): Promise<void> {
    const lesson = watch.lesson()
    const options = { columns: terminalColumns(), colour: wantsColour() }
    if (await maySeeSolution(lesson)) return screen.view(await diffText(lesson, options))
    question = 'solution'
    screen.view(solutionQuestion(lesson), 'y shows it · any other key goes back')
  }

  async function next(): Promise<void> {
    const following = lessonAfter(watch.lesson().id)
    if (following === undefined) screen.note('this is the last lesson')
    else await watch.goTo(following)
  }

  async function list(): Promise<void> {
    question = 'lesson'
    screen.view(await progressText(), `1–${lessons.length} goes to that lesson · esc back`)
  }

  async function act(typed: string, { name, ctrl }: Key): Promise<void> {
    const asked = question
    if (!MOVES.has(name ?? '')) question = undefined
    if (ctrl === true && name === 'c') return watch.quit(130)
    if (asked === 'solution') {
      if (MOVES.has(name ?? '')) return undefined
      if (typed.toLowerCase() !== 'y') return screen.back()
      await allowSolution(watch.lesson())
      return diff()
    }
    const chosen = asked === 'lesson' ? lessons[Number(typed) - 1] : undefined
    if (chosen !== undefined) return watch.goTo(chosen)
    switch (name ?? '') {
      case 'h':
        return hint()
      case 'd':
        return ctrl === true ? watch.quit(0) : diff()
      case 't':
        return screen.view(await traceText(watch.lesson(), undefined))
      case 'n':
        return next()
      case 'l':
        return list()
      case 'q':
        return watch.quit(0)
      case 'up':
      case 'down':
        return screen.scroll(0, name === 'up' ? -1 : 1)
      case 'pageup':
      case 'pagedown':
        return screen.scroll(name === 'pageup' ? -1 : 1, 0)
      case 'space':
        return screen.scroll(1, 0)
      case 'return':
      case 'enter':
        return watch.check()
      case 'escape':
      case 'r':
        return screen.back()
      default:
        return undefined
    }
  }

  return (typed = '', key) => {
    act(typed, key).catch((error: unknown) => screen.view(error instanceof Error ? error.message : String(error)))
  }
}
