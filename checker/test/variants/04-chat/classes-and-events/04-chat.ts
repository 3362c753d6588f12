// Classes that extend EventEmitter, with private fields of TypeScript's kind; one emitter turns datagrams into events.

import { randomBytes } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import type { Address, ChatMessage, ChatServerOptions, JoinOptions, RunChatOptions } from '../../../../contracts/04-chat.ts'

class ChatError extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** Emits `join`, `say` and so on for each packet, with its fields and its sender. */
class Wire extends EventEmitter {
  private readonly socket: Socket = createSocket('udp4')
  private ended = false

  constructor() {
    super()
    this.socket.on('message', (bytes, sender) => this.read(bytes, sender))
    this.socket.on('error', () => undefined)
  }

  private read(bytes: Buffer, sender: RemoteInfo): void {
    try {
      const { type, ...fields } = JSON.parse(bytes.toString('utf8')) as { type: unknown }
      if (typeof type === 'string') this.emit(`packet ${type}`, fields, sender)
    } catch {
      this.emit('noise', sender)
    }
  }

  async listen(port: number): Promise<Address> {
    const socket = this.socket
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ port, address: '127.0.0.1' }, resolve)
    })
    return { host: socket.address().address, port: socket.address().port }
  }

  send(packet: object, to: Address): Promise<number> {
    const bytes = Buffer.from(JSON.stringify(packet))
    return new Promise((resolve, reject) =>
      this.socket.send(bytes, 0, bytes.length, to.port, to.host, (error, sent) => (error ? reject(error) : resolve(sent))),
    )
  }

  get isOpen(): boolean {
    return !this.ended
  }

  async end(): Promise<void> {
    if (this.ended) return
    this.ended = true
    this.socket.close()
    await once(this.socket, 'close')
  }
}

class Server {
  address: Address = { host: '127.0.0.1', port: 0 }
  private readonly wire = new Wire()
  private readonly table: { name: string; host: string; port: number; until: number }[] = []
  private readonly sweeper: NodeJS.Timeout
  private readonly options: ChatServerOptions

  constructor(options: ChatServerOptions) {
    this.options = options
    this.wire.on('packet join', (fields, sender) => this.onJoin(fields.name, sender))
    this.wire.on('packet say', (fields, sender) => this.onSay(fields, sender))
    this.wire.on('packet leave', (_fields, sender) => this.drop((each) => each === this.find(sender)))
    this.sweeper = setInterval(() => this.drop((each) => each.until <= performance.now()), Math.max(1, this.idleMs / 4))
  }

  private get idleMs(): number {
    return this.options.idleMs ?? 60_000
  }

  async start(): Promise<this> {
    try {
      this.address = await this.wire.listen(this.options.port ?? 0)
    } catch (error) {
      clearInterval(this.sweeper)
      throw error
    }
    return this
  }

  private find({ address, port }: RemoteInfo) {
    const member = this.table.find((each) => each.host === address && each.port === port)
    if (member !== undefined) member.until = performance.now() + this.idleMs
    return member
  }

  private drop(which: (member: Server['table'][number]) => boolean): void {
    for (let index = this.table.length - 1; index >= 0; index -= 1) {
      const member = this.table[index]
      if (member !== undefined && which(member)) this.table.splice(index, 1)
    }
  }

  private onJoin(name: unknown, sender: RemoteInfo): void {
    if (typeof name !== 'string') return
    const to = { host: sender.address, port: sender.port }
    const reply = (packet: object) => void this.wire.send(packet, to).catch(() => undefined)
    const length = Array.from(name).length
    if (length === 0 || length > 32 || /[\u0000-\u001f\u007f-\u009f]/.test(name))
      return reply({ type: 'error', code: 'BAD_NAME' })
    const member = this.find(sender)
    if (this.table.some((each) => each.name === name && each !== member)) return reply({ type: 'error', code: 'NAME_TAKEN' })
    if (member === undefined) this.table.push({ ...to, name, until: performance.now() + this.idleMs })
    else member.name = name
    reply({ type: 'joined', name })
  }

