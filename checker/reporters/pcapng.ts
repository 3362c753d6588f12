import { Buffer } from 'node:buffer'
import type { Address } from '../contracts/endpoint.ts'
import type { TraceEvent } from '../verdict.ts'
import { type Packet, udpPacket } from './ip-packet.ts'
import { decryptionSecrets, enhancedPacket, interfaceDescription, sectionHeader } from './pcapng-blocks.ts'
import { tcpConversation, type TcpConversation } from './tcp-conversation.ts'

/**
 * Writes a trace as a capture file that Wireshark opens, and decrypts where the trace knows the secrets. No capture rights
 * are needed, because the packets are made from what the lab saw: IPv4, UDP and TCP headers are synthetic, payloads and
 * times are real.
 */
export function pcapng(events: readonly TraceEvent[], first: string): Uint8Array {
  const passed = events.filter((event) => event.kind !== 'mark' && event.kind !== 'secret')
  const parties = [...new Set([first, ...passed.flatMap(({ from, to }) => [from, to])])]
  const names = parties.map((party, index) => `${host(index)} is ${party}`).join(', ')
  const secrets = events.flatMap((event) => (event.kind === 'secret' ? [event.line] : []))
  const tellStreams = streamTeller(parties)
  return Buffer.concat([
    sectionHeader(`A trace of the socket workbook: ${names}`),
    interfaceDescription('before the network', 'what was lost on the way'),
    interfaceDescription('after the network', 'what arrived'),
    ...(secrets.length === 0 ? [] : [decryptionSecrets(secrets)]),
    ...passed.flatMap((event) => (event.kind === 'datagram' ? [datagramBlock(event, parties)] : tellStreams(event))),
  ])
}

type Datagram = Extract<TraceEvent, { kind: 'datagram' }>
type StreamEvent = Extract<TraceEvent, { kind: 'segment' | 'connection' }>

const BEFORE_NETWORK = 0
const AFTER_NETWORK = 1
/** The port from which the first party sends datagrams; the others follow. */
const FIRST_UDP_PORT = 5000
/** The port of every TCP server. Wireshark knows no protocol by it, and so recognises TLS where it is spoken and only there. */
const SERVER_PORT = 4433
/** What the number of a connection is added to for the port of its client. */
const CLIENT_PORTS = 50_000

function host(index: number): string {
  return `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`
}

function datagramBlock(event: Datagram, parties: readonly string[]): Buffer {
  const end = (party: string) => ({ host: host(parties.indexOf(party)), port: FIRST_UDP_PORT + parties.indexOf(party) })
  const payload = { bytes: Buffer.from(event.hex, 'hex'), sizeBytes: event.sizeBytes }
  const packet = udpPacket(end(event.from), end(event.to), payload)
  return enhancedPacket(event.fate === 'lost' ? BEFORE_NETWORK : AFTER_NETWORK, event.at, packet, remark(event.label, event.note))
}

/** Tells the events of all connections, one after another, as blocks of packets. */
function streamTeller(parties: readonly string[]): (event: StreamEvent) => Buffer[] {
  const conversations = new Map<number, { readonly client: string; readonly tell: TcpConversation }>()
  const end = (party: string, port: number): Address => ({ host: host(parties.indexOf(party)), port })

  /** Whoever is seen first on a connection opened it. */
  function conversationOf({ connection, from, to }: StreamEvent) {
    const known = conversations.get(connection)
    if (known !== undefined) return known
    const tell = tcpConversation(end(from, CLIENT_PORTS + connection), end(to, SERVER_PORT))
    const conversation = { client: from, tell }
    conversations.set(connection, conversation)
    return conversation
  }

  return (event) => {
    const { client, tell } = conversationOf(event)
    const from = event.from === client ? 'client' : 'server'
    const blocks = (packets: readonly Packet[], comment: string, commented = 0) =>
      packets.map((packet, index) => enhancedPacket(AFTER_NETWORK, event.at, packet, index === commented ? comment : ''))

    const handshake = blocks(tell.open(), `${client} connects`)
    if (event.kind === 'connection') {
      return event.event === 'open' ? handshake : [...handshake, ...blocks(tell.close(from, event.event), remark(event.note))]
    }
    const packets = tell.data(from, event)
    // A label says what is complete, so it stands with the last byte.
    return [...handshake, ...blocks(packets, remark(event.label, event.note), packets.length - 1)]
  }
}

function remark(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(': ')
}
