// One closure for each concern, wired by callbacks. Answers to POST have no body. The page is a table, with bars that are no
// <progress>, and hits in a dialog.
import { randomBytes } from 'node:crypto'
import { createReadStream, promises as fs } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import * as p2p from '../../../../../solutions/07-p2p-network.ts'

const PAGE = fileURLToPath(new URL('08-gui.html', import.meta.url))

export const startGui = async ({ dir, port, peers }: GuiOptions): Promise<Gui> => {
  const board = openBoard()
  const node = await p2p.startNode({ dir, peers: peers ?? [], onTransfer: board.report })
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject)
      server.listen(port ?? 0, '127.0.0.1', resolve)
    })
  } catch (error) {
    await node.close()
    throw error
  }
  const { port: bound } = server.address() as AddressInfo
  server.on('request', guard(bound, route({ dir, node, board })))

  let freed: Promise<unknown> | undefined
  const free = async () => {
    const pages = new Promise((resolve) => server.close(resolve))
    board.close()
    // Streams end by themselves; what else is open is cut.
    setImmediate(() => server.closeAllConnections())
    await Promise.all([pages, node.close()])
  }
  return {
    url: `http://127.0.0.1:${bound}/`,
    node: node.address,
    close: async () => void (await (freed ??= free())),
  }
}

/** Knows every transfer, and draws it for everyone who looks. */
function openBoard() {
  const rows: Transfer[] = []
  const lookers: ((row: Transfer | undefined) => void)[] = []
  const tell = (row: Transfer) => lookers.forEach((look) => look(row))
  const newRow = (row: Omit<Transfer, 'id'>) => {
    const added = { ...row, id: randomBytes(6).toString('base64url') }
    rows.push(added)
    tell(added)
    return added
  }
  return {
    newRow,
    end(row: Transfer, error?: unknown) {
      if (error === undefined) Object.assign(row, { state: 'done', bytes: row.size })
      else Object.assign(row, { state: 'failed', error: error instanceof Error ? error.message : 'Something went wrong.' })
      tell(row)
    },
    report(this: void, { direction, name, state, bytes, size }: Omit<Transfer, 'id'>) {
      const row = rows.findLast((each) => each.state === 'active' && each.direction === direction && each.name === name)
      if (row === undefined) {
        if (direction === 'send') newRow({ direction, name, state, bytes, size, ...(state === 'failed' ? { error: 'cut' } : {}) })
        return
      }
      if (direction === 'send' && state !== 'active') Object.assign(row, { state }, state === 'failed' ? { error: 'cut' } : {})
      else if (bytes <= row.bytes) return
      row.bytes = Math.max(row.bytes, bytes)
      tell(row)
    },
    /** @param look is called with undefined at the end */
    watch(look: (row: Transfer | undefined) => void) {
      rows.filter(({ state }) => state === 'active').forEach(look)
      lookers.push(look)
      return () => void lookers.splice(lookers.indexOf(look), 1)
    },
    close: () => [...lookers].forEach((look) => look(undefined)),
  }
}

/** Lets only those in who know where they are, and come from here. */
function guard(port: number, next: RequestListener): RequestListener {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  return (request, response) => {
    const { host = '', origin } = request.headers
    if (hosts.includes(host) && (origin === undefined || origin === `http://${host}`)) next(request, response)
    else status(response, 403)
  }
}

type Place = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, rest: string) => Promise<void> | void>>

function route({ dir, node, board }: { dir: string; node: p2pNode; board: ReturnType<typeof openBoard> }): RequestListener {
  const list: Place = {
    async GET(_request, response) {
      const entries = await fs.readdir(dir, { withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile())
      const sizes = await Promise.all(
        files.map(({ name }) =>
          fs.stat(join(dir, name)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      )
      json(
        response,
        files.map(({ name }, index) => ({ size: sizes[index], name })),
      )
    },
  }
  const file: Place = {
    async PUT(request, response, rest) {
      const name = decodeURIComponent(rest)
      if (!plain(name)) return status(response, name === '' ? 404 : 400)
      const part = join(dir, `.${randomBytes(8).toString('hex')}`, 'part')
      await fs.mkdir(join(part, '..'))
      try {
        const handle = await fs.open(part, 'wx')
        try {
          for await (const piece of request as AsyncIterable<Buffer>) await handle.write(piece)
        } finally {
          await handle.close()
        }
        await fs.rename(part, join(dir, name))
      } finally {
        await fs.rm(join(part, '..'), { recursive: true })
      }
      await node.rescan()
      status(response, 204)
    },
  }
  const search: Place = {
    async GET(_request, response, query) {
      const name = new URLSearchParams(query).get('name') ?? ''
      if (name.length === 0) return status(response, 400)
      json(response, await node.search(name))
    },
  }
  const download: Place = {
    async POST(request, response) {
      const hit = await readHit(request)
      if (hit === undefined) return status(response, 400)
      const row = board.newRow({ name: hit.name, size: hit.size, bytes: 0, direction: 'receive', state: 'active' })
      status(response, 202)
      try {
        await node.download(hit, dir)
        await node.rescan()
        board.end(row)
      } catch (error) {
        board.end(row, error)
      }
    },
  }
  const events: Place = {
    GET(_request, response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.flushHeaders()
      const leave = board.watch((row) => {
        if (row === undefined) response.end()
        else response.write(`event: transfer\ndata: ${JSON.stringify(row)}\n\n`)
      })
      response.once('close', leave)
    },
  }
  const page: Place = {
    GET(_request, response) {
      response.setHeader('content-type', 'text/html; charset="utf-8"')
      createReadStream(PAGE).pipe(response)
    },
  }
  const fixed: Readonly<Record<string, Place>> = {
    '/': page,
    '/api/files': list,
    '/api/search': search,
    '/api/download': download,
    '/api/events': events,
  }

  return (request, response) => {
    const { method = '', url = '' } = request
    const [path = '', ...query] = url.split('?')
    const isFile = path.startsWith('/api/files/')
    const place = isFile ? file : new Map(Object.entries(fixed)).get(path)
    if (place === undefined) return status(response, 404)
    const serve = new Map(Object.entries(place)).get(method)
    if (serve === undefined) return status(response, 405)
    const rest = isFile ? path.slice('/api/files/'.length) : query.join('?')
    const serving = async () => serve(request, response, rest)
    serving().catch((error: unknown) =>
      response.headersSent ? response.destroy() : status(response, error instanceof URIError ? 400 : 500),
    )
  }
}

type p2pNode = Awaited<ReturnType<typeof p2p.startNode>>

function status(response: ServerResponse, code: number): void {
  if (code >= 400) response.setHeader('connection', 'close')
  response.writeHead(code).end()
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** One name, which means the same on every system. */
function plain(name: string): boolean {
  return name === basename(name) && !/[\\/\0]/.test(name) && !['', '.', '..'].includes(name)
}

async function readHit(request: IncomingMessage): Promise<Hit | undefined> {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  let hit: unknown
  try {
    hit = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    return undefined
  }
  const { id, name, size, sha256, address } = Object(hit) as Record<string, unknown>
  const { host, port } = Object(address) as Record<string, unknown>
  if (typeof name !== 'string' || !plain(name) || typeof id !== 'string' || typeof sha256 !== 'string') return undefined
  if (typeof size !== 'number' || typeof host !== 'string' || typeof port !== 'number') return undefined
  return size >= 0 && port > 0 && port < 65_536 ? (hit as Hit) : undefined
}
