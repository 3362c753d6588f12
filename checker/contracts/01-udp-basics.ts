import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable }

export interface ReceiverOptions {
  /** Port to listen on, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /**
   * Called once for every datagram that is valid UTF-8, except the final `q`; the same text twice is two calls.
   * @param text the whole datagram, decoded; may be empty
   * @param from where the datagram came from
   */
  onMessage(text: string, from: Address): void
  /** Called for a datagram that is not valid UTF-8. Without it, such a datagram is dropped. */
  onError?(error: Error): void
}

export interface Receiver extends Closable {
  /** Where the receiver really listens: the host is 127.0.0.1, the port is never 0. */
  address: Address
  /** Resolves when the receiver has ended, by a `q` or by `close()`, and its port is free again; not before. */
  done: Promise<void>
}

/**
 * What `exercises/01-udp-basics.ts` exports.
 *
 * On the wire one datagram is one message: UTF-8, no terminator, 0 to 65,507 bytes
 * (65,535 of an IPv4 packet, less 20 bytes of IP header and 8 of UDP header).
 * @see RFC 768 (UDP), RFC 3629 (UTF-8), and "UDP/datagram sockets" in the Node.js manual
 */
export interface UdpBasics {
  /**
   * Listens for datagrams on 127.0.0.1 only, until the single byte `q` arrives, from whomever, or `close()` is called.
   * Datagrams behind the `q` are not delivered. Several receivers of one program have nothing to do with each other.
   * @returns once datagrams can arrive
   * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
   */
  startReceiver(options: ReceiverOptions): Promise<Receiver>

  /**
   * Sends one datagram. Several calls may be under way at once. However one ends, no socket stays open that nobody will use.
   * @returns once the operating system has taken the datagram; that it arrives is nobody's promise
   * @throws Error with the system's code, such as 'EMSGSIZE' for more than 65,507 bytes
   */
  sendText(text: string, to: Address): Promise<void>

  /**
   * Sends each line as one datagram, in order, as soon as it comes. Stops after sending a line that is exactly `q`,
   * or, without a `q`, when the lines end.
   * @returns how many datagrams were sent, the `q` included
   * @throws as `sendText` does, for the first line that cannot be sent; later lines are not sent
   */
  sendLines(lines: AsyncIterable<string>, to: Address): Promise<number>
}

/** What each export resolves to. */
export const shapes: ExportShapes<UdpBasics> = {
  startReceiver: { fields: { address: 'address', done: 'promise', close: 'function' } },
  sendText: 'nothing',
  sendLines: 'number',
}
