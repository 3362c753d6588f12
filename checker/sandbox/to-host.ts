import { isClock } from '../lab/clock.ts'
import { handedAddress } from '../lab/handed-stream.ts'
import type { Handed } from './portable.ts'

/** A function of the attempt's side, as it arrives here: only on loan until the call is over, unless it is kept. */
type Loan<Args extends unknown[]> = ((...args: Args) => PromiseLike<void>) & { dup(): Loan<Args> }

/**
 * Makes an argument ready to cross. Plain data, bytes, dates and functions cross as they are; what must behave like a
 * local object on the other side, such as a signal or a clock, crosses as a description from which it is made again.
 */
export function toHost(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toHost)
  if (isClock(value)) {
    const watch = (loan: Loan<[unknown]>) => {
      const tell = loan.dup()
      value.onSet(async (time) => tell(time))
      // It may have been set while the call was on its way.
      void tell(value()).then(undefined, () => undefined)
    }
    return { $handed: 'clock', time: value(), watch } satisfies Handed
  }
  if (typeof value === 'function') return (...args: unknown[]) => Reflect.apply(value, undefined, args.map(plain))
  if (typeof value !== 'object' || value === null) return value
  const address = handedAddress(value)
  if (address !== undefined) return { $handed: 'stream', ...address } satisfies Handed
  if (value instanceof AbortSignal) {
    const watch = (loan: Loan<[]>) => {
      const tell = loan.dup()
      const abort = () => void tell().then(undefined, () => undefined)
      // It may have been aborted while the call was on its way.
      if (value.aborted) abort()
      else value.addEventListener('abort', abort, { once: true })
    }
    return { $handed: 'signal', aborted: value.aborted, watch } satisfies Handed
  }
  if (Symbol.asyncIterator in value && !(value instanceof ReadableStream)) return streamOf(value as AsyncIterable<unknown>)
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toHost(field)]))
}

/** `ReadableStream.from` does the same, but what it returns on Node 20 is not recognised by Cap'n Web. */
function streamOf(items: AsyncIterable<unknown>): ReadableStream {
  const iterator = items[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
}

/**
 * Cap'n Web hands bytes over as Buffers; a check compares them with Uint8Arrays, which are not equal to them. A date without
 * a time throws at whoever wants to show it.
 */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value)
  if (value instanceof Date && Number.isNaN(value.getTime())) return String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}
