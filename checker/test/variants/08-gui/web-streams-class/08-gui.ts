// Classes and the web's own types: requests and answers are those of fetch, streams are web streams, and routes are patterns
// with a name in them. Node's server is at the edge alone.
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, opendir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import type { Node } from '../../../../contracts/07-p2p-network.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

type Handler = (asked: { request: Request; url: URL; name: string }) => Response | Promise<Response>

export async function startGui(options: GuiOptions): Promise<Gui> {
  const gui = new WebGui(options.dir)
  await gui.start(options)
  return gui
}

/** An event of the page, and who is told. */
class Newsroom {
  readonly #readers = new Set<ReadableStreamDefaultController<Uint8Array>>()
  readonly #stories = new Map<string, Transfer>()
  readonly #encoder = new TextEncoder()

  publish(transfer: Transfer): void {
    this.#stories.set(transfer.id, transfer)
    for (const reader of this.#readers) reader.enqueue(this.#print(transfer))
  }

  running(direction: Transfer['direction'], name: string): Transfer | undefined {
    return [...this.#stories.values()].find(
      (story) => story.state === 'active' && story.direction === direction && story.name === name,
    )
  }

  latest(id: string): Transfer | undefined {
    return this.#stories.get(id)
  }

  subscribe(): ReadableStream<Uint8Array> {
    let mine: ReadableStreamDefaultController<Uint8Array>
    return new ReadableStream({
      start: (controller) => {
        mine = controller
        controller.enqueue(this.#encoder.encode('retry: 500\n\n'))
        for (const story of this.#stories.values()) if (story.state === 'active') controller.enqueue(this.#print(story))
        this.#readers.add(controller)
      },
      cancel: () => void this.#readers.delete(mine),
    })
  }

  #print(transfer: Transfer): Uint8Array {
    // Data may take several lines.
    const lines = JSON.stringify(transfer, undefined, 1).split('\n')
    return this.#encoder.encode(`event: transfer\n${lines.map((line) => `data: ${line}\n`).join('')}\n`)
  }
}

class WebGui implements Gui {
  url = ''
  node = { host: '', port: 0 }
  readonly #dir: string
  readonly #news = new Newsroom()
  readonly #server: Server
  #node: Node | undefined
  #closed: Promise<void> | undefined
  readonly #routes: readonly (readonly [method: string, pattern: RegExp, handler: Handler])[] = [
    ['GET', /^\/$/, () => this.#page()],
    ['GET', /^\/api\/files$/, async () => Response.json(await this.#files())],
    ['PUT', /^\/api\/files\/(?<name>[^/]*)$/, (asked) => this.#put(asked)],
    ['GET', /^\/api\/search$/, (asked) => this.#search(asked)],
    ['POST', /^\/api\/download$/, (asked) => this.#download(asked)],
    [
      'GET',
      /^\/api\/events$/,
      () => new Response(this.#news.subscribe(), { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' } }),
    ],
  ]

  constructor(dir: string) {
    this.#dir = dir
    this.#server = createServer((incoming, outgoing) => void this.#exchange(incoming, outgoing))
  }

  async start({ dir, port = 0, peers = [] }: GuiOptions): Promise<void> {
    // The page first: if its port is taken, there is no node yet.
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', () => resolve())
    })
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
    this.#node = await startNode({ dir, peers, onTransfer: (report) => this.#hear(report) })
    this.node = this.#node.address
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  async #shutDown(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await this.#node?.close()
    await stopped
  }

  /** Between Node's types and those of fetch. */
  async #exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const response = await this.#answer(incoming)
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.flushHeaders()
      if (response.body === null) return void outgoing.end()
      await pipeline(Readable.fromWeb(response.body), outgoing)
    } catch {
      outgoing.destroy()
    }
  }

  async #answer(incoming: IncomingMessage): Promise<Response> {
    const { origin } = new URL(this.url)
    if (`http://${incoming.headers.host}` !== origin) return refusal(403)
    if ((incoming.headers.origin ?? origin) !== origin) return refusal(403)
    const { method = 'GET' } = incoming
    let url: URL
    try {
      url = new URL(origin + incoming.url)
    } catch {
      return refusal(400)
    }
    const matching = this.#routes.filter(([, pattern]) => pattern.test(url.pathname))
    if (matching.length === 0) return refusal(404)
    const [route] = matching.filter(([each]) => each === method)
    if (route === undefined) return refusal(405)
    const [, pattern, handler] = route
    let name: string
    try {
      name = decodeURIComponent(pattern.exec(url.pathname)?.groups?.name ?? '')
    } catch {
      return refusal(400)
    }
    const body = ['GET', 'HEAD'].includes(method) ? {} : { body: Readable.toWeb(incoming), duplex: 'half' }
    const request = new Request(url, { method, ...body } as RequestInit)
    try {
      return await handler({ request, url, name })
    } catch (error) {
      return refusal(500, (error as Error).message)
    }
  }

  async #page(): Promise<Response> {
    const html = await readFile(new URL('08-gui/page.html', import.meta.url))
    return new Response(html, { headers: { 'content-type': 'text/html' } })
  }

  async #files(): Promise<{ name: string; size: number }[]> {
    const files: { name: string; size: number }[] = []
    for await (const entry of await opendir(this.#dir)) {
      if (!entry.isFile()) continue
      const stats = await stat(join(this.#dir, entry.name)).catch(() => undefined)
      if (stats !== undefined) files.push({ name: entry.name, size: stats.size })
    }
    return files
  }

  async #put({ request, name }: Parameters<Handler>[0]): Promise<Response> {
    if (name === '') return refusal(404)
    if (!isPlain(name)) return refusal(400)
    const box = await mkdtemp(join(this.#dir, '.box'))
    try {
      const whole = join(box, name)
      const file = Writable.toWeb(createWriteStream(whole)) as WritableStream<Uint8Array>
      // A body of no bytes is none.
      await (request.body ?? new Blob([]).stream()).pipeTo(file)
      await rename(whole, join(this.#dir, name))
    } finally {
      await rm(box, { recursive: true, force: true })
    }
    await this.#node?.rescan()
    return new Response(undefined, { status: 201, headers: { location: `/api/files/${encodeURIComponent(name)}` } })
  }

  async #search({ url }: Parameters<Handler>[0]): Promise<Response> {
    const name = url.searchParams.get('name')
    if (name === null || name === '') return refusal(400)
    return Response.json((await this.#node?.search(name)) ?? [])
  }

  async #download({ request }: Parameters<Handler>[0]): Promise<Response> {
    const hit = (await request.json().catch(() => undefined)) as Hit | undefined
    if (!isHit(hit)) return refusal(400)
    const id = randomUUID()
    this.#news.publish({ id, name: hit.name, direction: 'receive', state: 'active', bytes: 0, size: hit.size })
    void this.#bring(id, hit)
    return Response.json({ id, status: 'begun' }, { status: 202 })
  }

  async #bring(id: string, hit: Hit): Promise<void> {
    const { name, size } = hit
    try {
      await this.#node?.download(hit, this.#dir)
      await this.#node?.rescan()
      this.#news.publish({ id, name, direction: 'receive', state: 'done', bytes: size, size })
    } catch (error) {
      const bytes = this.#news.latest(id)?.bytes ?? 0
      this.#news.publish({ id, name, direction: 'receive', state: 'failed', bytes, size, error: (error as Error).message })
    }
  }

  #hear(report: Omit<Transfer, 'id'>): void {
    const known = this.#news.running(report.direction, report.name)
    const bytes = Math.max(report.bytes, known?.bytes ?? 0)
    if (report.direction === 'send') {
      const error = report.state === 'failed' ? { error: 'The other end has left.' } : {}
      this.#news.publish({ ...report, bytes, id: known?.id ?? randomUUID(), ...error })
    } else if (known !== undefined) {
      this.#news.publish({ ...known, bytes: Math.min(bytes, known.size) })
    }
  }
}

function refusal(status: number, title = 'Refused'): Response {
  const headers = { 'content-type': 'application/problem+json', connection: 'close' }
  return new Response(JSON.stringify({ title, status }), { status, headers })
}

function isPlain(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && ['/', '\\', '\0'].every((each) => !name.includes(each))
}

function isHit(value: unknown): value is Hit {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, sha256, size, address } = value as Record<string, unknown>
  const { host, port } = Object(address) as Record<string, unknown>
  const texts = [id, name, sha256, host].every((each) => typeof each === 'string')
  const isCount = (each: unknown) => Number.isInteger(each) && Number(each) >= 0
  return texts && isPlain(String(name)) && isCount(size) && isCount(port) && Number(port) < 65_536
}
