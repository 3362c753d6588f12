import { createHash } from 'node:crypto'
import type { Address, Hit, Node, NodeOptions } from '../contracts/07-p2p-network.ts'
import { CHECK_MS } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import type { StreamServer } from '../lab/stream-peers.ts'
import { becomesTrue, PATIENCE_MS, within } from '../lab/within.ts'
import * as reference from '../../solutions/07-p2p-network.ts'
import { type Message, pack, packFile } from './05-frames.ts'
import { serving } from './05-partners.ts'
import { type Announced, messagesIn } from './07-frames.ts'

/** A node, the attempt's or ours, as far as a check talks to it. What it answers is not trusted. */
export interface AnyNode {
  readonly id: string
  readonly address: Address
  peers(): unknown
  search(name: string, options?: { timeoutMs?: number }): Promise<unknown>
}

/** One link of a scripted node with a node under test. */
export interface Link {
  readonly peer: StreamPeer
  /** Says all of it in one write. */
  say(...messages: readonly (Message | string)[]): Promise<void>
  /** All that it has been told of a type so far. */
  heard(type: string): Message[]
  /** Waits for a message as long as patience lasts. @returns nothing when it does not come */
  hears(type: string, matches?: (message: Message) => boolean, patienceMs?: number): Promise<Message | undefined>
  /** Waits until so many messages of a type are there, as long as patience lasts. @returns those that are */
  hearsAll(type: string, count: number): Promise<Message[]>
}

/** A scripted node: it says hello, and nothing else by itself. */
export interface Puppet {
  readonly name: string
  readonly id: string
  /** Where it listens. */
  readonly address: Address
  /** Where others can reach it, as its hello says. */
  readonly told: Address
  readonly hello: Message
  /** Its links with nodes that have connected to it and said hello. */
  readonly links: Inbox<Link>
  /** Connects to a node and says hello, whatever comes of it. */
  call(node: AnyNode): Promise<Link>
}

export interface PuppetOptions {
  readonly id?: string
  /** Where its hello says that it can be reached, if that is not where it listens. */
  readonly told?: Address
  /** What its hello announces. */
  readonly files?: readonly Announced[]
  /** How it answers a hello, if not by its own alone. */
  readonly greet?: (peer: StreamPeer, hello: Buffer) => Promise<void>
  /** What it sends when it is asked for a file, by name. */
  readonly contents?: Readonly<Record<string, string | Uint8Array>>
  /** Files of others behind it: it answers queries for them. */
  readonly hits?: readonly Hit[]
}

export async function openPuppet(lab: Lab, name: string, options: PuppetOptions = {}): Promise<Puppet> {
  const { id = drawId(lab, name), files = [], contents = {}, hits = [] } = options
  const greet = options.greet ?? ((peer: StreamPeer, frame: Buffer) => peer.write(frame))
  const links = lab.inbox<Link>('linked', () => name, name)
  const serve = serving((wanted) => {
    const content = contents[wanted]
    return content === undefined ? pack({ type: 'missing', name: wanted }) : packFile(wanted, content)
  })
  const server = await lab.tcpServer({ name })
  const answer = async (peer: StreamPeer, message: Message) => {
    if (message.type === 'get') await serve(peer, message)
    if (message.type === 'list') await peer.write(pack({ type: 'files', files: Object.entries(contents).map(asListed) }))
    if (message.type === 'hello') {
      await greet(peer, pack(hello()))
      links.push(linkOver(peer))
    }
    for (const hit of hits.filter((each) => message.type === 'query' && each.name === message.name)) {
      await peer.write(pack(hitMessage(message.qid, hit)))
    }
  }
  const over = new AbortController()
  lab.cleanUp(async () => over.abort())
  void answerEach(server, answer, () => over.signal.aborted).catch(() => undefined)
  const told = options.told ?? server.address
  const hello = () => ({ type: 'hello', id, ...told, files })
  return {
    name,
    id,
    address: server.address,
    told,
    hello: hello(),
    links,
    async call(node) {
      const link = linkOver(await lab.tcpClient(node.address, { name }))
      await link.say(hello())
      return link
    },
  }
}

/**
 * Has every message answered that comes over any connection, and ends each when the other end has.
 * @param isOver whether the check is: on a busy machine, one with a browser takes longer than any wait here
 */
async function answerEach(
  server: StreamServer,
  answer: (peer: StreamPeer, message: Message) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  for (let count = 1; !isOver();) {
    const peer = (await server.accepted.atLeast(count, CHECK_MS))[count - 1]
    if (peer === undefined) continue
    count += 1
    void answerAll(peer, (message) => answer(peer, message), isOver).catch(() => undefined)
  }
}

