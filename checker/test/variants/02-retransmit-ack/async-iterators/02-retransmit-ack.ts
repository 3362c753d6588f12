// Both ends read their socket with for await; the client is one loop that takes messages, ACKs and silences as they come.
import { randomInt } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { on, once } from 'node:events'
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
  const text = Buffer.from(packet.type === 'DATA' ? packet.text : [])
  if (text.length > 1200) throw refusal('TOO_LONG')
  const numbers = new DataView(new ArrayBuffer(8))
  numbers.setUint32(0, packet.session)
  numbers.setUint32(4, packet.seq)
  return Buffer.concat([Buffer.of(packet.type === 'DATA' ? 1 : 2), new Uint8Array(numbers.buffer), text])
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (all.length < 9 || (all[0] === 2 && all.length > 9)) return undefined
  const [session, seq] = [all.readUInt32BE(1), all.readUInt32BE(5)]
  if (all[0] === 2) return { type: 'ACK', session, seq }
  if (all[0] !== 1) return undefined
  const text = all.toString('utf8', 9)
  return Buffer.compare(Buffer.from(text), all.subarray(9)) === 0 ? { type: 'DATA', session, seq, text } : undefined
}

async function* packetsFrom(socket: Socket, signal: AbortSignal): AsyncGenerator<[Packet, RemoteInfo]> {
  try {
    for await (const [bytes, sender] of on(socket, 'message', { signal }) as AsyncIterable<[Buffer, RemoteInfo]>) {
      const packet = decodePacket(bytes)
      if (packet !== undefined) yield [packet, sender]
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const socket = createSocket('udp4')
  const stop = new AbortController()
  const next = new Map<number, number>()
  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening')

  async function serve(): Promise<void> {
    for await (const [packet, { address, port }] of packetsFrom(socket, stop.signal)) {
      const expected = next.get(packet.session) ?? 0
      if (packet.type === 'ACK' || packet.seq > expected) continue
      if (packet.seq === expected) {
        next.set(packet.session, expected + 1)
        options.onMessage(packet.text, { host: address, port })
      }
      await new Promise((sent) => {
        socket.send(encodePacket({ type: 'ACK', session: packet.session, seq: packet.seq }), port, address, sent)
      })
    }
    socket.close()
    await once(socket, 'close')
  }
  const serving = serve()

  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    close() {
      stop.abort()
      return serving
    },
  }
}

type News =
  | { kind: 'message'; job: Job }
  | { kind: 'ack'; session: number; seq: number }
  | { kind: 'silence'; ofTry: number }
  | { kind: 'dropped'; job: Job; code: string }
  | { kind: 'close' }

interface Job {
  text: string
  attempts: number
  resolve(sent: Sent): void
  reject(error: unknown): void
}

/** News of all kinds in one line. */
function createNews() {
  const waiting: News[] = []
  let wake = (): void => {}
  return {
    tell(news: News) {
      waiting.push(news)
      wake()
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<News> {
      for (;;) {
        const news = waiting.shift()
        if (news !== undefined) yield news
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

const refusal = (code: string) => Object.assign(new Error(`not delivered: ${code}`), { code })

export async function openClient(options: ClientOptions): Promise<Client> {
  const { to, timeoutMs = 200, maxRetries = 5 } = options
  const socket = createSocket('udp4')
  const stop = new AbortController()
  const news = createNews()
  let closing: Promise<void> | undefined
  socket.on('error', () => {})
  socket.connect(to.port, to.host)
  await once(socket, 'connect')

  async function listen(): Promise<void> {
    for await (const [packet] of packetsFrom(socket, stop.signal)) {
      if (packet.type === 'ACK') news.tell({ kind: 'ack', session: packet.session, seq: packet.seq })
    }
  }
  // The iterator of events ends with the first 'error'; a silent server may cause many.
  async function keepListening(): Promise<void> {
    while (!stop.signal.aborted) await listen().catch(() => {})
  }
  void keepListening()

  async function run(): Promise<void> {
    const line: Job[] = []
    let session = randomInt(2 ** 32)
    let seq = 0
    let tries = 0
    let timer: NodeJS.Timeout | undefined

    function transmit(job: Job): void {
      job.attempts += 1
      const ofTry = (tries += 1)
      socket.send(encodePacket({ type: 'DATA', session, seq, text: job.text }), () => {})
      timer = setTimeout(() => news.tell({ kind: 'silence', ofTry }), timeoutMs)
    }
    function advance(): void {
      clearTimeout(timer)
      line.shift()
      if (line[0] !== undefined) transmit(line[0])
    }
    function drop(job: Job, code: string): void {
      job.reject(refusal(code))
      if (job.attempts === 0) return void line.splice(line.indexOf(job), 1)
      session = randomInt(2 ** 32)
      seq = 0
      advance()
    }

    for await (const item of news) {
      const first = line[0]
      if (item.kind === 'close') {
        clearTimeout(timer)
        for (const job of line) job.reject(refusal('CLOSED'))
        return
      }
      if (item.kind === 'message') {
        line.push(item.job)
        if (first === undefined) transmit(item.job)
      } else if (item.kind === 'dropped') {
        if (line.includes(item.job)) drop(item.job, item.code)
      } else if (first === undefined) {
        continue
      } else if (item.kind === 'silence') {
        if (item.ofTry !== tries) continue
        if (first.attempts > maxRetries) drop(first, 'RETRY_LIMIT')
        else transmit(first)
      } else if (item.session === session && item.seq === seq) {
        seq += 1
        first.resolve({ attempts: first.attempts })
        advance()
      }
    }
  }
  const running = run()

  return {
    send(text: string, { signal }: SendOptions = {}) {
      return new Promise<Sent>((resolve, reject) => {
        if (closing !== undefined) return reject(refusal('CLOSED'))
        if (signal?.aborted === true) return reject(refusal('ABORTED'))
        if (Buffer.byteLength(text) > 1200) return reject(refusal('TOO_LONG'))
        const job: Job = { text, attempts: 0, resolve, reject }
        signal?.addEventListener('abort', () => news.tell({ kind: 'dropped', job, code: 'ABORTED' }))
        news.tell({ kind: 'message', job })
      })
    },
    close() {
      closing ??= (async () => {
        news.tell({ kind: 'close' })
        await running
        stop.abort()
        socket.close()
        await once(socket, 'close')
      })()
      return closing
    },
  }
}
