// A stack of layers, each of which answers or asks the next one. Nothing is told twice about one state: the page has a picture
// of all and makes its lists anew from it, whatever has changed.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import * as fs from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline, Transform } from 'node:stream'
import { promisify } from 'node:util'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

interface Context {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: string
}
type Layer = (context: Context, next: () => Promise<void>) => Promise<void>

const pump = promisify(pipeline)

export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {
  const transfers = new Map<string, Transfer>()
  /** What has happened, in order, and where each reader is in it. */
  const log: Transfer[] = []
  let wake: () => void = () => undefined
  let woken = new Promise<void>((resolve) => (wake = resolve))
  let serial = 0

  const record = (transfer: Transfer) => {
    transfers.set(transfer.id, transfer)
    log.push(transfer)
    wake()
    woken = new Promise((resolve) => (wake = resolve))
  }
  const activeId = (direction: string, name: string) =>
    [...transfers.values()].find((each) => each.direction === direction && each.name === name && each.state === 'active')?.id

  const node = await startNode({
    dir,
    peers,
    onTransfer: (report) => {
      const { direction, name, bytes, state } = report
      const id = activeId(direction, name)
      const before = id === undefined ? undefined : transfers.get(id)
      if (direction === 'send') {
        serial += id === undefined ? 1 : 0
        const reason = state === 'failed' ? { error: 'Whoever fetched it went away' } : {}
        record({ ...report, id: id ?? String(serial), bytes: Math.max(bytes, before?.bytes ?? 0), ...reason })
      } else if (before !== undefined && bytes > before.bytes) record({ ...before, bytes: Math.min(bytes, before.size) })
    },
  })

  const own = () => `127.0.0.1:${(server.address() as AddressInfo).port}`

  const errors: Layer = async ({ response }, next) => {
    try {
      await next()
    } catch (error) {
      if (response.headersSent) return void response.destroy()
      response.setHeader('connection', 'close')
      send(response, error instanceof URIError || error instanceof SyntaxError ? 400 : 500, { error: String(error) })
    }
  }

  const guard: Layer = async ({ request, response }, next) => {
    const { host, origin } = request.headers
    const strange = host !== own() || (origin !== undefined && origin !== `http://${own()}`)
    return strange ? send(response, 403, {}) : next()
  }

  const page = at(/^\/$/, {
    async GET({ response }) {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(await fs.readFile(new URL('08-gui.html', import.meta.url)))
    },
  })

  const files = at(/^\/api\/files$/, {
    async GET({ response }) {
      send(response, 200, await filesIn(dir))
    },
  })

  const file = at(/^\/api\/files\//, {
    async PUT({ request, response, path }) {
      const name = decodeURIComponent(path.slice('/api/files/'.length))
      if (!isName(name)) return send(response, 400, { error: 'No name' })
      const box = await fs.mkdtemp(join(dir, '.upload-'))
      let passed = 0
      const counted = new Transform({
        transform(piece: Buffer, _encoding, done) {
          passed += piece.length
          done(null, piece)
        },
      })
      try {
        await pump(request, counted, createWriteStream(join(box, 'file')))
        await fs.copyFile(join(box, 'file'), join(box, 'copy'))
        await fs.rename(join(box, 'copy'), join(dir, name))
      } finally {
        await fs.rm(box, { recursive: true, force: true })
      }
      await node.rescan()
      send(response, 201, { name, size: passed })
    },
  })

  const search = at(/^\/api\/search$/, {
    async GET({ response, query }) {
      const name = new URLSearchParams(query).get('name')
      if (!name) return send(response, 400, { error: 'No name' })
      send(response, 200, await node.search(name))
    },
  })

  const download = at(/^\/api\/download$/, {
    async POST({ request, response }) {
      let body = ''
      for await (const piece of request.setEncoding('utf8')) body += piece
      const hit = JSON.parse(body) as Hit | null
      if (!isHit(hit)) return send(response, 400, { error: 'No hit' })
      serial += 1
      const id = String(serial)
      record({ id, name: hit.name, direction: 'receive', state: 'active', bytes: 0, size: hit.size })
      send(response, 202, transfers.get(id))
      const last = (rest: Partial<Transfer>) => record({ ...(transfers.get(id) as Transfer), ...rest })
      try {
        await node.download(hit, dir)
        await node.rescan()
        last({ state: 'done', bytes: hit.size })
      } catch (error) {
        last({ state: 'failed', error: `Not fetched, since: ${error instanceof Error ? error.message : 'unknown'}` })
      }
    },
  })

  const events = at(/^\/api\/events$/, {
    async GET({ response }) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      const gone = once(response, 'close')
      const tell = (transfer: Transfer) => response.write(`event: transfer\ndata: ${JSON.stringify(transfer)}\n\n`)
      // All of them, also those that are over.
      transfers.forEach(tell)
      let read = log.length
      while (!response.destroyed) {
        for (; read < log.length; read += 1) tell(log[read] as Transfer)
        await Promise.race([woken, gone])
      }
    },
  })

  const layers = [errors, guard, page, files, file, search, download, events]
  const run = (context: Context, index: number): Promise<void> => {
    const layer = layers[index]
    if (layer === undefined) return Promise.resolve(send(context.response, 404, { error: 'Nothing is here' }))
    return layer(context, () => run(context, index + 1))
  }
  const server = createServer((request, response) => {
    const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(request.url ?? '') ?? []
    void run({ request, response, path, query }, 0)
  })
  const listening = once(server, 'listening')
  server.listen(port, '127.0.0.1')
  await listening.catch((error: unknown) => node.close().then(() => Promise.reject(error as Error)))

  let running = true
  const over = once(server, 'close')
  return {
    url: `http://${own()}/`,
    node: node.address,
    async close() {
      if (running) {
        running = false
        server.close()
        server.closeAllConnections()
        await node.close()
      }
      await over
    },
  }
}

/** A layer for one path. */
function at(pattern: RegExp, methods: Readonly<Record<string, (context: Context) => Promise<void>>>): Layer {
  return async (context, next) => {
    if (!pattern.test(context.path)) return next()
    const method = Object.entries(methods).find(([name]) => name === context.request.method)
    if (method !== undefined) return method[1](context)
    send(context.response, 405, { error: 'Not in this way' })
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  response.writeHead(status, status < 400 ? headers : { ...headers, connection: 'close' }).end(text)
}

async function filesIn(dir: string): Promise<{ name: string; size: number }[]> {
  const entries = await fs.readdir(dir, { withFileTypes: true })
  const files = await Promise.allSettled(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ name }) => {
        const { size } = await fs.stat(join(dir, name))
        return { name, size }
      }),
  )
  return files.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

function isName(text: string): boolean {
  return /^[^/\\\0]+$/.test(text) && text !== '.' && text !== '..'
}

function isHit(value: Hit | null): value is Hit {
  const { id, name, size, sha256, address } = value ?? ({} as Partial<Hit>)
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    isName(name) &&
    typeof size === 'number' &&
    Number.isSafeInteger(size) &&
    size >= 0 &&
    typeof sha256 === 'string' &&
    typeof address?.host === 'string' &&
    Number.isSafeInteger(address.port) &&
    address.port >= 0 &&
    address.port < 65_536
  )
}
