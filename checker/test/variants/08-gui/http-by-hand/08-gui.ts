// HTTP by hand, on node:net. The page keeps a log of what has happened in its status, and draws with escaped HTML.
import { randomBytes } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Gui, GuiOptions, Hit, Transfer } from '../../../../contracts/08-gui.ts'
import { startNode } from '../../../../../solutions/07-p2p-network.ts'

const WORDS: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
}
const METHODS = new Map([
  ['/', 'GET'],
  ['/api/files', 'GET'],
  ['/api/search', 'GET'],
  ['/api/download', 'POST'],
  ['/api/events', 'GET'],
])
const FILE = '/api/files/'
const MAX_HEAD_BYTES = 65_536

class Reader {
  left: Buffer = Buffer.alloc(0)
  readonly #pieces: AsyncIterator<Buffer>

  constructor(socket: Socket) {
    this.#pieces = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  }

  async more(): Promise<boolean> {
    const next = await this.#pieces.next()
    if (next.done === true) return false
    this.left = Buffer.concat([this.left, next.value])
    return true
  }

  async until(mark: string): Promise<string | undefined> {
    for (;;) {
      const at = this.left.indexOf(mark)
      if (at >= 0) {
        const text = this.left.subarray(0, at).toString('latin1')
        this.left = this.left.subarray(at + mark.length)
        return text
      }
      if (this.left.length > MAX_HEAD_BYTES || !(await this.more())) return undefined
    }
  }

  async *take(count: number): AsyncGenerator<Buffer> {
    for (let missing = count; missing > 0;) {
      if (this.left.length === 0 && !(await this.more())) throw new Error('The body has broken off')
      const piece = this.left.subarray(0, missing)
      this.left = this.left.subarray(piece.length)
      missing -= piece.length
      yield piece
    }
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const count = Number.parseInt((await this.until('\r\n')) ?? '', 16)
      if (Number.isNaN(count)) throw new Error('The body has broken off')
      yield* this.take(count)
      await this.until('\r\n')
      if (count === 0) return
    }
  }
}