async function answerAll(peer: StreamPeer, answer: (message: Message) => Promise<void>, isOver: () => boolean): Promise<void> {
  const closing = peer.closed.then(() => 'closed' as const)
  for (let done = 0; ;) {
    const next = () => messagesIn(peer.received.bytes())[done]
    const came = peer.received.until('a message', next, CHECK_MS).catch(() => undefined)
    const closed = (await Promise.race([came, closing])) === 'closed'
    const message = next()
    if (message !== undefined) {
      done += 1
      await answer(message)
    } else if (closed || isOver()) return peer.end()
  }
}

function asListed([name, content]: [string, string | Uint8Array]): { name: string; size: number } {
  return { name, size: Buffer.byteLength(content) }
}

export function linkOver(peer: StreamPeer): Link {
  const heard = (type: string) => messagesIn(peer.received.bytes(), type)
  return {
    peer,
    say: (...messages) => peer.write(Buffer.concat(messages.map(pack))),
    heard,
    async hears(type, matches = () => true, patienceMs = PATIENCE_MS) {
      const look = () => heard(type).find(matches)
      return peer.received.until(`a ${type}`, look, patienceMs).catch(look)
    },
    async hearsAll(type, count) {
      const look = () => (heard(type).length >= count ? true : undefined)
      await peer.received.until(`${count} of type ${type}`, look).catch(() => undefined)
      return heard(type)
    },
  }
}

/** Links puppets with a node, one after the other: they connect to it. */
export async function linkAll<const Names extends readonly string[]>(
  lab: Lab,
  node: AnyNode,
  names: Names,
): Promise<{ [Index in keyof Names]: Link }> {
  const links: Link[] = []
  for (const name of names) links.push((await linkUp(lab, node, await openPuppet(lab, name))).link)
  return links as { [Index in keyof Names]: Link }
}

/** Has a puppet connect to a node, and waits until both know each other. */
export async function linkUp(lab: Lab, node: AnyNode, puppet: Puppet): Promise<{ link: Link; hello: Message }> {
  const link = await puppet.call(node)
  const hello = await link.hears('hello')
  lab.expect(hello === undefined ? 'no hello' : 'hello', 'hello', {
    why: `${puppet.name} has connected to your node and said hello. Your node says hello as well, so that ${puppet.name} learns with whom it talks.`,
  })
  await expectListed(lab, node, puppet)
  return { link, hello: hello as Message }
}

/** Waits for the link that a node opens to a puppet, one of its peers from the start. */
export async function linkFrom(lab: Lab, node: AnyNode, puppet: Puppet): Promise<Link> {
  await expectListed(lab, node, puppet)
  return puppet.links.next(`a link with ${puppet.name}`, () => true)
}

/** Requires a node to list another one. A node may connect when it likes, so it is given time, and asked again and again. */
export async function expectListed(
  lab: Lab,
  node: AnyNode,
  other: { readonly id: string; readonly name?: string },
): Promise<void> {
  await becomesTrue(async () => (await idsOf(node)).includes(other.id))
  const listed = (await idsOf(node)).includes(other.id)
  lab.expect(listed ? 'listed' : `not among its ${(await idsOf(node)).length} peers`, 'listed', {
    why: `${other.name ?? 'Another node'} and your node have a link and have said hello to each other, so peers() lists it by its id.`,
  })
}

/** A node and those that it must have for peers. */
export type Neighbourhood = readonly [node: AnyNode, others: readonly { readonly id: string }[]]

/** Requires nodes to list certain others, and nobody else. All of them are asked again and again, as with `expectListed`. */
export async function expectPeers(lab: Lab, why: string, ...neighbourhoods: readonly Neighbourhood[]): Promise<void> {
  const listed = ([node]: Neighbourhood) => idsOf(node)
  const wanted = ([, others]: Neighbourhood) => others.map(({ id }) => id).toSorted()
  await becomesTrue(async () => {
    const lists = await Promise.all(neighbourhoods.map(listed))
    return lists.every((list, index) => list.join() === wanted(neighbourhoods[index] as Neighbourhood).join())
  })
  for (const each of neighbourhoods) lab.expect(await listed(each), wanted(each), { why })
}

export async function idsOf(node: AnyNode): Promise<string[]> {
  return (await peersOf(node)).map(({ id }) => id)
}

