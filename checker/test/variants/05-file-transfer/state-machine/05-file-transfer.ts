// Classes with a state each, driven by 'data' events, that pause and resume the socket. Bodies go to the disk synchronously.

import { EventEmitter, once } from 'node:events'
import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import type {
  Address,
  Fetched,
  FetchOptions,
  FileServerOptions,
  ListedFile,
  Transfer,
} from '../../../../contracts/05-file-transfer.ts'

type Json = { type?: unknown; name?: unknown; size?: unknown; names?: unknown; files?: unknown }

class CodedError extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** Turns pieces into 'message', 'body' and 'bodyEnd' events. */
class Parser extends EventEmitter {
  #state: 'length' | 'json' | 'body' = 'length'
  #wanted = 4
  #kept: Buffer[] = []
  #keptBytes = 0

  push(piece: Buffer): void {
    let rest = piece
    while (rest.length > 0) {
      const part = rest.subarray(0, this.#wanted - this.#keptBytes)
      rest = rest.subarray(part.length)
      if (this.#state === 'body') {
        this.#wanted -= part.length
        this.emit('body', part)
        if (this.#wanted === 0) this.#finishBody()
        continue
      }
      this.#kept.push(part)
      this.#keptBytes += part.length
      if (this.#keptBytes === this.#wanted) this.#advance(Buffer.concat(this.#kept))
    }
  }

  get atStart(): boolean {
    return this.#state === 'length' && this.#keptBytes === 0
  }

  #expect(state: 'length' | 'json' | 'body', bytes: number): void {
    this.#state = state
    this.#wanted = bytes
    this.#kept = []
    this.#keptBytes = 0
  }

  #advance(bytes: Buffer): void {
    if (this.#state === 'length') {
      const length = bytes.readUInt32BE()
      if (length > 65536 || length === 0) throw new CodedError('PROTOCOL')
      return this.#expect('json', length)
    }
    let message: Json
    try {
      message = JSON.parse(bytes.toString())
    } catch {
      throw new CodedError('PROTOCOL')
    }
    if (message === null || typeof message !== 'object') throw new CodedError('PROTOCOL')
    this.#expect('length', 4)
    if (message.type === 'file') this.#expect('body', Number(message.size))
    this.emit('message', message)
    if (message.type === 'file' && message.size === 0) this.#finishBody()
  }

  #finishBody(): void {
    this.#expect('length', 4)
    this.emit('bodyEnd')
  }
}

class Connection {
  readonly #stream: Duplex
  readonly #dir: string
  readonly #onTransfer: ((transfer: Transfer) => void) | undefined
  readonly #parser = new Parser()
  readonly #jobs: (() => Promise<void>)[] = []
  #busy = false
  #ending = false

