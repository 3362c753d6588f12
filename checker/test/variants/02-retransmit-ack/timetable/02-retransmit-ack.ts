// When a message has its turn, all its copies get a timer at once, and its ACK clears them.

import * as dgram from 'node:dgram'
import { randomBytes } from 'node:crypto'

export interface Address {
  host: string
  port: number
}

export interface Closable {
  /** Idempotent; resolves when the port is free again. */
  close(): Promise<void>
}

export type Packet = { type: 'DATA'; session: number; seq: number; text: string } | { type: 'ACK'; session: number; seq: number }

const TYPE_DATA = 1
const TYPE_ACK = 2
const HEADER_SIZE = 9
const MAX_TEXT_BYTES = 1200

export type ErrorCode = 'RETRY_LIMIT' | 'ABORTED' | 'CLOSED' | 'TOO_LONG'

function makeError(code: ErrorCode, message: string): Error & { code: ErrorCode } {
  const error = new Error(message) as Error & { code: ErrorCode }
  error.code = code
  return error
}

/** Encode a packet to its wire format. */
export function encodePacket(p: Packet): Uint8Array {
  if (p.type === 'ACK') {
    const buffer = Buffer.alloc(HEADER_SIZE)
    buffer.writeUInt8(TYPE_ACK, 0)
    buffer.writeUInt32BE(p.session, 1)
    buffer.writeUInt32BE(p.seq, 5)
    return buffer
  }
  const text = Buffer.from(p.text, 'utf8')
  if (text.length > MAX_TEXT_BYTES) {
    throw makeError('TOO_LONG', `Text exceeds ${MAX_TEXT_BYTES} bytes`)
  }
  const buffer = Buffer.alloc(HEADER_SIZE + text.length)
  buffer.writeUInt8(TYPE_DATA, 0)
  buffer.writeUInt32BE(p.session, 1)
  buffer.writeUInt32BE(p.seq, 5)
  text.copy(buffer, HEADER_SIZE)
  return buffer
}

