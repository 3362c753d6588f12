// The page is put together on the server, with all lists in it, and there is no other file. Searching and fetching are plain
// forms that load a page. A few lines of script send files and ask every 200 ms for the lists, as HTML.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import fs from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

interface State {
  readonly transfers: Transfer[]
  hits: readonly Hit[]
  said: string
}

export async function startGui({ dir, port, peers }: GuiOptions): Promise<Gui> {
  const state: State = { transfers: [], hits: [], said: 'Welcome.' }
  const streams: http.ServerResponse[] = []
  let closing: Promise<unknown> | undefined

  function change(transfer: Transfer, news: Partial<Transfer>): void {
    Object.assign(transfer, news)
    if (transfer.state === 'failed') state.said = `${transfer.name} could not be fetched: ${transfer.error}`
    if (transfer.state === 'done') state.said = `${transfer.name} has ${transfer.direction === 'send' ? 'gone out' : 'come in'}.`
    for (const stream of streams) stream.write(asEvent(transfer))
  }

  function start(news: Omit<Transfer, 'id'>): Transfer {
    const transfer: Transfer = { id: randomUUID(), ...news }
    state.transfers.unshift(transfer)
    change(transfer, {})
    return transfer
  }

  const node = await startNode({
    dir,
    ...(peers === undefined ? {} : { peers }),
    onTransfer(report) {
      const active = state.transfers.find(
        (each) => each.state === 'active' && each.name === report.name && each.direction === report.direction,
      )
      if (report.direction === 'send' && active === undefined) start(report)
      if (active === undefined || report.bytes < active.bytes) return
      if (report.direction === 'send')
        change(active, { ...report, ...(report.state === 'failed' ? { error: 'broken off' } : {}) })
      else if (report.state === 'active') change(active, { bytes: Math.min(report.bytes, active.size) })
    },
  })

  function fetchHit(hit: Hit): void {
    const { name, size } = hit
    const transfer = start({ name, size, bytes: 0, direction: 'receive', state: 'active' })
    const work = async () => {
      try {
        await node.download(hit, dir)
        await node.rescan()
        change(transfer, { state: 'done', bytes: size })
      } catch (error) {
        change(transfer, { state: 'failed', error: (error as Error).message || 'unknown' })
      }
    }
    void work()
  }

  const server = http.createServer((request, response) => void exchange(request, response))

  async function exchange(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    try {
      await serve(request, response)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else {
        const status = error instanceof Problem ? error.status : 500
        response.writeHead(status, { connection: 'close', 'content-type': 'text/plain' }).end((error as Error).message)
      }
    }
  }

  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
    if (request.headers.host !== own) throw new Problem(403, 'Not for you')
    if (request.headers.origin !== undefined && request.headers.origin !== `http://${own}`) throw new Problem(403, 'Not for you')
    const url = request.url ?? '/'
    const at = url.indexOf('?')
    const where = at < 0 ? url : url.slice(0, at)
    const query = new URLSearchParams(at < 0 ? '' : url.slice(at))
    const is = (method: string) => {
      if (request.method !== method) throw new Problem(405, `${method} only`)
    }

    switch (where) {
      case '/': {
        is('GET')
        const name = query.get('name')
        if (name !== null && name !== '') {
          state.hits = await node.search(name)
          state.said = state.hits.length > 0 ? `Found: ${name}` : `Nobody has ${name}.`
        }
        return void response.setHeader('content-type', 'text/html; charset=utf-8').end(page(state, await read(dir)))
      }
      case '/parts':
        is('GET')
        return sendJson(response, 200, parts(state, await read(dir)))
      case '/fetch': {
        is('POST')
        fetchHit(asHit(new URLSearchParams(await text(request)).get('hit') ?? ''))
        return void response.writeHead(303, { location: '/' }).end()
      }
      case '/api/files':
        is('GET')
        return sendJson(response, 200, await read(dir))
      case '/api/search':
        is('GET')
        if (!query.get('name')) throw new Problem(400, 'Which name?')
        return sendJson(response, 200, await node.search(query.get('name') ?? ''))
      case '/api/download':
        is('POST')
        fetchHit(asHit(await text(request)))
        return void response.writeHead(202).end()
      case '/api/events': {
        is('GET')
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(': hello\n\n')
        for (const transfer of state.transfers) if (transfer.state === 'active') response.write(asEvent(transfer))
        streams.push(response)
        response.on('close', () => streams.splice(streams.indexOf(response), 1))
        return
      }
      default: {
        const [, name] = /^\/api\/files\/([^/]*)$/.exec(where) ?? []
        if (name === undefined) throw new Problem(404, 'Not here')
        is('PUT')
        const file = plain(decoded(name))
        await receive(request, dir, file)
        await node.rescan()
        state.said = `${file} is shared.`
        response.writeHead(204).end()
      }
    }
  }

  server.listen(port ?? 0, '127.0.0.1')
  await once(server, 'listening').catch(async (error: unknown) => {
    await node.close()
    throw error
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    node: node.address,
    async close() {
      closing ??= Promise.all([
        new Promise((resolve) => {
          server.close(resolve)
          server.closeAllConnections()
        }),
        node.close(),
      ])
      await closing
    },
  }
}

