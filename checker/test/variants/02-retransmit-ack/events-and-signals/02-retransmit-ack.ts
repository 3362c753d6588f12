// No timers and no state machine in sight: loops that await events and signals, and a chain of promises for a queue.
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import type {
  Client,
  ClientOptions,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../../../../contracts/02-retransmit-ack.ts'

export const encodePacket = (packet: Packet): Uint8Array => {
  const text = Buffer.from(packet.type === 'DATA' ? packet.text : '', 'utf8')
  if (text.length > 1200) throw Object.assign(new RangeError('text too long'), { code: 'TOO_LONG' })
  const header = Buffer.alloc(9)
  header[0] = packet.type === 'DATA' ? 1 : 2
  header.writeUInt32BE(packet.session, 1)
  header.writeUInt32BE(packet.seq, 5)
  return Buffer.concat([header, text])
}

export const decodePacket = (bytes: Uint8Array): Packet | undefined => {
  const buffer = Buffer.from(bytes)
  if (buffer.length < 9) return undefined
  const [session, seq] = [buffer.readUInt32BE(1), buffer.readUInt32BE(5)]
  const text = buffer.toString('utf8', 9)
  const intact = Buffer.from(text).equals(buffer.subarray(9))
  if (buffer[0] === 1 && intact) return { type: 'DATA', session, seq, text }
  return buffer[0] === 2 && buffer.length === 9 ? { type: 'ACK', session, seq } : undefined
}

export const startServer = async ({ port = 0, onMessage }: ServerOptions): Promise<Server> => {
  const socket = createSocket('udp4')
  const next: Record<number, number> = {}
  socket.on('message', (bytes, { address: host, port: from }) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    const { session, seq, text } = packet
    const wanted = (next[session] ??= 0)
    if (seq === wanted) {
      next[session] = seq + 1
      onMessage(text, { host, port: from })
    }
    if (seq <= wanted) socket.send(encodePacket({ type: 'ACK', session, seq }), from, host, () => {})
  })
  const listening = once(socket, 'listening')
  socket.bind(port, '127.0.0.1')
  await listening
  const closed = once(socket, 'close')
  const close = async () => {
    try {
      socket.close()
    } catch {
      // closed before
    }
    await closed
  }
  return { address: { host: '127.0.0.1', port: socket.address().port }, close }
}

export const openClient = async ({ to, timeoutMs = 200, maxRetries = 5 }: ClientOptions): Promise<Client> => {
  const socket = createSocket('udp4')
  const acks = new EventEmitter()
  const closing = new AbortController()
  const closed = once(socket, 'close')
  let identity = { session: randomBytes(4).readUInt32BE(), seq: 0 }
  let last: Promise<unknown> = Promise.resolve()

  socket.on('message', (bytes) => {
    const packet = decodePacket(bytes)
    if (packet?.type === 'ACK') acks.emit(`${packet.session}/${packet.seq}`)
  })

  const deliver = async (text: string, stop: AbortSignal): Promise<Sent> => {
    stop.throwIfAborted()
    const { session, seq } = identity
    const bytes = encodePacket({ type: 'DATA', session, seq, text })
    try {
      for (let attempts = 1; attempts <= 1 + maxRetries; attempts += 1) {
        const patience = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)])
        const acked = once(acks, `${session}/${seq}`, { signal: patience }).then(
          () => true,
          () => false,
        )
        socket.send(bytes, to.port, to.host, () => {})
        if (await acked) {
          identity = { session, seq: seq + 1 }
          return { attempts }
        }
        stop.throwIfAborted()
      }
      throw Object.assign(new Error('nobody answers'), { code: 'RETRY_LIMIT' })
    } catch (error) {
      identity = { session: randomBytes(4).readUInt32BE(), seq: 0 }
      throw error
    }
  }

  const send = async (text: string, { signal }: SendOptions = {}): Promise<Sent> => {
    encodePacket({ type: 'DATA', session: 0, seq: 0, text })
    const stop = AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])])
    const aborted = new Promise<never>((_resolve, reject) => {
      if (stop.aborted) reject(stop.reason)
      stop.addEventListener('abort', () => reject(stop.reason))
    })
    const turn = last.then(() => deliver(text, stop))
    last = turn.catch(() => {})
    try {
      return await Promise.race([turn, aborted])
    } catch (error) {
      if (!stop.aborted) throw error
      throw Object.assign(new Error('given up'), { code: closing.signal.aborted ? 'CLOSED' : 'ABORTED' })
    }
  }

  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    send,
    close: async () => {
      if (!closing.signal.aborted) {
        closing.abort()
        await last
        socket.close()
      }
      await closed
    },
  }
}
