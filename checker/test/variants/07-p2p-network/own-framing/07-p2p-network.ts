// Stands on nothing: frames, file server and download anew, in classes. Sends pings, and types that nobody knows.
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import type { Address, Hit, Node, NodeOptions, Peer } from '../../../../contracts/07-p2p-network.ts'

type Message = Record<string, unknown>
type File = { name: string; size: number; sha256: string }

class Wire {
  readonly socket: net.Socket
  onMessage: (message: Message) => void = () => undefined
  onGone: () => void = () => undefined
  #kept: Buffer = Buffer.alloc(0)

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (piece: Buffer) => this.#take(piece))
    socket.on('error', () => undefined)
    socket.on('close', () => this.onGone())
  }

  #take(piece: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, piece])
    while (this.#kept.length >= 4 && !this.socket.destroyed) {
      const length = this.#kept.readUInt32BE()
      if (length > 65_536) return this.cut()
      if (this.#kept.length < 4 + length) return
      const json = this.#kept.subarray(4, 4 + length)
      this.#kept = this.#kept.subarray(4 + length)
      let message: unknown
      try {
        message = JSON.parse(json.toString())
      } catch {
        return this.cut()
      }
      if (typeof message === 'object' && message !== null) this.onMessage(message as Message)
    }
  }

  say(message: Message): void {
    if (this.socket.writable) this.socket.write(Wire.frame(message))
  }

  cut(): void {
    this.socket.destroy()
  }

  static frame(message: Message): Buffer {
    const json = Buffer.from(JSON.stringify(message))
    const head = Buffer.alloc(4)
    head.writeUInt32BE(json.length)
    return Buffer.concat([head, json])
  }
}

class Library {
  files: File[] = []
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  scan(): void {
    const names = fs.readdirSync(this.dir).filter((name) => fs.statSync(path.join(this.dir, name)).isFile())
    this.files = names.map((name) => {
      const content = fs.readFileSync(path.join(this.dir, name))
      return { name, size: content.length, sha256: createHash('sha256').update(content).digest('hex') }
    })
  }

  answer(wire: Wire, request: Message): void {
    const files = this.files.map(({ name, size }) => ({ name, size }))
    if (request.type === 'list') return wire.say({ type: 'files', files })
    if (request.type !== 'get' || !Array.isArray(request.names))
      return void wire.socket.end(Wire.frame({ type: 'error', message: 'What?' }))
    for (const name of request.names as string[]) {
      const known = this.files.some((file) => file.name === name)
      if (!known) {
        wire.say({ type: 'missing', name })
        continue
      }
      const content = fs.readFileSync(path.join(this.dir, name))
      wire.say({ type: 'file', name, size: content.length })
      wire.socket.write(content)
    }
    wire.say({ type: 'end', count: request.names.length })
  }
}

class Node7 implements Node {
  readonly id: string
  address: Address = { host: '127.0.0.1', port: 0 }
  readonly #options: NodeOptions
  readonly #library: Library
  readonly #server: net.Server
  readonly #links = new Map<string, { wire: Wire; peer: Peer }>()
  readonly #origin = new Map<string, Wire | 'me'>()
  readonly #results = new Map<string, Hit[]>()
  readonly #sockets = new Set<net.Socket>()
  #pings: NodeJS.Timeout | undefined