  private onSay({ id, text, at }: Record<string, unknown>, sender: RemoteInfo): void {
    if ([id, text, at].some((field) => typeof field !== 'string') || Number.isNaN(new Date(String(at)).getTime())) return
    const speaker = this.find(sender)
    if (speaker === undefined) {
      this.wire.send({ type: 'error', code: 'NOT_JOINED' }, { host: sender.address, port: sender.port }).catch(() => undefined)
      return
    }
    this.options.log?.(`<${speaker.name}> ${String(text)} (${String(at)})`)
    for (const member of this.table) {
      if (member === speaker) continue
      this.wire.send({ type: 'message', id, name: speaker.name, text, at }, member).catch(() => undefined)
    }
  }

  async members(): Promise<string[]> {
    return this.table.map((each) => each.name)
  }

  async close(): Promise<void> {
    clearInterval(this.sweeper)
    await this.wire.end()
  }
}

class Client {
  private readonly wire = new Wire()
  private readonly options: JoinOptions
  private readonly shown: string[] = []
  private heartbeat: NodeJS.Timeout | undefined

  constructor(options: JoinOptions) {
    this.options = options
    this.wire.on('packet message', (fields, sender) => this.isServer(sender) && this.onMessage(fields))
    this.wire.on('packet joined', (_fields, sender) => this.isServer(sender) && this.wire.emit('answer', undefined))
    this.wire.on('packet error', ({ code }, sender) => this.isServer(sender) && this.wire.emit('answer', code))
  }

  private isServer({ address, port }: RemoteInfo): boolean {
    return `${address}:${port}` === `${this.options.server.host}:${this.options.server.port}`
  }

  private onMessage({ id, name, text, at }: Record<string, unknown>): void {
    if (![id, name, text, at].every((field) => typeof field === 'string') || !(Date.parse(String(at)) > -Infinity)) return
    const message = { id, name, text, at } as ChatMessage
    if (this.shown.includes(message.id)) return
    this.shown.push(message.id)
    if (this.shown.length > 500) this.shown.shift()
    this.options.onMessage(message)
  }

  async join(): Promise<this> {
    const { timeoutMs = 2000, name, server } = this.options
    const ask = () => void this.wire.send({ type: 'join', name }, server).catch(() => undefined)
    const again = setInterval(ask, timeoutMs / 8)
    const limit = setTimeout(() => this.wire.emit('answer', 'JOIN_TIMEOUT'), timeoutMs)
    ask()
    const [code] = (await once(this.wire, 'answer')) as [string | undefined]
    clearInterval(again)
    clearTimeout(limit)
    if (code !== undefined) {
      await this.close()
      throw new ChatError(code)
    }
    this.heartbeat = setInterval(ask, 10_000)
    return this
  }

  async say(text: string): Promise<void> {
    if (!this.wire.isOpen) throw new ChatError('CLOSED')
    const at = (this.options.now?.() ?? new Date()).toISOString()
    await this.wire.send({ type: 'say', id: randomBytes(16).toString('hex'), text, at }, this.options.server)
  }

  async close(): Promise<void> {
    clearInterval(this.heartbeat)
    if (this.wire.isOpen) await this.wire.send({ type: 'leave' }, this.options.server).catch(() => undefined)
    await this.wire.end()
  }
}

export const startChatServer = (options: ChatServerOptions) => new Server(options).start()

export const joinChat = (options: JoinOptions) => new Client(options).join()

export function format({ name, text, at }: ChatMessage, timeZone?: string): string {
  const time = new Date(at).toLocaleTimeString('de-DE', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return `[${time}] ${name}: ${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')}`
}

export async function runChat(options: RunChatOptions): Promise<void> {
  const client = await joinChat({ ...options, onMessage: (message) => options.print(format(message)) })
  try {
    for await (const line of options.lines) {
      if (line === 'q') return
      await client.say(line)
    }
  } finally {
    await client.close()
  }
}
