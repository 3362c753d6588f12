// Web streams: readers and writers instead of events. Every chunk waits for the one before it.

import { open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { Duplex } from 'node:stream'
import type {
  Address,
  Fetched,
  FetchOptions,
  FileServerOptions,
  ListedFile,
  Transfer,
} from '../../../../contracts/05-file-transfer.ts'

type Chunks = ReadableStreamDefaultReader<Uint8Array>
type Sink = WritableStreamDefaultWriter<Uint8Array>

class Bytes {
  #kept = new Uint8Array()
  readonly #chunks: Chunks

  constructor(chunks: Chunks) {
    this.#chunks = chunks
  }

  /** Up to so many bytes; none at the end. */
  async upTo(most: number): Promise<Uint8Array> {
    if (this.#kept.length === 0) {
      const { value } = await this.#chunks.read()
      this.#kept = value === undefined ? new Uint8Array() : new Uint8Array(value)
    }
    const part = this.#kept.subarray(0, most)
    this.#kept = this.#kept.subarray(part.length)
    return part
  }

  /** Exactly so many bytes; undefined at the end. */
  async exactly(count: number): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(count)
    for (let at = 0; at < count;) {
      const part = await this.upTo(count - at)
      if (part.length === 0) {
        if (at === 0) return undefined
        throw failure('INCOMPLETE')
      }
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  async message(): Promise<Record<string, unknown> | undefined> {
    const head = await this.exactly(4)
    if (head === undefined) return undefined
    const length = new DataView(head.buffer).getUint32(0)
    if (length > 65536) throw failure('PROTOCOL')
    const json = length === 0 ? new Uint8Array() : await this.exactly(length)
    if (json === undefined) throw failure('INCOMPLETE')
    try {
      const value = JSON.parse(new TextDecoder().decode(json))
      if (typeof value.type === 'string') return value
    } catch {
      // below
    }
    throw failure('PROTOCOL')
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

async function put(sink: Sink, message: object): Promise<void> {
  const json = new TextEncoder().encode(JSON.stringify(message))
  const frame = new Uint8Array(4 + json.length)
  new DataView(frame.buffer).setUint32(0, json.length)
  frame.set(json, 4)
  await sink.write(frame)
}

export async function startFileServer({ dir, port, onTransfer }: FileServerOptions) {
  const sockets = new Map<Socket, true>()
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) => {
    sockets.set(socket, true)
    socket.on('close', () => sockets.delete(socket))
    serveConnection(socket, dir, onTransfer)
  })
  await new Promise<void>((yes, no) => {
    server.once('error', no)
    server.listen(port, '127.0.0.1', yes)
  })
  const { address: host, port: bound } = server.address() as AddressInfo
  const closed = new Promise<void>((yes) => server.once('close', yes))
  return {
    address: { host, port: bound },
    close() {
      server.close()
      for (const socket of sockets.keys()) socket.resetAndDestroy()
      return closed
    },
  }
}

export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  stream.on('error', () => undefined)
  const { readable, writable } = Duplex.toWeb(stream)
  const sink = writable.getWriter()
  sink.closed.catch(() => undefined)
  const bytes = new Bytes(readable.getReader())
  const work = async () => {
    for (let request = await bytes.message(); request !== undefined; request = await bytes.message()) {
      if (request.type === 'list') await put(sink, { type: 'files', files: await filesOf(dir) })
      else if (request.type === 'get') await sendAll(sink, dir, request.names as string[], onTransfer)
      else throw failure('PROTOCOL')
    }
    await sink.close()
  }
  work()
    .catch(async (error: Error & { fatal?: true }) => {
      if (error.fatal) return stream.destroy()
      await put(sink, { type: 'error', message: error.message })
      await sink.close()
    })
    .catch(() => stream.destroy())
}

async function filesOf(dir: string): Promise<ListedFile[]> {
  const files: ListedFile[] = []
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isFile()) files.push({ name: entry.name, size: (await stat(join(dir, entry.name))).size })
  }
  return files
}

async function sendAll(sink: Sink, dir: string, names: string[], onTransfer?: (transfer: Transfer) => void): Promise<void> {
  if (!Array.isArray(names) || names.length > 1000) throw failure('PROTOCOL')
  for (const name of names) {
    const found = await find(dir, name)
    if (found.type === 'file') await sendFile(sink, found.path, name, onTransfer)
    else await put(sink, { type: found.type, name })
  }
  await put(sink, { type: 'end', count: names.length })
}

