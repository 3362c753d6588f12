// Callbacks and timers, and no promise that is not somebody else's. Every answer takes its time, events go out byte by byte, and
// all of them are told again and again. The page's files lie in a folder, each served under its own name.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import fs from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

const FOLDER = fileURLToPath(new URL('08-gui', import.meta.url))
const TYPES: Record<string, string> = { '.html': 'text/html; charset="UTF-8"', '.js': 'text/javascript', '.css': 'text/css' }
/** How long each answer is kept waiting, in milliseconds. */
const SLOWLY_MS = 120
/** How often all that is on its way is told, news or not, in milliseconds. */
const AGAIN_MS = 150

type Node = Awaited<ReturnType<typeof startNode>>

export async function startGui({ dir, port, peers = [] }: GuiOptions): Promise<Gui> {
  const transfers: Transfer[] = []
  const node = await startNode({ dir, peers, onTransfer: (told) => hear(transfers, told) })
  const server = createServer((request, response) => route(request, response, { node, dir, transfers }))
  let ends: Promise<void> | undefined
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      node.close().then(
        () => reject(error),
        () => reject(error),
      )
    })
    server.listen({ host: '127.0.0.1', port: port ?? 0 }, () => {
      const { address, port: bound } = server.address() as AddressInfo
      resolve({ url: `http://${address}:${bound}`, node: node.address, close: () => (ends ??= end(server, node)) })
    })
  })
}

function end(server: Server, node: Node): Promise<void> {
  return new Promise((ended, failed) => {
    server.close(() => void node.close().then(ended, failed))
    server.closeAllConnections()
  })
}

interface Place {
  readonly node: Node
  readonly dir: string
  readonly transfers: Transfer[]
}

function hear(transfers: Transfer[], { name, direction, bytes, size, state }: Omit<Transfer, 'id' | 'error'>): void {
  let mine = transfers.findLast((each) => each.name === name && each.direction === direction && each.state === 'active')
  if (direction === 'receive') {
    if (mine !== undefined) mine.bytes = Math.max(mine.bytes, Math.min(bytes, mine.size))
    return
  }
  if (mine === undefined) transfers.push((mine = { id: String(transfers.length), name, direction, bytes, size, state }))
  mine.bytes = Math.max(mine.bytes, bytes)
  mine.state = state
  if (state === 'failed') mine.error = '상대가 연결을 끊었습니다.'
}

function route(request: IncomingMessage, response: ServerResponse, place: Place): void {
  const own = `127.0.0.1:${request.socket.localPort}`
  const { host, origin } = request.headers
  const refuse = (status: number) => answer(response, status, 'text/plain', String(status))
  if ((host !== own && host !== `localhost:${request.socket.localPort}`) || (origin !== undefined && origin !== `http://${own}`))
    return refuse(403)

  const [where = '', query = ''] = (request.url ?? '').split('?', 2)
  const steps = where.split('/').slice(1)
  let names: string[]
  try {
    names = steps.map(decodeURIComponent)
  } catch {
    return refuse(400)
  }
  // No path here climbs, and no step of one has a slash in it.
  if (names.some((name) => /^\.\.?$|[/\\\0]/.test(name))) return refuse(400)
  const handlers: Record<string, Record<string, () => void>> = {
    files: { GET: () => sendList(response, place) },
    file: { PUT: () => take(request, response, place, names[2] ?? '') },
    search: { GET: () => search(response, place, new URLSearchParams(query).get('name')) },
    download: { POST: () => begin(request, response, place) },
    events: { GET: () => tell(response, place) },
    shown: { GET: () => sendFile(response, names[0] || 'index.html') },
  }
  const known = new Map([
    ['/api/files', 'files'],
    ['/api/search', 'search'],
    ['/api/download', 'download'],
    ['/api/events', 'events'],
  ])
  const file = steps.length === 3 && where.startsWith('/api/files/') ? 'file' : undefined
  const shown = steps.length === 1 && (names[0] === '' || fs.readdirSync(FOLDER).includes(names[0] ?? '')) ? 'shown' : undefined
  const methods = handlers[known.get(where) ?? file ?? shown ?? ''] ?? undefined
  if (methods === undefined) return refuse(404)
  const handler = new Map(Object.entries(methods)).get(request.method ?? '')
  if (handler === undefined) return refuse(405)
  handler()
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  setTimeout(() => {
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), Connection: 'close' })
    response.end(body)
  }, SLOWLY_MS)
}

