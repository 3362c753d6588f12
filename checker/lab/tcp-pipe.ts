import type { Socket } from 'node:net'
import type { Address, Closable } from '../contracts/endpoint.ts'
import type { Piece, StreamFault } from './stream-faults.ts'
import { breakOff, closeServer, connectTcp, listeningAddress, listenTcp } from './tcp-socket.ts'
import type { ConnectionTrace, Direction, Trace } from './trace.ts'

export interface TcpPipeOptions {
  readonly to: Address
  readonly trace: Trace
  /** What happens on the way from client to server, in this order, on every connection. */
  readonly up?: readonly StreamFault[]
  /** The same from server to client. */
  readonly down?: readonly StreamFault[]
  /** The names of both ends in the trace. */
  readonly client: string
  readonly server: string
}

export interface TcpPipe extends Closable {
  /** Where clients connect to instead of the server. */
  readonly address: Address
  /** How many connections were opened. */
  readonly connections: number
  /** All that an eavesdropper here has seen of each direction, of all connections, up to 4 MiB. */
  overheard(direction: Direction): Uint8Array
  /** Breaks all connections off, and refuses new ones until it is mended. */
  cut(): void
  mend(): void
  /** The faults that have never taken effect. */
  unfired(): readonly StreamFault[]
}

/** One connection through the pipe. */
interface Link {
  readonly seen: ConnectionTrace
  cut: boolean
}

/** How much of each direction is kept for `overheard`. */
const OVERHEARD_BYTES = 4 * 1024 * 1024

/**
 * A bad network between clients and one TCP server.
 *
 * ```
 *            ┌───────┐ up:   bytes → fault → fault → bytes ┌──────────┐
 *   client ──│ front │ ──────────────────────────────────▶ │ upstream │── server
 *            │       │ ◀────────────────────────────────── │          │
 *            └───────┘ down: bytes ← fault ← fault ← bytes └──────────┘
 * ```
 *
 * Each connection has an upstream connection of its own. Both directions pass by themselves, so one may end before the
 * other; what nobody reads is not read here either, so backpressure passes, too.
 */
export async function openTcpPipe(options: TcpPipeOptions): Promise<TcpPipe> {
  const { to, trace, client, server: serverName } = options
  const faults = { up: options.up ?? [], down: options.down ?? [] }
  const waiting = new Set<StreamFault>([...faults.up, ...faults.down])
  const sockets = new Set<Socket>()
  const heard: Record<Direction, Uint8Array[]> = { up: [], down: [] }
  const heardBytes = { up: 0, down: 0 }
  let connections = 0
  let closed = false
  let severed = false

  const server = await listenTcp((front) => {
    hold(front)
    if (severed) return breakOff(front)
    connections += 1
    void connectThrough(front)
  })

  async function connectThrough(front: Socket): Promise<void> {
    const upstream = await connectTcp(to).catch(() => undefined)
    // Nobody there: the client is told as it would be without a network between.
    if (upstream === undefined) return breakOff(front)
    hold(upstream)
    const link: Link = { seen: trace.connection(client, serverName), cut: false }
    await Promise.all([carry('up', front, upstream, link), carry('down', upstream, front, link)])
  }

  function hold(socket: Socket): void {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  }

  async function carry(direction: Direction, from: Socket, onto: Socket, link: Link): Promise<void> {
    const stream = faults[direction].reduce<AsyncIterable<Piece>>(
      (pieces, fault) => fault.apply(pieces, () => waiting.delete(fault)),
      read(from),
    )
    for await (const piece of stream) {
      if (closed) return
      if (piece.kind === 'bytes') {
        overhear(direction, piece.bytes)
        link.seen.segment(direction, piece.bytes, piece.note)
        if (!(await write(onto, piece.bytes))) return void from.destroy()
        continue
      }
      // What follows from a cut on purpose is nobody's doing.
      if (!link.cut) link.seen.closed(direction, piece.how, piece.note)
      link.cut = link.cut || piece.note !== undefined
      if (piece.how === 'end') onto.end()
      else breakOff(onto)
      // What was cut on purpose is cut for both.
      if (piece.note !== undefined) breakOff(from)
    }
  }

  function overhear(direction: Direction, bytes: Uint8Array): void {
    heardBytes[direction] += bytes.length
    if (heardBytes[direction] <= OVERHEARD_BYTES) heard[direction].push(bytes)
  }

  return {
    address: listeningAddress(server),
    get connections() {
      return connections
    },
    overheard: (direction) => Buffer.concat(heard[direction]),
    cut() {
      severed = true
      for (const socket of sockets) breakOff(socket)
    },
    mend() {
      severed = false
    },
    unfired: () => [...waiting],
    async close() {
      closed = true
      await closeServer(server, sockets)
    },
  }
}

/** What arrives on a socket, as pieces, with how it ended as the last one. */
async function* read(socket: Socket): AsyncGenerator<Piece> {
  try {
    // By default the end of one direction would destroy the other.
    for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
      yield { kind: 'bytes', bytes: bytes as Uint8Array }
    }
    yield { kind: 'close', how: 'end' }
  } catch {
    yield { kind: 'close', how: 'reset' }
  }
}

/** @returns whether the system took it; false when the connection is gone */
function write(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    socket.write(bytes, (error) => resolve(error === undefined || error === null))
  })
}
