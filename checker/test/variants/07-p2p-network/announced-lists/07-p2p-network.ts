// Connects when it is used for the first time, tries again for ever, and answers from what its peers have announced.
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Address, Hit, Node, NodeOptions } from '../../../../contracts/07-p2p-network.ts'
import { encodeFrame, fetchFiles, type Message, openReader, serveConnection } from '../../../../../solutions/05-file-transfer.ts'

type File = { name: string; size: number; sha256: string }
type Neighbour = { id: string; address: Address; files: File[]; sockets: Set<Socket> }

export async function startNode({ dir, port = 0, peers = [], ttl = 10, ...more }: NodeOptions): Promise<Node> {
  const id = more.id ?? randomBytes(16).toString('hex')
  const neighbours = new Map<string, Neighbour>()
  const routes = new Map<string, string>()
  const collecting = new Map<string, Map<string, Hit>>()
  const sockets = new Set<Socket>()
  let files = await look(dir)
  let awake = false
  const ending = new AbortController()
  const over = ending.signal

  const server = createServer({ allowHalfOpen: true })
  server.on('connection', (socket) => void attend(socket, false))
  const address = await new Promise<Address>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }))
  })
  const me = { id, ...(more.advertise ?? address) }

  function wake(): void {
    if (awake) return
    awake = true
    for (const peer of peers) void keepTrying(peer)
  }

  async function keepTrying(peer: Address): Promise<void> {
    while (!over.aborted && !(peer.port === address.port && peer.host === address.host)) {
      const socket = connect(peer)
      await attend(socket, true)
      await new Promise((resolve) => setTimeout(resolve, 500).unref())
    }
  }

  async function attend(socket: Socket, caller: boolean): Promise<void> {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    const reader = openReader(socket)
    let neighbour: Neighbour | undefined
    try {
      if (caller) write(socket, { type: 'hello', ...me, files })
      const first = await reader.message()
      if (!caller && (first?.type === 'get' || first?.type === 'list')) {
        reader.release()
        socket.unshift(encodeFrame(first))
        return serveConnection(socket, dir, more.onTransfer)
      }
      if (first?.type !== 'hello' || first.id === id) return void socket.destroy()
      if (!caller) write(socket, { type: 'hello', ...me, files })
      neighbour = neighbours.get(String(first.id)) ?? {
        id: String(first.id),
        address: { host: String(first.host), port: Number(first.port) },
        files: listOf(first.files),
        sockets: new Set(),
      }
      // Two connections are one neighbour: all are listened to, the first one is spoken on.
      neighbour.sockets.add(socket)
      neighbours.set(neighbour.id, neighbour)
      for (let message = await reader.message(); message !== undefined; message = await reader.message()) {
        if (message.type === 'bye') break
        take(neighbour, message)
      }
      socket.destroy()
    } catch {
      socket.destroy()
    } finally {
      neighbour?.sockets.delete(socket)
      if (neighbour?.sockets.size === 0) neighbours.delete(neighbour.id)
    }
  }

  function take(from: Neighbour, message: Message): void {
    if (message.type === 'files') from.files = listOf(message.files)
    if (message.type === 'hit') {
      const hit = readHit(message)
      collecting.get(String(message.qid))?.set(hit.id + hit.name, hit)
      const back = routes.get(String(message.qid))
      if (back !== undefined && back !== id) tell(neighbours.get(back), message)
    }
    if (message.type === 'query' && typeof message.qid === 'string' && !routes.has(message.qid)) {
      const { qid, name } = message
      routes.set(qid, from.id)
      for (const file of files) if (file.name === name) tell(from, { type: 'hit', qid, ...me, ...file })
      const others = [...neighbours.values()].filter((other) => other !== from)
      for (const other of others) {
        const theirs = other.files.find((file) => file.name === name)
        if (theirs !== undefined) tell(from, { type: 'hit', qid, id: other.id, ...other.address, ...theirs })
        if (Number(message.ttl) >= 2) tell(other, { ...message, ttl: Number(message.ttl) - 1, hops: Number(message.hops) + 1 })
      }
    }
  }

  function tell(neighbour: Neighbour | undefined, message: Message): void {
    const [first] = neighbour?.sockets ?? []
    if (first !== undefined) write(first, message)
  }

  return {
    id,
    address,
    peers() {
      wake()
      return [...neighbours.values()].map((each) => ({
        id: each.id,
        address: each.address,
        files: each.files.map(({ name }) => name),
      }))
    },
    async search(name, { timeoutMs = 700 } = {}) {
      wake()
      const qid = `${id}-${randomBytes(4).toString('hex')}`
      const found = new Map<string, Hit>()
      routes.set(qid, id)
      collecting.set(qid, found)
      for (const neighbour of neighbours.values()) tell(neighbour, { type: 'query', qid, name, ttl, hops: 0 })
      await new Promise((resolve) => setTimeout(resolve, timeoutMs))
      collecting.delete(qid)
      return [...found.values()].toReversed()
    },
    async download(hit, into) {
      const [result] = await fetchFiles({ server: hit.address, names: [hit.name], into })
      if (result?.status !== 'ok') throw new Error(`no ${hit.name} there`)
      const path = join(into, hit.name)
      const content = await readFile(path)
      if (createHash('sha256').update(content).digest('hex') === hit.sha256) return path
      await rm(path)
      throw new Error('another content')
    },
    async rescan() {
      files = await look(dir)
      for (const neighbour of neighbours.values()) tell(neighbour, { type: 'files', files })
    },
    async close() {
      ending.abort()
      for (const neighbour of neighbours.values()) tell(neighbour, { type: 'bye' })
      for (const socket of sockets) socket.destroySoon()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function write(socket: Socket, message: Message): void {
  if (socket.writable) socket.write(encodeFrame(message))
}

async function look(dir: string): Promise<File[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name }) => {
        const content = await readFile(join(dir, name))
        return { name, size: content.length, sha256: createHash('sha256').update(content).digest('hex') }
      }),
  )
}

function listOf(value: unknown): File[] {
  const list = Array.isArray(value) ? (value as (Partial<File> | null)[]) : []
  return list.flatMap((file) => (typeof file?.name === 'string' ? [file as File] : []))
}

function readHit({ id, host, port, name, size, sha256 }: Message): Hit {
  return {
    id: String(id),
    address: { host: String(host), port: Number(port) },
    name: String(name),
    size: Number(size),
    sha256: String(sha256),
  }
}
