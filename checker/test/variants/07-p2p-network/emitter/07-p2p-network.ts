// Every link is an EventEmitter, and so is the node: what arrives is an event, and the rules are listeners.
import { createHash, randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address, Hit, Node, NodeOptions } from '../../../../contracts/07-p2p-network.ts'
import { encodeFrame, fetchFiles, type Message, openReader, serveConnection } from '../../../../../solutions/05-file-transfer.ts'

class Link extends EventEmitter {
  id = ''
  address: Address = { host: '', port: 0 }
  names: string[] = []
  readonly socket: Socket
  readonly opened: boolean

  constructor(socket: Socket, opened: boolean) {
    super()
    this.socket = socket
    this.opened = opened
    socket.on('error', () => undefined)
    socket.once('close', () => this.emit('gone'))
  }

  say(type: string, fields: object): void {
    if (this.socket.writable) this.socket.write(encodeFrame({ type, ...fields }))
  }

  /** Emits what arrives under its own type; a `hello` first, or `other` for what is no link. */
  async listen(): Promise<void> {
    const reader = openReader(this.socket)
    try {
      for (let first = true; ; first = false) {
        const message = await reader.message()
        if (message === undefined) return void this.socket.destroy()
        if (first && message.type !== 'hello') {
          reader.release()
          return void this.emit('other', message)
        }
        // Types have a prefix, for 'error' would be thrown.
        this.emit(`got ${String(message.type)}`, message)
      }
    } catch {
      this.socket.destroy()
    }
  }
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const id = options.id ?? createHash('sha256').update(randomUUID()).digest('hex').slice(0, 32)
  const links: Link[] = []
  const back = new WeakMap<object, Link>()
  const queries = new Map<string, object>()
  const hits = new EventEmitter({ captureRejections: false })
  let files = await catalogue(options.dir)
  const server = createServer({ allowHalfOpen: true }, (socket) => adopt(new Link(socket, false)))
  const open = new Set<Socket>()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address: Address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const self = { id, ...(options.advertise ?? address) }
  const others = (not?: Link) => links.filter((link) => link !== not)

  function adopt(link: Link): Link {
    open.add(link.socket)
    link.once('gone', () => {
      open.delete(link.socket)
      if (links.includes(link)) links.splice(links.indexOf(link), 1)
    })
    link.once('other', (message: Message) => {
      link.socket.unshift(encodeFrame(message))
      serveConnection(link.socket, options.dir, options.onTransfer)
    })
    link.once('got hello', (hello: Message) => {
      if (!link.opened) link.say('hello', { ...self, files: [...files.values()] })
      link.id = String(hello.id)
      link.address = { host: String(hello.host), port: Number(hello.port) }
      link.names = namesOf(hello.files)
      const twin = links.find((each) => each.id === link.id)
      if (link.id === id) return link.socket.destroy()
      // Of two, the one goes that the greater id has opened.
      const loser = twin === undefined ? undefined : link.opened === id > link.id ? link : twin
      if (loser !== link) links.push(link)
      loser?.socket.destroy()
      if (loser !== undefined && links.includes(loser)) links.splice(links.indexOf(loser), 1)
    })
    link.on('got files', (message: Message) => (link.names = namesOf(message.files)))
    link.on('got bye', () => link.socket.end())
    link.on('got query', (query: Message) => {
      const { qid, name, ttl, hops } = query
      if (typeof qid !== 'string' || typeof name !== 'string' || queries.has(qid)) return
      queries.set(qid, query)
      back.set(query, link)
      const mine = files.get(name)
      // The answer may well take a moment.
      if (mine !== undefined) setImmediate(() => link.say('hit', { qid, ...self, ...mine }))
      if (Number(ttl) - 1 > 0)
        for (const other of others(link)) other.say('query', { qid, name, ttl: Number(ttl) - 1, hops: Number(hops) + 1 })
    })
    link.on('got hit', (hit: Message) => {
      const query = queries.get(String(hit.qid))
      if (query !== undefined) back.get(query)?.say('hit', hit)
      hits.emit(`hit ${String(hit.qid)}`, hit)
    })
    void link.listen()
    return link
  }

  async function call(peer: Address): Promise<void> {
    const link = adopt(new Link(connect(peer), true))
    link.say('hello', { ...self, files: [...files.values()] })
    await Promise.race(['got hello', 'gone'].map((event) => once(link, event)))
  }
  await Promise.allSettled((options.peers ?? []).map(call))

  return {
    id,
    address,
    peers: () => links.map((link) => ({ id: link.id, address: link.address, files: link.names })),
    async search(name, search) {
      const qid = createHash('md5').update(randomUUID()).digest('hex')
      const found: Hit[] = []
      queries.set(qid, {})
      hits.on(`hit ${qid}`, ({ id: owner, host, port, size, sha256 }: Message) =>
        found.push({
          id: String(owner),
          address: { host: String(host), port: Number(port) },
          name,
          size: Number(size),
          sha256: String(sha256),
        }),
      )
      for (const link of links) link.say('query', { qid, name, ttl: options.ttl ?? 20, hops: 0, from: 'emitter' })
      await sleep(search?.timeoutMs ?? 1500)
      hits.removeAllListeners(`hit ${qid}`)
      return found
    },
    async download(hit, into) {
      const beside = await mkdtemp(join(into, 'part-'))
      try {
        const [answer] = await fetchFiles({ server: hit.address, names: [hit.name], into: beside })
        if (answer?.status !== 'ok' || (await digest(join(beside, hit.name))) !== hit.sha256) throw new Error('not the file')
        await rename(join(beside, hit.name), join(into, hit.name))
        return join(into, hit.name)
      } finally {
        await rm(beside, { recursive: true })
      }
    },
    async rescan() {
      files = await catalogue(options.dir)
      for (const link of links) link.say('files', { files: [...files.values()] })
    },
    async close() {
      const freed = server.listening ? once(server, 'close') : Promise.resolve()
      server.close()
      for (const socket of open) socket.destroy()
      await freed
    },
  }
}

async function catalogue(dir: string) {
  const files = new Map<string, { name: string; size: number; sha256: string }>()
  for (const name of await readdir(dir)) {
    const info = await stat(join(dir, name))
    if (info.isFile()) files.set(name, { name, size: info.size, sha256: await digest(join(dir, name)) })
  }
  return files
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

function namesOf(files: unknown): string[] {
  return Array.isArray(files)
    ? files.flatMap((file: { name?: unknown } | null) => (typeof file?.name === 'string' ? [file.name] : []))
    : []
}
