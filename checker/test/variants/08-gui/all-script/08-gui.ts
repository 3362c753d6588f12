// The page's body is empty: everything in it is made by a script in a file of its own. The server collects a file in memory,
// and every route is a function in a Map by method and path.
import { EventEmitter } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

type Answer = { status?: number; type?: string; body?: string | Buffer } | 'stays open'
type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  url: { name: string; query: URLSearchParams },
) => Promise<Answer>

const MAX_BYTES = 64 * 1024 * 1024
const json = (value: unknown, status = 200): Answer => ({ status, type: 'application/json', body: JSON.stringify(value) })
const no = (status: number): Answer => json({ sorry: status }, status)

export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {
  const beside = (name: string) => readFileSync(new URL(name, import.meta.url))
  const files = { page: beside('08-gui.html'), script: beside('08-gui.page.js') }
  const news = new EventEmitter().setMaxListeners(0)
  const active = new Map<string, Transfer>()
  let count = 0

  const tell = (transfer: Transfer) => {
    if (transfer.state === 'active') active.set(transfer.id, transfer)
    else active.delete(transfer.id)
    news.emit('transfer', transfer)
  }
  const activeOf = (direction: string, name: string) =>
    [...active.values()].find((each) => each.direction === direction && each.name === name)

  const node = await startNode({
    dir,
    peers,
    onTransfer(report) {
      const known = activeOf(report.direction, report.name)
      if (report.direction === 'receive') {
        // The end is told by download().
        if (known !== undefined && report.state === 'active' && report.bytes > known.bytes)
          tell({ ...known, bytes: report.bytes })
        return
      }
      count += known === undefined ? 1 : 0
      const id = known?.id ?? `out-${count}`
      const error = report.state === 'failed' ? { error: 'It was broken off.' } : {}
      tell({ ...report, id, bytes: Math.max(report.bytes, known?.bytes ?? 0), ...error })
    },
  })

  const routes = new Map<string, Route>([
    ['GET /', async () => ({ type: 'text/html;charset=UTF-8', body: files.page })],
    ['GET /08-gui.page.js', async () => ({ type: 'text/javascript', body: files.script })],
    ['GET /api/files', async () => json(await list(dir))],
    [
      'PUT /api/files/*',
      async (request, _response, { name }) => {
        if (!isPlain(name)) return no(400)
        const body = await collect(request, MAX_BYTES)
        if (body === undefined) return no(413)
        writeFileSync(join(dir, name), body)
        await node.rescan()
        news.emit('files')
        return { status: 200 }
      },
    ],
    [
      'GET /api/search',
      async (_request, _response, { query }) =>
        query.get('name') ? json(await node.search(String(query.get('name')))) : no(400),
    ],
    [
      'POST /api/download',
      async (request) => {
        const hit = toHit(String(await collect(request, 65_536)))
        if (hit === undefined) return no(400)
        count += 1
        const transfer: Transfer = {
          id: `in-${count}`,
          name: hit.name,
          direction: 'receive',
          state: 'active',
          bytes: 0,
          size: hit.size,
        }
        tell(transfer)
        void node
          .download(hit, dir)
          .then(() => node.rescan())
          .then(() => tell({ ...transfer, state: 'done', bytes: hit.size }))
          .catch((error: unknown) =>
            tell({ ...transfer, ...active.get(transfer.id), state: 'failed', error: `It has failed: ${String(error)}` }),
          )
          .finally(() => news.emit('files'))
        return { status: 202 }
      },
    ],
    [
      'GET /api/events',
      async (_request, response) => {
        response
          .writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache' })
          .flushHeaders()
        const onTransfer = (transfer: Transfer) => response.write(`id: 1\nevent: transfer\ndata: ${JSON.stringify(transfer)}\n\n`)
        const onFiles = () => response.write('event: files\ndata: changed\n\n')
        active.forEach(onTransfer)
        news.on('transfer', onTransfer).on('files', onFiles)
        response.on('close', () => news.off('transfer', onTransfer).off('files', onFiles))
        return 'stays open'
      },
    ],
  ])
  const paths = new Set([...routes.keys()].map((key) => key.split(' ')[1]))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const { headers, method, url = '' } = request
    if (headers.host !== host || ![undefined, `http://${host}`].includes(headers.origin)) return no(403)
    const [path = '', query] = url.split('?', 2)
    const [, encoded] = /^\/api\/files\/(.*)$/s.exec(path) ?? []
    let name: string
    try {
      name = decodeURIComponent(encoded ?? '')
    } catch {
      return no(400)
    }
    const place = encoded === undefined ? path : '/api/files/*'
    const route = routes.get(`${method} ${place}`)
    if (route !== undefined) return route(request, response, { name, query: new URLSearchParams(query) })
    return no(paths.has(place) && place !== undefined ? 405 : 404)
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answered = await answer(request, response)
      if (answered === 'stays open') return
      const { status = 200, type, body } = answered
      if (!request.complete) response.setHeader('connection', 'close')
      response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(body)
    } catch {
      response.destroy()
    }
  }

  const server = createServer((request, response) => {
    void exchange(request, response)
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host: '127.0.0.1' }, resolve)
    })
  } catch (error) {
    await node.close()
    throw error
  }
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  let closed = false
  const whenFree = new Promise<void>((resolve) => server.once('close', resolve))
  return {
    url: `http://${host}`,
    node: node.address,
    async close() {
      if (!closed) server.close()
      closed = true
      server.closeAllConnections()
      await whenFree
      await node.close()
    },
  }
}

/** @returns undefined when it is too long */
async function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  let left = maxBytes
  for await (const piece of request as AsyncIterable<Buffer>) {
    left -= piece.length
    if (left < 0) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

async function list(dir: string) {
  const found = await Promise.all(
    (await readdir(dir)).map(async (name) => ({ name, stats: await stat(join(dir, name)).catch(() => undefined) })),
  )
  return found.flatMap(({ name, stats }) => (stats?.isFile() === true ? [{ name, size: stats.size, shared: true }] : []))
}

function isPlain(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !/^\.\.?$|[/\\\u0000]/.test(name)
}

function toHit(body: string): Hit | undefined {
  try {
    const { id, name, size, sha256, address } = JSON.parse(body) as Hit
    const { host, port } = address
    if (!isPlain(name) || typeof id !== 'string' || typeof sha256 !== 'string' || typeof host !== 'string') return undefined
    if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(port) || port < 1 || port > 65_535) return undefined
    return { id, name, size, sha256, address: { host, port } }
  } catch {
    return undefined
  }
}
