import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable }

/** A message, or a copy of it: it carries text. */
export interface DataPacket {
  type: 'DATA'
  /** Which conversation it belongs to: 0 to 2^32 - 1. */
  session: number
  /** Its place in the session, counted from 0: 0 to 2^32 - 1. */
  seq: number
  /** At most 1,200 bytes of UTF-8; may be empty. Arrives as it was sent, character by character. */
  text: string
}

/** Says that the DATA packet with this session and this number has arrived. */
export interface AckPacket {
  type: 'ACK'
  session: number
  seq: number
}

export type Packet = DataPacket | AckPacket

export interface ServerOptions {
  /** Port to listen on, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /**
   * Called exactly once for every message, in the order of its session.
   * @param from where the packet that brought it came from
   */
  onMessage(text: string, from: Address): void
}

export interface Server extends Closable {
  /** Where the server really listens: the host is 127.0.0.1, the port is never 0. */
  address: Address
}

export interface ClientOptions {
  /** Where the server listens. It need not be there yet. */
  to: Address
  /** How long to wait for an ACK before a packet is sent again, in milliseconds; 200 by default. Later waits may be longer, never shorter. */
  timeoutMs?: number
  /** How often a packet is sent *again* at most; 5 by default, so that it is sent 6 times in all. */
  maxRetries?: number
}

export interface SendOptions {
  /** Gives the message up when it aborts, or when it has aborted before. It is nothing to other messages, or once this one has ended. */
  signal?: AbortSignal
}

export interface Sent {
  /** How often the packet was sent: 1 when all went well, and 1 more for each time that no ACK came in time. */
  attempts: number
}

export interface Client extends Closable {
  /**
   * Delivers one message. Messages go one at a time, in the order of the calls: no packet of the next leaves before this one ended.
   * However many wait, each has all its packets and all its time, from its turn on.
   * @returns once the ACK has come, and with it the certainty that the server has the message
   * @throws Error with code 'RETRY_LIMIT' when no ACK came within the timeout after the last copy;
   * 'ABORTED' when the signal aborts before it comes, or has aborted before the call; a message that waits for its turn is then
   * never sent, and its send() may reject at once or when it would have been its turn;
   * 'CLOSED' when the client is closed before the ACK comes
   */
  send(text: string, options?: SendOptions): Promise<Sent>
  /** Gives up every message that has no ACK yet. Nothing is sent from then on, and send() rejects. */
  close(): Promise<void>
}

/**
 * What `exercises/02-retransmit-ack.ts` exports.
 *
 * On the wire one datagram is one packet. Numbers are big-endian, as in every Internet header (RFC 791, appendix B).
 *
 * ```
 *   byte   0        1 2 3 4        5 6 7 8        9 …
 *          type     session        seq            text, UTF-8, at most 1,200 bytes
 *          1 DATA   u32            u32
 *          2 ACK    u32            u32            nothing: an ACK has exactly 9 bytes
 * ```
 * @see RFC 9293, section 3.4, for sequence numbers and why old duplicates matter; RFC 1123, section 4.2.3.1, for why only the timer resends
 */
export interface RetransmitAck {
  /** Lays a packet out for the wire. The bytes stay as they are when the next packet is laid out. */
  encodePacket(packet: Packet): Uint8Array

  /**
   * Reads a packet off the wire. Never throws.
   * @returns undefined when the bytes are no packet of ours: shorter than 9 bytes, or another type than 1 and 2
   */
  decodePacket(bytes: Uint8Array): Packet | undefined

  /**
   * Receives messages on 127.0.0.1. For each session it expects the numbers 0, 1, 2 and so on, and does with a DATA packet
   *
   * - that has the expected number: hand it over, count on, answer with its ACK;
   * - that has a lower number: answer with its ACK once more, for the first one may be lost;
   * - that has a higher number: nothing.
   *
   * The ACK goes to where the packet came from, through the socket that it came to: a client whose socket is connected hears no other.
   * An ACK that comes in is no DATA packet, and gets no answer. Once `close()` has resolved, nothing is handed over.
   * @returns once packets can arrive
   * @throws Error when the port cannot be bound; the system's own has a code, such as 'EADDRINUSE'
   */
  startServer(options: ServerOptions): Promise<Server>

  /**
   * Opens a client with a session of its own, drawn at random. It sends each packet, and sends the very same bytes again after each
   * `timeoutMs` without its ACK. Nothing else that comes in makes it send a packet again, nor does the news that nobody listens there.
   * @returns once messages can be sent, whether or not the server is there
   */
  openClient(options: ClientOptions): Promise<Client>
}

/** What each export resolves to. */
export const shapes: ExportShapes<RetransmitAck> = {
  encodePacket: 'bytes',
  decodePacket: 'anything',
  startServer: { fields: { address: 'address', close: 'function' } },
  openClient: { fields: { send: 'function', close: 'function' } },
}
