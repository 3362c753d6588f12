// Lesson 7: nodes that find each other's files, without a centre.
// Read first: lessons/07-p2p-network.md
// Then work through TODO 1 to 11, and after each one run: npm run check lesson-7

import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Address, Hit, Node, NodeOptions } from '../checker/contracts/07-p2p-network.ts'
// If you have left out lesson 5, take ours: '../solutions/05-file-transfer.ts'
import { fetchFiles, serveConnection } from './05-file-transfer.ts'

/** What a frame carries: a JSON object. Whatever is in it was chosen by the other end. */
type Message = Readonly<Record<string, unknown>>

/** A connection to another node, once both have said hello. */
interface Link {
  readonly id: string
  readonly address: Address
  readonly socket: Socket
  files: readonly string[]
}

/**
 * Starts a node on 127.0.0.1, and links it with the peers that are there.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  // TODO 3: draw an id that no other node has. Nodes that are started in the same moment have the same clock.
  const { dir, id = Date.now().toString(16).padStart(32, '0'), port = 0, peers = [], ttl = 7, onTransfer } = options
  let shared = await readdir(dir)
  // TODO 4: one link for each other node, and none with this one.
  const links: Link[] = []
  const searches = new Map<string, (hit: Hit) => void>()

  const server = createServer((socket) => welcome(socket))

  /** Finds out what somebody else has connected for. */
  function welcome(socket: Socket): void {
    socket.once('data', (piece: Buffer) => {
      // TODO 2: wait for the whole first frame, whatever its pieces. And serve clients that end their direction after asking.
      const first = readMessage(piece)
      if (first.type === 'hello') {
        send(socket, hello())
        return talk(socket, first)
      }
      socket.unshift(piece)
      serveConnection(socket, dir, onTransfer)
    })
  }

  /** Connects to a node. Resolves when it has said hello. */
  async function dial({ host, port: peerPort }: Address): Promise<void> {
    const socket = connect({ host, port: peerPort })
    await once(socket, 'connect')
    send(socket, hello())
    const [piece] = (await once(socket, 'data')) as [Buffer]
    talk(socket, readMessage(piece))
  }

  /** Makes a link of a connection, and listens. */
  function talk(socket: Socket, greeting: Message): void {
    // TODO 3: a peer is reached where its hello says, and not where its connection comes from.
    const address = { host: String(socket.remoteAddress), port: Number(socket.remotePort) }
    const link: Link = { id: String(greeting.id), address, socket, files: [] }
    links.push(link)
    // TODO 1: a piece is not a frame. Read frames as in lesson 5, and close the link at what is none.
    socket.on('data', (piece: Buffer) => hear(link, readMessage(piece)))
    // TODO 11: when the connection ends or breaks, or the peer says bye, the link is gone.
  }

  function hear(from: Link, message: Message): void {
    // TODO 10: keep what a peer announces.
    if (message.type === 'query') onQuery(from, message)
    if (message.type === 'hit') onHit(from, message)
  }

  function onQuery(from: Link, { qid, name }: Message): void {
    // TODO 5: a name is no pattern, and a hit says who has the file, where, and what it is.
    const file = shared.find((each) => new RegExp(String(name)).test(each))
    if (file !== undefined) send(from.socket, { type: 'hit', qid, id, name: file })
    // TODO 6: pass the query on.
  }

  function onHit(from: Link, { qid, name }: Message): void {
    const hit = { id: from.id, address: from.address, name: String(name), size: 0, sha256: '' }
    searches.get(String(qid))?.(hit)
    // TODO 7: if others search for it, send it back the way the query came.
  }

  function hello(): Message {
    // TODO 3: tell the address that is to be told, and all files with size and hash.
    return { type: 'hello', id, host, port: bound, files: [] }
  }

  async function close(): Promise<void> {
    // TODO 11: end the links, or this waits for them. Make a second close() harmless.
    server.close()
    await once(server, 'close')
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  const { address: host, port: bound } = server.address() as AddressInfo
  await Promise.allSettled(peers.map(dial))

  return {
    id,
    address: { host, port: bound },
    peers: () => links.map((link) => ({ id: link.id, address: link.address, files: [...link.files] })),
    search(name, { timeoutMs = 1000 } = {}) {
      // TODO 8: ask under a new qid, with the TTL of this node, and collect all hits until the time is over.
      const qid = name
      for (const { socket } of links) send(socket, { type: 'query', qid, name, ttl: 1, hops: 0 })
      return new Promise((resolve) => {
        searches.set(qid, (hit) => resolve([hit]))
        setTimeout(() => resolve([]), timeoutMs)
      })
    },
    async download({ address, name }, into) {
      await fetchFiles({ server: address, names: [name], into })
      // TODO 9: make sure that a file came, and that it is the one that was found.
      return join(into, name)
    },
    async rescan() {
      shared = await readdir(dir)
      // TODO 10: tell all peers.
    },
    close,
  }
}

/** Takes a piece for a frame. */
function readMessage(piece: Buffer): Message {
  return JSON.parse(piece.subarray(4).toString()) as Message
}

/** Lays a message out for the wire, and sends it. */
function send(socket: Socket, message: Message): void {
  const json = Buffer.from(JSON.stringify(message))
  const frame = Buffer.alloc(4 + json.length)
  frame.writeUInt32BE(json.length)
  frame.set(json, 4)
  socket.write(frame)
}
