import { Buffer } from 'node:buffer'
import type { Address } from '../contracts/endpoint.ts'
import type { TraceEvent } from '../verdict.ts'
import { MAX_TCP_PAYLOAD, type Packet, type Payload, tcpPacket, type TcpHeader } from './ip-packet.ts'

type Segment = Extract<TraceEvent, { kind: 'segment' }>
type ConnectionEvent = Extract<TraceEvent, { kind: 'connection' }>

export interface TcpConversation {
  /** The packets of a handshake the first time, and none after that. */
  open(): Packet[]
  /** As many packets as it takes; the last one pushes. */
  data(from: Party, segment: Pick<Segment, 'hex' | 'sizeBytes'>): Packet[]
  close(from: Party, how: Exclude<ConnectionEvent['event'], 'open'>): Packet[]
}

export type Party = 'client' | 'server'

/**
 * Tells what happened on one connection as the packets that may have carried it. The lab sees bytes and no packets, so
 * handshake, sequence numbers and acknowledgments are made up as two well-behaved ends would choose them. A packet that
 * only acknowledges follows a FIN; elsewhere the next packet of the same end does that as well.
 */
export function tcpConversation(client: Address, server: Address): TcpConversation {
  const addresses = { client, server }
  const nextByte = { client: 0, server: 0 }
  let opened = false

  function send(from: Party, flags: TcpHeader['flags'], payload: Payload = EMPTY): Packet {
    const to = from === 'client' ? 'server' : 'client'
    const acknowledgment = opened ? { acknowledgment: nextByte[to] } : {}
    const packet = tcpPacket(addresses[from], addresses[to], { sequence: nextByte[from], flags, ...acknowledgment }, payload)
    // SYN and FIN are counted like a byte.
    const counted = payload.sizeBytes + (flags.includes('SYN') || flags.includes('FIN') ? 1 : 0)
    nextByte[from] = (nextByte[from] + counted) % 2 ** 32
    opened = true
    return packet
  }

  return {
    open: () => (opened ? [] : [send('client', ['SYN']), send('server', ['SYN']), send('client', [])]),
    data: (from, segment) => {
      const payloads = split(segment)
      return payloads.map((payload, index) => send(from, index === payloads.length - 1 ? ['PSH'] : [], payload))
    },
    close: (from, how) =>
      how === 'reset' ? [send(from, ['RST'])] : [send(from, ['FIN']), send(from === 'client' ? 'server' : 'client', [])],
  }
}

const EMPTY: Payload = { bytes: Buffer.alloc(0), sizeBytes: 0 }

/** The parts of a segment that a packet has room for; of the last ones perhaps nothing is known but their length. */
function split({ hex, sizeBytes }: Pick<Segment, 'hex' | 'sizeBytes'>): Payload[] {
  const known = Buffer.from(hex, 'hex')
  const packets = Math.ceil(sizeBytes / MAX_TCP_PAYLOAD)
  return Array.from({ length: packets }, (_, index) => {
    const start = index * MAX_TCP_PAYLOAD
    const length = Math.min(MAX_TCP_PAYLOAD, sizeBytes - start)
    return { bytes: known.subarray(start, start + length), sizeBytes: length }
  })
}
