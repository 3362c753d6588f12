import type { Address } from '../contracts/endpoint.ts'
import type { ExportShapes, Shape } from '../contracts/shape.ts'
import { within } from '../lab/within.ts'
import { type Misfit, misfit } from './misfit.ts'
import { type Outcome, readThrown, type Thrown } from './portable.ts'
import type { Ending, Program } from './program.ts'
import { plain, toHost } from './to-host.ts'

/** How an attempt's functions look from a check: all asynchronous, promises in results turned into functions. */
export type Remote<T> = T extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<RemoteResult<Awaited<Result>>>
  : T extends Promise<infer Result>
    ? () => Promise<RemoteResult<Result>>
    : T

type RemoteResult<T> = T extends readonly unknown[] | Uint8Array | string | number | boolean | null | undefined | void
  ? T
  : { [Name in keyof T]: Remote<T[Name]> }

/** The attempt under test, called as if it were here. */
export type Learner<Contract> = { readonly [Name in keyof Contract]: Remote<Contract[Name]> } & {
  /** Calls one export several times in the same turn of the attempt's event loop. */
  together<Name extends keyof Contract & string>(
    name: Name,
    argLists: readonly ArgsOf<Contract[Name]>[],
  ): Promise<Awaited<ReturnType<Extract<Remote<Contract[Name]>, (...args: never[]) => unknown>>>[]>
  /** The same attempt with another limit for each call, also of what it returns; where an answer is meant to take long. */
  allowing(limitMs: number): Learner<Contract>
  /** Resolves when the attempt's event loop has gone round, and with it every callback made before. */
  settle(): Promise<void>
  /**
   * Calls one export. Resolves to whether it settled sooner than `ms` after the call, by the timers of the attempt's own process:
   * a busy machine delays both alike.
   */
  settlesWithin<Name extends keyof Contract & string>(ms: number, name: Name, args: ArgsOf<Contract[Name]>): Promise<boolean>
  /** Has the attempt's process live in another time zone from now on. @param timeZone an IANA name */
  moveTo(timeZone: string): Promise<void>
  /** How much memory the attempt's process occupies, in MiB. */
  memoryMib(): Promise<number>
  /** How many UDP sockets keep the attempt's process from ending. */
  udpSockets(): Promise<number>
  /** Whether TLS with Node's own defaults, in the attempt's process, talks to a server that nobody vouches for. */
  acceptsStrangers(server: Address): Promise<boolean>
}

type ArgsOf<T> = T extends (...args: infer Args) => unknown ? Args : never

/** A call of the attempt that rejected or threw. `code` is the learner's error's code, as a check may look at it. */
export class CallRejected extends Error {
  override readonly name = 'CallRejected'
  readonly call: string
  readonly thrown: Thrown
  readonly code: string | undefined

  constructor(call: string, thrown: Thrown) {
    super(`${call} rejected: ${thrown.message}`)
    this.call = call
    this.thrown = thrown
    this.code = thrown.code
  }
}

/** A call that resolved to something that is not what the contract says. */
export class WrongShape extends Error {
  override readonly name = 'WrongShape'
  readonly call: string
  readonly expected: string
  readonly actual: string

  constructor(call: string, { expected, actual }: Misfit) {
    super(`${call}: expected ${expected}, got ${actual}`)
    this.call = call
    this.expected = expected
    this.actual = actual
  }
}

/** The attempt's process is gone in the middle of a check. */
export class ProgramEnded extends Error {
  override readonly name = 'ProgramEnded'
  readonly ending: Ending

  constructor(ending: Ending) {
    super('The program ended')
    this.ending = ending
  }
}

/** How long the attempt may take to answer a call by default, in milliseconds of an idle machine. */
const ANSWER_MS = 2000

/**
 * Wraps a loaded program so that a check can call its exports.
 * Each call rejects with CallRejected, WrongShape, ProgramEnded or WaitedInVain.
 * @param limitMs how long a call may take
 */
