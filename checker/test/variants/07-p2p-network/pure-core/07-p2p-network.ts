// The rules are one pure function from state and event to state and effects; a shell of sockets carries the effects out.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address, Hit, Node, NodeOptions, Peer } from '../../../../contracts/07-p2p-network.ts'
import { encodeFrame, fetchFiles, type Message, openReader, serveConnection } from '../../../../../solutions/05-file-transfer.ts'

interface State {
  readonly self: { id: string; host: string; port: number }
  readonly files: readonly { name: string; size: number; sha256: string }[]
  /** By the number of a connection. */
  readonly links: ReadonlyMap<number, Peer>
  /** From which connection each query came; 0 is here. */
  readonly origins: ReadonlyMap<unknown, number>
  readonly found: readonly { qid: unknown; hit: Hit }[]
}
type Effect = { to: number; message: Message } | { close: number }
type Step = [state: State, effects: Effect[]]

function onMessage(state: State, from: number, message: Message): Step {
  const peer = state.links.get(from)
  if (peer === undefined) return message.type === 'hello' ? onHello(state, from, message) : [state, [{ close: from }]]
  switch (message.type) {
    case 'bye':
      return [state, [{ close: from }]]
    case 'files':
      return [{ ...state, links: new Map([...state.links, [from, { ...peer, files: names(message.files) }]]) }, []]
    case 'query':
      return onQuery(state, from, message)
    case 'hit':
      return onHit(state, message)
    default:
      return [state, []]
  }
}

function onHello(state: State, from: number, { id, host, port, files }: Message): Step {
  const known = [...state.links.values()].some((peer) => peer.id === id)
  if (id === state.self.id || known) return [state, [{ close: from }]]
  const peer: Peer = { id: String(id), address: { host: String(host), port: Number(port) }, files: names(files) }
  return [{ ...state, links: new Map([...state.links, [from, peer]]) }, []]
}

function onQuery(state: State, from: number, { qid, name, ttl, hops }: Message): Step {
  if (state.origins.has(qid) || typeof ttl !== 'number') return [state, []]
  const hits = state.files
    .filter((file) => file.name === name)
    .map((file) => ({ to: from, message: { type: 'hit', qid, ...state.self, ...file } }))
  const onwards = [...state.links.keys()].filter((link) => link !== from && ttl > 1)
  const copies = onwards.map((to) => ({ to, message: { type: 'query', qid, name, ttl: ttl - 1, hops: Number(hops) + 1 } }))
  return [{ ...state, origins: new Map([...state.origins, [qid, from]]) }, [...copies, ...hits]]
}

function onHit(state: State, message: Message): Step {
  const { qid, id, host, port, name, size, sha256 } = message
  const origin = state.origins.get(qid)
  if (origin === undefined) return [state, []]
  if (origin > 0) return [state, [{ to: origin, message }]]
  const hit = {
    id: String(id),
    address: { host: String(host), port: Number(port) },
    name: String(name),
    size: Number(size),
    sha256: String(sha256),
  }
  return [{ ...state, found: [...state.found, { qid, hit }] }, []]
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const sockets = new Map<number, Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(hold(socket)))
  server.listen({ port: options.port ?? 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const address: Address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  let state: State = {
    self: { id: options.id ?? randomBytes(16).toString('hex'), ...(options.advertise ?? address) },
    files: await read(options.dir),
    links: new Map(),
    origins: new Map(),
    found: [],
  }
  const hello = (): Message => ({ type: 'hello', ...state.self, files: state.files })
  let count = 0

  function hold(socket: Socket): number {
    count += 1
    sockets.set(
      count,
      socket.on('error', () => undefined),
    )
    return count
  }

  function step([next, effects]: Step): void {
    state = next
    for (const effect of effects) {
      if ('close' in effect) sockets.get(effect.close)?.destroy()
      else if (sockets.get(effect.to)?.writable === true) sockets.get(effect.to)?.write(encodeFrame(effect.message))
    }
  }

  async function serve(number: number): Promise<void> {
    const socket = sockets.get(number) as Socket
    const reader = openReader(socket)
    const first = await reader.message().catch(() => undefined)
    if (first?.type === 'hello') {
      socket.write(encodeFrame(hello()))
      return pump(number, first)
    }
    reader.release()
    if (first === undefined) return void socket.destroy()
    socket.unshift(encodeFrame(first))
    serveConnection(socket, options.dir, options.onTransfer)
  }

  async function call({ host, port }: Address): Promise<void> {
    const number = hold(connect(port, host))
    const socket = sockets.get(number) as Socket
    socket.write(encodeFrame(hello()))
    const first = await openReader(socket)
      .message()
      .catch(() => undefined)
    void pump(number, first)
  }

  async function pump(number: number, first: Message | undefined): Promise<void> {
    const socket = sockets.get(number) as Socket
    const reader = openReader(socket)
    try {
      for (let message = first; message !== undefined; message = await reader.message()) step(onMessage(state, number, message))
    } catch {
      // It made no sense, and that is its end.
    }
    socket.destroy()
    sockets.delete(number)
    state = { ...state, links: new Map([...state.links].filter(([key]) => key !== number)) }
  }

  // Nodes come and go: whether they are there shows later.
  for (const peer of options.peers ?? []) void call(peer)

  return {
    id: state.self.id,
    address,
    peers: () => [...state.links.values()],
    async search(name, { timeoutMs = 1000 } = {}) {
      const qid = randomBytes(8).toString('base64')
      const copies = [...state.links.keys()].map((to) => ({
        to,
        message: { type: 'query', qid, name, ttl: options.ttl ?? 7, hops: 0 },
      }))
      step([{ ...state, origins: new Map([...state.origins, [qid, 0]]) }, copies])
      await new Promise((resolve) => setTimeout(resolve, timeoutMs))
      return state.found.filter((each) => each.qid === qid).map(({ hit }) => hit)
    },
    async download(hit, into) {
      const aside = join(tmpdir(), randomBytes(8).toString('hex'))
      await mkdir(aside)
      await fetchFiles({ server: hit.address, names: [hit.name], into: aside })
      const content = await readFile(join(aside, hit.name))
      await rm(aside, { recursive: true })
      if (sum(content) !== hit.sha256) throw new Error('forged')
      await writeFile(join(into, hit.name), content)
      return join(into, hit.name)
    },
    async rescan() {
      state = { ...state, files: await read(options.dir) }
      step([state, [...state.links.keys()].map((to) => ({ to, message: { type: 'files', files: state.files } }))])
    },
    async close() {
      for (const socket of sockets.values()) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function read(dir: string): Promise<State['files']> {
  const entries = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = await Promise.all(entries.map(({ name }) => readFile(join(dir, name))))
  return entries.map(({ name }, index) => ({
    name,
    size: contents[index]?.length ?? 0,
    sha256: sum(contents[index] ?? Buffer.alloc(0)),
  }))
}

function sum(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function names(files: unknown): string[] {
  return Array.isArray(files) ? files.map((file: { name?: unknown } | null) => String(file?.name)) : []
}
