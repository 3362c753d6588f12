// Classes with fields of every kind, a bound but unconnected socket, and a timer that doubles with each silence.
import dgram from 'node:dgram'
import { webcrypto } from 'node:crypto'
import type { Address, ClientOptions, Packet, Sent, ServerOptions } from '../../../../contracts/02-retransmit-ack.ts'

class Trouble extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

export function encodePacket(packet: Packet): Uint8Array {
  const text = new TextEncoder().encode(packet.type === 'DATA' ? packet.text : '')
  if (text.byteLength > 1200) throw new Trouble('TOO_LONG')
  const bytes = new Uint8Array(9 + text.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, packet.type === 'DATA' ? 1 : 2)
  view.setUint32(1, packet.session, false)
  view.setUint32(5, packet.seq, false)
  bytes.set(text, 9)
  return bytes
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const header = { session: view.getUint32(1), seq: view.getUint32(5) }
    if (view.getUint8(0) === 2 && bytes.byteLength === 9) return { type: 'ACK', ...header }
    if (view.getUint8(0) !== 1) return undefined
    return { type: 'DATA', ...header, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.slice(9)) }
  } catch {
    return undefined
  }
}

class MessageServer {
  private readonly socket = dgram.createSocket('udp4')
  private readonly delivered = new Map<number, number>()
  private readonly onMessage: ServerOptions['onMessage']
  private ending: Promise<void> | undefined
  address: Address = { host: '127.0.0.1', port: 0 }

  constructor(options: ServerOptions) {
    this.onMessage = options.onMessage
    this.socket.on('message', this.receive.bind(this))
  }

  listen(port: number): Promise<this> {
    return new Promise((resolve, reject) => {
      this.socket.once('error', reject)
      this.socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
        this.socket.off('error', reject)
        this.socket.on('error', () => undefined)
        this.address = { host: '127.0.0.1', port: this.socket.address().port }
        resolve(this)
      })
    })
  }

  private receive(bytes: Buffer, from: dgram.RemoteInfo): void {
    const packet = decodePacket(bytes)
    if (packet === undefined || packet.type === 'ACK') return
    const count = this.delivered.get(packet.session) ?? 0
    if (packet.seq > count) return
    this.socket.send(encodePacket({ type: 'ACK', session: packet.session, seq: packet.seq }), from.port, from.address)
    if (packet.seq < count) return
    this.delivered.set(packet.session, count + 1)
    this.onMessage(packet.text, { host: from.address, port: from.port })
  }

  close(): Promise<void> {
    this.ending ??= new Promise((resolve) => this.socket.close(resolve))
    return this.ending
  }
}

export async function startServer(options: ServerOptions): Promise<MessageServer> {
  return new MessageServer(options).listen(options.port ?? 0)
}

interface Job {
  text: string
  tries: number
  done: (sent: Sent) => void
  failed: (error: Error) => void
}

class MessageClient {
  private readonly socket = dgram.createSocket({ type: 'udp4' })
  private readonly options: ClientOptions
  private readonly waiting: Job[] = []
  private current: Job | undefined
  private session = 0
  private seq = 0
  private waitMs = 0
  private timer: NodeJS.Timeout | undefined
  private ending: Promise<void> | undefined

  constructor(options: ClientOptions) {
    this.options = options
    this.newSession()
    this.socket.on('error', () => undefined)
    this.socket.on('message', (bytes) => this.receive(bytes))
  }

  ready(): Promise<this> {
    return new Promise((resolve) => this.socket.bind(0, '127.0.0.1', () => resolve(this)))
  }

  send(text: string, options?: { signal?: AbortSignal }): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) throw new Trouble('CLOSED')
      if (options?.signal?.aborted) throw new Trouble('ABORTED')
      encodePacket({ type: 'DATA', session: 0, seq: 0, text })
      const job: Job = { text, tries: 0, done: resolve, failed: reject }
      options?.signal?.addEventListener('abort', () => this.drop(job, 'ABORTED'), { once: true })
      this.waiting.push(job)
      if (this.current === undefined) this.next()
    })
  }

  private newSession(): void {
    this.session = webcrypto.getRandomValues(new Uint32Array(1))[0] ?? 0
    this.seq = 0
  }

  private next(): void {
    clearTimeout(this.timer)
    this.current = this.waiting.shift()
    this.waitMs = this.options.timeoutMs ?? 200
    if (this.current !== undefined) this.transmit(this.current)
  }

  private transmit(job: Job): void {
    job.tries += 1
    const { to, maxRetries = 5 } = this.options
    const bytes = encodePacket({ type: 'DATA', session: this.session, seq: this.seq, text: job.text })
    this.socket.send(bytes, 0, bytes.length, to.port, to.host, () => undefined)
    this.timer = setTimeout(() => {
      if (job.tries <= maxRetries) this.transmit(job)
      else this.drop(job, 'RETRY_LIMIT')
    }, this.waitMs)
    this.waitMs *= 2
  }

  private receive(bytes: Uint8Array): void {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'ACK' || packet.session !== this.session || packet.seq !== this.seq || this.current === undefined) return
    this.seq += 1
    this.current.done({ attempts: this.current.tries })
    this.next()
  }

  private drop(job: Job, code: string): void {
    job.failed(new Trouble(code))
    const place = this.waiting.indexOf(job)
    if (place >= 0) this.waiting.splice(place, 1)
    if (job !== this.current) return
    this.newSession()
    this.next()
  }

  close(): Promise<void> {
    this.ending ??= new Promise((resolve) => {
      clearTimeout(this.timer)
      for (const job of [this.current, ...this.waiting.splice(0)]) job?.failed(new Trouble('CLOSED'))
      this.current = undefined
      this.socket.close(() => resolve())
    })
    return this.ending
  }
}

export async function openClient(options: ClientOptions): Promise<MessageClient> {
  return new MessageClient(options).ready()
}
