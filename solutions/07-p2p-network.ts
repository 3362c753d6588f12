// Lesson 7: nodes that find each other's files, without a centre.
// Read first: lessons/07-p2p-network.md

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Address, Hit, Node, NodeOptions } from '../checker/contracts/07-p2p-network.ts'
import { encodeFrame, fetchFiles, type Message, openReader, serveConnection } from './05-file-transfer.ts'

/** What is told about a file. */
type SharedFile = Pick<Hit, 'name' | 'size' | 'sha256'>

/** Whoever asks chooses it; all that matters is that nobody else has chosen the same. */
type Qid = string | number

/** A connection to another node, once both have said hello. */
interface Link {
  readonly id: string
  readonly address: Address
  readonly socket: Socket
  /** The id of the node that has opened it. */
  readonly opener: string
  files: readonly string[]
}

/** How long a node that is asked for a link may take to say hello. */
const HELLO_MS = 2000
/** How long a goodbye may take. */
const FAREWELL_MS = 200
/** How many queries are remembered. Later copies of older ones would be taken for new. */
const REMEMBERED = 10_000
/** How much may wait for a peer that does not read, before it is given up. */
const MAX_WAITING_BYTES = 1024 * 1024
/** How many bytes of a frame the list of files may take. */
const MAX_LIST_BYTES = 60_000

/**
 * Starts a node on 127.0.0.1, and links it with the peers that are there.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { dir, id = randomBytes(16).toString('hex'), port = 0, peers = [], ttl = 7, onTransfer } = options
  let shared = await scan(dir)
  /** By id: a node has one link to another, whatever addresses the two have. */
  const links = new Map<string, Link>()
  /** The way back for each query that has passed here; none for this node's own. */
  const seen = new Map<Qid, Link | undefined>()
  const searches = new Map<Qid, Hit[]>()
  const connections = new Set<Socket>()
  const closing = new AbortController()
  let closed: Promise<void> | undefined

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    hold(socket)
    welcome(socket).catch(() => socket.destroy())
  })

  function hold(socket: Socket): void {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    socket.on('error', () => undefined) // whoever reads is told by 'close'
  }

  /** Finds out what somebody else has connected for. */
  async function welcome(socket: Socket): Promise<void> {
    const reader = openReader(socket)
    const first = await reader.message()
    if (first?.type === 'hello') return talk(socket, first, (peer) => peer)
    reader.release()
    if (first === undefined) return void socket.destroy()
    // Lesson 5 takes it from here, as if nobody had looked.
    socket.unshift(encodeFrame(first))
    serveConnection(socket, dir, onTransfer)
  }

  /** Connects to a node. Resolves when it has said hello, or when it turns out that it never will. */
  async function dial({ host, port: peerPort }: Address): Promise<void> {
    const socket = connect({ host, port: peerPort, noDelay: true, timeout: HELLO_MS })
    hold(socket)
    socket.once('timeout', () => socket.destroy())
    try {
      await once(socket, 'connect', { signal: closing.signal })
      send(socket, hello())
      const first = await openReader(socket).message()
      socket.setTimeout(0)
      if (first === undefined) throw new Error('No hello')
      talk(socket, first, () => id).catch(() => socket.destroy())
    } catch {
      socket.destroy() // peers come and go
    }
  }

  /** Makes a link of a connection, and listens until it ends. @param openerOf chooses who has opened it, given the peer's id */
  async function talk(socket: Socket, first: Message, openerOf: (peer: string) => string): Promise<void> {
    const greeting = readHello(first)
    // A node may be told its own address, directly or by way of a relay.
    if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()
    const link: Link = { ...greeting, socket, opener: openerOf(greeting.id) }
    if (link.opener !== id) send(socket, hello())
    if (!add(link)) return void socket.destroy()
    try {
      const reader = openReader(socket)
      for (let message = await reader.message(); message !== undefined; message = await reader.message()) {
        if (message.type === 'bye') break
        hear(link, message)
      }
    } finally {
      if (links.get(link.id) === link) links.delete(link.id)
      socket.destroy()
    }
  }

  /**
   * Two nodes may have connected to each other at the same time. Both then keep the connection that was opened by the one with
   * the smaller id, or else each might close the one that the other keeps. @returns whether it is this one
   */
  function add(link: Link): boolean {
    const other = links.get(link.id)
    if (other !== undefined && other.opener < link.opener) return false
    links.set(link.id, link)
    other?.socket.destroy()
    return true
  }

  function hear(from: Link, message: Message): void {
    if (message.type === 'files') from.files = readFiles(message.files).map(({ name }) => name)
    if (message.type === 'query') onQuery(from, message)
    if (message.type === 'hit') onHit(message)
  }

  function onQuery(from: Link, { qid, name, ttl: left, hops }: Message): void {
    if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return
    if (seen.has(qid)) return
    remember(qid, from)
    const file = shared.get(name)
    if (file !== undefined) send(from.socket, { type: 'hit', qid, ...self(), ...file })
    if (left > 1) flood({ type: 'query', qid, name, ttl: left - 1, hops: hops + 1 }, from)
  }

  function onHit(message: Message): void {
    const { qid } = message
    const hit = readHit(message)
    if (!isQid(qid) || hit === undefined) return
    const found = searches.get(qid)
    const wayBack = seen.get(qid)
    if (found === undefined && wayBack !== undefined) send(wayBack.socket, message)
    const known = found?.some((other) => other.id === hit.id && other.name === hit.name)
    if (known === false) found?.push(hit)
  }

  function remember(qid: Qid, from: Link | undefined): void {
    seen.set(qid, from)
    const [oldest = qid] = seen.keys()
    if (seen.size > REMEMBERED) seen.delete(oldest)
  }

  function flood(message: Message, except?: Link): void {
    for (const link of links.values()) if (link !== except) send(link.socket, message)
  }

  function self() {
    const { host, port: told } = options.advertise ?? address
    return { id, host, port: told }
  }

  function hello(): Message {
    return { type: 'hello', ...self(), files: announced(shared) }
  }

  async function shutDown(): Promise<void> {
    closing.abort()
    const freed = once(server, 'close')
    server.close()
    const byes = [...links.values()].map(({ socket }) => farewell(socket))
    links.clear()
    await Promise.all(byes)
    for (const socket of connections) socket.destroy()
    await freed
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  const { address: host, port: bound } = server.address() as AddressInfo
  const address = { host, port: bound }
  await Promise.allSettled(peers.map(dial))

  return {
    id,
    address,
    peers: () => [...links.values()].map((link) => ({ id: link.id, address: link.address, files: [...link.files] })),
    async search(name, { timeoutMs = 1000 } = {}) {
      const qid = randomUUID()
      const own = shared.get(name)
      const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]
      searches.set(qid, found)
      remember(qid, undefined)
      flood({ type: 'query', qid, name, ttl, hops: 0 })
      await delay(timeoutMs, undefined, { signal: closing.signal }).catch(() => undefined)
      searches.delete(qid)
      return found
    },
    download: (hit, into) => download(hit, into, onTransfer),
    async rescan() {
      shared = await scan(dir)
      flood({ type: 'files', files: announced(shared) })
    },
    close: () => (closed ??= shutDown()),
  }
}

