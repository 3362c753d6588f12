import { connect } from 'node:net'

/**
 * How values cross between the checker and an attempt. Cap'n Web carries plain data, bytes, dates, functions and
 * streams; this file turns everything else a program may hand out into these, and says what it cannot.
 */

/** What a call of the attempt came to. Rejections are data here, so that they cannot be mistaken for a broken channel. */
export type Outcome = { readonly value: unknown } | { readonly threw: Thrown }

/** An error, or whatever else was thrown, as plain text. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/** How deep and how wide a value may be. */
const MAX_DEPTH = 12
const MAX_ENTRIES = 10_000
const MAX_TEXT = 4000

/** Describes whatever was thrown, even when looking at it throws. */
export function thrown(error: unknown): Thrown {
  const read = (name: string): string | undefined => {
    try {
      const value: unknown = (error as Record<string, unknown>)[name]
      return typeof value === 'string' ? value.slice(0, MAX_TEXT) : undefined
    } catch {
      return undefined
    }
  }
  if (!(error instanceof Error)) {
    return { name: 'not an Error', message: typeof error === 'string' ? error.slice(0, MAX_TEXT) : typeof error }
  }
  const code = read('code')
  const stack = read('stack')
  return {
    name: read('name') ?? 'Error',
    message: read('message') ?? '(its message cannot be read)',
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
  }
}

/** Takes a description that comes from the attempt's process, where it may have been forged, down to plain text. */
export function readThrown(description: unknown): Thrown {
  const fields = (typeof description === 'object' && description !== null ? description : {}) as Record<string, unknown>
  const text = (name: keyof Thrown) => (typeof fields[name] === 'string' ? fields[name].slice(0, MAX_TEXT) : undefined)
  const code = text('code')
  const stack = text('stack')
  return {
    name: text('name') ?? 'Error',
    message: text('message') ?? '',
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
  }
}

/**
 * Runs `work` and tells what it came to; never rejects.
 * @param fields the fields of the result that the contract names; others stay here, whatever they are
 */
export async function outcome(work: () => unknown, fields?: readonly string[]): Promise<Outcome> {
  try {
    const value = await work()
    return { value: portable(fields === undefined ? value : pick(value, fields)) }
  } catch (error) {
    return { threw: thrown(error) }
  }
}

/**
 * Lays a value out so that it can cross: an instance becomes its fields and bound methods, a promise becomes a function
 * that returns it, bytes become a plain Uint8Array.
 * @throws TypeError when the value is cyclic, too deep or too large
 */
export function portable(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new TypeError('the value is nested too deeply, or refers to itself')
  if (typeof value === 'function') {
    return (...args: unknown[]) => {
      const kept = args.map(keep)
      return outcome(() => Reflect.apply(value, undefined, kept))
    }
  }
  if (typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (isThenable(value)) return () => outcome(() => value)
  if (ArrayBuffer.isView(value)) {
    return Uint8Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  if (value instanceof Date || value instanceof ReadableStream) return value
  if (value instanceof Error) return { ...thrown(value) }
  if (value instanceof Map || value instanceof Set) return portable([...value], depth)
  if (Array.isArray(value)) {
    if (value.length > MAX_ENTRIES) throw new TypeError(`a list of ${value.length} entries is too long`)
    return value.map((entry) => portable(entry, depth + 1))
  }
  return Object.fromEntries(entriesOf(value).map(([name, entry]) => [name, portableField(value, entry, depth + 1)]))
}

/** An object with some fields of another, its methods bound; anything but an object as it is. */
function pick(value: unknown, fields: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const present = fields.filter((name) => name in value)
  return Object.fromEntries(
    present.map((name) => {
      const field = (value as Record<string, unknown>)[name]
      return [name, typeof field === 'function' ? field.bind(value) : field]
    }),
  )
}

function portableField(owner: object, field: unknown, depth: number): unknown {
  return typeof field === 'function' ? portable(field.bind(owner), depth) : portable(field, depth)
}

/** Own and inherited fields, up to but not including those every object has. */
function entriesOf(value: object): [string, unknown][] {
  const names = new Set<string>()
  for (let level: object | null = value; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (name !== 'constructor' && !name.startsWith('_')) names.add(name)
    }
    if (names.size > MAX_ENTRIES) throw new TypeError(`an object of ${names.size} fields is too large`)
  }
  return [...names].map((name) => [name, (value as Record<string, unknown>)[name]])
}

/** A function of the checker's, as it arrives here. Arguments are disposed of after the call unless they are kept. */
type Stub = ((...args: unknown[]) => PromiseLike<unknown>) & { dup(): Stub }

/** How an object crosses that must answer at once on the attempt's side, and so is made again there. */
export type Handed =
  | { readonly $handed: 'clock'; readonly time: unknown; watch(tell: never): void }
  | { readonly $handed: 'signal'; readonly aborted: boolean; watch(tell: never): void }
  | { readonly $handed: 'stream'; readonly host: string; readonly port: number }

/** Makes an argument the attempt's own: callbacks outlive the call, streams become async iterables. */
export function keep(value: unknown): unknown {
  if (typeof value === 'function') return callback((value as Stub).dup())
  if (value instanceof ReadableStream) return iterate(value)
  if (Array.isArray(value)) return value.map(keep)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  if ('$handed' in value) return HANDED[(value as Handed).$handed](value as never)
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, keep(field)]))
}

const HANDED = {
  clock,
  signal,
  stream: ({ host, port }: Extract<Handed, { $handed: 'stream' }>) => connect({ host, port, allowHalfOpen: true }),
}

type HandedTo<Kind> = Extract<Handed, { $handed: Kind }> & { watch(tell: (news?: unknown) => void): void }

function clock(handed: HandedTo<'clock'>): () => unknown {
  let { time } = handed
  handed.watch((news) => {
    time = news
  })
  return () => time
}

function signal(handed: HandedTo<'signal'>): AbortSignal {
  if (handed.aborted) return AbortSignal.abort()
  const controller = new AbortController()
  handed.watch(() => controller.abort())
  return controller.signal
}

function callback(stub: Stub): (...args: unknown[]) => void {
  return (...args) => {
    // The checker's callbacks do not fail; when the channel does, there is nobody left to tell.
    stub(...args.map(portableOrNothing)).then(undefined, () => undefined)
  }
}

/** What an attempt hands to a callback beyond its contract may be anything, and must not end its program. */
function portableOrNothing(value: unknown): unknown {
  try {
    return portable(value)
  } catch {
    return undefined
  }
}

function isThenable(value: object): boolean {
  return 'then' in value && typeof value.then === 'function'
}

async function* iterate(stream: ReadableStream): AsyncGenerator {
  yield* stream
}
