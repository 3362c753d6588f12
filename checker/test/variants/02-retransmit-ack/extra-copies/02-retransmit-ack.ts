// Once its server has answered, the client sends every packet as two datagrams; its waits double up to a limit. The server ACKs three
// times, keeps what is ahead of its turn, and ACKs that first when its turn has come.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type {
  Client,
  ClientOptions,
  DataPacket,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../../../../contracts/02-retransmit-ack.ts'

const COPIES = 2
const LONGEST_WAIT = 8

export function encodePacket(packet: Packet): Uint8Array {
  const text = new TextEncoder().encode(packet.type === 'DATA' ? packet.text : '')
  const bytes = new Uint8Array([packet.type === 'DATA' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0, 0, ...text])
  const view = new DataView(bytes.buffer)
  view.setUint32(1, packet.session)
  view.setUint32(5, packet.seq)
  return bytes
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < 9 || (bytes[0] !== 1 && bytes[0] !== 2)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const header = { session: view.getUint32(1), seq: view.getUint32(5) }
  return bytes[0] === 1
    ? { type: 'DATA', ...header, text: new TextDecoder().decode(bytes.subarray(9)) }
    : { type: 'ACK', ...header }
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const socket = createSocket('udp4')
  const sessions = new Map<number, { next: number; early: Map<number, () => void> }>()
  const timers = new Set<NodeJS.Timeout>()

  socket.on('message', (bytes, { address: host, port }) => {
    const packet = decodePacket(bytes)
    if (packet?.type === 'DATA') receive(packet, { host, port })
  })

  function receive({ session, seq, text }: DataPacket, from: { host: string; port: number }): void {
    const state = sessions.get(session) ?? { next: 0, early: new Map<number, () => void>() }
    sessions.set(session, state)
    const ack = (): void => {
      const bytes = encodePacket({ type: 'ACK', session, seq })
      for (let copy = 0; copy < COPIES; copy += 1) socket.send(bytes, from.port, from.host)
      const timer = setTimeout(() => {
        timers.delete(timer)
        socket.send(bytes, from.port, from.host)
      }, 5)
      timers.add(timer)
    }
    if (seq < state.next) return ack()
    state.early.set(seq, () => options.onMessage(text, from))
    if (seq > state.next) return
    const ready: (() => void)[] = []
    for (let deliver = state.early.get(state.next); deliver !== undefined; deliver = state.early.get(state.next)) {
      deliver()
      const number = state.next
      ready.unshift(() => receive({ type: 'DATA', session, seq: number, text }, from))
      state.early.delete(number)
      state.next += 1
    }
    for (const answer of ready) answer()
  }

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening')
  let closing: Promise<void> | undefined
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    close() {
      for (const timer of timers) clearTimeout(timer)
      return (closing ??= new Promise((resolve) => socket.close(() => resolve())))
    },
  }
}

let clients = 0

interface Flight {
  key: string
  land(code?: string): void
}

export async function openClient({ to, timeoutMs = 200, maxRetries = 5 }: ClientOptions): Promise<Client> {
  const socket = createSocket('udp4')
  const session = (Date.now() + process.pid + clients++) % 2 ** 32
  const waiting: { go(): void; drop(code: string): void }[] = []
  let seq = 0
  let copies = 1
  let open = true
  let flight: Flight | undefined

  socket.on('error', () => {})
  socket.on('message', (bytes) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'ACK') return
    copies = COPIES
    if (`${packet.session} ${packet.seq}` === flight?.key) flight.land()
  })

  function takeOff(): void {
    if (flight === undefined) waiting.shift()?.go()
  }

  function send(text: string, { signal }: SendOptions = {}): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const refuse = (code: string): void => reject(Object.assign(new Error('not delivered'), { code }))
      if (!open) return refuse('CLOSED')
      const go = (): void => {
        let attempts = 0
        let timer: NodeJS.Timeout | undefined
        const bytes = encodePacket({ type: 'DATA', session, seq, text })
        flight = {
          key: `${session} ${seq}`,
          land(code) {
            clearTimeout(timer)
            flight = undefined
            if (code === undefined) seq += 1
            if (code === undefined) resolve({ attempts })
            else refuse(code)
            takeOff()
          },
        }
        const transmit = (): void => {
          if (attempts > maxRetries) return flight?.land('RETRY_LIMIT')
          timer = setTimeout(transmit, timeoutMs * Math.min(2 ** attempts, LONGEST_WAIT))
          attempts += 1
          for (let copy = 0; copy < copies; copy += 1) socket.send(bytes, to.port, to.host)
        }
        const mine = flight
        signal?.addEventListener('abort', () => flight === mine && mine.land('ABORTED'))
        transmit()
      }
      const message = { go, drop: refuse }
      signal?.addEventListener('abort', () => {
        const place = waiting.indexOf(message)
        if (place < 0) return
        waiting.splice(place, 1)
        refuse('ABORTED')
      })
      waiting.push(message)
      takeOff()
    })
  }

  let closing: Promise<void> | undefined
  return {
    send,
    close() {
      open = false
      for (const message of waiting.splice(0)) message.drop('CLOSED')
      flight?.land('CLOSED')
      return (closing ??= new Promise((resolve) => socket.close(() => resolve())))
    },
  }
}
