// One socket serves all clients of the program and tells their ACKs apart by session. Its last user closes it.
// The server sends each ACK twice, and keeps what comes ahead of its turn until its turn has come.
import { isUtf8 } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import type {
  Client,
  ClientOptions,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../../../../contracts/02-retransmit-ack.ts'

const TYPES = ['', 'DATA', 'ACK']

export function encodePacket(packet: Packet): Uint8Array {
  const bytes = new Uint8Array(1209)
  const text = packet.type === 'DATA' ? packet.text : ''
  const { read, written } = new TextEncoder().encodeInto(text, bytes.subarray(9))
  if (read < text.length) throw fail('TOO_LONG')
  bytes[0] = TYPES.indexOf(packet.type)
  for (let index = 0; index < 4; index += 1) {
    bytes[1 + index] = packet.session >>> (24 - 8 * index)
    bytes[5 + index] = packet.seq >>> (24 - 8 * index)
  }
  return bytes.slice(0, 9 + written)
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const number = (at: number): number => bytes.subarray(at, at + 4).reduce((sum, byte) => sum * 256 + byte, 0)
  const type = TYPES[bytes[0] ?? 0]
  const header = { session: number(1), seq: number(5) }
  if (bytes.length < 9 || !isUtf8(bytes.subarray(9))) return undefined
  if (type === 'DATA') return { type, ...header, text: Buffer.from(bytes.subarray(9)).toString() }
  return type === 'ACK' && bytes.length === 9 ? { type, ...header } : undefined
}

interface Session {
  next: number
  early: Map<number, () => void>
}

export function startServer(options: ServerOptions): Promise<Server> {
  const socket = createSocket({ type: 'udp4', reuseAddr: false })
  const sessions = new Map<number, Session>()

  socket.on('message', (bytes, { address, port }) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    const { session, seq, text } = packet
    const state = sessions.get(session) ?? { next: 0, early: new Map() }
    sessions.set(session, state)
    const ack = encodePacket({ type: 'ACK', session, seq })
    const answer = (): void => {
      socket.send(ack, port, address)
      socket.send(ack, port, address)
    }
    if (seq < state.next) return answer()
    state.early.set(seq, () => {
      options.onMessage(text, { host: address, port })
      answer()
    })
    for (let take = state.early.get(state.next); take !== undefined; take = state.early.get(state.next)) {
      state.early.delete(state.next)
      state.next += 1
      take()
    }
  })

  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('listening', () => {
      let closing: Promise<void> | undefined
      resolve({
        address: { host: socket.address().address, port: socket.address().port },
        close: () => (closing ??= new Promise((done) => socket.close(() => done()))),
      })
    })
    socket.bind(options.port ?? 0, '127.0.0.1')
  })
}

type OnAck = (seq: number) => void
const sessions = new Map<number, OnAck>()
let shared: Promise<Socket> | undefined
let users = 0

function acquire(): Promise<Socket> {
  users += 1
  shared ??= new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.on('message', (bytes) => {
      const packet = decodePacket(bytes)
      if (packet?.type === 'ACK') sessions.get(packet.session)?.(packet.seq)
    })
    socket.on('error', () => {})
    socket.bind(0, '127.0.0.1', () => resolve(socket))
  })
  return shared
}

async function release(): Promise<void> {
  users -= 1
  if (users > 0) return
  const socket = await shared
  shared = undefined
  await new Promise<void>((resolve) => socket?.close(() => resolve()))
}

function fail(code: string): Error {
  const error = new Error(`the message was given up: ${code}`) as NodeJS.ErrnoException
  error.code = code
  return error
}

export async function openClient(options: ClientOptions): Promise<Client> {
  const socket = await acquire()
  const timeoutMs = options.timeoutMs ?? 200
  const tries = 1 + (options.maxRetries ?? 5)
  const line: (() => void)[] = []
  const giveUps = new Set<(code: string) => void>()
  let session = 0
  let seq = 0
  let busy = false
  let released: Promise<void> | undefined

  function renew(): void {
    sessions.delete(session)
    do session = randomFillSync(new Uint32Array(1))[0] as number
    while (sessions.has(session))
    seq = 0
  }
  renew()

  function go(): void {
    const start = busy ? undefined : line.shift()
    if (start === undefined) return
    busy = true
    start()
  }

  function send(text: string, { signal }: SendOptions = {}): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (released !== undefined) return reject(fail('CLOSED'))
      if (signal?.aborted === true) return reject(fail('ABORTED'))
      if (Buffer.byteLength(text) > 1200) return reject(fail('TOO_LONG'))
      let attempts = 0
      let interval: NodeJS.Timeout | undefined

      const over = (): void => {
        clearInterval(interval)
        giveUps.delete(giveUp)
        signal?.removeEventListener('abort', aborted)
        if (attempts === 0) return
        sessions.delete(session)
        busy = false
      }
      const giveUp = (code: string): void => {
        const waiting = line.indexOf(start)
        if (waiting >= 0) line.splice(waiting, 1)
        over()
        if (attempts > 0) renew()
        reject(fail(code))
        go()
      }
      const aborted = (): void => giveUp('ABORTED')
      const start = (): void => {
        const bytes = encodePacket({ type: 'DATA', session, seq, text })
        const mine = seq
        sessions.set(session, (acked) => {
          if (acked !== mine) return
          over()
          seq += 1
          resolve({ attempts })
          go()
        })
        const transmit = (): void => {
          if (attempts === tries) return giveUp('RETRY_LIMIT')
          attempts += 1
          socket.send(bytes, options.to.port, options.to.host)
        }
        transmit()
        interval = setInterval(transmit, timeoutMs)
      }

      giveUps.add(giveUp)
      signal?.addEventListener('abort', aborted)
      line.push(start)
      go()
    })
  }

  return {
    send,
    close() {
      if (released === undefined) {
        line.length = 0
        for (const giveUp of giveUps) giveUp('CLOSED')
        released = release()
      }
      return released
    },
  }
}
