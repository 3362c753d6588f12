// The client sends a request for each name at once, then FIN, and reads until the server's FIN. The server pipes.

import { once } from 'node:events'
import { createReadStream, promises as fs, type Stats } from 'node:fs'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import * as path from 'node:path'
import { type Duplex, PassThrough } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type {
  Address,
  Fetched,
  FetchOptions,
  FileServerOptions,
  ListedFile,
  Transfer,
} from '../../../../contracts/05-file-transfer.ts'

type Frame = { json: Record<string, unknown>; rest: AsyncGenerator<Buffer> }
const coded = (code: string) => Object.assign(new Error(code), { code })

const frame = (json: object) => {
  const text = Buffer.from(JSON.stringify(json), 'utf8')
  return Buffer.concat([Uint8Array.of(text.length >>> 24, text.length >>> 16, text.length >>> 8, text.length), text])
}

/** Frames of a stream, each with its bytes, which have to be read before the next one. */
async function* frames(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const pieces = stream[Symbol.asyncIterator]()
  let kept: Buffer = Buffer.alloc(0)
  const more = async () => {
    const { done, value } = await pieces.next()
    if (done === true) return false
    kept = kept.length === 0 ? value : Buffer.concat([kept, value])
    return true
  }
  async function* body(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      if (kept.length === 0 && !(await more())) throw coded('INCOMPLETE')
      const part = kept.subarray(0, left)
      kept = kept.subarray(part.length)
      left -= part.length
      yield part
    }
  }
  for (;;) {
    while (kept.length < 4) if (!(await more())) return
    const length = kept.readUInt32BE()
    if (length > 2 ** 16) throw coded('PROTOCOL')
    while (kept.length < 4 + length) if (!(await more())) throw coded('INCOMPLETE')
    const text = kept.toString('utf8', 4, 4 + length)
    kept = kept.subarray(4 + length)
    let json
    try {
      json = JSON.parse(text)
      json.type.toLowerCase()
    } catch {
      throw coded('PROTOCOL')
    }
    yield { json, rest: body(json.type === 'file' ? json.size : 0) }
  }
}

export async function startFileServer({ dir, port = 0, onTransfer }: FileServerOptions) {
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  const ending = new AbortController()
  server.on('connection', (socket: Socket) => {
    ending.signal.addEventListener('abort', () => socket.destroy())
    serveConnection(socket, dir, onTransfer)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { address: host, port: bound } = server.address() as AddressInfo
  let closing: Promise<void> | undefined
  const close = () =>
    (closing ??= new Promise((resolve) => {
      server.close(() => resolve())
      ending.abort()
    }))
  return { address: { host, port: bound }, close }
}

export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  // What is read goes through here, so that an early end of reading does not destroy the connection.
  const input = new PassThrough()
  stream.on('error', () => input.destroy())
  stream.on('close', () => input.destroy())
  stream.pipe(input)
  input.on('error', () => undefined)
  serve(stream, input, dir, onTransfer).catch(() => stream.destroy())
}

async function serve(stream: Duplex, input: PassThrough, dir: string, onTransfer?: (transfer: Transfer) => void): Promise<void> {
  try {
    for await (const { json } of frames(input)) {
      if (json.type === 'list') stream.write(frame({ type: 'files', files: await list(dir) }))
      else if (json.type === 'get' && Array.isArray(json.names)) {
        for (const name of json.names) await answer(stream, dir, String(name), onTransfer)
        stream.write(frame({ type: 'end', count: json.names.length }))
      } else throw coded('PROTOCOL')
    }
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'PROTOCOL') throw error
    stream.write(frame({ type: 'error', message: 'I do not understand', code }))
    stream.unpipe(input)
    stream.resume()
  }
  stream.end()
}

async function list(dir: string): Promise<ListedFile[]> {
  const entries = await fs.readdir(dir, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file) => ({ name: path.relative(dir, file), size: (await fs.stat(file)).size })))
}

async function answer(stream: Duplex, dir: string, name: string, onTransfer?: (transfer: Transfer) => void): Promise<void> {
  const file = path.normalize(path.join(dir, name))
  const odd = name === '' || /\\|\0/.test(name) || path.posix.isAbsolute(name) || path.win32.isAbsolute(name)
  if (odd || path.relative(dir, file).startsWith('..') || path.relative(dir, file) === '') {
    return void stream.write(frame({ type: 'refused', name }))
  }
  const real = await fs.realpath(file).catch(() => undefined)
  const info: Stats | undefined = real === undefined ? undefined : await fs.stat(real)
  if (real === undefined || info?.isFile() !== true) return void stream.write(frame({ type: 'missing', name }))
  if (path.relative(await fs.realpath(dir), real).startsWith('..')) return void stream.write(frame({ type: 'refused', name }))

  const { size } = info
  stream.write(frame({ type: 'file', name, size }))
  if (size > 0) {
    const source = createReadStream(real, { end: size - 1 })
    source.on('data', () => onTransfer?.({ name, direction: 'send', bytes: source.bytesRead, size, state: 'active' }))
    source.pause()
    await pipeline(source, stream, { end: false })
  }
  onTransfer?.({ name, direction: 'send', bytes: size, size, state: 'done' })
}

export async function listFiles(server: Address): Promise<ListedFile[]> {
  for await (const { json } of conversation(server, [{ type: 'list' }])) {
    if (json.type === 'files') return json.files as ListedFile[]
    throw coded('PROTOCOL')
  }
  throw coded('INCOMPLETE')
}

async function* conversation(server: Address, requests: readonly object[], signal?: AbortSignal): AsyncGenerator<Frame> {
  const socket = createConnection({ ...server, allowHalfOpen: false, signal })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.end(Buffer.concat(requests.map(frame)))
  try {
    yield* frames(socket)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? coded('INCOMPLETE') : error
  } finally {
    socket.destroy()
    await finished(socket).catch(() => undefined)
  }
}

export async function fetchFiles({ server, names, into, onTransfer, signal }: FetchOptions): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  const requests = names.map((name) => ({ type: 'get', names: [name] }))
  for await (const { json, rest } of conversation(server, requests, signal)) {
    const name = names[fetched.length]
    if (json.type === 'end') continue
    if (name === undefined) throw coded('PROTOCOL')
    if (json.type === 'missing' || json.type === 'refused') fetched.push({ name, status: json.type })
    else if (json.type !== 'file') throw coded('PROTOCOL')
    else {
      if (path.basename(name) !== name || path.win32.basename(name) !== name) throw coded('UNSAFE')
      await receive(name, Number(json.size), rest)
      fetched.push({ name, status: 'ok' })
    }
  }
  if (fetched.length < names.length) throw coded('INCOMPLETE')
  return fetched

  async function receive(name: string, size: number, rest: AsyncGenerator<Buffer>): Promise<void> {
    // Into the file itself; what has failed is taken away again.
    const file = await fs.open(path.join(into, name), 'w')
    let bytes = 0
    try {
      for await (const part of rest) {
        await file.writeFile(part)
        bytes += part.length
        onTransfer?.({ name, direction: 'receive', bytes, size, state: 'active' })
      }
    } catch (error) {
      await file.close()
      await fs.rm(path.join(into, name))
      throw (error as { code?: string }).code === 'ECONNRESET' ? coded('INCOMPLETE') : error
    }
    await file.close()
    onTransfer?.({ name, direction: 'receive', bytes, size, state: 'done' })
  }
}
