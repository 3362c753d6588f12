import { EventEmitter } from 'node:events'
import { realpath } from 'node:fs'
import type { Duplex } from 'node:stream'

/** Exercises what can cross between the checker and an attempt. */
class Counter {
  #count = 0
  readonly label = 'counter'
  get doubled(): number {
    return this.#count * 2
  }
  increase(): number {
    this.#count += 1
    return this.#count
  }
}

export async function instance(): Promise<Counter> {
  return new Counter()
}

export async function later(options: {
  tick(text: string, bytes: Uint8Array): void
}): Promise<{ done: Promise<string>; start(): void }> {
  let finish!: (text: string) => void
  const done = new Promise<string>((resolve) => {
    finish = resolve
  })
  const start = () => {
    setImmediate(() => {
      options.tick('one', Buffer.from([1, 2, 3]))
      options.tick('two', new Uint8Array([4]))
      finish('done')
    })
  }
  return { done, start }
}

export async function read(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

export async function fails(): Promise<never> {
  throw Object.assign(new Error('on purpose'), { code: 'ON_PURPOSE' })
}

export async function crashesSoon(): Promise<void> {
  setImmediate(() => {
    throw Object.assign(new Error('nobody handles this'), { code: 'UNHANDLED' })
  })
}

export async function time(now: () => number): Promise<number> {
  return now()
}

let kept: () => number = () => 0
export async function keepClock(now: () => number): Promise<void> {
  kept = now
}
export async function readClock(): Promise<number> {
  return kept()
}

export function untilAborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted')))
}

/** Says everything back, and returns a thing that cannot cross although the contract says that there is nothing to return. */
export function echo(stream: Duplex): Duplex {
  return stream.pipe(stream)
}

/** The real path of the program's own folder, asked for in the old way. */
export function ownFolder(): Promise<string> {
  return new Promise((resolve, reject) => {
    realpath('.', (error, path) => (error === null ? resolve(path) : reject(error)))
  })
}

export async function environment(): Promise<{ names: string[]; argv: string[]; cwd: string }> {
  return { names: Object.keys(process.env), argv: process.argv, cwd: process.cwd() }
}

/** What an attempt may return and hand over beyond its contract: things that refer to themselves, thenables for promises. */
export async function untidy(options: { tick(...args: unknown[]): void }): Promise<object> {
  const socket = new EventEmitter()
  const cycle: Record<string, unknown> = { socket }
  cycle.self = cycle
  options.tick('text', cycle)
  const done = Promise.resolve('done')
  // oxlint-disable-next-line unicorn/no-thenable
  return Object.assign(socket, { label: 'untidy', cycle, done: { then: done.then.bind(done) } })
}
