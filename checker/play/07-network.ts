import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address, Node, P2pNetwork, Transfer } from '../contracts/07-p2p-network.ts'
import { openReader } from '../checks/07-frames.ts'
import { openTcpPipe, type TcpPipe } from '../lab/tcp-pipe.ts'
import { describeText, openTrace } from '../lab/trace.ts'
import type { TraceEvent } from '../verdict.ts'

/** A node of a network in one terminal. */
export interface Member {
  /** Counted from 1. */
  readonly number: number
  readonly node: Node
  /** Its links, of which each is seen as it passes. */
  readonly pipes: TcpPipe[]
}

export interface LocalNetwork {
  readonly members: ReadonlyMap<number, Member>
  /** What has passed on the links since this was asked the last time. */
  passed(): readonly TraceEvent[]
  /** Breaks all links of a node at once, as a crash would, and ends it. */
  kill(number: number): Promise<void>
  /** Where what a node has fetched comes to lie. */
  folderFor(number: number): string
  close(): Promise<void>
}

/** With which earlier nodes a node has links at the start: a tree, with a ring here and there. */
function inATree(number: number): number[] {
  if (number === 1) return []
  const parent = number === 5 ? 4 : Math.floor(number / 2)
  return number % 4 === 3 ? [parent, number - 1] : [parent]
}

export interface NetworkOptions {
  /** How many nodes. */
  readonly count: number
  /** Where node 1 listens; 0 is any port. */
  readonly port?: number
  /** With which earlier nodes a node has links at the start. */
  readonly neighboursOf?: (number: number) => readonly number[]
  onTransfer?(number: number, transfer: Transfer): void
}

/** Starts a small network in this process. Each node has a folder with one file in it, named after the node. */
export async function openLocalNetwork(
  program: P2pNetwork,
  { count, port = 0, neighboursOf = inATree, onTransfer }: NetworkOptions,
): Promise<LocalNetwork> {
  const home = await mkdtemp(join(tmpdir(), 'workbook-network-'))
  const folderFor = (number: number) => join(home, `node-${number}`)
  const trace = openTrace(describeText, openReader)
  const members = new Map<number, Member>()

  async function add(number: number): Promise<void> {
    const dir = folderFor(number)
    await mkdir(dir)
    await writeFile(join(dir, `${number}.txt`), `This file comes from node ${number}.\n`)
    const pipes: TcpPipe[] = []
    for (const other of neighboursOf(number)) {
      const member = members.get(other) as Member
      const pipe = await openTcpPipe({ to: member.node.address, trace, client: `${number}`, server: `${other}` })
      pipes.push(pipe)
      member.pipes.push(pipe)
    }
    const peers: Address[] = pipes.map(({ address }) => address)
    const node = await program.startNode({
      dir,
      port: number === 1 ? port : 0,
      peers,
      onTransfer: (transfer) => onTransfer?.(number, transfer),
    })
    members.set(number, { number, node, pipes })
  }

  async function kill(number: number): Promise<void> {
    const member = members.get(number)
    members.delete(number)
    for (const pipe of member?.pipes ?? []) pipe.cut()
    await member?.node.close()
  }

  async function close(): Promise<void> {
    const all = [...members.values()]
    const closed = all.flatMap(({ node, pipes }) => [node.close(), ...pipes.map((pipe) => pipe.close())])
    // First, since a close() that is still to be written may never resolve.
    await rm(home, { recursive: true, force: true })
    await Promise.all(closed)
  }

  try {
    for (let number = 1; number <= count; number += 1) await add(number)
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
  return { members, passed: trace.take, kill, folderFor, close }
}
