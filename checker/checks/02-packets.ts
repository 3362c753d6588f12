import type { AckPacket, DataPacket, Packet } from '../contracts/02-retransmit-ack.ts'
import type { Matcher } from '../lab/faults.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { describeText } from '../lab/trace.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'

/** `DATA s=1a2b seq=0 "hi"`: of the session the last four digits, so that it fits into a ladder. */
export function describe(bytes: Uint8Array): string {
  const packet = reference.decodePacket(bytes)
  return packet === undefined ? describeText(bytes) : name(packet)
}

export function name(packet: Packet): string {
  const session = packet.session.toString(16).padStart(4, '0').slice(-4)
  return `${packet.type} s=${session} seq=${packet.seq}${packet.type === 'DATA' ? ` ${show(packet.text)}` : ''}`
}

/** The names without repetition, in the order of the alphabet: how often and in which order ACKs come is the server's affair. */
export function named(some: readonly Packet[]): string[] {
  return [...new Set(some.map(name))].toSorted()
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** A packet byte by byte, apart from the reference, so that a slip there would show. */
export function laidOut(type: number, session: number, seq: number, text = ''): Uint8Array {
  const number = (value: number) =>
    [value / 2 ** 24, value / 2 ** 16, value / 2 ** 8, value].map((part) => Math.floor(part) % 256)
  return Uint8Array.from([type, ...number(session), ...number(seq), ...Buffer.from(text)])
}

/** Datagrams that are not packets, by what is wrong with them. */
export function rubbish(lab: Lab, check: string): Record<string, Uint8Array> {
  const session = lab.chance.integer(1, 2 ** 32 - 1, check, 'rubbish')
  const word = lab.chance.word(check, 'rubbish')
  return {
    'an empty datagram': new Uint8Array(),
    '1 byte': Uint8Array.of(1),
    '8 bytes': laidOut(1, session, 0).subarray(0, 8),
    'type 0': laidOut(0, session, 0, word),
    'type 9': laidOut(9, session, 0, word),
    'type 9 without a text': laidOut(9, session, 0),
    'type 129': laidOut(129, session, 0, word),
  }
}

/** The first message of a session that no attempt can know. */
export function draw(lab: Lab, purpose: string): DataPacket {
  return {
    type: 'DATA',
    session: lab.chance.integer(2 ** 31, 2 ** 32 - 1, purpose, 'session'),
    seq: 0,
    text: lab.chance.word(purpose),
  }
}

export function follow(packet: DataPacket, text: string): DataPacket {
  return { ...packet, seq: packet.seq + 1, text }
}

/** Numbers that differ from this one in one of their 32 bits each: whoever looks at a part of them takes some for the same. */
export function nearlyAlike(number: number, bits = Array.from({ length: 32 }, (_none, bit) => bit)): number[] {
  return bits.map((bit) => (number ^ (1 << bit)) >>> 0)
}

export function ackOf({ session, seq }: DataPacket): AckPacket {
  return { type: 'ACK', session, seq }
}

/** What of a returned packet is the contract's; an attempt may return whatever it likes. */
export function fields(read: unknown): unknown {
  if (typeof read !== 'object' || read === null) return read
  const { type, session, seq, text } = read as Record<string, unknown>
  return type === 'ACK' ? { type, session, seq } : { type, session, seq, text }
}

// Matchers for the relay.

export function isData(seq: number): Matcher {
  return ({ bytes }) => is(reference.decodePacket(bytes), 'DATA', seq)
}

export function isAck(seq: number): Matcher {
  return ({ bytes }) => is(reference.decodePacket(bytes), 'ACK', seq)
}

export const isAnyData: Matcher = ({ bytes }) => reference.decodePacket(bytes)?.type === 'DATA'

function is(packet: Packet | undefined, type: Packet['type'], seq: number): boolean {
  return packet?.type === type && packet.seq === seq
}

/** The first ACK `seq`, and all others that come before a copy of the packet was sent. */
export function ackBeforeCopy(seq: number): Matcher {
  let sent = 0
  let acked = 0
  return (datagram) => {
    if (isData(seq)(datagram)) sent += 1
    if (!isAck(seq)(datagram)) return false
    acked += 1
    return acked === 1 || sent === 1
  }
}
