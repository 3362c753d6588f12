import type { Lesson } from '../catalogue.ts'
import { openAttempt } from '../grading/attempt.ts'
import { foundationPasses, loadChecks } from '../grading/check.ts'
import { grade } from '../grading/grade.ts'
import { shortSeed } from '../lab/chance.ts'
import { fingerprint } from '../progress/lesson-files.ts'
import { keepVerdict, OWN_ATTEMPT, ownFiles, passesAsItIs } from '../progress/state.ts'
import type { CheckVerdict, LessonVerdict } from '../verdict.ts'

/** What a round tells while it goes on. A round that a newer one ended tells nothing more. */
export interface RoundListener {
  started(lesson: Lesson, checkCount: number): void
  /** @param decided all that are decided so far, this one last */
  decided(decided: readonly CheckVerdict[]): void
  ended(verdict: LessonVerdict): void
  /** The checker could not do its work; that is never the learner's fault. */
  failed(error: unknown): void
}

export interface Rounds {
  /**
   * Grades a lesson of the learner's files as they are now, in the place of whatever is being graded.
   * @param seed decides every value that a check draws; by chance unless given
   */
  start(lesson: Lesson, seed?: number): void
  /** Ends what is going on, and resolves when nothing is left of it. */
  close(): Promise<void>
}

/** Grades one at a time. The newest save wins: it ends the round before it. */
export function openRounds(listener: RoundListener): Rounds {
  let current = Promise.resolve()
  let newest = new AbortController()

  async function round(lesson: Lesson, seed: number, { signal }: AbortController): Promise<void> {
    if (signal.aborted) return
    const attempt = openAttempt(OWN_ATTEMPT, lesson)
    if (attempt === undefined)
      throw new Error(`There is no folder ${OWN_ATTEMPT}. It comes back with: npm run reset ${lesson.id}`)
    const files = ownFiles(lesson)
    const { checks } = await loadChecks(lesson)
    listener.started(lesson, checks.length)
    const decided: CheckVerdict[] = []
    const onCheck = (check: CheckVerdict) => {
      if (signal.aborted) return
      decided.push(check)
      listener.decided(decided)
    }
    const foundationHolds = await foundationPasses(lesson, passesAsItIs)
    const verdict = await grade({ lesson, attempt, seed, signal, onCheck, foundationHolds })
    if (signal.aborted) return
    // A save that nobody told us of, after all.
    if (fingerprint(ownFiles(lesson)) !== fingerprint(files)) return start(lesson)
    listener.ended(verdict)
    await keepVerdict(verdict, lesson, files)
  }

  function start(lesson: Lesson, seed = shortSeed()): void {
    newest.abort()
    const own = new AbortController()
    newest = own
    current = current
      .then(() => round(lesson, seed, own))
      .catch((error: unknown) => {
        if (!own.signal.aborted) listener.failed(error)
      })
  }

  return {
    start,
    async close() {
      newest.abort()
      await current
    },
  }
}
