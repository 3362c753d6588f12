// Lesson 8: a page for the node. It shares, searches, fetches, and shows how far it is.
// Read first: lessons/08-gui.md

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Transfer as FileTransfer } from '../checker/contracts/05-file-transfer.ts'
import type { Gui, GuiOptions, Hit, Transfer } from '../checker/contracts/08-gui.ts'
import { startNode } from './07-p2p-network.ts'

/** What a route is given: what stands in the path behind its name, decoded, and what was asked behind the `?`. */
interface Asked {
  readonly rest: string
  readonly query: URLSearchParams
  readonly request: IncomingMessage
  readonly response: ServerResponse
}
type Route = (asked: Asked) => void | Promise<void>

/** The longest hit that is read, in bytes. */
const MAX_HIT_BYTES = 64 * 1024
/** How many transfers a page that is opened later is told of. */
const REMEMBERED = 50
/** A transfer is told again when it has advanced by this share of the file. */
const STEP = 1 / 200
/** How much may wait for a page that does not read, before it is given up. */
const MAX_WAITING_BYTES = 1024 * 1024

/**
 * Starts a node, and a page for it on 127.0.0.1.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {
  const page = await readFile(new URL('08-gui.html', import.meta.url))
  const transfers = openTransfers((transfer) => tellAll('transfer', transfer))
  const subscribers = new Set<ServerResponse>()
  const node = await startNode({ dir, peers, onTransfer: transfers.passed })
  let closed: Promise<void> | undefined

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, error))
  })
  const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
    '/': { GET: ({ response }) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page) },
    '/api/files': { GET: async ({ response }) => sendJson(response, 200, await list(dir)) },
    '/api/files/': { PUT: put },
    '/api/search': { GET: search },
    '/api/download': { POST: download },
    '/api/events': { GET: subscribe },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin = `http://${host}` } = request.headers
    // Any page that is open in this browser can send requests here. Its own name betrays it.
    if (request.headers.host !== host || origin !== `http://${host}`)
      throw new Refusal(403, 'This node serves its own page only.')
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const name = path.startsWith('/api/files/') ? '/api/files/' : path
    const methods = Object.hasOwn(routes, name) ? routes[name] : undefined
    if (methods === undefined) throw new Refusal(404, 'There is nothing here.')
    const method = request.method ?? ''
    const route = Object.hasOwn(methods, method) ? methods[method] : undefined
    if (route === undefined) {
      response.setHeader('allow', Object.keys(methods).join(', '))
      throw new Refusal(405, `${method} is not possible here.`)
    }
    await route({ rest: decode(path.slice(name.length)), query: new URLSearchParams(query), request, response })
  }

  async function put({ rest: name, request, response }: Asked): Promise<void> {
    requirePlain(name)
    // A folder, and not a file, because a file that lies here would be shared.
    const box = join(dir, `.${randomUUID()}`)
    await mkdir(box)
    try {
      await pipeline(request, createWriteStream(join(box, name)))
      await rename(join(box, name), join(dir, name))
    } finally {
      await rm(box, { recursive: true, force: true })
    }
    await changed()
    sendJson(response, 201, { name })
  }

  async function search({ query, response }: Asked): Promise<void> {
    const name = query.get('name') ?? ''
    if (name === '') throw new Refusal(400, 'What is to be searched for? Ask with ?name=')
    sendJson(response, 200, await node.search(name))
  }

  async function download({ request, response }: Asked): Promise<void> {
    const hit = readHit(await readBody(request))
    if (transfers.receives(hit.name)) throw new Refusal(409, `${hit.name} is on its way already.`)
    const { id, ended } = transfers.begin(hit)
    node
      .download(hit, dir)
      .then(changed)
      .then(
        () => ended('done'),
        (error: unknown) => ended('failed', inWords(error)),
      )
    sendJson(response, 202, { id })
  }

  function subscribe({ response }: Asked): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.flushHeaders()
    for (const transfer of transfers.all()) tell(response, 'transfer', transfer)
    subscribers.add(response)
    response.once('close', () => subscribers.delete(response))
  }

  /** Other nodes are told what is in the folder now, and all pages that it is time to look. */
  async function changed(): Promise<void> {
    await node.rescan()
    tellAll('files', {})
  }

  function tellAll(event: string, data: unknown): void {
    for (const response of subscribers) tell(response, event, data)
  }

  async function shutDown(): Promise<void> {
    const freed = once(server, 'close')
    server.close()
    server.closeAllConnections() // an event stream would never end by itself
    await Promise.all([freed, node.close()])
  }

  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening') // rejects when 'error' comes first
  } catch (error) {
    await node.close()
    throw error
  }
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  return { url: `http://${host}/`, node: node.address, close: () => (closed ??= shutDown()) }
}

