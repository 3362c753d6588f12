import * as transfers from '../../solutions/05-file-transfer.ts'
import type { Address } from '../contracts/endpoint.ts'
import type { Hit } from '../contracts/07-p2p-network.ts'
import type { Gui, GuiOptions, GuiProgram } from '../contracts/08-gui.ts'
import type { Folder } from '../lab/folder.ts'
import type { Advice } from '../lab/expectation.ts'
import type { Gate } from '../lab/gate.ts'
import type { Lab } from '../lab/lab.ts'
import { stallAfter } from '../lab/stream-faults.ts'
import { becomesTrue, PATIENCE_MS } from '../lab/within.ts'
import type { Learner, Remote } from '../sandbox/learner.ts'
import { drawBytes, openClient } from './05-partners.ts'
import { ask, listOf, type Response, type Server } from './08-http.ts'
import { announce, drawId, hitOf, openOurs } from './07-partners.ts'

/** What a check starts from: the attempt's program with an empty folder. */
export interface Opened {
  readonly gui: { [Name in keyof Gui]: Remote<Gui[Name]> }
  /** The folder that it shares. */
  readonly share: Folder
}

export async function openGui(
  { learner, folder }: { learner: Learner<GuiProgram>; folder: Folder },
  options: Omit<GuiOptions, 'dir'> = {},
): Promise<Opened> {
  const share = await folder.folder('share')
  return { gui: await learner.startGui({ dir: share.path, ...options }), share }
}

/** A file of another node. */
export interface Offer {
  readonly hit: Hit
  readonly content: Uint8Array
}

/** A node of ours that has one file. @param sizeBytes of the file @param sign what is in its name beside letters */
export async function openOwner(
  lab: Lab,
  folder: Folder,
  sizeBytes = 40_000,
  label = 'owner',
  sign = '',
): Promise<Offer & { node: OurNode }> {
  const share = await folder.folder(`share of ${label}`)
  const name = `${lab.chance.word('file of', label)}${sign}.bin`
  const content = drawBytes(lab, sizeBytes, label)
  await share.write(name, content)
  const node = await openOurs(lab, { dir: share.path })
  return { hit: hitOf(node, announce(name, content)), content, node }
}

/** Another node of ours that has a file of the same name. @param peers whom it links with */
export async function openTwin(
  lab: Lab,
  folder: Folder,
  { hit: { name } }: Offer,
  content: Uint8Array,
  peers: Address[] = [],
): Promise<Offer & { node: OurNode }> {
  const share = await folder.folder('share of the twin')
  await share.write(name, content)
  const node = await openOurs(lab, { dir: share.path, peers })
  return { hit: hitOf(node, announce(name, content)), content, node }
}

type OurNode = Awaited<ReturnType<typeof openOurs>>

/** A network before an owner that lets the first half of a file pass, and the rest when the gate is opened. `cut` breaks it off. */
export async function halfway(lab: Lab, { hit, content }: Offer): Promise<{ hit: Hit; gate: Gate; cut: () => void }> {
  const gate = lab.gate()
  const half = Math.floor(content.length / 2)
  const pipe = await lab.tcpPipe(hit.address, { down: [stallAfter(half, gate.opened)], server: 'owner' })
  return { hit: { ...hit, address: pipe.address }, gate, cut: () => pipe.cut() }
}

/** The address of a node that is gone: whoever connects is cut off. `asked` tells how often somebody has. */
export async function openAbsent(lab: Lab, name: string): Promise<{ id: string; address: Address; asked(): number }> {
  const server = await lab.tcpServer({ name })
  const over = new AbortController()
  lab.cleanUp(async () => over.abort())
  const cutAll = async () => {
    for (let count = 0; !over.signal.aborted;) {
      const peer = (await server.accepted.atLeast(count + 1))[count]
      if (peer === undefined) continue
      count += 1
      await peer.close()
    }
  }
  void cutAll()
  return { id: drawId(lab, name), address: server.address, asked: () => server.accepted.all.length }
}

/** More than the system takes from a program whose other end does not read. */
const MORE_THAN_WAITS_BYTES = 16 * 2 ** 20

