import { basename } from 'node:path'
import { type Lesson, lessons } from '../catalogue.ts'
import { enterLesson, OWN_ATTEMPT } from '../progress/state.ts'
import { PROJECT } from '../project.ts'
import { openRounds, type RoundListener } from './rounds.ts'
import { needsPolling, watchFiles } from './watch-files.ts'

/** What a watcher tells: its rounds, and now and then one line that is good to know. */
export interface WatchListener extends RoundListener {
  noted(text: string): void
}

/** Grades one lesson of the learner's files: when it is entered, and again after each save. */
export interface Watcher {
  /** Watches this lesson from now on, and grades it. @param seed by chance unless given */
  goTo(lesson: Lesson, seed?: number): Promise<void>
  /** Grades the lesson that is watched now. @param seed by chance unless given */
  check(seed?: number): void
  /** Ends what is going on, and resolves when nothing is left of it. */
  close(): Promise<void>
}

/** @param poll looks for changes twice a second, where the system does not tell them */
export function openWatcher(listener: WatchListener, { poll }: { readonly poll: boolean }): Watcher {
  let lesson: Lesson | undefined
  const rounds = openRounds(listener)
  const check = (seed?: number) => {
    if (lesson !== undefined) rounds.start(lesson, seed)
  }
  const files = watchFiles(OWN_ATTEMPT, {
    poll: poll || needsPolling(PROJECT),
    onSave(saved) {
      const others = saved.map((file) => laterLesson(file, lesson))
      if (others.every((other) => other !== undefined)) listener.noted(`saved ${others[0]?.id}; this watches ${lesson?.id}`)
      else check()
    },
    onPolling: () => listener.noted('looking for changes twice a second'),
  })
  return {
    async goTo(entered, seed) {
      lesson = entered
      await enterLesson(entered)
      check(seed)
    },
    check,
    async close() {
      await Promise.all([files.close(), rounds.close()])
    },
  }
}

/** The later lesson that a file belongs to, which an attempt at this lesson cannot depend on. */
function laterLesson(file: string, lesson: Lesson | undefined): Lesson | undefined {
  const after = lesson?.number ?? Infinity
  return lessons.find(({ slug, number }) => number > after && basename(file).startsWith(`${slug}.`))
}