  constructor(options: NodeOptions) {
    this.#options = options
    this.id = options.id ?? randomUUID().replaceAll('-', '').toUpperCase()
    this.#library = new Library(options.dir)
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  async start(): Promise<this> {
    this.#library.scan()
    this.#server.listen(this.#options.port ?? 0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.address = { host: '127.0.0.1', port: (this.#server.address() as net.AddressInfo).port }
    await Promise.all((this.#options.peers ?? []).map((peer) => this.#dial(peer)))
    this.#pings = setInterval(() => this.#tellAll({ type: 'ping', at: Date.now() }), 30)
    return this
  }

  #hello(): Message {
    return {
      type: 'hello',
      id: this.id,
      ...(this.#options.advertise ?? this.address),
      files: this.#library.files,
      version: 'own/1.0',
    }
  }

  #hold(socket: net.Socket): Wire {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    return new Wire(socket)
  }

  #accept(socket: net.Socket): void {
    const wire = this.#hold(socket)
    wire.onMessage = (first) => {
      if (first.type === 'hello') {
        wire.say(this.#hello())
        return this.#link(wire, first)
      }
      wire.onMessage = (request) => this.#library.answer(wire, request)
      wire.onMessage(first)
    }
    // Whoever ends gets everything that was asked for; what is written before stays in order.
    socket.on('end', () => setImmediate(() => socket.end()))
  }

  #dial({ host, port }: Address): Promise<void> {
    const wire = this.#hold(net.connect(port, host))
    wire.say(this.#hello())
    return new Promise((resolve) => {
      wire.onGone = resolve
      wire.onMessage = (first) => {
        this.#link(wire, first)
        resolve()
      }
    })
  }

  #link(wire: Wire, { type, id, host, port, files }: Message): void {
    const known = this.#links.get(String(id))
    // The first link stays.
    if (type !== 'hello' || id === this.id || (known !== undefined && !known.wire.socket.destroyed)) return wire.cut()
    const peer: Peer = { id: String(id), address: { host: String(host), port: Number(port) }, files: namesOf(files) }
    this.#links.set(peer.id, { wire, peer })
    wire.onGone = () => {
      if (this.#links.get(peer.id)?.wire === wire) this.#links.delete(peer.id)
    }
    wire.socket.on('end', () => wire.cut())
    wire.onMessage = (message) => this.#hear(wire, peer, message)
    wire.say({ type: 'weather', sun: true })
  }

  #hear(wire: Wire, peer: Peer, message: Message): void {
    const { qid, name } = message
    if (message.type === 'bye') wire.cut()
    if (message.type === 'ping') wire.say({ type: 'pong' })
    if (message.type === 'files') peer.files = namesOf(message.files)
    if (typeof qid !== 'string') return
    if (message.type === 'query' && !this.#origin.has(qid)) {
      this.#origin.set(qid, wire)
      const lower = Number(message.ttl) - 1
      if (lower > 0) this.#tellAll({ ...message, ttl: lower, hops: Number(message.hops) + 1 }, wire)
      for (const file of this.#library.files) {
        if (file.name === name) wire.say({ type: 'hit', qid, id: this.id, ...(this.#options.advertise ?? this.address), ...file })
      }
    }
    if (message.type === 'hit') {
      const back = this.#origin.get(qid)
      if (back === 'me') this.#results.get(qid)?.push(asHit(message))
      else back?.say(message)
    }
  }

  #tellAll(message: Message, except?: Wire): void {
    for (const { wire } of this.#links.values()) if (wire !== except) wire.say(message)
  }

  peers(): Peer[] {
    return [...this.#links.values()].map(({ peer }) => peer)
  }

  async search(name: string, { timeoutMs = 1000 } = {}): Promise<Hit[]> {
    const qid = randomUUID()
    const hits: Hit[] = []
    this.#origin.set(qid, 'me')
    this.#results.set(qid, hits)
    this.#tellAll({ type: 'query', qid, name, ttl: this.#options.ttl ?? 5, hops: 0 })
    await new Promise((resolve) => setTimeout(resolve, timeoutMs))
    this.#results.delete(qid)
    return hits
  }

  async download({ address, name, size, sha256 }: Hit, into: string): Promise<string> {
    const socket = net.connect(address.port, address.host)
    socket.end(Wire.frame({ type: 'get', names: [name] }))
    const pieces: Buffer[] = []
    for await (const piece of socket) pieces.push(piece as Buffer)
    const all = Buffer.concat(pieces)
    const bodyAt = 4 + (all.length < 4 ? 0 : all.readUInt32BE())
    const body = all.subarray(bodyAt, bodyAt + size)
    if (createHash('sha256').update(body).digest('hex') !== sha256) throw new Error('not what was promised')
    fs.writeFileSync(path.join(into, path.basename(name)), body)
    return path.basename(name)
  }

  async rescan(): Promise<void> {
    this.#library.scan()
    this.#tellAll({ type: 'files', files: this.#library.files })
  }

  async close(): Promise<void> {
    clearInterval(this.#pings)
    for (const socket of this.#sockets) socket.destroy()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }
}

function namesOf(files: unknown): string[] {
  return Array.isArray(files) ? files.map((file: { name?: unknown } | null) => String(file?.name)) : []
}

function asHit({ id, host, port, name, size, sha256 }: Message): Hit {
  return {
    id: String(id),
    address: { host: String(host), port: Number(port) },
    name: String(name),
    size: Number(size),
    sha256: String(sha256),
  }
}

export function startNode(options: NodeOptions): Promise<Node> {
  return new Node7(options).start()
}
