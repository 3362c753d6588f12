import { Buffer } from 'node:buffer'
import type { Address } from '../contracts/endpoint.ts'

const IP_HEADER_BYTES = 20
const UDP_HEADER_BYTES = 8
const PROTOCOL_UDP = 17
const TTL = 64

/**
 * Puts an IPv4 and a UDP header before a payload.
 * @param payload what is known of it, from its start
 * @param payloadBytes how long it really was
 * @returns the packet as far as it is known, and its real length
 * @see RFC 791 section 3.1 (IPv4 header), RFC 768 (UDP header), RFC 1071 (checksum)
 */
export function udpPacket(from: Address, to: Address, payload: Uint8Array, payloadBytes: number) {
  const udpBytes = UDP_HEADER_BYTES + payloadBytes
  const ip = Buffer.alloc(IP_HEADER_BYTES)
  ip.writeUInt8(0x45, 0)
  ip.writeUInt16BE(IP_HEADER_BYTES + udpBytes, 2)
  ip.writeUInt8(TTL, 8)
  ip.writeUInt8(PROTOCOL_UDP, 9)
  ip.set(octets(from.host), 12)
  ip.set(octets(to.host), 16)
  ip.writeUInt16BE(checksum(ip), 10)

  const udp = Buffer.alloc(UDP_HEADER_BYTES)
  udp.writeUInt16BE(from.port, 0)
  udp.writeUInt16BE(to.port, 2)
  udp.writeUInt16BE(udpBytes, 4)
  // 0 says "no checksum": there is none to compute over a payload that is known in part only.
  if (payload.length === payloadBytes) {
    const pseudo = Buffer.from([...octets(from.host), ...octets(to.host), 0, PROTOCOL_UDP, udpBytes >> 8, udpBytes & 0xff])
    // A checksum that comes to 0 is sent as 0xffff, since 0 means "none".
    udp.writeUInt16BE(checksum(Buffer.concat([pseudo, udp, payload])) || 0xffff, 6)
  }
  return { packet: Buffer.concat([ip, udp, payload]), originalBytes: IP_HEADER_BYTES + udpBytes }
}

function octets(host: string): number[] {
  return host.split('.').map(Number)
}

/** The one's complement of the one's complement sum of all 16-bit words. @see RFC 1071 */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let index = 0; index < bytes.length; index += 2) sum += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
