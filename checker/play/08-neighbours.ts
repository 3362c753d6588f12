import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Address, Closable } from '../contracts/endpoint.ts'
import * as reference from '../../solutions/07-p2p-network.ts'
import { openLocalNetwork } from './07-network.ts'

/** How fast the far node sends, so that a bar can be seen moving. */
const BYTES_PER_MS = 4000
const BIG_BYTES = 40_000_000
const CHANGED_BYTES = 10_000_000

/** Other nodes, with files to search for. */
export interface Neighbours extends Closable {
  /** The node to link with. */
  readonly address: Address
  /** What can be found, a line for each node. */
  readonly about: readonly string[]
  /** Ends the far node at once, as a crash would: what it is sending breaks off. */
  killFar(): Promise<void>
}

/**
 * Starts a small network of our own nodes in this process, with a slow one at its far end.
 * @param count how many, without the slow one
 */
export async function openNeighbours(count: number): Promise<Neighbours> {
  const network = await openLocalNetwork(reference, { count })
  const nodes = [...network.members.values()]
  const [first] = nodes
  const last = nodes.at(-1)
  if (first === undefined || last === undefined) throw new RangeError('At least one node, please.')
  const far = await openFarNode(last.node.address)
  const closeAll = async () => void (await Promise.all([far.close(), network.close()]))
  let closed: Promise<void> | undefined
  return {
    address: first.node.address,
    about: [
      ...nodes.map(({ number }) => `node ${number} has ${number}.txt`),
      'a slow node has big.bin, which takes ten seconds,',
      'and changed.bin, which is not any more what it announces',
    ],
    killFar: far.close,
    close: () => (closed ??= closeAll()),
  }
}

/** Starts a node that sends slowly. One of its files has changed since it looked: its hash is another one now. */
async function openFarNode(peer: Address): Promise<Closable> {
  const dir = await mkdtemp(join(tmpdir(), 'workbook-far-node-'))
  await writeFile(join(dir, 'big.bin'), randomBytes(BIG_BYTES))
  await writeFile(join(dir, 'changed.bin'), randomBytes(CHANGED_BYTES))
  const road = await openSlowRoad()
  const node = await reference.startNode({ dir, peers: [peer], advertise: road.address })
  road.leadTo(node.address)
  await writeFile(join(dir, 'changed.bin'), randomBytes(CHANGED_BYTES))
  const closeAll = async () => {
    await Promise.all([road.close(), node.close(), rm(dir, { recursive: true, force: true })])
  }
  let closed: Promise<void> | undefined
  return { close: () => (closed ??= closeAll()) }
}

interface SlowRoad extends Closable {
  readonly address: Address
  leadTo(address: Address): void
}

/** Stands before a node, which says that it is to be reached here. What comes from the node is passed on slowly. */
async function openSlowRoad(): Promise<SlowRoad> {
  let end: Address | undefined
  const breakOff = new AbortController()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (end === undefined) return void client.destroy()
    const owner = connect({ ...end, allowHalfOpen: true })
    const { signal } = breakOff
    const ways = [pipeline(client, owner, { signal }), pipeline(owner, slowly, client, { signal })]
    // What breaks off is broken off at both ends, and those who are there notice by themselves.
    Promise.all(ways).catch(() => undefined)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    leadTo: (address) => (end = address),
    close() {
      breakOff.abort()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function* slowly(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece
    await pause(piece.length / BYTES_PER_MS)
  }
}
