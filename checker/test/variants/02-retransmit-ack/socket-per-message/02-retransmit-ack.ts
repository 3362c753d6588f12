// Every message travels through a connected socket of its own, so that nothing of an earlier one can be heard.
import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
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
  const text = packet.type === 'DATA' ? packet.text : ''
  if (Buffer.byteLength(text) > 1200) throw new GivenUp('TOO_LONG')
  const header = new ArrayBuffer(9)
  new DataView(header).setUint8(0, packet.type === 'DATA' ? 1 : 2)
  new DataView(header, 1).setBigUint64(0, (BigInt(packet.session) << 32n) | BigInt(packet.seq))
  return Uint8Array.from([...new Uint8Array(header), ...Buffer.from(text)])
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const copy = Buffer.from(bytes)
  const long = copy.length > 9
  switch (copy.length < 9 ? 0 : copy.readUInt8()) {
    case 1:
      try {
        const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(copy.subarray(9))
        return { type: 'DATA', session: copy.readUIntBE(1, 4), seq: copy.readUIntBE(5, 4), text }
      } catch {
        return undefined
      }
    case 2:
      return long ? undefined : { type: 'ACK', session: copy.readUIntBE(1, 4), seq: copy.readUIntBE(5, 4) }
    default:
      return undefined
  }
}

/** One function per session, made when its first packet comes. */
export async function startServer({ port, onMessage }: ServerOptions): Promise<Server> {
  const sessions = new Map<number, (seq: number, deliver: () => void) => boolean>()
  const socket = createSocket('udp4')

  const openSession = (): ((seq: number, deliver: () => void) => boolean) => {
    let delivered = 0
    return (seq, deliver) => {
      if (seq === delivered) {
        delivered += 1
        deliver()
      }
      return seq < delivered
    }
  }

  socket.on('message', (bytes, from) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    const session = sessions.get(packet.session) ?? openSession()
    sessions.set(packet.session, session)
    const known = session(packet.seq, () => onMessage(packet.text, { host: from.address, port: from.port }))
    const ack = encodePacket({ ...packet, type: 'ACK' })
    if (known) setImmediate(() => open && socket.send(ack, from.port, from.address))
  })

  let open = true
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.bind(port, '127.0.0.1', resolve)
  })
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async close() {
      if (!open) return
      open = false
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.close()
      await closed
    },
  }
}

class GivenUp extends Error {
  override readonly name = 'GivenUp'
  code: string
  constructor(code: string) {
    super('The message was given up')
    this.code = code
  }
}

async function settled(work: Promise<unknown>): Promise<void> {
  await Promise.allSettled([work])
}

const freshSession = (): number => Number.parseInt(randomUUID().slice(0, 8), 16)

export function openClient({ to, timeoutMs, maxRetries }: ClientOptions): Promise<Client> {
  const all = new Set<AbortController>()
  let state = { session: freshSession(), seq: 0 }
  let closed = false
  let tail = Promise.resolve()

  async function exchange(text: string, signal: AbortSignal): Promise<Sent> {
    const { session, seq } = state
    const bytes = encodePacket({ type: 'DATA', session, seq, text })
    const socket = createSocket({ type: 'udp4', signal: undefined } as never)
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Sent>((resolve, reject) => {
        let attempts = 0
        const abort = (): void => reject(signal.reason as Error)
        if (signal.aborted) abort()
        signal.addEventListener('abort', abort)
        socket.on('error', () => {})
        socket.on('message', (reply) => {
          const packet = decodePacket(reply)
          if (packet?.type === 'ACK' && packet.session === session && packet.seq === seq) resolve({ attempts })
        })
        const attempt = (): void => {
          if (attempts > (maxRetries ?? 5)) return reject(new GivenUp('RETRY_LIMIT'))
          attempts += 1
          socket.send(bytes)
          timer = setTimeout(attempt, timeoutMs ?? 200)
        }
        socket.connect(to.port, to.host, () => {
          if (!signal.aborted) attempt()
        })
      }).then(
        (sent) => {
          state = { session, seq: seq + 1 }
          return sent
        },
        (error: unknown) => {
          state = { session: freshSession(), seq: 0 }
          throw error
        },
      )
    } finally {
      clearTimeout(timer)
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    }
  }

  async function send(text: string, options: SendOptions = {}): Promise<Sent> {
    if (closed) throw new GivenUp('CLOSED')
    encodePacket({ type: 'DATA', session: 0, seq: 0, text })
    const stop = new AbortController()
    const abort = (): void => stop.abort(new GivenUp('ABORTED'))
    if (options.signal?.aborted === true) throw new GivenUp('ABORTED')
    options.signal?.addEventListener('abort', abort)
    all.add(stop)
    const before = tail
    let mine = false
    const work = before.then(async () => {
      if (stop.signal.aborted) throw stop.signal.reason
      mine = true
      return exchange(text, stop.signal)
    })
    tail = settled(work)
    const given = new Promise<never>((_resolve, reject) => {
      stop.signal.addEventListener('abort', () => {
        if (!mine) reject(stop.signal.reason as Error)
      })
    })
    try {
      return await Promise.race([work, given])
    } finally {
      all.delete(stop)
      options.signal?.removeEventListener('abort', abort)
    }
  }

  async function close(): Promise<void> {
    closed = true
    for (const stop of all) stop.abort(new GivenUp('CLOSED'))
    await tail
  }

  return Promise.resolve({ send, close })
}