/** Decode a datagram. Returns undefined if it is not one of our packets. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (buffer.length < HEADER_SIZE) return undefined
  const type = buffer.readUInt8(0)
  const session = buffer.readUInt32BE(1)
  const seq = buffer.readUInt32BE(5)
  if (type === TYPE_DATA) {
    if (buffer.length - HEADER_SIZE > MAX_TEXT_BYTES) return undefined
    return { type: 'DATA', session, seq, text: buffer.subarray(HEADER_SIZE).toString('utf8') }
  }
  if (type === TYPE_ACK) {
    if (buffer.length !== HEADER_SIZE) return undefined
    return { type: 'ACK', session, seq }
  }
  return undefined
}

export function startServer(o: {
  port?: number
  onMessage(text: string, from: Address): void
}): Promise<Closable & { address: Address }> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4')
    const expectedSeq = new Map<number, number>()
    let closePromise: Promise<void> | null = null
    let ready = false

    socket.on('error', (err) => {
      if (!ready) {
        socket.close()
        reject(err)
      }
    })

    socket.on('message', (msg, rinfo) => {
      if (closePromise) return
      const packet = decodePacket(msg)
      if (!packet || packet.type !== 'DATA') return

      const expected = expectedSeq.get(packet.session) ?? 0

      const sendAck = () => {
        if (closePromise) return
        socket.send(encodePacket({ type: 'ACK', session: packet.session, seq: packet.seq }), rinfo.port, rinfo.address, () => {})
      }

      if (packet.seq === expected) {
        expectedSeq.set(packet.session, expected + 1)
        try {
          o.onMessage(packet.text, { host: rinfo.address, port: rinfo.port })
        } finally {
          sendAck()
        }
      } else if (packet.seq < expected) {
        sendAck()
      }
    })

    socket.bind(o.port ?? 0, '127.0.0.1', () => {
      ready = true
      const addr = socket.address()
      resolve({
        address: { host: addr.address, port: addr.port },
        close() {
          if (!closePromise) {
            closePromise = new Promise<void>((res) => socket.close(() => res()))
          }
          return closePromise
        },
      })
    })
  })
}

interface QueueItem {
  text: string
  signal?: AbortSignal
  resolve: (r: { attempts: number }) => void
  reject: (e: Error) => void
  onAbort?: () => void
}

export async function openClient(o: {
  to: Address
  timeoutMs?: number
  maxRetries?: number
}): Promise<Closable & { send(text: string, o?: { signal?: AbortSignal }): Promise<{ attempts: number }> }> {
  const timeoutMs = o.timeoutMs ?? 200
  const maxRetries = o.maxRetries ?? 5
  const socket = dgram.createSocket('udp4')

  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, () => {
      socket.removeListener('error', reject)
      resolve()
    })
  })
  socket.on('error', () => {
    /* retransmission takes care of it */
  })

  const session = randomBytes(4).readUInt32BE(0)
  let nextSeq = 0
  const queue: QueueItem[] = []
  let current: QueueItem | null = null
  let currentSeq = -1
  let attempts = 0
  let timers: NodeJS.Timeout[] = []
  let dead: Error | null = null
  let closePromise: Promise<void> | null = null

  function settle(action: (item: QueueItem) => void): void {
    const item = current
    if (!item) return
    for (const t of timers) clearTimeout(t)
    timers = []
    current = null
    if (item.signal && item.onAbort) item.signal.removeEventListener('abort', item.onAbort)
    action(item)
    processNext()
  }

  function processNext(): void {
    if (current || closePromise || dead) return
    const item = queue.shift()
    if (!item) return
    current = item
    currentSeq = nextSeq
    attempts = 0
    const bytes = encodePacket({ type: 'DATA', session, seq: currentSeq, text: item.text })

    // The whole timetable at once: one timer per copy, and one for giving up.
    for (let i = 0; i <= maxRetries; i++) {
      timers.push(
        setTimeout(() => {
          attempts++
          socket.send(bytes, o.to.port, o.to.host, () => {})
        }, i * timeoutMs),
      )
    }
    timers.push(
      setTimeout(
        () => {
          settle((i) => i.reject(makeError('RETRY_LIMIT', `No ACK after ${attempts} attempts`)))
        },
        (maxRetries + 1) * timeoutMs,
      ),
    )
  }

  socket.on('message', (msg, rinfo) => {
    if (rinfo.port !== o.to.port || rinfo.address !== o.to.host) return
    const packet = decodePacket(msg)
    if (!packet || packet.type !== 'ACK') return
    if (!current || packet.session !== session || packet.seq !== currentSeq) return
    nextSeq++
    const n = attempts
    settle((item) => item.resolve({ attempts: n }))
  })

  return {
    send(text, options) {
      return new Promise((resolve, reject) => {
        if (closePromise) {
          reject(makeError('CLOSED', 'Client is closed'))
          return
        }
        if (dead) {
          reject(dead)
          return
        }
        const signal = options?.signal
        if (signal?.aborted) {
          reject(makeError('ABORTED', 'Send was aborted'))
          return
        }
        if (Buffer.byteLength(text, 'utf8') > MAX_TEXT_BYTES) {
          reject(makeError('TOO_LONG', `Text exceeds ${MAX_TEXT_BYTES} bytes`))
          return
        }
        const item: QueueItem = { text, signal, resolve, reject }
        if (signal) {
          item.onAbort = () => {
            if (current === item) {
              settle((i) => i.reject(makeError('ABORTED', 'Send was aborted')))
            } else {
              const index = queue.indexOf(item)
              if (index !== -1) queue.splice(index, 1)
              reject(makeError('ABORTED', 'Send was aborted'))
            }
          }
          signal.addEventListener('abort', item.onAbort, { once: true })
        }
        queue.push(item)
        processNext()
      })
    },
    close() {
      if (closePromise) return closePromise
      closePromise = new Promise<void>((res) => socket.close(() => res()))
      const error = makeError('CLOSED', 'Client was closed')
      settle((item) => item.reject(error))
      for (const item of queue.splice(0)) item.reject(error)
      return closePromise
    },
  }
}
