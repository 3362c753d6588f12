import { randomUUID } from 'node:crypto'
import type { Address, Closable } from '../contracts/endpoint.ts'
import { Inconclusive } from './expectation.ts'
import { type Inbox, openInbox } from './inbox.ts'
import type { Trace } from './trace.ts'
import { addressOf, bindUdp, closeUdp, sendDatagram } from './udp-socket.ts'

export interface Received {
  readonly bytes: Uint8Array
  readonly from: Address
}

/** A plain UDP partner that sends what it is told and keeps what it receives. */
export interface UdpPeer extends Closable {
  readonly address: Address
  readonly received: Inbox<Received>
  /** Sends one datagram; text is sent as UTF-8. Resolves when the system has taken it. */
  send(message: string | Uint8Array, to: Address): Promise<void>
  /**
   * Sends itself a sentinel and waits for it: what was sent to this peer before has arrived by then. It shows that
   * something was *not* sent; to wait for what should come, use `received`.
   */
  receivedBySentinel(): Promise<readonly Received[]>
}

export interface UdpPeerOptions {
  readonly trace: Trace
  /** The name in the trace: `checker`. */
  readonly name: string
  /** The name in the trace of whoever is at the other end. */
  readonly partner: string
  /** Where it listens, 127.0.0.1 by default. */
  readonly host?: string
}

export async function openUdpPeer({ trace, name, partner, host }: UdpPeerOptions): Promise<UdpPeer> {
  const socket = await bindUdp(0, host)
  const address = addressOf(socket)
  const received = openInbox<Received>((datagram) => trace.datagram({ from: partner, to: name, bytes: datagram.bytes }))
  const sentinels = openInbox<string>()
  socket.on('message', (bytes, sender) => {
    if (sender.port === address.port) return sentinels.push(bytes.toString())
    received.push({ bytes: Uint8Array.from(bytes), from: { host: sender.address, port: sender.port } })
  })
  return {
    address,
    received,
    async send(message, to) {
      const bytes = typeof message === 'string' ? Buffer.from(message) : message
      trace.datagram({ from: name, to: partner, bytes })
      await sendDatagram(socket, bytes, to)
    },
    async receivedBySentinel() {
      const sentinel = randomUUID()
      await sendDatagram(socket, Buffer.from(sentinel), address)
      await sentinels
        .next('the sentinel', (text) => text === sentinel)
        .catch((error: unknown) => {
          throw new Inconclusive('A datagram that the checker sent to itself was lost.', { cause: error })
        })
      return [...received.all]
    },
    close: () => closeUdp(socket),
  }
}