class Problem extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function receive(request: http.IncomingMessage, dir: string, name: string): Promise<void> {
  const box = await fs.mkdtemp(path.join(dir, '.incoming-'))
  try {
    await pipeline(request, createWriteStream(path.join(box, 'body')))
    await fs.rename(path.join(box, 'body'), path.join(dir, name))
  } finally {
    await fs.rm(box, { recursive: true })
  }
}

async function read(dir: string): Promise<{ name: string; size: number }[]> {
  const files: { name: string; size: number }[] = []
  for (const name of await fs.readdir(dir)) {
    const stats = await fs.stat(path.join(dir, name)).catch(() => undefined)
    if (stats?.isFile() === true) files.push({ name, size: stats.size })
  }
  return files
}

async function text(request: http.IncomingMessage): Promise<string> {
  let all = ''
  for await (const piece of request.setEncoding('utf8')) {
    all += piece
    if (all.length > 100_000) throw new Problem(413, 'Too long')
  }
  return all
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw new Problem(400, 'No name')
  }
}

function plain(name: string): string {
  if (['', '.', '..'].includes(name) || ['/', '\\', '\0'].some((each) => name.includes(each))) throw new Problem(400, 'No name')
  return name
}

function asHit(json: string): Hit {
  let hit: Partial<Hit> | null
  try {
    hit = JSON.parse(json) as Partial<Hit> | null
  } catch {
    throw new Problem(400, 'No JSON')
  }
  const { id, address, name, size, sha256 } = hit ?? {}
  const port = address?.port
  if (typeof id !== 'string' || typeof name !== 'string' || typeof sha256 !== 'string') throw new Problem(400, 'No hit')
  if (typeof address?.host !== 'string' || typeof port !== 'number' || !(port >= 0 && port < 65_536))
    throw new Problem(400, 'No hit')
  if (typeof size !== 'number' || !(size >= 0)) throw new Problem(400, 'No hit')
  return { id, address, name: plain(name), size, sha256 }
}

function asEvent(transfer: Transfer): string {
  return `data:${JSON.stringify(transfer)}\r\nevent:transfer\r\n\r\n`
}

function sendJson(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
}

const MEANT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(value: string | number): string {
  return String(value).replaceAll(/[&<>"']/g, (each) => MEANT[each] ?? '')
}

/** What changes while the page is open, by the id of its place. */
function parts({ transfers, said }: State, files: readonly { name: string; size: number }[]) {
  const bar = ({ name, bytes, size, state }: Transfer) =>
    `<progress aria-label="${escaped(name)}" value="${state === 'done' ? size || 1 : bytes}" max="${size || 1}"></progress>`
  return {
    said: escaped(said),
    files: files.map(({ name, size }) => `<li>${escaped(name)} (${size})</li>`).join(''),
    transfers: transfers
      .map((each) => `<li>${escaped(each.name)} ${bar(each)} ${each.state} ${escaped(each.error ?? '')}</li>`)
      .join(''),
  }
}

function page(state: State, files: readonly { name: string; size: number }[]): string {
  const { said, files: fileItems, transfers } = parts(state, files)
  const hits = state.hits.map(
    (hit) => `<li>${escaped(hit.name)} <form method="post" action="/fetch"><input type="hidden" name="hit"
      value="${escaped(JSON.stringify(hit))}"><input type="submit" value="Fetch it"></form></li>`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Node</title><link rel="icon" href="data:,">
<p role="status" id="said">${said}</p>
<form id="share"><label for="chosen">The file to give away</label> <input id="chosen" type="file"><input type="submit" value="Share it"></form>
<ul id="files">${fileItems}</ul>
<form action="/"><label>Search for <input name="name"></label> <input type="submit" value="Search"></form>
<ul>${hits.join('')}</ul>
<ul id="transfers">${transfers}</ul>
<script>
  document.getElementById('share').onsubmit = async (event) => {
    event.preventDefault()
    const [file] = document.getElementById('chosen').files
    if (file) await fetch('/api/files/' + encodeURIComponent(file.name), { method: 'PUT', body: file })
    show()
  }
  const shown = {}
  async function show() {
    const parts = await (await fetch('/parts')).json()
    for (const [id, html] of Object.entries(parts)) {
      if (shown[id] !== html) document.getElementById(id).innerHTML = shown[id] = html
    }
  }
  setInterval(() => show().catch(() => {}), 200)
</script></html>`
}