/** What is on its way, and what was a short time ago. @param onChange is told of every transfer that is new or has changed */
function openTransfers(onChange: (transfer: Transfer) => void) {
  const known = new Map<string, Transfer>()
  const underWay = (direction: Transfer['direction'], name: string) =>
    [...known.values()].find((each) => each.direction === direction && each.name === name && each.state === 'active')

  function update(transfer: Transfer): void {
    const before = known.get(transfer.id)
    const small = before !== undefined && transfer.bytes - before.bytes < transfer.size * STEP
    if (small && transfer.state === 'active' && transfer.bytes < transfer.size) return
    known.set(transfer.id, transfer)
    const [oldest = ''] = known.keys()
    if (known.size > REMEMBERED && known.get(oldest)?.state !== 'active') known.delete(oldest)
    onChange(transfer)
  }

  return {
    all: () => [...known.values()],
    receives: (name: string) => underWay('receive', name) !== undefined,
    /** A file that is being fetched. It has arrived when `download` says so: the last byte is not yet the right hash. */
    begin({ name, size }: Hit) {
      const id = randomUUID()
      update({ id, name, direction: 'receive', state: 'active', bytes: 0, size })
      return {
        id,
        ended(state: 'done' | 'failed', error?: string) {
          const bytes = state === 'done' ? size : (known.get(id)?.bytes ?? 0)
          update({ id, name, direction: 'receive', state, bytes, size, ...(error === undefined ? {} : { error }) })
        },
      }
    },
    /** What the node reports while bytes pass. Several peers that fetch one file at a time are told as one transfer. */
    passed({ name, direction, state, bytes, size }: FileTransfer): void {
      const before = underWay(direction, name)
      if (direction === 'receive') {
        if (before !== undefined) update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size) })
        return
      }
      const { id = randomUUID(), bytes: most = 0 } = before ?? {}
      const error = state === 'failed' ? { error: 'The other node has broken it off.' } : {}
      update({ id, name, direction, state, bytes: Math.max(bytes, most), size, ...error })
    },
  }
}

/** A request that is not granted, with the status and the words of the answer. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

function fail(response: ServerResponse, error: unknown): void {
  // An answer that has begun cannot become another one.
  if (response.headersSent) return void response.destroy()
  const status = error instanceof Refusal ? error.status : 500
  // What was not read of the request would be taken for the next one.
  response.setHeader('connection', 'close')
  sendJson(response, status, { error: error instanceof Refusal ? error.message : inWords(error) })
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  response.writeHead(status, headers).end(JSON.stringify(value))
}

function tell(response: ServerResponse, event: string, data: unknown): void {
  if (response.writableLength > MAX_WAITING_BYTES) return void response.destroy()
  // JSON has no line breaks of its own, so the event is one line of data, and an empty line ends it.
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

/** The files that lie in a folder directly, by name. */
async function list(dir: string): Promise<{ name: string; size: number }[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  const sizes = await Promise.all(names.map((name) => stat(join(dir, name)).catch(() => undefined)))
  const files = names.flatMap((name, index) => (sizes[index] === undefined ? [] : [{ name, size: sizes[index].size }]))
  return files.toSorted((a, b) => a.name.localeCompare(b.name))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Refusal(400, 'This address cannot be decoded.')
  }
}

/** Lets nothing pass that is more than a name. */
function requirePlain(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) throw new Refusal(400, 'This is no name for a file.')
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length
    if (sizeBytes > MAX_HIT_BYTES) throw new Refusal(413, 'This is too long for a hit.')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** @throws Refusal when it is no hit, or one whose name leads out of the folder */
function readHit(body: Buffer): Hit {
  const { id, address, name, size, sha256 } = parse(body)
  const { host, port } = (address ?? {}) as Record<string, unknown>
  const texts = [id, host, name, sha256].every((each) => typeof each === 'string')
  const numbers = [port, size].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)
  if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')
  requirePlain(String(name))
  return { id, address: { host, port }, name, size, sha256 } as Hit
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString())) as Record<string, unknown>
  } catch {
    throw new Refusal(400, 'This is no JSON.')
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Its owner cannot be reached any more.',
  INCOMPLETE: 'Its owner has gone away in the middle.',
  ECONNRESET: 'Its owner has gone away in the middle.',
  MISSING: 'Its owner does not have it any more.',
  CORRUPT: 'What came is not the file that was found.',
  ENOSPC: 'There is no room left on the disk.',
}

/** Says to a person what has gone wrong. */
function inWords(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return WORDS[code] ?? message
}
