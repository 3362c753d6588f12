// Server and client are event emitters; sessions are kept in hexadecimal, and the session counts on from a random start.
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { EventEmitter } from 'node:events'
import type { Address, ClientOptions, Packet, SendOptions, Sent, ServerOptions } from '../../../../contracts/02-retransmit-ack.ts'

const hexOf = (value: number): string => value.toString(16).padStart(8, '0')

export function encodePacket(packet: Packet): Uint8Array {
  const text = packet.type === 'DATA' ? Buffer.from(packet.text).toString('hex') : ''
  if (text.length > 2400) throw coded('TOO_LONG')
  return Buffer.from(`${packet.type === 'DATA' ? '01' : '02'}${hexOf(packet.session)}${hexOf(packet.seq)}${text}`, 'hex')
}

export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const match = /^(01|02)(.{8})(.{8})(.*)$/.exec(Buffer.from(bytes).toString('hex'))
  if (match === null) return undefined
  const [, type, session = '', seq = '', rest = ''] = match
  const header = { session: Number(`0x${session}`), seq: Number(`0x${seq}`) }
  if (type === '02') return rest === '' ? { type: 'ACK', ...header } : undefined
  const text = Buffer.from(rest, 'hex').toString()
  return Buffer.from(text).toString('hex') === rest ? { type: 'DATA', ...header, text } : undefined
}

function coded(code: string): Error {
  return Object.defineProperty(new Error(code), 'code', { value: code, enumerable: true })
}

class Server extends EventEmitter {
  readonly address: Address
  readonly #socket: Socket
  readonly #known = new Map<string, number>()
  #closed = false

  constructor(socket: Socket) {
    super()
    this.#socket = socket
    this.address = { host: '127.0.0.1', port: socket.address().port }
    socket.on('error', () => {})
    socket.on('message', (bytes, { address, port }) => {
      const packet = decodePacket(bytes)
      if (packet?.type !== 'DATA') return
      const session = hexOf(packet.session)
      const highest = this.#known.get(session) ?? -1
      if (packet.seq > highest + 1) return
      if (packet.seq === highest + 1) {
        this.#known.set(session, packet.seq)
        this.emit('text', packet.text, { host: address, port })
      }
      const reply = Buffer.from(bytes.subarray(0, 9))
      reply[0] = 2
      this.#socket.send([reply], port, address)
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }
}

export async function startServer({ port, onMessage }: ServerOptions): Promise<Server> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind({ address: '127.0.0.1', port: port ?? 0 }, resolve)
  })
  return new Server(socket).on('text', onMessage)
}

let session = randomBytes(4).readUInt32BE()

class Client extends EventEmitter<{ ack: [name: string]; free: []; close: [] }> {
  readonly #socket = createSocket('udp4')
  readonly #options: Required<ClientOptions>
  #session = session++ % 2 ** 32
  #seq = 0
  #busy = false
  #open = true

  constructor(options: ClientOptions) {
    super()
    this.setMaxListeners(0)
    this.#options = { timeoutMs: 200, maxRetries: 5, ...options }
    this.#socket.on('error', () => {})
    this.#socket.on('message', (bytes) => {
      const packet = decodePacket(bytes)
      if (packet?.type === 'ACK') this.emit('ack', `${packet.session} ${packet.seq}`)
    })
  }

  send(text: string, { signal }: SendOptions = {}): Promise<Sent> {
    return new Promise((resolve, reject) => {
      if (!this.#open) throw coded('CLOSED')
      if (signal?.aborted === true) throw coded('ABORTED')
      if (Buffer.byteLength(text) > 1200) throw coded('TOO_LONG')
      const { to, timeoutMs, maxRetries } = this.#options
      let attempts = 0
      let timer: NodeJS.Timeout | undefined
      let wanted = ''

      const end = (settle: () => void): void => {
        clearTimeout(timer)
        this.off('ack', onAck).off('free', onFree).off('close', onClose)
        signal?.removeEventListener('abort', onAbort)
        settle()
        if (attempts === 0) return
        this.#busy = false
        this.emit('free')
      }
      const fail = (code: string): void =>
        end(() => {
          if (attempts > 0) {
            this.#session = session++ % 2 ** 32
            this.#seq = 0
          }
          reject(coded(code))
        })
      const attempt = (): void => {
        if (attempts === maxRetries + 1) return fail('RETRY_LIMIT')
        attempts += 1
        const bytes = encodePacket({ type: 'DATA', session: this.#session, seq: this.#seq, text })
        this.#socket.send(bytes, to.port, to.host, () => {})
        timer = setTimeout(attempt, timeoutMs)
      }
      const onFree = (): void => {
        if (this.#busy || attempts > 0) return
        this.#busy = true
        wanted = `${this.#session} ${this.#seq}`
        attempt()
      }
      const onAck = (name: string): void => {
        if (name !== wanted) return
        end(() => {
          this.#seq += 1
          resolve({ attempts })
        })
      }
      const onClose = (): void => fail('CLOSED')
      const onAbort = (): void => fail('ABORTED')
      this.on('ack', onAck).on('free', onFree).on('close', onClose)
      signal?.addEventListener('abort', onAbort)
      onFree()
    })
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    // The listeners that wait for their turn must not take it now.
    this.#busy = true
    this.removeAllListeners('free')
    this.emit('close')
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }
}

export async function openClient(options: ClientOptions): Promise<Client> {
  return new Client(options)
}
