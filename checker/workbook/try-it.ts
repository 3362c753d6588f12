import { join } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { MAX_SEED, shortSeed } from '../lab/chance.ts'
import { YOU } from '../lab/lab.ts'
import { PROJECT } from '../project.ts'
import { ladderSvg } from '../reporters/ladder-svg.ts'
import { ladderText } from '../reporters/ladder-text.ts'
import { inert } from '../reporters/text.ts'
import type { Faults, Message, Snapshot } from './try-it-snapshot.ts'
import { type TryItLesson, tryItLessons } from './try-it-lessons.ts'
import { openOutbox, Refused } from './try-it-outbox.ts'
import { DoesNotRun, type Run, startRun, type Words } from './try-it-run.ts'

/** The learner's program of a lesson, to be tried out from the page over a network that loses, repeats and reorders. */
export interface TryIt {
  /** Starts the program, anew when it is running. @param seed decides what happens to which datagram; by chance by default */
  start(seed?: number): Promise<void>
  /** @throws Refused when it cannot be sent */
  send(message: Message): Promise<void>
  /** From now on, also for what is running. */
  setFaults(faults: Faults): void
  /** Ends the program. Resolves when nothing is left of it. */
  stop(): Promise<void>
  snapshot(): Snapshot
}

export interface TryItOptions {
  /** Called a moment after something has changed, once for all that changed in that moment. */
  onChange(): void
  /** The folder with the learner's files; `exercises` by default. */
  readonly attemptDir?: string
  /** After this long without a request the program is ended, in milliseconds. */
  readonly idleMs?: number
}

const IDLE_MS = 10 * 60_000
const SHOWN_OUTPUT = 4000
const SHOWN_ROWS = 24
/** Changes within this time are told as one, so that a program that talks without end does not flood the page. */
const MOMENT_MS = 60

/** @returns undefined when there is nothing to be tried out in this lesson */
export function openTryIt(lesson: Lesson, options: TryItOptions): TryIt | undefined {
  const plan = tryItLessons.get(lesson.id)
  return plan === undefined ? undefined : openWithPlan(plan, lesson, options)
}

function openWithPlan(plan: TryItLesson<never>, lesson: Lesson, options: TryItOptions): TryIt {
  const { attemptDir = join(PROJECT, 'exercises'), idleMs = IDLE_MS } = options
  const weather = { loss: 0, duplicate: 0, reorder: 0 }
  let seed = shortSeed()
  let state: Snapshot['state'] = 'stopped'
  let words: Words = []
  let run: Run | undefined
  let outbox = openOutbox(plan)
  let idle: NodeJS.Timeout | undefined
  const changed = inAMoment(options.onChange)
  const inTurn = oneAfterAnother()

  function stayAwake(): void {
    clearTimeout(idle)
    idle = setTimeout(() => void inTurn(() => end([`Nothing was sent for a while, so your ${plan.noun} was ended.`])), idleMs)
    idle.unref()
  }

  async function end(why: Words): Promise<void> {
    clearTimeout(idle)
    const running = run
    // What it said last stays on the page.
    state = 'stopped'
    words = why
    // Nobody is left to be told when something cannot be removed; the next check sweeps.
    await running?.stop().catch(() => undefined)
    changed()
  }

  async function start(wanted: number): Promise<void> {
    await end([])
    seed = wanted
    state = 'starting'
    outbox = openOutbox(plan)
    run = undefined
    changed()
    try {
      const started = await startRun({ lesson, plan, attemptDir, seed, weather, onChange: changed })
      run = started
      state = 'running'
      stayAwake()
      void started.ended.then((why) =>
        inTurn(async () => {
          if (run === started && state === 'running') await end(why)
        }),
      )
    } catch (error) {
      state = 'stopped'
      words = error instanceof DoesNotRun ? error.words : [`It could not be started; this is not your fault. ${String(error)}`]
    }
    changed()
  }

  return {
    start: (wanted = seed) => inTurn(() => start(Math.min(MAX_SEED, Math.max(0, Math.floor(wanted) || 0)))),
    async send(message) {
      if (run === undefined || state !== 'running') throw new Refused('not-running', `Start your ${plan.noun} first.`)
      const { sender, bytes } = outbox.take(message, run.describe)
      stayAwake()
      await run.send(sender, bytes)
      changed()
    },
    setFaults({ loss, duplicate, reorder }) {
      // The network looks at it for each datagram.
      Object.assign(weather, { loss, duplicate, reorder })
      if (state === 'running') stayAwake()
      changed()
    },
    stop: () => inTurn(() => end([])),
    snapshot() {
      const events = run?.events ?? []
      // Who answers stands in the middle, or at the right.
      const [first, ...others] = plan.senders
      const window = { first, always: [first, YOU, ...others], rows: SHOWN_ROWS }
      return {
        state,
        words: words.map(inert),
        noun: plan.noun,
        advice: plan.advice,
        seed,
        faults: { ...weather },
        senders: plan.senders,
        ready: Object.entries(plan.ready('')).map(([name, { about }]) => ({ name, about })),
        sent: outbox.sent(),
        told: { from: run?.toldBefore() ?? 0, lines: (run?.told ?? []).map(inert) },
        output: inert((run?.output() ?? '').slice(-SHOWN_OUTPUT)),
        picture: events.length === 0 ? '' : ladderSvg(events, window),
        sentences: ladderText(events, window),
      }
    },
  }
}

/** Calls `tell` a moment later, and once however often it was asked to. */
function inAMoment(tell: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined
      tell()
    }, MOMENT_MS)
    timer.unref()
  }
}

/** Does what it is given one after another: two tabs may ask for a start at the same time. */
function oneAfterAnother(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