  constructor(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void) {
    this.#stream = stream
    this.#dir = realpathSync(dir)
    this.#onTransfer = onTransfer
    this.#parser.on('message', (message: Json) => this.#onMessage(message))
    stream.on('data', (piece: Buffer) => {
      try {
        if (!this.#ending) this.#parser.push(piece)
      } catch {
        this.#refuse()
      }
    })
    stream.on('end', () => this.#finish())
    stream.on('error', () => stream.destroy())
  }

  #onMessage(message: Json): void {
    if (this.#ending) return
    const { names } = message
    if (message.type === 'list') this.#queue(() => this.#list())
    else if (message.type === 'get' && Array.isArray(names)) {
      if (names.some((name) => typeof name !== 'string')) return this.#refuse()
      for (const name of names as string[]) this.#queue(() => this.#send(name))
      this.#queue(() => this.#say({ type: 'end', count: names.length }))
    } else this.#refuse()
  }

  #refuse(): void {
    this.#ending = true
    this.#queue(() => this.#say({ type: 'error', message: 'bad request' }))
    this.#queue(async () => void this.#stream.end())
  }

  #finish(): void {
    if (this.#ending) return
    this.#ending = true
    this.#queue(async () => void this.#stream.end())
  }

  #queue(job: () => Promise<void>): void {
    this.#jobs.push(job)
    if (!this.#busy) void this.#work()
  }

  async #work(): Promise<void> {
    this.#busy = true
    this.#stream.pause()
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      try {
        await job()
      } catch {
        this.#stream.destroy()
        this.#jobs.length = 0
      }
    }
    this.#busy = false
    this.#stream.resume()
  }

  async #list(): Promise<void> {
    const entries = readdirSync(this.#dir, { withFileTypes: true }).filter((entry) => entry.isFile())
    const files = entries.map(({ name }) => ({ name, size: statSync(path.join(this.#dir, name)).size }))
    await this.#say({ type: 'files', files })
  }

  async #send(name: string): Promise<void> {
    const file = this.#find(name)
    if (file === 'missing' || file === 'refused') return this.#say({ type: file, name })
    const fd = openSync(file, 'r')
    const { size } = fstatSync(fd)
    let bytes = 0
    const tell = (state: Transfer['state']) => this.#onTransfer?.({ name, direction: 'send', bytes, size, state })
    try {
      await this.#say({ type: 'file', name, size })
      while (bytes < size) {
        const chunk = Buffer.allocUnsafe(Math.min(65536, size - bytes))
        const count = readSync(fd, chunk)
        if (count === 0) throw new Error('the file has shrunk')
        await this.#write(chunk.subarray(0, count))
        bytes += count
        tell('active')
      }
      tell('done')
    } finally {
      closeSync(fd)
    }
  }

  #find(name: string): string {
    if (name === '' || name.includes('\0') || name.includes('\\') || path.isAbsolute(name)) return 'refused'
    const wanted = path.join(this.#dir, name)
    if (!wanted.startsWith(this.#dir + path.sep)) return 'refused'
    try {
      const real = realpathSync(wanted)
      if (!real.startsWith(this.#dir + path.sep)) return 'refused'
      return statSync(real).isFile() ? real : 'missing'
    } catch {
      return 'missing'
    }
  }

  #say(message: object): Promise<void> {
    return this.#write(frame(message))
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#stream.destroyed) throw new Error('gone')
    if (this.#stream.write(bytes)) return
    const gone = new AbortController()
    const { signal } = gone
    try {
      await Promise.race([once(this.#stream, 'drain', { signal }), once(this.#stream, 'close', { signal })])
    } finally {
      gone.abort()
    }
    if (this.#stream.destroyed) throw new Error('gone')
  }
}

function frame(message: object): Buffer {
  const text = JSON.stringify(message)
  const bytes = Buffer.alloc(4 + Buffer.byteLength(text))
  bytes.writeUInt32BE(bytes.length - 4)
  bytes.write(text, 4)
  return bytes
}

class FileServer {
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  constructor({ dir, onTransfer }: FileServerOptions) {
    this.#server = new net.Server({ allowHalfOpen: true })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      serveConnection(socket, dir, onTransfer)
    })
    this.close = this.close.bind(this)
  }

  async listen(port: number): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get address(): Address {
    const { address: host, port } = this.#server.address() as net.AddressInfo
    return { host, port }
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

export async function startFileServer(options: FileServerOptions) {
  const server = await new FileServer(options).listen(options.port ?? 0)
  return { address: server.address, close: server.close }
}

export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  void new Connection(stream, dir, onTransfer)
}

/** Runs a conversation: `onMessage` says when it is over. */
function converse(server: Address, request: object, listen: (parser: Parser, over: () => void) => void, signal?: AbortSignal) {
  return new Promise<void>((resolve, reject) => {
    const parser = new Parser()
    const socket = net.connect(server.port, server.host, () => socket.write(frame(request)))
    const finish = (error?: Error) => {
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    let connected = false
    socket.on('connect', () => (connected = true))
    socket.on('error', (error) => finish(connected ? new CodedError('INCOMPLETE') : error))
    socket.on('end', () => finish(new CodedError('INCOMPLETE')))
    socket.on('data', (piece) => {
      try {
        parser.push(piece)
      } catch (error) {
        finish(error as Error)
      }
    })
    parser.on('message', ({ type }: Json) => type === 'error' && finish(new CodedError('PROTOCOL')))
    listen(parser, finish)
    if (signal?.aborted === true) finish(new CodedError('ABORTED'))
    signal?.addEventListener('abort', () => finish(new CodedError('ABORTED')), { once: true })
  })
}

export async function listFiles(server: Address): Promise<ListedFile[]> {
  let files: ListedFile[] = []
  await converse(server, { type: 'list' }, (parser, over) => {
    parser.on('message', (message: Json) => {
      files = message.files as ListedFile[]
      over()
    })
  })
  return files
}

export async function fetchFiles({ server, names, into, onTransfer, signal }: FetchOptions): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  let download: Download | undefined
  try {
    await converse(
      server,
      { type: 'get', names },
      (parser, over) => {
        parser.on('message', ({ type, name, size }: Json) => {
          if (type === 'end') return over()
          const wanted = names[fetched.length]
          if (wanted === undefined || name !== wanted) throw new CodedError('PROTOCOL')
          if (type === 'missing' || type === 'refused') fetched.push({ name: wanted, status: type })
          else if (type === 'file') download = new Download(wanted, Number(size), into, onTransfer)
          else throw new CodedError('PROTOCOL')
        })
        parser.on('body', (bytes: Buffer) => download?.write(bytes))
        parser.on('bodyEnd', () => {
          download?.finish()
          fetched.push({ name: names[fetched.length] ?? '', status: 'ok' })
          download = undefined
        })
      },
      signal,
    )
  } catch (error) {
    download?.abandon()
    throw error
  }
  return fetched
}

class Download {
  readonly #target: string
  readonly #fd: number
  readonly #tell: (bytes: number, state: Transfer['state']) => void
  readonly #size: number
  #bytes = 0

  constructor(name: string, size: number, into: string, onTransfer?: (transfer: Transfer) => void) {
    this.#target = path.join(into, name)
    if (path.dirname(this.#target) !== path.resolve(into) || name.includes('\\')) throw new CodedError('PROTOCOL')
    this.#size = size
    this.#tell = (bytes, state) => onTransfer?.({ name, direction: 'receive', bytes, size, state })
    this.#fd = openSync(`${this.#target}.part`, 'w')
  }

  write(bytes: Buffer): void {
    writeSync(this.#fd, bytes)
    this.#bytes += bytes.length
    this.#tell(this.#bytes, 'active')
  }

  finish(): void {
    closeSync(this.#fd)
    renameSync(`${this.#target}.part`, this.#target)
    this.#tell(this.#size, 'done')
  }

  abandon(): void {
    closeSync(this.#fd)
    unlinkSync(`${this.#target}.part`)
    this.#tell(this.#bytes, 'failed')
  }
}
