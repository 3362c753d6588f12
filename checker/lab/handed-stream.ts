import type { Duplex } from 'node:stream'
import type { Address } from '../contracts/endpoint.ts'

const HANDED = Symbol('handed stream')

/** A stream for an argument of type Duplex. The attempt gets a connection of its own to `address`, and what is there answers. */
export type HandedStream = Duplex & { readonly [HANDED]: Address }

export function handStream(address: Address): HandedStream {
  return { [HANDED]: address } as unknown as HandedStream
}

/** Where a handed stream leads; undefined for any other value. */
export function handedAddress(value: unknown): Address | undefined {
  return typeof value === 'object' && value !== null && HANDED in value ? (value[HANDED] as Address) : undefined
}
