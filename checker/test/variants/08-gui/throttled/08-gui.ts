// Events go out at most every 50 ms for each transfer, the last state for certain. Files are written piece by piece by hand.
// Answers are made by functions that throw whatever is not well, with a status in it.
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import type { Address, Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

const EVERY_MS = 50

interface Slot {
  now: Transfer
  timer?: NodeJS.Timeout
}

export function startGui(options: GuiOptions): Promise<Gui> {
  return new Promise((resolve, reject) => {
    const server = http.createServer()
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      build(server, options).then(resolve, reject)
    })
  })
}

async function build(server: http.Server, { dir, peers }: GuiOptions): Promise<Gui> {
  const slots = new Map<string, Slot>()
  const outs: http.ServerResponse[] = []
  const { port } = server.address() as AddressInfo
  const home = `http://127.0.0.1:${port}`

  function send(slot: Slot): void {
    clearTimeout(slot.timer)
    delete slot.timer
    const text = `event:transfer\ndata:${JSON.stringify(slot.now)}\n\n`
    for (const out of outs) out.write(text)
  }

  /** Keeps the newest state, and sends it now or a little later. */
  function post(now: Transfer): void {
    const slot = slots.get(now.id) ?? { now }
    const isNew = !slots.has(now.id)
    slots.set(now.id, slot)
    slot.now = now
    if (now.state !== 'active') {
      slots.delete(now.id)
      send(slot)
    } else if (isNew) send(slot)
    else slot.timer ??= setTimeout(send, EVERY_MS, slot)
  }

  const node = await startNode({
    dir,
    peers: peers ?? [],
    onTransfer: (report) => {
      const slot = [...slots.values()].find(({ now }) => now.name === report.name && now.direction === report.direction)
      const bytes = Math.max(report.bytes, slot?.now.bytes ?? 0)
      if (report.direction === 'send') {
        const why = report.state === 'failed' ? { error: 'The receiver has gone.' } : {}
        post({ ...report, bytes, id: slot?.now.id ?? randomUUID(), ...why })
      } else if (slot !== undefined) post({ ...slot.now, bytes })
    },
  })

  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    serve(request, response).catch((error: { status?: number }) => {
      if (response.headersSent) return void response.destroy()
      response.shouldKeepAlive = false
      response.statusCode = error.status ?? 500
      response.end('No.')
    })
  })

  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    demand(`http://${request.headers.host}` === home, 403)
    demand('origin' in request.headers ? request.headers.origin === home : true, 403)
    const [, route = '', rest = '', query = ''] = /^(\/(?:api\/[a-z]+)?)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(request.url ?? '') ?? []
    const isFile = route === '/api/files' && (request.url ?? '').startsWith('/api/files/')
    demand(rest === '' || isFile, 404)
    const wanted = `${request.method} ${isFile ? '/api/files/' : route}`
    switch (wanted) {
      case 'GET /':
        response.setHeader('content-type', 'text/html; charset=utf-8')
        return void response.end(fs.readFileSync(new URL('08-gui.html', import.meta.url), 'utf8'))
      case 'GET /api/files':
        return reply(response, list(dir))
      case 'PUT /api/files/': {
        demand(rest !== '', 404)
        const name = unescaped(rest)
        demandPlain(name)
        await save(request, dir, name)
        await node.rescan()
        return void response.writeHead(204).end()
      }
      case 'GET /api/search': {
        const name = new URLSearchParams(query).get('name')
        demand(name !== null && name !== '', 400)
        return reply(response, await node.search(String(name)))
      }
      case 'POST /api/download': {
        const hit = toHit(await collect(request))
        const { name, size } = hit
        const transfer: Transfer = { id: randomUUID(), direction: 'receive', name, size, bytes: 0, state: 'active' }
        post(transfer)
        response.writeHead(202).end()
        const error = await node.download(hit, dir).then(
          () => undefined,
          (problem: Error) => problem,
        )
        await node.rescan()
        const bytes = slots.get(transfer.id)?.now.bytes ?? 0
        if (error === undefined) post({ ...transfer, state: 'done', bytes: size })
        else post({ ...transfer, state: 'failed', bytes, error: `The file did not come: ${error.message}` })
        return
      }
      case 'GET /api/events': {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.flushHeaders()
        for (const { now } of slots.values()) response.write(`event:transfer\ndata:${JSON.stringify(now)}\n\n`)
        outs.push(response)
        await finished(response).catch(() => undefined)
        outs.splice(outs.indexOf(response), 1)
        return
      }
      default:
        demand(!['/', '/api/files', '/api/search', '/api/download', '/api/events'].includes(route), 405)
        demand(false, 404)
    }
  }

  let ending: Promise<void> | undefined
  async function end(): Promise<void> {
    for (const { timer } of slots.values()) clearTimeout(timer)
    await node.close()
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }

  return { url: `${home}/`, node: node.address, close: () => (ending ??= end()) }
}

function demand(holds: boolean, status: number): void {
  if (!holds) throw Object.assign(new Error(http.STATUS_CODES[status]), { status })
}

function demandPlain(name: string): void {
  demand(name !== '.' && name !== '..' && name !== '', 400)
  for (const each of '/\\\0') demand(!name.includes(each), 400)
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw Object.assign(new Error('No UTF-8', { cause }), { status: 400 })
  }
}

function list(dir: string): { name: string; size: number }[] {
  return fs
    .readdirSync(dir)
    .map((name) => ({ name, stats: fs.statSync(path.join(dir, name), { throwIfNoEntry: false }) }))
    .filter(({ stats }) => stats?.isFile())
    .map(({ name, stats }) => ({ name, size: stats?.size ?? 0 }))
}

/** Writes into a file in a hidden folder, which is then moved. */
async function save(request: http.IncomingMessage, dir: string, name: string): Promise<void> {
  const box = fs.mkdtempSync(path.join(dir, '.'))
  const part = path.join(box, createHash('md5').update(name).digest('hex'))
  try {
    const file = fs.createWriteStream(part)
    for await (const piece of request) {
      if (!file.write(piece)) await once(file, 'drain')
    }
    file.end()
    await finished(file)
    fs.renameSync(part, path.join(dir, name))
  } finally {
    fs.rmSync(box, { recursive: true, force: true })
  }
}

async function collect(request: http.IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of request) pieces.push(piece as Uint8Array)
  demand(pieces.length < 1000, 413)
  return new TextDecoder().decode(Buffer.concat(pieces))
}

function toHit(body: string): Hit {
  let hit: Partial<Hit> = {}
  try {
    hit = (JSON.parse(body) as Partial<Hit> | null) ?? {}
  } catch {
    demand(false, 400)
  }
  const address: Partial<Address> = hit.address ?? {}
  demand(
    [hit.name, hit.id, hit.sha256, address.host].every((each) => typeof each === 'string'),
    400,
  )
  demand(Number.isInteger(hit.size) && Number.isInteger(address.port) && Number(address.port) < 65_536, 400)
  demandPlain(String(hit.name))
  return hit as Hit
}

function reply(response: http.ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}