/** What a node says of its peers, in order of their ids, with the fields of the contract alone. */
export async function peersOf(node: AnyNode): Promise<{ id: string; address: unknown; files: string[] }[]> {
  const peers = await node.peers()
  if (!Array.isArray(peers)) return []
  const told = peers.map((peer: { id?: unknown; address?: Partial<Address>; files?: unknown } | undefined) => ({
    id: String(peer?.id),
    address: { host: peer?.address?.host, port: peer?.address?.port },
    files: Array.isArray(peer?.files) ? peer.files.map(String).toSorted() : [`no list: ${String(peer?.files)}`],
  }))
  return told.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** How long a search goes on, in milliseconds. Where the machine is so busy that this is too short, the next one goes on for longer. */
const SEARCHES_MS = [250, 1000, 1700] as const

/**
 * Has a node search until so many hits are there.
 * @returns what the last search has found, in order of the owners, none of them twice, with the fields of the contract alone
 */
export async function find(node: AnyNode, name: string, count: number): Promise<Hit[]> {
  let hits: Hit[] = []
  for (const timeoutMs of SEARCHES_MS) {
    hits = hitsIn(await node.search(name, { timeoutMs }))
    if (hits.length >= count) break
  }
  return hits
}

/**
 * Has a node search until one hit is there, whoever else has the file.
 * @returns that hit as the last search has found it, or nothing
 */
export async function findAt(node: AnyNode, { id, name }: Hit): Promise<Hit[]> {
  let hits: Hit[] = []
  for (const timeoutMs of SEARCHES_MS) {
    hits = hitsIn(await node.search(name, { timeoutMs })).filter((hit) => hit.id === id)
    if (hits.length > 0) break
  }
  return hits
}

/**
 * Has a node search for a file while a check answers.
 * @param answer is told for the how many-th time it is done
 * @returns what the last search has found, as with `find`
 */
export async function findWhile(node: AnyNode, wanted: Hit, answer: (nth: number) => Promise<void>): Promise<Hit[]> {
  let hits: Hit[] = []
  for (const [index, timeoutMs] of SEARCHES_MS.entries()) {
    const searching = node.search(wanted.name, { timeoutMs })
    await Promise.race([answer(index + 1), searching])
    hits = hitsIn(await searching)
    if (hits.some(({ id }) => id === wanted.id)) break
  }
  return hits
}

export function hitsIn(found: unknown): Hit[] {
  if (!Array.isArray(found)) return []
  const byOwner = new Map<string, Hit>()
  for (const hit of found as (Partial<Hit> | undefined)[]) {
    const { id, address, name, size, sha256 } = hit ?? {}
    const told = { id, address: { host: address?.host, port: address?.port }, name, size, sha256 } as Hit
    byOwner.set(JSON.stringify([id, name]), told)
  }
  return [...byOwner.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** A node of ours, in the checker's process. */
export async function openOurs(lab: Lab, options: NodeOptions): Promise<Node> {
  const node = await reference.startNode(options)
  lab.cleanUp(() => node.close())
  return node
}

/** A folder with one file in it, drawn by chance. */
export async function openShare(
  lab: Lab,
  folder: Folder,
  owner: string,
  content: string | Uint8Array = `안녕, ${lab.chance.word('content of', owner)}`,
): Promise<{ share: Folder; dir: string; file: Announced; content: Uint8Array }> {
  const share = await folder.folder(`share of ${owner}`)
  const name = `안녕 ${lab.chance.word('file of', owner)}.txt`
  await share.write(name, content)
  return { share, dir: share.path, file: announce(name, content), content: Uint8Array.from(Buffer.from(content)) }
}

export function announce(name: string, content: string | Uint8Array): Announced {
  return { name, size: Buffer.byteLength(content), sha256: createHash('sha256').update(content).digest('hex') }
}

export function drawId(lab: Lab, owner: string): string {
  return createHash('sha256').update(lab.chance.word('id of', owner)).digest('hex').slice(0, 32)
}

/** A query as a node sends it. Each is a new one. */
export function queryFor(lab: Lab, name: string, { ttl = 5, hops = 0, nth = 1 } = {}): Message & { qid: string } {
  return { type: 'query', qid: drawId(lab, `query ${name} ${nth}`), name, ttl, hops }
}

export function hitMessage(qid: unknown, { id, address, name, size, sha256 }: Hit): Message {
  return { type: 'hit', qid, id, ...address, name, size, sha256 }
}

/** A hit of a node somewhere behind others. */
export function hitOf({ id, address }: { readonly id: string; readonly address: Address }, file: Announced): Hit {
  return { id, address: { host: address.host, port: address.port }, ...file }
}

/** The names in queries, in order. */
export function namesIn(queries: readonly Message[]): unknown[] {
  return queries.map(({ name }) => name)
}

/**
 * Waits until a node has come to all that was said on a link before: it answers a query for a file of its own, or closes.
 * @param nth makes it another query than those before
 */
export async function roundTrip(lab: Lab, link: Link, own: Announced, nth: number): Promise<'answered' | 'closed' | 'silent'> {
  const query = queryFor(lab, own.name, { ttl: 1, nth })
  await link.say(query)
  const answered = link
    .hears('hit', ({ qid }) => qid === query.qid)
    .then((hit) => (hit === undefined ? ('silent' as const) : ('answered' as const)))
  const closed = within(PATIENCE_MS, 'the end', link.peer.closed).then(
    () => 'closed' as const,
    () => answered,
  )
  return Promise.race([answered, closed])
}

/** How often each query has crossed, both ways together. */
export function crossings(streams: readonly Uint8Array[]): Map<unknown, number> {
  const counts = new Map<unknown, number>()
  for (const { qid } of streams.flatMap((stream) => messagesIn(stream, 'query'))) counts.set(qid, (counts.get(qid) ?? 0) + 1)
  return counts
}
