import { AsyncLocalStorage } from 'node:async_hooks'

/** How often a wait looks at its clock. */
const TICK_MS = 20

/** How long a check waits for something on loopback before it takes it for lost, in milliseconds of an idle machine. */
export const PATIENCE_MS = 1000

/** A wait on the learner's code that ended without the thing waited for. */
export class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain'
  readonly limitMs: number
  readonly what: string

  constructor(limitMs: number, what: string) {
    super(`Waited ${limitMs} ms for ${what}`)
    this.limitMs = limitMs
    this.what = what
  }
}

/**
 * Waits for `work`, but no longer than `limitMs`.
 *
 * The limit counts ticks of this process, not the clock on the wall: on a machine so busy that the checker itself does
 * not get its turn, or on a laptop whose lid was closed, the learner's program did not get its turn either. And no wait is given
 * up before the program has had a turn as well.
 *
 * @param limitMs milliseconds on an idle machine; a busy one is given more
 * @param what completes the sentence "Waited 1000 ms for …"
 * @throws WaitedInVain when the limit is reached; whatever `work` rejects with, when it does so first
 */
export async function within<T>(limitMs: number, what: string, work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    const counts = openCounter()
    let ticksLeft = Math.ceil(limitMs / TICK_MS)
    timer = setInterval(() => {
      if (counts()) ticksLeft -= 1
      if (ticksLeft > 0) return
      clearInterval(timer)
      void lastTurns().then(() => reject(new WaitedInVain(limitMs, what)))
    }, TICK_MS)
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    clearInterval(timer)
  }
}

/** Asks until the answer is yes or the patience ends. @returns the last answer */
export async function becomesTrue(ask: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<boolean> {
  const counts = openCounter()
  for (let ticksLeft = Math.ceil(patienceMs / TICK_MS); ticksLeft > 0;) {
    if (await ask()) return true
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    if (counts()) ticksLeft -= 1
  }
  await lastTurns()
  return ask()
}

/** How often the programs have a turn before a wait is given up: what one of them sends may have to go through another. */
const LAST_TURNS = 3
/** How long a program may take for it, in milliseconds of an idle machine; one that is stuck never has it. */
const TURN_MS = 1000

/** Resolves when every program under test has had a turn. */
export type Turn = () => Promise<void>

interface Programs {
  readonly turn: Turn
  /** Waits that are over and only see to it that the programs have had a turn. */
  ending: number
}

const programs = new AsyncLocalStorage<Programs | undefined>()

/**
 * Does `work`, in which no wait on the programs is given up before they have had a turn: the machine may have given one to
 * the checker, again and again, and none to them.
 */
export function waitingForTurns<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
  return programs.run({ turn, ending: 0 }, work)
}

async function lastTurns(): Promise<void> {
  const waitedFor = programs.getStore()
  if (waitedFor === undefined) return
  const taken = async () => {
    for (let count = 0; count < LAST_TURNS; count += 1) {
      await within(TURN_MS, 'a turn', waitedFor.turn())
      // What was sent in it is read here.
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
  }
  waitedFor.ending += 1
  await programs.run(undefined, taken).catch(() => undefined)
  waitedFor.ending -= 1
}

/** How many signs of life a program, or the browser, has given so far. */
export type Pulse = () => number

const pulses = new AsyncLocalStorage<Pulse>()

/**
 * Does `work`, in which every wait counts only the ticks in which the pulse has beaten. While a debugger holds the program, or
 * a busy machine the browser, nothing is counted, however long that takes; once it runs, the limits are what they always are.
 */
export function byPulse<T>(pulse: Pulse, work: () => Promise<T>): Promise<T> {
  return pulses.run(pulse, work)
}

/** @returns whether the tick that is over counts */
function openCounter(): () => boolean {
  const waitedFor = programs.getStore()
  const pulse = pulses.getStore()
  // The limit of a whole check must not run out because waits in it were prolonged.
  const counts = () => waitedFor === undefined || waitedFor.ending === 0
  if (pulse === undefined) return counts
  let before = pulse()
  return () => {
    const now = pulse()
    const beaten = now !== before
    before = now
    return beaten && counts()
  }
}
