const no = (): never => {
  throw new Error('no')
}
const good = { address: { host: '127.0.0.1', port: 9 }, done: Promise.resolve(), close: async () => undefined }

function cycle(): object {
  const round: Record<string, unknown> = { ...good }
  round.address = round
  return round
}

function deep(): unknown {
  let value: unknown = 1
  for (let depth = 0; depth < 100_000; depth += 1) value = [value]
  return value
}

/** Looks like a promise and never settles. */
// oxlint-disable-next-line unicorn/no-thenable
const neverThen = { then: () => undefined }

/** What a call resolves to, by number. */
export const things: readonly (() => unknown)[] = [
  () => null,
  () => 10n,
  () => Symbol('x'),
  () => cycle(),
  () => deep(),
  () => 'x'.repeat(100_000_000),
  () => Buffer.alloc(100_000_000),
  () => Array.from({ length: 1_000_000 }, () => 1),
  () => neverThen,
  () => ({ ...good, address: { host: 10n, port: 9n } }),
  () => ({ ...good, address: { host: { toString: no, valueOf: no, toJSON: no }, port: { [Symbol.toPrimitive]: no } } }),
  () => ({ ...good, address: { host: 'x'.repeat(1_000_000), port: Number.NaN } }),
  () => ({ ...good, address: Object.assign(() => undefined, { host: '127.0.0.1', port: 9 }) }),
  () => ({ ...good, address: deep() }),
  () => ({ ...good, address: new Map([['host', new Set([10n])]]) }),
  () => ({ ...good, done: { toJSON: no }, close: 10n }),
  () => ({ ...good, done: Promise.reject(new Error('no')).catch(no), close: no }),
  () => Object.defineProperty({ ...good }, 'address', { get: no }),
  () => new Proxy(good, { get: no, has: no, ownKeys: no, getPrototypeOf: no }),
  () => new Proxy(good, { getPrototypeOf: () => Array.prototype, get: () => new Proxy(() => undefined, { get: no }) }),
  () => Object.assign(Object.create(null) as object, { ...good, address: new Date(Number.NaN) }),
  () => ({ ...good, address: new Error('no', { cause: cycle() }) }),
  () => ({ ...good, address: new ReadableStream() }),
]

/** The port says which. */
export async function startReceiver({ port = 0 }: { port?: number }): Promise<unknown> {
  return things[port]?.()
}
export const sendText = startReceiver
export const sendLines = startReceiver
