// Does what the contract asks for and no more: takes any ACK of 9 bytes or longer, mends bad text, knows a session by its address as
// well, numbers its sessions from 0, keeps the session after giving up, and tells an abort when the message has its turn.
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type {
  Client,
  ClientOptions,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../../../../contracts/02-retransmit-ack.ts'

export function encodePacket(packet: Packet): Uint8Array {
  const header = Buffer.alloc(9)
  header.writeUIntBE(packet.type === 'DATA' ? 1 : 2, 0, 1)
  header.writeUIntBE(packet.session, 1, 4)
  header.writeUIntBE(packet.seq, 5, 4)
  return packet.type === 'DATA' ? Buffer.concat([header, Buffer.from(packet.text)]) : header
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < 9) return undefined
  const buffer = Buffer.from(bytes)
  const header = { session: buffer.readUIntBE(1, 4), seq: buffer.readUIntBE(5, 4) }
  if (buffer[0] === 1) return { type: 'DATA', ...header, text: buffer.toString('utf8', 9) }
  return buffer[0] === 2 ? { type: 'ACK', ...header } : undefined
}

export async function startServer({ port = 0, onMessage }: ServerOptions): Promise<Server> {
  const socket = createSocket('udp4')
  const counts: Record<string, number> = {}
  socket.on('message', (bytes, { address, port: from }: RemoteInfo) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    const key = `${address} ${from} ${packet.session}`
    const count = counts[key] ?? 0
    if (packet.seq > count) return
    if (packet.seq === count) {
      counts[key] = count + 1
      onMessage(packet.text, { host: address, port: from })
    }
    socket.send(encodePacket({ type: 'ACK', session: packet.session, seq: packet.seq }), from, address)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', () => reject(new Error('the port is taken')))
    socket.bind(port, '127.0.0.1', resolve)
  })
  const gone = once(socket, 'close')
  let open = true
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async close() {
      if (open) socket.close()
      open = false
      await gone
    },
  }
}

class Refusal extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

let sessions = 0

export async function openClient({ to, timeoutMs = 200, maxRetries = 5 }: ClientOptions): Promise<Client> {
  const socket = createSocket('udp4')
  const session = sessions++
  let seq = 0
  let open = true
  let turn: Promise<unknown> = Promise.resolve()
  let hear: (ending: 'ACK' | 'ABORTED' | 'CLOSED') => void = () => {}

  socket.on('error', () => {})
  socket.on('message', (bytes) => {
    const packet = decodePacket(bytes)
    if (packet?.type === 'ACK' && packet.session === session && packet.seq === seq) hear('ACK')
  })

  /** Undefined when nothing is heard for so long. */
  function listen(): Promise<'ACK' | 'ABORTED' | 'CLOSED' | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs)
      hear = (ending) => {
        clearTimeout(timer)
        resolve(ending)
      }
    })
  }

  async function deliver(text: string, signal?: AbortSignal): Promise<Sent> {
    if (!open) throw new Refusal('CLOSED')
    if (signal?.aborted === true) throw new Refusal('ABORTED')
    const abort = (): void => hear('ABORTED')
    signal?.addEventListener('abort', abort)
    try {
      return await exchange(text)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async function exchange(text: string): Promise<Sent> {
    const bytes = encodePacket({ type: 'DATA', session, seq, text })
    for (let attempts = 1; attempts <= 1 + maxRetries; attempts += 1) {
      const heard = listen()
      socket.send(bytes, to.port, to.host)
      const ending = await heard
      if (ending === 'ACK') {
        seq += 1
        return { attempts }
      }
      if (ending !== undefined) throw new Refusal(ending)
    }
    throw new Refusal('RETRY_LIMIT')
  }

  return {
    send(text: string, { signal }: SendOptions = {}) {
      if (!open) return Promise.reject(new Error('this client is closed'))
      const sent = turn.then(() => deliver(text, signal))
      turn = Promise.allSettled([sent])
      return sent
    },
    async close() {
      if (!open) return
      open = false
      hear('CLOSED')
      await turn
      await new Promise<void>((resolve) => socket.close(resolve))
    },
  }
}
