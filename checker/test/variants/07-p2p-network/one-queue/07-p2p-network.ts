// Everything happens one after the other, in one queue of promises; frames come from an async generator. Refuses to start with
// its own address or with a peer that is away, keeps the first of two links, and cuts hops and TTLs as it likes below 8.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Address, Hit, Node, NodeOptions, Peer } from '../../../../contracts/07-p2p-network.ts'
import { fetchFiles, serveConnection } from '../../../../../solutions/05-file-transfer.ts'

type Fields = Record<string, never> &
  Record<'type' | 'qid' | 'name' | 'id' | 'host' | 'sha256', string> &
  Record<'ttl' | 'port' | 'size', number>

const Q = Symbol('the queue')

function frameOf(type: string, fields: object = {}): Buffer {
  const text = JSON.stringify({ ...fields, type })
  const frame = Buffer.alloc(4 + Buffer.byteLength(text))
  frame.writeInt32BE(frame.length - 4)
  frame.write(text, 4, 'utf8')
  return frame
}

/** Yields frames with the bytes that came behind each of them. */
async function* framesOf(socket: Socket): AsyncGenerator<{ fields: Fields; rest: Buffer; raw: Buffer }> {
  let bytes = Buffer.alloc(0)
  const pieces = socket.iterator({ destroyOnReturn: false })
  for (;;) {
    while (bytes.length > 3 && bytes.length >= 4 + bytes.readUInt32BE()) {
      const end = 4 + bytes.readUInt32BE()
      const raw = bytes.subarray(0, end)
      bytes = bytes.subarray(end)
      yield { fields: (JSON.parse(raw.toString('utf8', 4)) ?? {}) as Fields, rest: bytes, raw }
    }
    if (bytes.length > 3 && bytes.readUInt32BE() > 2 ** 16) throw new RangeError('too long')
    const { value, done } = await pieces.next()
    if (done === true) return
    bytes = Buffer.concat([bytes, value as Buffer])
  }
}

class Servent implements Node {
  readonly id: string
  readonly address: Address
  readonly options: NodeOptions
  readonly server: Server
  table: { peer: Peer; socket: Socket }[] = []
  seen: Record<string, Socket | null> = Object.create(null) as Record<string, Socket | null>
  pending: Record<string, Hit[]> = {}
  shared: { name: string; size: number; sha256: string }[] = []
  sockets: Socket[] = []
  _queue = Promise.resolve()

  constructor(options: NodeOptions, server: Server) {
    const { address, port } = server.address() as AddressInfo
    this.options = options
    this.server = server
    this.address = { host: address, port }
    this.id = options.id ?? randomBytes(16).toString('hex')
    this.look()
    server.on('connection', (socket: Socket) => {
      this.attend(socket, false).catch(() => socket.destroy())
    })
  }

  [Q](work: () => void): void {
    this._queue = this._queue.then(work).catch(() => undefined)
  }

  look(): void {
    const names = readdirSync(this.options.dir).filter((name) => statSync(join(this.options.dir, name)).isFile())
    this.shared = names.map((name) => {
      const bytes = readFileSync(join(this.options.dir, name))
      return { name, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') }
    })
  }

  get who(): object {
    return { id: this.id, ...(this.options.advertise ?? this.address) }
  }

  async attend(socket: Socket, mine: boolean, ready: () => void = () => undefined): Promise<void> {
    this.sockets.push(socket.on('error', () => undefined))
    if (mine) socket.write(frameOf('hello', { ...this.who, files: this.shared }))
    let entry: (typeof this.table)[number] | undefined
    try {
      for await (const { fields, raw, rest } of framesOf(socket)) {
        if (entry !== undefined) {
          const link = entry
          if (fields.type === 'bye') return
          this[Q](() => this.hear(link, fields))
          continue
        }
        if (fields.type !== 'hello') {
          socket.unshift(Buffer.concat([raw, rest]))
          return serveConnection(socket, this.options.dir, this.options.onTransfer)
        }
        if (!mine) socket.write(frameOf('hello', { ...this.who, files: this.shared }))
        if (fields.id === this.id || this.table.some(({ peer }) => peer.id === fields.id)) return void socket.destroy()
        entry = {
          peer: { id: fields.id, address: { host: fields.host, port: fields.port }, files: this.namesIn(fields) },
          socket,
        }
        this.table.push(entry)
        socket.once('close', () => (this.table = this.table.filter((each) => each.socket !== socket)))
        ready()
      }
    } finally {
      ready()
      if (entry !== undefined) socket.destroy()
    }
    if (!socket.destroyed && entry === undefined) socket.end()
  }

  namesIn({ files }: Fields): string[] {
    return (Array.isArray(files) ? (files as { name?: string }[]) : []).map((file) => file?.name ?? '?')
  }

  hear({ peer, socket }: { peer: Peer; socket: Socket }, fields: Fields): void {
    const { type, qid, name, ttl } = fields
    if (type === 'files') peer.files = this.namesIn(fields)
    if (type === 'query' && this.seen[qid] === undefined) {
      this.seen[qid] = socket
      for (const file of this.shared.filter((each) => each.name === name))
        socket.write(frameOf('hit', { qid, ...this.who, ...file }))
      if (ttl >= 2)
        for (const other of this.table)
          if (other.socket !== socket) other.socket.write(frameOf('query', { ...fields, ttl: Math.min(ttl, 8) - 1 }))
    }
    if (type === 'hit') {
      const { id, host, port, size, sha256 } = fields
      if (this.seen[qid] === null) this.pending[qid]?.push({ id, address: { host, port }, name, size, sha256 })
      else this.seen[qid]?.write(frameOf('hit', fields))
    }
  }

  peers(): Peer[] {
    return this.table.map(({ peer }) => peer)
  }

  async search(name: string, { timeoutMs = 2000 } = {}): Promise<Hit[]> {
    const qid = randomBytes(16).toString('hex')
    this.seen[qid] = null
    const hits: Hit[] = (this.pending[qid] = [])
    for (const { socket } of this.table) socket.write(frameOf('query', { qid, name, ttl: this.options.ttl ?? 7, hops: 0 }))
    await new Promise((resolve) => setTimeout(resolve, timeoutMs))
    delete this.pending[qid]
    return hits
  }

  async download(hit: Hit, into: string): Promise<string> {
    const dir = mkdtempSync(join(into, '.'))
    try {
      await fetchFiles({ server: hit.address, names: [hit.name], into: dir })
      const got = createHash('sha256')
        .update(readFileSync(join(dir, hit.name)))
        .digest('hex')
      if (got !== hit.sha256) throw Object.assign(new Error(`${got} is not ${hit.sha256}`), { code: 'FORGED' })
      copyFileSync(join(dir, hit.name), join(into, hit.name))
      return hit.name
    } finally {
      rmSync(dir, { recursive: true })
    }
  }

  async rescan(): Promise<void> {
    this.look()
    for (const { socket } of this.table) socket.write(frameOf('files', { files: this.shared }))
  }

  async close(): Promise<void> {
    if (!this.server.listening) return
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
    await once(this.server, 'close')
  }
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const server = createServer({ allowHalfOpen: true })
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  const node = new Servent(options, server)
  for (const { host, port } of options.peers ?? []) {
    if (port === node.address.port) {
      await node.close()
      throw new Error('That is me')
    }
    const socket = createConnection(port, host)
    await once(socket, 'connect')
    await new Promise<void>((resolve) => void node.attend(socket, true, resolve).catch(() => socket.destroy()))
  }
  return node
}
