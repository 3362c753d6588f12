import { Buffer } from 'node:buffer'
import type { TraceEvent } from '../verdict.ts'
import { udpPacket } from './ip-packet.ts'

/**
 * Writes a trace as a capture file that Wireshark opens. No capture rights are needed, because the packets are made from
 * what the lab saw: IPv4 and UDP headers are synthetic, payloads and times are real.
 * @see draft-ietf-opsawg-pcapng: section header, interface description and enhanced packet blocks
 */
export function pcapng(events: readonly TraceEvent[], first: string): Uint8Array {
  const datagrams = events.filter((event) => event.kind === 'datagram')
  const parties = [...new Set([first, ...datagrams.flatMap(({ from, to }) => [from, to])])]
  const names = parties.map((party, index) => `${host(index)} is ${party}`).join(', ')
  return Buffer.concat([
    sectionHeader(`A trace of the socket workbook: ${names}`),
    interfaceDescription('before the network', 'what was lost on the way'),
    interfaceDescription('after the network', 'what arrived'),
    ...datagrams.map((event) => packetBlock(event, parties)),
  ])
}

type Datagram = Extract<TraceEvent, { kind: 'datagram' }>

/** Block and option codes of the format. */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const OPTION_END = 0
const OPTION_COMMENT = 1
const OPTION_NAME = 2
const OPTION_DESCRIPTION = 3

/** The packet begins with its IP header. @see LINKTYPE_RAW in the list of link-layer header types */
const LINKTYPE_RAW = 101
const BEFORE_NETWORK = 0
const AFTER_NETWORK = 1
/** The port of the first party; the others follow. */
const FIRST_PORT = 5000

function host(index: number): string {
  return `10.0.0.${index + 1}`
}

function sectionHeader(comment: string): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
  body.writeUInt16LE(1, 4)
  // The length of the section is not given: readers go on to the end of the file.
  body.writeBigInt64LE(-1n, 8)
  return block(SECTION_HEADER, Buffer.concat([body, options([OPTION_COMMENT, comment])]))
}

function interfaceDescription(name: string, description: string): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(LINKTYPE_RAW, 0)
  return block(INTERFACE_DESCRIPTION, Buffer.concat([body, options([OPTION_NAME, name], [OPTION_DESCRIPTION, description])]))
}

function packetBlock(event: Datagram, parties: readonly string[]): Buffer {
  const end = (party: string) => ({ host: host(parties.indexOf(party)), port: FIRST_PORT + parties.indexOf(party) })
  const { packet, originalBytes } = udpPacket(end(event.from), end(event.to), Buffer.from(event.hex, 'hex'), event.sizeBytes)
  const microseconds = BigInt(Math.round(event.at * 1000))
  const head = Buffer.alloc(20)
  head.writeUInt32LE(event.fate === 'lost' ? BEFORE_NETWORK : AFTER_NETWORK, 0)
  head.writeUInt32LE(Number(microseconds >> 32n), 4)
  head.writeUInt32LE(Number(microseconds & 0xffffffffn), 8)
  head.writeUInt32LE(packet.length, 12)
  head.writeUInt32LE(originalBytes, 16)
  const comment = event.note === undefined ? event.label : `${event.label}: ${event.note}`
  return block(ENHANCED_PACKET, Buffer.concat([head, padded(packet), options([OPTION_COMMENT, comment])]))
}

/** A block: type, length, body, length again. */
function block(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  const tail = Buffer.alloc(4)
  const length = head.length + body.length + tail.length
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(length, 4)
  tail.writeUInt32LE(length, 0)
  return Buffer.concat([head, body, tail])
}

function options(...pairs: readonly [code: number, text: string][]): Buffer {
  const written = pairs.map(([code, text]) => {
    const value = Buffer.from(text)
    const head = Buffer.alloc(4)
    head.writeUInt16LE(code, 0)
    head.writeUInt16LE(value.length, 2)
    return Buffer.concat([head, padded(value)])
  })
  return Buffer.concat([...written, Buffer.alloc(4, OPTION_END)])
}

/** Filled up with zeros to a multiple of four bytes. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
