import type { Lesson } from '../catalogue.ts'
import { lessonToResume } from '../progress/current-lesson.ts'
import { readLastVerdict } from '../progress/state.ts'
import { type CheckVerdict, type LessonVerdict, overall } from '../verdict.ts'
import { asMessages, type RoundMessage } from '../watching/round-message.ts'
import { openWatcher, type WatchListener } from '../watching/watcher.ts'

/** The round that goes on, or the last one. */
export interface Round {
  readonly lesson: Lesson
  readonly checkCount: number
  /** Counted from 1 since the server started. */
  readonly number: number
  readonly decided: readonly CheckVerdict[]
  readonly verdict?: LessonVerdict
  /** Why the checker itself could not go on. */
  readonly failure?: string
}

/** What all tabs share: the one watcher, and what it saw last. */
export interface Session {
  round(): Round | undefined
  /** Something that is good to know until the next round. */
  note(): string
  /** Turns to a lesson, and grades it. Nothing happens when that one is watched already. */
  enter(lesson: Lesson): Promise<void>
  /** Grades a lesson, and turns to it when another one is watched. @param seed by chance unless given */
  check(lesson: Lesson, seed?: number): Promise<void>
  /** What is known of a lesson: of the round that goes on, else of the last one. */
  latest(lesson: Lesson): Promise<LessonVerdict | undefined>
  /** Told of everything that happens, beginning with what has happened so far. @returns ends that */
  subscribe(listener: (message: RoundMessage) => void): () => void
  /** Ends what is going on, and resolves when nothing is left of it. */
  close(): Promise<void>
}

/** Opens the session, and grades the lesson that the learner has left off at. */
export async function openSession(): Promise<Session> {
  let lesson = await lessonToResume()
  let round: Round | undefined
  let note = ''
  /** What was seen before the round that goes on, by lesson. */
  const seen = new Map<string, LessonVerdict>()
  const subscribers = new Set<(message: RoundMessage) => void>()
  const messages = asMessages((message) => {
    for (const subscriber of subscribers) subscriber(message)
  })
  const listener: WatchListener = {
    started(started, checkCount) {
      note = ''
      round = { lesson: started, checkCount, number: (round?.number ?? 0) + 1, decided: [] }
      messages.started(started, checkCount)
    },
    decided(decided) {
      if (round !== undefined) round = { ...round, decided: [...decided] }
      messages.decided(decided)
    },
    ended(verdict) {
      seen.set(verdict.lesson, verdict)
      if (round !== undefined) round = { ...round, verdict }
      messages.ended(verdict)
    },
    failed(error) {
      const number = (round?.number ?? 0) + 1
      round = { lesson, checkCount: 0, decided: [], ...round, number, failure: String(error) }
      messages.failed(error)
    },
    noted(text) {
      note = text
      messages.noted(text)
    },
  }
  const watcher = openWatcher(listener, { poll: false })
  const turnTo = (wanted: Lesson, seed?: number) => {
    lesson = wanted
    return watcher.goTo(wanted, seed)
  }
  await turnTo(lesson)

  return {
    round: () => round,
    note: () => note,
    async enter(entered) {
      if (entered.id !== lesson.id) await turnTo(entered)
    },
    async check(wanted, seed) {
      if (wanted.id === lesson.id) watcher.check(seed)
      else await turnTo(wanted, seed)
    },
    async latest(wanted) {
      const before = seen.get(wanted.id) ?? (await readLastVerdict(wanted.id))
      if (round === undefined || round.lesson.id !== wanted.id) return before
      return round.verdict ?? partial(round, before)
    },
    subscribe(subscriber) {
      for (const message of retold(round)) subscriber(message)
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    close: () => watcher.close(),
  }
}

/** A round as somebody hears of it who comes late. */
function retold(round: Round | undefined): RoundMessage[] {
  if (round === undefined) return []
  return [
    { kind: 'started', lesson: round.lesson.id, checkCount: round.checkCount },
    ...round.decided.map((check): RoundMessage => ({ kind: 'decided', check })),
    ...(round.verdict === undefined ? [] : [{ kind: 'ended', verdict: round.verdict } as const]),
    ...(round.failure === undefined ? [] : [{ kind: 'failed', message: round.failure } as const]),
  ]
}

/** What is known in the middle of a round: what it has decided, and for the rest what did not pass in the round before. */
function partial({ lesson: { id, slug, title }, decided }: Round, before: LessonVerdict | undefined): LessonVerdict | undefined {
  const ids = new Set(decided.map((check) => check.id))
  const didNotPass = ({ verdict }: CheckVerdict) => verdict === 'failed' || verdict === 'timed-out'
  const rest = before?.checks.filter((check) => !ids.has(check.id) && didNotPass(check)) ?? []
  const checks = [...decided, ...rest]
  if (decided.length === 0 && rest.length === 0) return before
  if (before?.verdict === 'passed' && rest.length === 0 && overall(decided) === 'passed') return before
  const verdict = overall(checks)
  return { schema: 1, lesson: id, slug, title, attempt: 'exercises', verdict, seed: 0, durationMs: 0, partial: true, checks }
}