export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {
  const html = await fs.readFile(new URL('08-gui.html', import.meta.url))
  const sockets = new Set<Socket>()
  const streams = new Set<Socket>()
  const transfers = new Map<string, Transfer>()

  const say = (event: string, data: unknown) => {
    for (const stream of streams) stream.write(`event: ${event}\r\ndata: ${JSON.stringify(data)}\r\n\r\n`)
  }
  const change = (transfer: Transfer) => {
    transfers.set(transfer.id, transfer)
    say('transfer', transfer)
  }
  const find = (direction: Transfer['direction'], name: string) =>
    [...transfers.values()].find((each) => each.direction === direction && each.name === name && each.state === 'active')

  const node = await startNode({
    dir,
    peers,
    onTransfer({ name, direction, bytes, size, state }) {
      const known = find(direction, name)
      if (direction === 'receive') {
        if (known !== undefined && bytes > known.bytes) change({ ...known, bytes: Math.min(bytes, known.size) })
        return
      }
      const id = known?.id ?? randomBytes(8).toString('hex')
      const error = state === 'failed' ? { error: 'The other node has broken it off' } : {}
      change({ id, name, direction, state, bytes: Math.max(bytes, known?.bytes ?? 0), size, ...error })
    },
  })

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      streams.delete(socket)
    })
    talk(socket).catch(() => socket.destroy())
  })

  async function talk(socket: Socket): Promise<void> {
    const reader = new Reader(socket)
    for (;;) {
      const head = await reader.until('\r\n\r\n')
      if (head === undefined) return void socket.end()
      if (!(await answer(socket, reader, head))) return
    }
  }

  /** @returns whether another request may follow */
  async function answer(socket: Socket, reader: Reader, head: string): Promise<boolean> {
    const [first = '', ...lines] = head.split('\r\n')
    const [method = '', target = ''] = first.split(' ')
    const fields = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const reply = (status: number, type: string, body: string | Buffer, close = false) => {
      const bytes = Buffer.from(body)
      const end = close ? 'Connection: close\r\n' : ''
      socket.write(
        `HTTP/1.1 ${status} ${WORDS[status]}\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n${end}\r\n`,
      )
      socket.write(bytes)
      if (close) socket.end()
      return !close
    }
    const refuse = (status: number, why: string) => reply(status, 'text/plain; charset=utf-8', why, true)
    const json = (status: number, value: unknown) => reply(status, 'application/json', JSON.stringify(value))
    const body = () => {
      if (fields.get('expect') === '100-continue') socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (fields.get('transfer-encoding')?.toLowerCase() === 'chunked') return reader.chunks()
      return reader.take(Number(fields.get('content-length') ?? 0))
    }

    const origin = fields.get('origin') ?? `http://${host()}`
    if (fields.get('host') !== host() || origin !== `http://${host()}`) return refuse(403, 'Not for you.')
    const at = target.indexOf('?')
    const path = at < 0 ? target : target.slice(0, at)
    const wanted = path.startsWith(FILE) ? 'PUT' : METHODS.get(path)
    if (wanted === undefined) return refuse(404, 'There is no such thing.')
    if (wanted !== method) return refuse(405, 'Not with this method.')

    if (path.startsWith(FILE)) {
      const name = decoded(path.slice(FILE.length))
      if (!isPlain(name)) return refuse(400, 'This is no name.')
      await keep(name, body())
      return json(200, {})
    }
    switch (path) {
      case '/':
        return reply(200, 'text/html; charset=utf-8', html)
      case '/api/files':
        return json(200, await list())
      case '/api/search': {
        const name = new URLSearchParams(at < 0 ? '' : target.slice(at)).get('name') ?? ''
        return name === '' ? refuse(400, 'Which name?') : json(200, await node.search(name))
      }
      case '/api/download': {
        const hit = await readHit(body())
        if (hit === undefined) return refuse(400, 'This is no hit.')
        if (find('receive', hit.name) !== undefined) return refuse(409, 'It is on its way already.')
        begin(hit)
        return json(202, {})
      }
      default:
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n')
        for (const each of transfers.values()) socket.write(`event: transfer\r\ndata: ${JSON.stringify(each)}\r\n\r\n`)
        streams.add(socket)
        while (await reader.more()) reader.left = Buffer.alloc(0)
        socket.destroy()
        return false
    }
  }

  async function list(): Promise<{ name: string; size: number }[]> {
    const entries = (await fs.readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile())
    const files = await Promise.all(
      entries.map(async ({ name }) => {
        const stats = await fs.stat(join(dir, name)).catch(() => undefined)
        return stats === undefined ? [] : [{ name, size: stats.size }]
      }),
    )
    return files.flat()
  }

  async function keep(name: string, body: AsyncIterable<Buffer>): Promise<void> {
    const box = join(dir, `.${randomBytes(8).toString('hex')}`)
    await fs.mkdir(box)
    try {
      const file = await fs.open(join(box, 'file'), 'w')
      try {
        for await (const piece of body) await file.write(piece)
      } finally {
        await file.close()
      }
      await fs.rename(join(box, 'file'), join(dir, name))
    } finally {
      await fs.rm(box, { recursive: true, force: true })
    }
    await node.rescan()
  }

  function begin(hit: Hit): void {
    const id = randomBytes(8).toString('hex')
    const { name, size } = hit
    change({ id, name, direction: 'receive', state: 'active', bytes: 0, size })
    const now = () => transfers.get(id) as Transfer
    node
      .download(hit, dir)
      .then(() => node.rescan())
      .then(
        () => change({ ...now(), state: 'done', bytes: size }),
        (error: Error) => change({ ...now(), state: 'failed', error: error.message }),
      )
  }

  const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  } catch (error) {
    await node.close()
    throw error
  }

  const url = `http://${host()}/`
  let closed: Promise<void> | undefined
  const shutDown = async () => {
    const freed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await Promise.all([freed, node.close()])
  }
  return { url, node: node.address, close: () => (closed ??= shutDown()) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function isPlain(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !/[\\/\0]/.test(name)
}

async function readHit(body: AsyncIterable<Buffer>): Promise<Hit | undefined> {
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  try {
    const hit = JSON.parse(Buffer.concat(pieces).toString()) as Hit
    const { host, port } = hit.address
    const texts = [hit.id, hit.sha256, host].every((each) => typeof each === 'string')
    const numbers = Number.isSafeInteger(hit.size) && hit.size >= 0 && Number.isInteger(port) && port > 0 && port < 65_536
    return texts && numbers && isPlain(hit.name) ? hit : undefined
  } catch {
    return undefined
  }
}