function sendFile(response: ServerResponse, name: string): void {
  fs.readFile(path.join(FOLDER, name), (error, bytes) => {
    if (error) answer(response, 404, 'text/plain', '404')
    else answer(response, 200, TYPES[path.extname(name)] ?? 'application/octet-stream', bytes)
  })
}

function sendList(response: ServerResponse, { dir }: Place): void {
  fs.readdir(dir, { withFileTypes: true }, (error, entries) => {
    if (error) return answer(response, 500, 'text/plain', error.message)
    const files = entries.flatMap((entry) => {
      const stats = entry.isFile() ? fs.statSync(path.join(dir, entry.name), { throwIfNoEntry: false }) : undefined
      return stats === undefined ? [] : [{ size: stats.size, name: entry.name, changed: stats.mtimeMs }]
    })
    answer(response, 200, 'application/json', JSON.stringify(files, undefined, 2))
  })
}

function collect(request: IncomingMessage, whole: (body: Buffer) => void): void {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  // What breaks off never ends.
  request.on('end', () => whole(Buffer.concat(pieces)))
}

function take(request: IncomingMessage, response: ServerResponse, { dir, node }: Place, name: string): void {
  if (name === '') return answer(response, 400, 'text/plain', '이름이 없습니다.')
  collect(request, (body) => {
    fs.writeFile(path.join(dir, name), body, (error) => {
      if (error) return answer(response, 500, 'text/plain', error.message)
      void node.rescan().then(() => answer(response, 200, 'text/plain', ''))
    })
  })
}

function search(response: ServerResponse, { node }: Place, name: string | null): void {
  if (!name) return answer(response, 400, 'text/plain', '무엇을 찾을까요?')
  void node.search(name).then((hits) => answer(response, 200, 'application/json', JSON.stringify(hits)))
}

function begin(request: IncomingMessage, response: ServerResponse, { dir, node, transfers }: Place): void {
  collect(request, (body) => {
    const hit = readHit(body)
    if (hit === undefined) return answer(response, 400, 'text/plain', '400')
    const { name, size } = hit
    const transfer: Transfer = { id: String(transfers.length), name, size, bytes: 0, direction: 'receive', state: 'active' }
    transfers.push(transfer)
    node
      .download(hit, dir)
      .then(() => node.rescan())
      .then(
        () => Object.assign(transfer, { state: 'done', bytes: size }),
        (error: Error) => Object.assign(transfer, { state: 'failed', error: error.message || '알 수 없는 오류' }),
      )
    answer(response, 202, 'text/plain', '')
  })
}

function readHit(body: Buffer): Hit | undefined {
  try {
    const { id, address, name, size, sha256 } = JSON.parse(body.toString('utf8'))
    const { host, port } = address
    const texts = [id, host, name, sha256].every((each) => typeof each === 'string')
    const plain = texts && !/^\.{0,2}$|[/\\\0]/.test(name)
    return plain && size >= 0 && port > 0 && port < 65_536 ? { id, address: { host, port }, name, size, sha256 } : undefined
  } catch {
    return undefined
  }
}

/** Everything is told again and again, so nobody has to be told of a change. */
function tell(response: ServerResponse, { transfers }: Place): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream;charset=utf-8' })
  response.write(':\r\nevent: hello\r\ndata: {}\r\n\r\n')
  const over = new Set<string>()
  const tellAll = () => {
    for (const transfer of transfers) {
      if (over.has(transfer.id)) continue
      if (transfer.state !== 'active') over.add(transfer.id)
      const event = Buffer.from(`id: ${transfer.id}\r\nevent: transfer\r\ndata: ${JSON.stringify(transfer)}\r\n\r\n`)
      for (let at = 0; at < event.length; at += 1) response.write(event.subarray(at, at + 1))
    }
  }
  tellAll()
  const timer = setInterval(tellAll, AGAIN_MS)
  response.on('close', () => clearInterval(timer))
}
