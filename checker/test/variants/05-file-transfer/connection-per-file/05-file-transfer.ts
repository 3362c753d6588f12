// One connection for each file, some at a time. The client keeps a whole answer in memory. Frames come out of an async generator.

import { once } from 'node:events'
import { lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { basename, join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import type { Address, Fetched, FetchOptions, FileServerOptions, Transfer } from '../../../../contracts/05-file-transfer.ts'

export async function startFileServer(options: FileServerOptions) {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true })
  server.on('connection', (socket) => {
    sockets.push(socket)
    serveConnection(socket, options.dir, options.onTransfer)
  })
  server.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  await once(server, 'listening')
  return { address: addressOf(server), close: () => closeAll(server, sockets) }
}

function addressOf(server: Server): Address {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return { host: address.address, port: address.port }
}

function closeAll(server: Server, sockets: readonly Socket[]): Promise<void> {
  sockets.forEach((socket) => socket.destroy())
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  stream.on('error', () => {})
  void answerAll(stream, dir, onTransfer)
}

async function answerAll(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): Promise<void> {
  try {
    for await (const text of requests(stream)) {
      const request = JSON.parse(text)
      if (request.type === 'list') await put(stream, { type: 'files', files: await list(dir) })
      else if (request.type === 'get') {
        if (request.names.some((name: unknown) => typeof name !== 'string')) throw new Error('names are texts')
        for (const name of request.names) await answer(stream, dir, name, onTransfer)
        await put(stream, { type: 'end', count: request.names.length })
      } else throw new Error('what?')
    }
    stream.end()
  } catch (error) {
    if (!stream.destroyed) stream.end(encode({ type: 'error', message: String(error) }))
  }
}

/** The JSON of each frame. Leaving the loop does not destroy the stream. */
async function* requests(stream: Readable): AsyncGenerator<string> {
  let kept = Buffer.alloc(0)
  for await (const piece of stream.iterator({ destroyOnReturn: false })) {
    kept = Buffer.concat([kept, piece])
    while (kept.length >= 4) {
      const length = kept.readUInt32BE(0)
      if (length > 65536) throw new Error('too long')
      if (kept.length < 4 + length) break
      yield kept.toString('utf8', 4, 4 + length)
      kept = kept.subarray(4 + length)
    }
  }
}

async function list(dir: string) {
  const names = await readdir(dir)
  const files = await Promise.all(names.map(async (name) => ({ name, info: await stat(join(dir, name)) })))
  return files.filter(({ info }) => info.isFile()).map(({ name, info }) => ({ name, size: info.size }))
}

/** Only plain names of plain files: no folders within folders, no links. */
async function answer(stream: Duplex, dir: string, name: string, onTransfer?: (transfer: Transfer) => void): Promise<void> {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) return put(stream, { type: 'refused', name })
  const info = await lstat(join(dir, name)).catch(() => undefined)
  if (info === undefined) return put(stream, { type: 'missing', name })
  if (!info.isFile()) return put(stream, { type: 'refused', name })

  const file = await open(join(dir, name))
  const buffer = Buffer.alloc(100_000)
  let bytes = 0
  try {
    await put(stream, { type: 'file', name, size: info.size })
    while (bytes < info.size) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, info.size - bytes))
      if (bytesRead === 0) throw new Error('shorter')
      await write(stream, buffer.subarray(0, bytesRead))
      bytes += bytesRead
      onTransfer?.({ name, direction: 'send', bytes, size: info.size, state: bytes < info.size ? 'active' : 'done' })
    }
  } catch (error) {
    stream.destroy()
    throw error
  } finally {
    await file.close()
  }
}

function encode(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json])
}

const put = (stream: Duplex, message: object) => write(stream, encode(message))

function write(stream: Duplex, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

export async function listFiles(server: Address) {
  const answers = await talk(server, { type: 'list' }, undefined)
  if (answers.length < 4) throw failure('INCOMPLETE')
  return header(answers).message.files as { name: string; size: number }[]
}

export async function fetchFiles(options: FetchOptions): Promise<Fetched[]> {
  await mkdir(options.into, { recursive: true })
  const queue = [...options.names.entries()]
  const fetched: Fetched[] = []
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, name] = next
      fetched[index] = { name, status: await fetchOne(name, options) }
    }
  }
  await Promise.all([1, 2, 3, 4].map(worker))
  return fetched
}

async function fetchOne(name: string, { server, into, signal, onTransfer }: FetchOptions): Promise<Fetched['status']> {
  if (basename(name) !== name || name.includes('\\')) return 'refused'
  const told = (bytes: number, size: number, state: Transfer['state']) =>
    onTransfer?.({ name, direction: 'receive', bytes, size, state })
  const answers = await talk(server, { type: 'get', names: [name] }, signal, (size, bytes) => told(bytes, size, 'active'))
  const { message, bodyAt } = header(answers)
  if (message.type === 'missing' || message.type === 'refused') return message.type
  if (message.type !== 'file') throw failure('PROTOCOL')
  const size = Number(message.size)
  if (answers.length < bodyAt + size) throw failure('INCOMPLETE')
  const temporary = join(into, `${process.pid}-${name}.tmp`)
  try {
    await writeFile(temporary, answers.subarray(bodyAt, bodyAt + size))
    await rename(temporary, join(into, name))
  } finally {
    await rm(temporary, { force: true })
  }
  told(size, size, 'done')
  return 'ok'
}

/** Asks, says that this was all, and reads to the end. */
async function talk(
  server: Address,
  request: object,
  signal: AbortSignal | undefined,
  onBytes?: (size: number, bytes: number) => void,
): Promise<Buffer> {
  const socket = connect(server.port, server.host)
  const abort = () => socket.destroy(failure('ABORTED'))
  signal?.addEventListener('abort', abort)
  socket.end(encode(request))
  const pieces: Buffer[] = []
  let total = 0
  try {
    for await (const piece of socket as AsyncIterable<Buffer>) {
      pieces.push(piece)
      total += piece.length
      const start = pieces[0] as Buffer
      if (start.length >= 4 && start.readUInt32BE(0) > 65536) throw failure('PROTOCOL')
      if (start.length >= 4 && start.length >= 4 + start.readUInt32BE(0)) report(start, total, onBytes)
      else pieces.splice(0, Infinity, Buffer.concat(pieces))
    }
  } catch (error) {
    const { code } = error as { code?: string }
    throw code === 'ECONNRESET' || code === 'EPIPE' ? failure('INCOMPLETE') : error
  } finally {
    signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
  return Buffer.concat(pieces)
}

function report(start: Buffer, total: number, onBytes?: (size: number, bytes: number) => void): void {
  const { message, bodyAt } = header(start)
  if (message.type === 'file') onBytes?.(Number(message.size), Math.min(total - bodyAt, Number(message.size)))
}

function header(answers: Buffer): { message: Record<string, unknown>; bodyAt: number } {
  if (answers.length < 4) throw failure('INCOMPLETE')
  const length = answers.readUInt32BE(0)
  if (answers.length < 4 + length) throw failure('INCOMPLETE')
  try {
    const message = JSON.parse(answers.toString('utf8', 4, 4 + length))
    if (message.type === 'error') throw failure('PROTOCOL')
    return { message, bodyAt: 4 + length }
  } catch {
    throw failure('PROTOCOL')
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}
