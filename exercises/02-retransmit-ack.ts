// Lesson 2: delivery exactly once, over a network that loses, repeats and reorders.
// Read first: lessons/02-retransmit-ack.md
// Then work through TODO 1 to 10, and after each one run: npm run check lesson-2

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Client,
  ClientOptions,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../checker/contracts/02-retransmit-ack.ts'

const MAX_TEXT_BYTES = 1200

/**
 * Lays a packet out for the wire.
 * @throws Error with code 'TOO_LONG' when the text is longer than MAX_TEXT_BYTES
 */
export function encodePacket(packet: Packet): Uint8Array {
  // TODO 1: put the header before the text: type, session, number.
  return Buffer.from(packet.type === 'DATA' ? packet.text : '')
}

/** Reads a packet off the wire. Undefined when the bytes are no packet of ours. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  // TODO 2: read the header, and return undefined for whatever is no packet.
  return { type: 'DATA', session: 0, seq: 0, text: Buffer.from(bytes).toString() }
}

/**
 * Receives messages on 127.0.0.1, and hands each over exactly once, in the order of its session.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const socket = createSocket('udp4')
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  let open = true

  socket.on('message', (bytes, sender) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    // TODO 3: hand over only the packet that is expected next, and answer it and every older one with its ACK.
    // TODO 4: count each session for itself, and send the ACK to where the packet came from.
    options.onMessage(packet.text, { host: sender.address, port: sender.port })
  })

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first

  const { address: host, port } = socket.address()
  return {
    address: { host, port },
    close() {
      if (open) socket.close()
      open = false
      return closed
    },
  }
}

/** Opens a client with a session of its own. It resends a packet after each `timeoutMs` without its ACK. */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { to, timeoutMs = 200, maxRetries = 5 } = options
  const socket = createSocket('udp4')
  // TODO 8: draw the session at random.
  const session = 0

  function transmit(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(bytes, to.port, to.host, (error) => (error ? reject(error) : resolve()))
    })
  }

  // TODO 7: let messages wait for their turn, give each the next number, and look for the ACK of that very packet.
  // TODO 9: give a message up when its signal aborts.
  async function send(text: string, _options: SendOptions = {}): Promise<Sent> {
    const bytes = encodePacket({ type: 'DATA', session, seq: 0, text })
    for (let attempts = 1; ; attempts += 1) {
      try {
        await transmit(bytes)
        // TODO 5: that it was sent does not mean that it arrived. Wait for its ACK, and send again after timeoutMs without one.
        return { attempts }
      } catch (error) {
        // TODO 6: give up with code 'RETRY_LIMIT' when maxRetries copies were of no use.
        if (attempts > maxRetries) throw error
        await sleep(timeoutMs)
      }
    }
  }

  // TODO 10: a server that is not there yet must not end the client: what does a socket emit then?
  return {
    send,
    // TODO 9: give up whatever has no ACK yet, make a second close() harmless, and resolve when the port is free.
    close: async () => {
      socket.close()
    },
  }
}
