import { join } from 'node:path'
import type { Lesson } from '../catalogue.ts'
import { openAttempt, type Attempt } from '../grading/attempt.ts'
import { loadChecks } from '../grading/check.ts'
import { couldNotStart, judge } from '../grading/judge.ts'
import { loadAttempt } from '../grading/load.ts'
import { seededChance } from '../lab/chance.ts'
import { YOU } from '../lab/lab.ts'
import { openTrace, type Trace } from '../lab/trace.ts'
import { openUdpRelay, type Weather } from '../lab/udp-relay.ts'
import { bindUdp, closeUdp, LOOPBACK, sendDatagram } from '../lab/udp-socket.ts'
import { WaitedInVain } from '../lab/within.ts'
import { compile } from '../sandbox/compile.ts'
import { asLearner, ProgramEnded } from '../sandbox/learner.ts'
import { type Program, startProgram } from '../sandbox/program.ts'
import { openScratch } from '../sandbox/scratch.ts'
import type { Reason, TraceEvent } from '../verdict.ts'
import type { Started, TryItLesson } from './try-it-lessons.ts'

export interface RunSetting {
  readonly lesson: Lesson
  readonly plan: TryItLesson<never>
  /** The folder with the learner's file. */
  readonly attemptDir: string
  readonly seed: number
  /** Looked at for every datagram, so it may change while the program runs. */
  readonly weather: Weather
  /** Something has happened: a datagram, a callback, output. */
  onChange(): void
}

/** A learner's program that is running, with a bad network before it. */
export interface Run {
  /** What passed, the latest events only. */
  readonly events: readonly TraceEvent[]
  /** What the program handed over, line by line, the latest only. */
  readonly told: readonly string[]
  /** How many lines were told before those. */
  toldBefore(): number
  /** What the program printed. */
  output(): string
  /** Names a datagram in the language of the lesson. */
  describe(bytes: Uint8Array): string
  /** Resolves, in words, when the program is over by itself; never after `stop`. */
  readonly ended: Promise<Words>
  /** @param sender one of the lesson's senders */
  send(sender: string, bytes: Uint8Array): Promise<void>
  /** Ends the program and the network, and resolves when nothing is left of them. */
  stop(): Promise<void>
}

/** What is to be said about a program, one thought a line. */
export type Words = readonly string[]

/** Why a learner's program does not run. */
export class DoesNotRun extends Error {
  override readonly name = 'DoesNotRun'
  readonly words: Words

  constructor(words: Words) {
    super(words.join(' '))
    this.words = words
  }
}

const KEPT_EVENTS = 400
const KEPT_LINES = 100
/** How often it is looked whether the program has printed something. */
const OUTPUT_MS = 200

/**
 * Compiles the learner's file and starts it in a process of its own, with one bad network for each sender before it.
 * @throws DoesNotRun with words for the learner
 */
export async function startRun(setting: RunSetting): Promise<Run> {
  const scratch = await openScratch()
  const releases: Release[] = [() => scratch.remove()]
  const release = async () => {
    for (const each of releases.splice(0).toReversed()) await each()
  }
  try {
    return await start(setting, scratch.dir, releases, release)
  } catch (error) {
    await release()
    throw error
  }
}

async function start(setting: RunSetting, dir: string, releases: Release[], stop: () => Promise<void>): Promise<Run> {
  const { lesson, plan, onChange } = setting
  const attempt = openAttempt(setting.attemptDir, lesson)
  if (attempt === undefined) throw new DoesNotRun([`There is no folder ${setting.attemptDir}.`])
  const { describe, shapes } = await loadChecks(lesson)
  const program = await launch(attempt, lesson, dir)
  releases.push(() => program.stop())

  const events: TraceEvent[] = []
  const trace = openTrace(describe, undefined, (event) => {
    if (events.push(event) > KEPT_EVENTS) events.shift()
    onChange()
  })
  const told: string[] = []
  let toldBefore = 0
  const tell = (line: string) => {
    if (told.push(line) > KEPT_LINES) toldBefore += told.splice(0, 1).length
    trace.mark(YOU, line)
  }
  const explain = async (error: unknown) => inWords(await judge(error, { programs: [program], attempt, about: plan.about }))
  let started: Started
  try {
    const refusal = await loadAttempt(program, attempt, Object.keys(shapes))
    if (refusal !== undefined) throw new DoesNotRun(inWords(refusal))
    started = await plan.start(asLearner(program, shapes) as never, tell)
  } catch (error) {
    throw error instanceof DoesNotRun ? error : new DoesNotRun(await explain(error))
  }
  const wires = await openWires(started, setting, trace, releases)
  let stopped = false
  releases.push(async () => {
    stopped = true
  })
  releases.push(watchOutput(program, onChange))

  return {
    events,
    told,
    toldBefore: () => toldBefore,
    output: program.output,
    describe,
    ended: Promise.race([
      program.ended.then((ending) => explain(new ProgramEnded(ending))),
      overByItself(started, () => stopped).then(() => [`Your ${plan.noun} has ended, as it says itself.`]),
    ]),
    async send(sender, bytes) {
      // Time counts from the first datagram.
      if (events.length === 0) trace.take()
      await wires.get(sender)?.(bytes)
    },
    stop,
  }
}

type Release = () => Promise<unknown>

/** Sends to the program over the bad network, for each sender by a way of its own. */
type Wires = ReadonlyMap<string, (bytes: Uint8Array) => Promise<void>>

async function openWires(started: Started, setting: RunSetting, trace: Trace, releases: Release[]): Promise<Wires> {
  const { plan, seed, weather } = setting
  const wires = new Map<string, (bytes: Uint8Array) => Promise<void>>()
  for (const [index, sender] of plan.senders.entries()) {
    const relay = await openUdpRelay({
      // Only the port is the program's to choose: nothing of this leaves the machine, whatever it claims.
      to: { host: LOOPBACK, port: started.address.port },
      trace,
      chance: seededChance((seed + index) % 2 ** 32),
      weather,
      client: sender,
      server: YOU,
    })
    releases.push(() => relay.close())
    const socket = await bindUdp()
    releases.push(() => closeUdp(socket))
    wires.set(sender, (bytes) => sendDatagram(socket, bytes, relay.address))
  }
  return wires
}

/** A program's output has no events, so it is looked at now and then. @returns ends that */
function watchOutput(program: Program, onChange: () => void): Release {
  let printed = 0
  const watch = setInterval(() => {
    const { length } = program.output()
    if (length !== printed) onChange()
    printed = length
  }, OUTPUT_MS)
  return async () => clearInterval(watch)
}

async function launch(attempt: Attempt, lesson: Lesson, dir: string): Promise<Program> {
  const into = join(dir, 'compiled')
  const compiled = await compile({ file: attempt.file, attemptDir: attempt.dir, lesson: lesson.number, into })
  if ('message' in compiled) throw new DoesNotRun(inWords(couldNotStart(compiled)))
  return startProgram(compiled, join(dir, 'program'))
}

/** An answer of the program is waited for only so long, and a program may run for hours: so it is asked again. */
async function overByItself({ done }: Started, isStopped: () => boolean): Promise<void> {
  while (!isStopped()) {
    try {
      if (done === undefined) break
      return void (await done())
    } catch (error) {
      if (!(error instanceof WaitedInVain)) break
    }
  }
  // When it ends in another way, its process tells.
  return new Promise(() => undefined)
}

function inWords({ actual, why, where, excerpt }: Reason): Words {
  const place = where === undefined ? undefined : `${where.file}:${where.line}`
  return [actual, why, place, excerpt].filter((line) => line !== undefined)
}