export function asLearner<Contract>(
  program: Program,
  shapes: ExportShapes<Contract>,
  limitMs: number = ANSWER_MS,
): Learner<Contract> {
  const awaited = <T>(call: string, answer: PromiseLike<T>) => answerOf(program, call, answer, limitMs)
  const remotes = Object.entries<Shape>(shapes).map(([name, shape]): [string, unknown] => {
    const call = async (...args: unknown[]) => {
      const answer = program.host.call(name, args.map(toHost), fieldsOf(shape)) as unknown as PromiseLike<unknown>
      return resolved(program, `${name}()`, await awaited(`${name}()`, answer), shape, limitMs)
    }
    return [name, call]
  })
  return {
    ...Object.fromEntries(remotes),
    async together(name: keyof Contract & string, argLists: readonly unknown[][]) {
      const lists = argLists.map((args) => args.map(toHost))
      const answers = program.host.callTogether(name, lists, fieldsOf(shapes[name])) as unknown as PromiseLike<unknown>
      const outcomes = await awaited(`${name}()`, answers)
      if (!Array.isArray(outcomes)) throw forged()
      return outcomes.map((outcome) => resolved(program, `${name}()`, outcome, shapes[name], limitMs))
    },
    allowing: (ms: number) => asLearner(program, shapes, ms),
    settlesWithin: (ms: number, name: string, args: readonly unknown[]) =>
      awaited(`${name}()`, program.host.settlesWithin(ms, name, args.map(toHost)) as unknown as PromiseLike<boolean>),
    moveTo: (timeZone: string) => awaited('the time zone', program.host.moveTo(timeZone) as unknown as PromiseLike<void>),
    memoryMib: () => program.memoryMib(),
    udpSockets: () => awaited('the number of sockets', program.host.udpSockets() as unknown as PromiseLike<number>),
    acceptsStrangers: (server: Address) =>
      awaited('the TLS handshake', program.host.acceptsStrangers(server) as unknown as PromiseLike<boolean>),
    settle: () => awaited('the event loop', program.host.settle() as unknown as PromiseLike<void>),
  } as unknown as Learner<Contract>
}

/** What of a result the host should send. Of a result that the contract does not know, nothing: it may be anything. */
function fieldsOf(shape: Shape): string[] | undefined {
  if (shape === 'nothing') return []
  return typeof shape === 'object' && 'fields' in shape ? Object.keys(shape.fields) : undefined
}

/** Waits for an answer that comes over the channel. */
async function answerOf<T>(program: Program, call: string, answer: PromiseLike<T>, limitMs: number): Promise<T> {
  const died = program.ended.then((ending) => Promise.reject(new ProgramEnded(ending)))
  // When the channel breaks, why the program ended says more than that the channel broke.
  const answered = Promise.resolve(answer).catch(() => died)
  return within(
    limitMs,
    call.endsWith('()') ? `${call} to resolve or reject` : `${call} to resolve`,
    Promise.race([answered, died]),
  )
}

function resolved(program: Program, call: string, answer: unknown, shape: Shape, limitMs: number): unknown {
  const outcome = readOutcome(answer)
  if ('threw' in outcome) throw new CallRejected(call, outcome.threw)
  const wrong = misfit(outcome.value, shape)
  if (wrong !== undefined) throw new WrongShape(call, wrong)
  return fromHost(program, call, outcome.value, shape, limitMs)
}

/**
 * Takes an answer of the host apart. The attempt shares the host's process and may have forged it.
 * @throws ProgramEnded with a protocol violation when it is not an outcome
 */
export function readOutcome(answer: unknown): Outcome {
  if (typeof answer === 'object' && answer !== null) {
    if ('value' in answer) return { value: answer.value }
    if ('threw' in answer) return { threw: readThrown(answer.threw) }
  }
  throw forged()
}

function forged(): ProgramEnded {
  return new ProgramEnded({ kind: 'protocol-violation', detail: 'an answer that is not an answer' })
}

/** Makes the functions in a result callable like the exports themselves. */
function fromHost(program: Program, call: string, value: unknown, shape: Shape, limitMs: number): unknown {
  if (typeof value === 'function') {
    return async (...args: unknown[]) => {
      const answer = (value as (...args: unknown[]) => PromiseLike<unknown>)(...args.map(toHost))
      return resolved(program, call, await answerOf(program, call, answer, limitMs), 'anything', limitMs)
    }
  }
  if (Array.isArray(value)) return value.map((entry) => fromHost(program, call, entry, 'anything', limitMs))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return plain(value)
  const shapeOf = (name: string) =>
    typeof shape === 'object' && 'fields' in shape ? (shape.fields[name] ?? 'anything') : 'anything'
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const label = shapeOf(name) === 'promise' ? name : `${name}()`
      return [name, fromHost(program, label, field, shapeOf(name), limitMs)]
    }),
  )
}