async function find(dir: string, name: string): Promise<{ type: 'file'; path: string } | { type: 'missing' | 'refused' }> {
  const outside = (way: string) => way === '' || isAbsolute(way) || way.split(/[\\/]/).includes('..')
  if (outside(name) || name === '.' || name.includes('\0') || name.includes('\\')) return { type: 'refused' }
  try {
    const path = await realpath(resolve(dir, name))
    if (outside(relative(await realpath(dir), path))) return { type: 'refused' }
    return (await stat(path)).isFile() ? { type: 'file', path } : { type: 'missing' }
  } catch {
    return { type: 'missing' }
  }
}

async function sendFile(sink: Sink, path: string, name: string, onTransfer?: (transfer: Transfer) => void): Promise<void> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    await put(sink, { type: 'file', name, size })
    let bytes = 0
    while (bytes < size) {
      const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(32_768), length: Math.min(32_768, size - bytes) })
      if (bytesRead === 0) throw new Error('shorter')
      await sink.write(buffer.subarray(0, bytesRead))
      bytes += bytesRead
      onTransfer?.({ name, direction: 'send', bytes, size, state: 'active' })
    }
    onTransfer?.({ name, direction: 'send', bytes, size, state: 'done' })
  } catch (error) {
    throw Object.assign(error as Error, { fatal: true })
  } finally {
    await file.close()
  }
}

async function connected(server: Address): Promise<{ socket: Socket; bytes: Bytes; sink: Sink }> {
  const socket = connect({ ...server })
  await new Promise<void>((yes, no) => {
    socket.once('connect', yes)
    socket.once('error', no)
  })
  socket.on('error', () => undefined)
  const { readable, writable } = Duplex.toWeb(socket)
  const sink = writable.getWriter()
  sink.closed.catch(() => undefined)
  return { socket, bytes: new Bytes(readable.getReader()), sink }
}

export async function listFiles(server: Address): Promise<ListedFile[]> {
  const { socket, bytes, sink } = await connected(server)
  try {
    await put(sink, { type: 'list' })
    const answer = await bytes.message()
    if (answer?.type !== 'files') throw failure(answer === undefined ? 'INCOMPLETE' : 'PROTOCOL')
    return answer.files as ListedFile[]
  } finally {
    socket.destroy()
  }
}

export async function fetchFiles({ server, names, into, onTransfer, signal }: FetchOptions): Promise<Fetched[]> {
  const { socket, bytes, sink } = await connected(server)
  const aborted = new Promise<never>((_yes, no) => {
    signal?.addEventListener('abort', () => no(failure('ABORTED')))
  })
  aborted.catch(() => undefined)
  const next = <T>(work: Promise<T>): Promise<T> =>
    Promise.race([aborted, work]).catch((error: Error & { code?: string }) => {
      throw ['PROTOCOL', 'ABORTED'].includes(error.code ?? '') ? error : failure('INCOMPLETE')
    })
  const fetched: Fetched[] = []
  try {
    await put(sink, { type: 'get', names })
    for (const name of names) {
      const answer = await next(bytes.message())
      if (answer === undefined) throw failure('INCOMPLETE')
      if (answer.type === 'missing' || answer.type === 'refused') fetched.push({ name, status: answer.type })
      else if (answer.type === 'file') {
        await receive(name, Number(answer.size))
        fetched.push({ name, status: 'ok' })
      } else throw failure('PROTOCOL')
    }
  } finally {
    socket.destroy()
  }
  return fetched

  async function receive(name: string, size: number): Promise<void> {
    // Flat: what would be a path becomes a part of the name.
    const target = join(into, name.replaceAll(/[/\\]/g, '_'))
    const file = await open(`${target}~`, 'w')
    try {
      for (let done = 0; done < size;) {
        const part = await next(bytes.upTo(size - done))
        if (part.length === 0) throw failure('INCOMPLETE')
        await file.write(part)
        done += part.length
        onTransfer?.({ name, direction: 'receive', bytes: done, size, state: done < size ? 'active' : 'done' })
      }
    } catch (error) {
      await file.close()
      await unlink(`${target}~`)
      throw error
    }
    await file.close()
    await rename(`${target}~`, target)
  }
}
