// Lesson 2: delivery exactly once, over a network that loses, repeats and reorders.
// Read first: lessons/02-retransmit-ack.md

import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type {
  Client,
  ClientOptions,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../checker/contracts/02-retransmit-ack.ts'

const TYPE_DATA = 1
const TYPE_ACK = 2
const HEADER_BYTES = 9
const MAX_TEXT_BYTES = 1200

/**
 * Lays a packet out for the wire.
 * @throws Error with code 'TOO_LONG' when the text is longer than MAX_TEXT_BYTES
 */
export function encodePacket(packet: Packet): Uint8Array {
  const text = Buffer.from(packet.type === 'DATA' ? packet.text : '')
  if (text.length > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${text.length} bytes of text, at most ${MAX_TEXT_BYTES} fit`)
  const bytes = Buffer.alloc(HEADER_BYTES + text.length)
  bytes.writeUInt8(packet.type === 'DATA' ? TYPE_DATA : TYPE_ACK, 0)
  bytes.writeUInt32BE(packet.session, 1)
  bytes.writeUInt32BE(packet.seq, 5)
  bytes.set(text, HEADER_BYTES)
  return bytes
}

/** Reads a packet off the wire. Undefined when the bytes are no packet of ours. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  const type = header.getUint8(0)
  const session = header.getUint32(1)
  const seq = header.getUint32(5)
  if (type === TYPE_ACK) return bytes.length === HEADER_BYTES ? { type: 'ACK', session, seq } : undefined
  if (type !== TYPE_DATA) return undefined
  const text = decodeText(bytes.subarray(HEADER_BYTES))
  return text === undefined ? undefined : { type: 'DATA', session, seq, text }
}

/** Undefined when the bytes are not valid UTF-8. A leading byte order mark is part of the text. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
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

  // The number that comes next in each session. It only grows: a server that runs for months forgets sessions after a while.
  const expected = new Map<number, number>()

  socket.on('message', (bytes, sender) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    const { session, seq, text } = packet
    const next = expected.get(session) ?? 0
    if (seq > next) return // an ACK would promise what never came
    if (seq === next) {
      expected.set(session, next + 1)
      options.onMessage(text, { host: sender.address, port: sender.port })
    }
    socket.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address)
  })

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first
  socket.on('error', () => {}) // an ACK that cannot be sent is a lost ACK: the next copy asks for it again

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

/** A message that has no ACK yet. */
interface Outgoing {
  readonly text: string
  /** How often its packet was sent; 0 while it waits for its turn. */
  attempts: number
  resolve(sent: Sent): void
  reject(error: Error): void
}

/** Opens a client with a session of its own. It resends a packet after each `timeoutMs` without its ACK. */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { to, timeoutMs = 200, maxRetries = 5 } = options
  const socket = createSocket('udp4')
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  let open = true

  // The first of the queue is on its way, the others wait.
  const queue: Outgoing[] = []
  let session = randomSession()
  let seq = 0
  let timer: NodeJS.Timeout | undefined

  /** Sends the packet of the first message, now and after each silence. */
  function transmit(): void {
    const message = queue[0]
    if (message === undefined) return
    if (message.attempts > maxRetries) {
      return abandon(message, failure('RETRY_LIMIT', `no ACK after sending ${message.attempts} times`))
    }
    message.attempts += 1
    socket.send(encodePacket({ type: 'DATA', session, seq, text: message.text }))
    timer = setTimeout(transmit, timeoutMs)
  }

  socket.on('message', (bytes) => {
    const packet = decodePacket(bytes)
    const message = queue[0]
    if (message === undefined || packet?.type !== 'ACK') return
    if (packet.session !== session || packet.seq !== seq) return // the echo of an earlier message
    seq += 1
    message.resolve({ attempts: message.attempts })
    leave(message)
  })

  function abandon(message: Outgoing, error: Error): void {
    if (!queue.includes(message)) return
    if (message.attempts > 0) {
      // Did it arrive? If so, its number is used up. If not, the server waits for it. Only a new session fits both.
      session = randomSession()
      seq = 0
    }
    message.reject(error)
    leave(message)
  }

  /** Takes a message out of the queue. If it was the first, it is the next one's turn. */
  function leave(message: Outgoing): void {
    const place = queue.indexOf(message)
    queue.splice(place, 1)
    if (place > 0) return
    clearTimeout(timer)
    transmit()
  }

  async function send(text: string, { signal }: SendOptions = {}): Promise<Sent> {
    if (!open) throw failure('CLOSED', 'the client is closed')
    if (signal?.aborted === true) throw failure('ABORTED', 'given up before it was sent')
    const size = Buffer.byteLength(text)
    if (size > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${size} bytes of text, at most ${MAX_TEXT_BYTES} fit`)

    let giveUp = (): void => {}
    const sent = new Promise<Sent>((resolve, reject) => {
      const message: Outgoing = { text, attempts: 0, resolve, reject }
      giveUp = () => abandon(message, failure('ABORTED', `given up after sending ${message.attempts} times`))
      queue.push(message)
      if (queue.length === 1) transmit()
    })
    signal?.addEventListener('abort', giveUp)
    try {
      return await sent
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  socket.connect(to.port, to.host)
  await once(socket, 'connect')
  socket.on('error', () => {}) // nobody listens there yet: as good as a lost packet, and the timer answers both

  return {
    send,
    close() {
      if (open) {
        open = false
        clearTimeout(timer)
        for (const message of queue.splice(0)) message.reject(failure('CLOSED', 'the client was closed before the ACK came'))
        socket.close()
      }
      return closed
    },
  }
}

/** At random, so that a client that starts again is not taken for the one before it. */
function randomSession(): number {
  return randomInt(2 ** 32)
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