/** Fetches a file into a folder of its own first: only what has the right hash gets its name. */
async function download({ address, name, sha256 }: Hit, into: string, onTransfer: NodeOptions['onTransfer']): Promise<string> {
  const box = join(into, `.${randomUUID()}`)
  const target = join(into, name)
  await mkdir(box)
  try {
    const options = { server: address, names: [name], into: box }
    const [fetched] = await fetchFiles(onTransfer === undefined ? options : { ...options, onTransfer })
    if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)
    if ((await hash(join(box, name))) !== sha256) throw coded('CORRUPT', `What came is not the ${name} that was found`)
    await mkdir(dirname(target), { recursive: true })
    await rename(join(box, name), target)
  } finally {
    await rm(box, { recursive: true, force: true })
  }
  return target
}

/** The files that lie in a folder, by name. */
async function scan(dir: string): Promise<Map<string, SharedFile>> {
  const entries = await readdir(dir, { withFileTypes: true })
  const files = new Map<string, SharedFile>()
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    try {
      const { size } = await stat(join(dir, name))
      files.set(name, { name, size, sha256: await hash(join(dir, name)) })
    } catch {
      // It is gone again, or it may not be read.
    }
  }
  return files
}

async function hash(path: string): Promise<string> {
  const sha256 = createHash('sha256')
  await pipeline(createReadStream(path), sha256)
  return sha256.digest('hex')
}

/** As many files as fit into a frame. The others are found all the same, by a query. */
function announced(shared: ReadonlyMap<string, SharedFile>): SharedFile[] {
  let left = MAX_LIST_BYTES
  return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)
}

/** Sends a message, if anybody is still there. */
function send(socket: Socket, message: Message): void {
  if (!socket.writable) return
  if (socket.writableLength > MAX_WAITING_BYTES) return void socket.destroy()
  socket.write(encodeFrame(message))
}

/** Says goodbye. Whoever does not read it in time misses it. */
async function farewell(socket: Socket): Promise<void> {
  send(socket, { type: 'bye' })
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS)
  socket.destroySoon()
  // Not by once(), which would reject when the connection has just broken.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  clearTimeout(timer)
}

function readHello({ type, id, host, port, files }: Message): Pick<Link, 'id' | 'address' | 'files'> | undefined {
  if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined
  return { id, address: { host, port }, files: readFiles(files).map(({ name }) => name) }
}

function readHit({ id, host, port, name, size, sha256 }: Message): Hit | undefined {
  const [file] = readFiles([{ name, size, sha256 }])
  if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined
  return { id, address: { host, port }, ...file }
}

function readFiles(value: unknown): SharedFile[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',
  ) as SharedFile[]
}

function isQid(value: unknown): value is Qid {
  return typeof value === 'string' || typeof value === 'number'
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)
}

function isPort(value: unknown): value is number {
  return isCount(value) && value > 0 && value < 65_536
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
