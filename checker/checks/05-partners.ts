import type { Transfer } from '../contracts/05-file-transfer.ts'
import type { Address } from '../contracts/endpoint.ts'
import { CHECK_MS } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab, StreamRequest } from '../lab/lab.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { PATIENCE_MS, WaitedInVain, within } from '../lab/within.ts'
import { type Answer, inWords, type Message, openAnswers, pack } from './05-frames.ts'

/** A scripted client at the attempt's server: a plain connection that speaks the wire format. */
export interface Client {
  readonly peer: StreamPeer
  /** Sends requests in one write. */
  ask(...requests: readonly (Message | string)[]): Promise<void>
  /**
   * Waits for so many answers as long as patience lasts, and resolves to those that are there.
   * @param sizeBytes how many bytes they take at least: not before are they looked for
   * @param patienceMs longer where there is much to do
   */
  answers(count: number, sizeBytes?: number, patienceMs?: number): Promise<readonly Answer[]>
  /** Sends a request, and resolves to its answers in words. */
  answered(request: Message, count: number): Promise<string[]>
}

export async function openClient(lab: Lab, server: { readonly address: Address }, request: StreamRequest = {}): Promise<Client> {
  const peer = await lab.tcpClient(server.address, { name: 'client', ...request }).catch(({ code }: NodeJS.ErrnoException) =>
    lab.fail('a connection to your server', `none: ${code}`, {
      why: 'Your server was listening, and now nobody can connect to it.',
    }),
  )
  return asClient(peer)
}

export function asClient(peer: StreamPeer): Client {
  const arrived = openAnswers(peer.received)

  async function answers(count: number, sizeBytes = 0, patienceMs = PATIENCE_MS): Promise<readonly Answer[]> {
    const enough = () => (peer.received.sizeBytes >= sizeBytes && arrived().length >= count ? true : undefined)
    await peer.received.until(`${count} answers`, enough, patienceMs + sizeBytes / BYTES_PER_MS).catch(forgiveSilence)
    return arrived()
  }
  const ask = (...requests: readonly (Message | string)[]) => peer.write(Buffer.concat(requests.map(pack)))
  return {
    peer,
    ask,
    answers,
    async answered(request, count) {
      const before = arrived().length
      await ask(request)
      return (await answers(before + count)).slice(before).map(inWords)
    },
  }
}

/** How slowly a program may send on an idle machine. */
const BYTES_PER_MS = 2500

/** Whether the other end closes the connection, after a moment for what it has to say before. */
export async function endingOf(peer: StreamPeer): Promise<'closed' | 'still open'> {
  return within(PATIENCE_MS, 'the end', peer.closed).then(
    () => 'closed',
    () => 'still open',
  )
}

/** What a scripted server does with a request. It may write whatever it likes. */
export type Script = (peer: StreamPeer, request: Message) => Promise<void>

/** A scripted server for the attempt's client, over as many connections as that opens. */
export async function openServer(lab: Lab, script: Script): Promise<{ address: Address }> {
  const server = await lab.tcpServer({ name: 'server' })
  const served = new Set<StreamPeer>()
  const accept = async () => {
    for (;;) {
      const peer = await server.accepted.next('a connection', (each) => !served.has(each), CHECK_MS)
      served.add(peer)
      void answerAll(peer, script).catch(() => undefined)
    }
  }
  accept().catch(() => undefined)
  return server
}

/** Answers the requests of a connection one after another, and ends when the client has. */
async function answerAll(peer: StreamPeer, script: Script): Promise<void> {
  const arrived = openAnswers(peer.received)
  for (let done = 0; ; done += 1) {
    const request = () => arrived()[done]?.message
    await Promise.race([peer.received.until('a request', request, CHECK_MS), peer.closed])
    const next = request()
    if (next === undefined) return peer.end()
    await script(peer, next)
  }
}

/** A script that serves files as a right server would. @param reply the whole answer for one name */
export function serving(
  reply: (name: string) => Uint8Array,
  write = (peer: StreamPeer, bytes: Uint8Array) => peer.write(bytes),
): Script {
  return async (peer, { type, names }) => {
    if (type === 'list') return write(peer, pack({ type: 'files', files: [] }))
    const asked = Array.isArray(names) ? names.map(String) : []
    await write(peer, Buffer.concat([...asked.map(reply), pack({ type: 'end', count: asked.length })]))
  }
}

/** Two folders side by side: the share of a server, and another that nobody may see. */
export async function openShare(folder: Folder): Promise<{ share: Folder; beside: Folder; into: Folder }> {
  return { share: await folder.folder('share'), beside: await folder.folder('share2'), into: await folder.folder('into') }
}

/** Keeps what `onTransfer` is told. */
export function openTransfers(lab: Lab): Inbox<Transfer> {
  return lab.inbox<Transfer>('onTransfer', ({ name, bytes, size, state } = {} as Transfer) => `${name} ${bytes}/${size} ${state}`)
}

/** Bytes drawn by chance, all values among them once there are enough. */
export function drawBytes(lab: Lab, sizeBytes: number, ...purpose: readonly (string | number)[]): Uint8Array {
  const start = lab.chance.integer(0, 255, ...purpose, 'start')
  // A prime number of them, so that no buffer of anybody's ends where the pattern does.
  const pattern = Buffer.alloc(65_537)
  for (let index = 0; index < pattern.length; index += 1) pattern[index] = start + index + Math.floor(index / 256) * 3
  return new Uint8Array(Buffer.alloc(sizeBytes, pattern))
}

function forgiveSilence(error: unknown): void {
  if (!(error instanceof WaitedInVain)) throw error
}