/** A large file for `fetchAndStall`, among those that the attempt shares. It is there before the attempt starts. @returns its name */
export async function reserveLarge(lab: Lab, folder: Folder, purpose: string): Promise<string> {
  const name = `${lab.chance.word(purpose, 'large')}.bin`
  await (await folder.folder('share')).reserve(name, MORE_THAN_WAITS_BYTES)
  return name
}

/** Another node that fetches a large file from the attempt's node, and does not read on. @returns what makes it go away */
export async function fetchAndStall(lab: Lab, node: Address, name: string): Promise<() => Promise<void>> {
  const { peer, ask: request } = await openClient(lab, { address: node }, { name: 'another', paused: true })
  await request({ type: 'get', names: [name] })
  return () => peer.close()
}

/** Has the page's server fetch a file. */
export function download(lab: Lab, server: Server, hit: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return ask(lab, server, { method: 'POST', path: '/api/download', headers, body: JSON.stringify(hit) })
}

export function put(lab: Lab, server: Server, name: string, body: string | Uint8Array): Promise<Response> {
  const headers = { 'content-type': 'application/octet-stream' }
  return ask(lab, server, { method: 'PUT', path: `/api/files/${name}`, headers, body })
}

/** How long something may take that another process has to do, in milliseconds of an idle machine. */
export const OTHERS_MS = 3 * PATIENCE_MS
/** How often is searched: on a busy machine a search may be over before the answer is there, or before a link is. */
const MAX_SEARCHES = 4

/** Searches again and again until so much is found. @returns what the last search has found */
export async function searchUntilFound(search: () => Promise<Hit[]>, count = 1): Promise<Hit[]> {
  let hits: Hit[] = []
  for (let tries = 0; hits.length < count && tries < MAX_SEARCHES; tries += 1) hits = await search()
  return hits
}

/** What the server says there is in the folder, with the fields of the contract alone, in order of the names. */
export async function listed(lab: Lab, server: Server): Promise<{ name: unknown; size: unknown }[]> {
  const files = listOf(lab, 'GET /api/files', await ask(lab, server, { path: '/api/files' }))
  const told = (files as ({ name?: unknown; size?: unknown } | null)[]).map((file) => ({ name: file?.name, size: file?.size }))
  return told.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
}

/**
 * Waits until a file is in a folder under its name, and has its size. Whoever writes it in place, in
 * one go, may be seen in the middle of that.
 * @returns what is in it then, right or not
 */
export async function appears(share: Folder, name: string, sizeBytes: number): Promise<Uint8Array | 'no such file'> {
  await becomesTrue(async () => ((await share.read(name))?.length ?? -1) >= sizeBytes, 4 * PATIENCE_MS)
  return contentOf(share, name)
}

/**
 * Requires the status of an answer.
 * @param asked what was asked, in words: `PUT /api/files/x`
 * @param wanted the status, or those of which each is right
 */
export function expectStatus(
  lab: Lab,
  asked: string,
  { status }: Pick<Response, 'status'>,
  wanted: number | readonly number[],
  advice: Advice,
): void {
  const right = typeof wanted === 'number' ? [wanted] : wanted
  if (!right.includes(status)) lab.fail(`${right.join(' or ')} to ${asked}`, String(status), advice)
}

/** What a refused request may be answered with, where the contract leaves it open. */
export const REFUSED: readonly number[] = [400, 404, 405]
export const TAKEN: readonly number[] = [200, 201, 202, 204, 205]

/** A file's content, for a comparison with what it should be. */
export async function contentOf(share: Folder, name: string): Promise<Uint8Array | 'no such file'> {
  return (await share.read(name)) ?? 'no such file'
}

/**
 * Has another node fetch a file that the attempt's node shares, into a new folder.
 * @throws Disappointment when it does not get it
 */
export async function fetchedByAnother(lab: Lab, node: Address, name: string, into: Folder): Promise<void> {
  try {
    await transfers.fetchFiles({ server: node, names: [name], into: into.path })
  } catch (error) {
    lab.fail('another node gets the file from yours', `it does not: ${error instanceof Error ? error.message : String(error)}`, {
      why: 'The page is there to look at the network. What it shows must not get in the way of a transfer.',
    })
  }
}
