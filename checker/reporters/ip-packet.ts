import { Buffer } from 'node:buffer'
import type { Address } from '../contracts/endpoint.ts'

/** A packet as far as it is known, and how long it really was. */
export interface Packet {
  readonly bytes: Uint8Array
  readonly originalBytes: number
}

/** What a packet carries: what is known of it, from its start, and how long it really was. */
export interface Payload {
  readonly bytes: Uint8Array
  readonly sizeBytes: number
}

/** The header of a TCP segment, as far as two ends can differ in it. Numbers count bytes, modulo 2^32. */
export interface TcpHeader {
  readonly sequence: number
  /** The next byte that is expected from the other end; left out before anything was heard of it. */
  readonly acknowledgment?: number
  readonly flags: readonly ('FIN' | 'SYN' | 'RST' | 'PSH')[]
}

const IP_HEADER_BYTES = 20
const UDP_HEADER_BYTES = 8
const TCP_HEADER_BYTES = 20
const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17
const TTL = 64

/** How much one TCP packet can carry, as on a loopback interface: a whole IPv4 packet without its headers. */
export const MAX_TCP_PAYLOAD = 0xffff - IP_HEADER_BYTES - TCP_HEADER_BYTES

/**
 * Puts an IPv4 and a UDP header before a payload.
 * @see RFC 768
 */
export function udpPacket(from: Address, to: Address, payload: Payload): Packet {
  const header = Buffer.alloc(UDP_HEADER_BYTES)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt16BE(UDP_HEADER_BYTES + payload.sizeBytes, 4)
  const sum = transportChecksum(from, to, PROTOCOL_UDP, header, payload)
  // 0 says "no checksum", so one that comes to 0 is sent as 0xffff.
  if (sum !== undefined) header.writeUInt16BE(sum || 0xffff, 6)
  return ipPacket(from, to, PROTOCOL_UDP, header, payload)
}

/**
 * Puts an IPv4 and a TCP header before a payload of at most MAX_TCP_PAYLOAD bytes.
 * @see RFC 9293 section 3.1
 */
export function tcpPacket(from: Address, to: Address, { sequence, acknowledgment, flags }: TcpHeader, payload: Payload): Packet {
  const options = flags.includes('SYN') ? SYN_OPTIONS : []
  const header = Buffer.concat([Buffer.alloc(TCP_HEADER_BYTES), Buffer.from(options)])
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt32BE(sequence, 4)
  header.writeUInt32BE(acknowledgment ?? 0, 8)
  header.writeUInt8((header.length / 4) << 4, 12)
  const bits = flags.map((flag) => FLAG_BITS[flag]).reduce((all, bit) => all | bit, acknowledgment === undefined ? 0 : ACK_BIT)
  header.writeUInt8(bits, 13)
  header.writeUInt16BE(0xffff, 14)
  header.writeUInt16BE(transportChecksum(from, to, PROTOCOL_TCP, header, payload) ?? 0, 16)
  return ipPacket(from, to, PROTOCOL_TCP, header, payload)
}

const FLAG_BITS = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08 }
const ACK_BIT = 0x10

/**
 * Maximum segment size, and a window scale of 2^14: nobody saw how much room the receivers had, and so it has to be more
 * than any stream fills. @see RFC 9293 section 3.2, RFC 7323 section 2.2
 */
const SYN_OPTIONS = [2, 4, MAX_TCP_PAYLOAD >> 8, MAX_TCP_PAYLOAD & 0xff, 3, 3, 14, 1]

/** @see RFC 791 section 3.1 */
function ipPacket(from: Address, to: Address, protocol: number, header: Buffer, payload: Payload): Packet {
  const originalBytes = IP_HEADER_BYTES + header.length + payload.sizeBytes
  const ip = Buffer.alloc(IP_HEADER_BYTES)
  ip.writeUInt8(0x45, 0)
  ip.writeUInt16BE(originalBytes, 2)
  ip.writeUInt8(TTL, 8)
  ip.writeUInt8(protocol, 9)
  ip.set(octets(from.host), 12)
  ip.set(octets(to.host), 16)
  ip.writeUInt16BE(checksum(ip), 10)
  return { bytes: Buffer.concat([ip, header, payload.bytes]), originalBytes }
}

function octets(host: string): number[] {
  return host.split('.').map(Number)
}

/** @returns nothing over a payload that is known in part only */
function transportChecksum(from: Address, to: Address, protocol: number, header: Buffer, payload: Payload): number | undefined {
  if (payload.bytes.length < payload.sizeBytes) return undefined
  const length = header.length + payload.sizeBytes
  const pseudo = Buffer.from([...octets(from.host), ...octets(to.host), 0, protocol, length >> 8, length & 0xff])
  return checksum(Buffer.concat([pseudo, header, payload.bytes]))
}

/** The one's complement of the one's complement sum of all 16-bit words. @see RFC 1071 */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let index = 0; index < bytes.length; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
