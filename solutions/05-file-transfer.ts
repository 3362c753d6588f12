// Lesson 5: a server for files, and its client, over TCP.
// Read first: lessons/05-file-transfer.md

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { addAbortSignal, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type {
  Address,
  Fetched,
  FetchOptions,
  FileServer,
  FileServerOptions,
  ListedFile,
  Transfer,
} from '../checker/contracts/05-file-transfer.ts'

/** What a frame carries: a JSON object. Whatever is in it was chosen by the other end. */
export type Message = Readonly<Record<string, unknown>>

type OnTransfer = ((transfer: Transfer) => void) | undefined

const MAX_FRAME_BYTES = 65_536
const MAX_NAMES = 1000
/** How much of a file is read and written at a time. */
const CHUNK_BYTES = 256 * 1024
/** How long a client that made no sense may go on sending before the connection is cut. */
const LINGER_MS = 1000

/**
 * Listens on 127.0.0.1 and serves the files of a folder.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startFileServer({ dir, port = 0, onTransfer }: FileServerOptions): Promise<FileServer> {
  const connections = new Set<Socket>()
  // By default Node ends a connection as soon as the client has ended its direction, with the answer still on its way.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    serveConnection(socket, dir, onTransfer)
  })
  let closed: Promise<unknown> | undefined

  async function close(): Promise<void> {
    if (closed === undefined) {
      closed = once(server, 'close')
      server.close() // waits for every connection, and an idle one might stay for ever
      for (const socket of connections) socket.destroy()
    }
    await closed
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  const { address: host, port: bound } = server.address() as AddressInfo
  return { address: { host, port: bound }, close }
}

/**
 * Asks a server which files it has.
 * @throws Error with code 'INCOMPLETE' or 'PROTOCOL', or the system's when there is no connection
 */
export async function listFiles(server: Address): Promise<ListedFile[]> {
  return withConnection(server, undefined, listOver)
}

/**
 * Fetches files into a folder, each of them whole or not at all.
 * @throws Error with code 'INCOMPLETE', 'PROTOCOL' or 'ABORTED', or the system's when there is no connection
 */
export async function fetchFiles({ server, ...wanted }: FetchOptions): Promise<Fetched[]> {
  return withConnection(server, wanted.signal, (socket) => fetchOver(socket, wanted))
}

/** Serves one connection until the client ends it. Handles the stream's errors, and never throws. */
export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  stream.on('error', () => stream.destroy()) // 'close' follows, and whoever reads or writes is told then
  serve(stream, dir, onTransfer).then(
    () => stream.end(),
    (error: unknown) => hangUp(stream, error instanceof Error ? error.message : String(error)),
  )
}

/**
 * The client's side of `listFiles` over a connection that is open already. The caller closes it and listens for its errors.
 * @throws Error with code 'INCOMPLETE' or 'PROTOCOL'
 */
export async function listOver(stream: Duplex): Promise<ListedFile[]> {
  const reader = openReader(stream)
  try {
    await send(stream, { type: 'list' })
    const { type, files } = await answerFrom(reader)
    if (type !== 'files' || !isFileList(files)) throw protocolError(`Expected a list of files, got ${String(type)}`)
    return files
  } finally {
    reader.release()
  }
}

/**
 * The client's side of `fetchFiles` over a connection that is open already. The caller closes it, after an error at once, and
 * listens for its errors.
 * @throws Error with code 'INCOMPLETE', 'PROTOCOL' or 'ABORTED'
 */
export async function fetchOver(stream: Duplex, wanted: Omit<FetchOptions, 'server'>): Promise<Fetched[]> {
  const { names, into, onTransfer, signal } = wanted
  // A name may come from the server's own list. What would lead out of our folder is not even asked for.
  const asked = names.filter((name) => pathIn(into, name) !== undefined)
  const reader = openReader(stream)
  const statuses = new Map<string, Fetched['status']>()
  try {
    if (signal !== undefined) addAbortSignal(signal, stream)
    await send(stream, { type: 'get', names: asked })
    for (const name of asked) statuses.set(name, await receive(reader, name, into, onTransfer))
    const { type } = await answerFrom(reader)
    if (type !== 'end') throw protocolError(`Expected the end of the answer, got ${String(type)}`)
  } catch (error) {
    throw orAborted(error, signal)
  } finally {
    reader.release()
  }
  return names.map((name) => ({ name, status: statuses.get(name) ?? 'refused' }))
}

/** Reads a connection frame by frame. What has not been asked for stays in the stream, for whoever reads it next. */
export interface FrameReader {
  /**
   * @returns undefined when the other end has ended, between two frames
   * @throws Error with code 'PROTOCOL' when what comes is no frame, 'INCOMPLETE' when it ends in the middle
   */
  message(): Promise<Message | undefined>
  /** Reads what follows a `file`, as it comes. @throws Error with code 'INCOMPLETE' when there are fewer bytes than that */
  body(sizeBytes: number): AsyncGenerator<Buffer, void>
  /** Lets go of the stream. */
  release(): void
}

export function openReader(stream: Duplex): FrameReader {
  const events = ['readable', 'end', 'close', 'error'] as const
  let wake = (): void => undefined
  const onEvent = (): void => wake()
  for (const event of events) stream.on(event, onEvent)

  const change = () =>
    new Promise<void>((happened) => {
      wake = happened
    })

  /** Takes as many bytes as `wanted` says, as soon as they are there. It gets fewer when the stream ends before, at last none. */
  async function take(wanted: () => number): Promise<Buffer> {
    for (;;) {
      const bytes = stream.read(wanted()) as Buffer | null
      if (bytes !== null) return bytes
      if (stream.readableEnded || stream.destroyed) return Buffer.alloc(0)
      await change()
    }
  }

  return {
    async message() {
      const header = await take(() => 4)
      if (header.length === 0) return undefined
      if (header.length < 4) throw incomplete()
      const sizeBytes = header.readUInt32BE()
      if (sizeBytes === 0 || sizeBytes > MAX_FRAME_BYTES) throw protocolError(`A frame of ${sizeBytes} bytes`)
      const json = await take(() => sizeBytes)
      if (json.length < sizeBytes) throw incomplete()
      return parse(json)
    },
    async *body(sizeBytes) {
      let left = sizeBytes
      while (left > 0) {
        const piece = await take(() => Math.min(left, stream.readableLength))
        if (piece.length === 0) throw incomplete()
        left -= piece.length
        yield piece
      }
    },
    release() {
      for (const event of events) stream.off(event, onEvent)
    },
  }
}

/**
 * Lays a message out for the wire.
 * @throws Error with code 'TOO_LONG' when it does not fit into a frame
 */
export function encodeFrame(message: Message): Buffer {
  const json = Buffer.from(JSON.stringify(message))
  if (json.length > MAX_FRAME_BYTES) throw coded('TOO_LONG', `${json.length} bytes, at most ${MAX_FRAME_BYTES} fit into a frame`)
  const frame = Buffer.alloc(4 + json.length)
  frame.writeUInt32BE(json.length)
  frame.set(json, 4)
  return frame
}

async function serve(stream: Duplex, dir: string, onTransfer: OnTransfer): Promise<void> {
  const reader = openReader(stream)
  try {
    for (let request = await reader.message(); request !== undefined; request = await reader.message()) {
      const { type, names } = request
      if (type === 'list') await send(stream, { type: 'files', files: await filesIn(dir) })
      else if (type === 'get' && isNameList(names)) await sendFiles(stream, dir, names, onTransfer)
      else throw protocolError(`Expected list, or get with at most ${MAX_NAMES} names`)
    }
  } finally {
    reader.release()
  }
}

/** Says why, and closes. */
function hangUp(stream: Duplex, message: string): void {
  if (stream.destroyed) return
  stream.end(encodeFrame({ type: 'error', message }))
  // To close with bytes unread is to reset the connection, and a reset may overtake our last words.
  stream.resume()
  const timer = setTimeout(() => stream.destroy(), LINGER_MS)
  stream.once('close', () => clearTimeout(timer))
}

async function filesIn(dir: string): Promise<ListedFile[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  const files: ListedFile[] = []
  for (const { name } of entries.filter((entry) => entry.isFile() && pathIn(dir, entry.name) !== undefined)) {
    const info = await stat(join(dir, name)).catch(() => undefined)
    if (info !== undefined) files.push({ name, size: info.size })
  }
  return files
}

async function sendFiles(stream: Duplex, dir: string, names: readonly string[], onTransfer: OnTransfer): Promise<void> {
  for (const name of names) {
    const found = await openIn(dir, name)
    if (typeof found === 'string') await send(stream, { type: found, name })
    else await sendFile(stream, name, found, onTransfer)
  }
  await send(stream, { type: 'end', count: names.length })
}

/** Opens a file of a folder, however its name tries to lead out of it. */
async function openIn(dir: string, name: string): Promise<FileHandle | 'missing' | 'refused'> {
  const path = pathIn(dir, name)
  if (path === undefined) return 'refused'
  try {
    const real = await realpath(path) // a link in the folder may point anywhere
    if (!isInside(await realpath(dir), real)) return 'refused'
    // To open what is no plain file may take for ever: think of a pipe.
    return (await stat(real)).isFile() ? await open(real) : 'missing'
  } catch {
    return 'missing'
  }
}

async function sendFile(stream: Duplex, name: string, file: FileHandle, onTransfer: OnTransfer): Promise<void> {
  const { size } = await file.stat()
  let bytes = 0
  const report = (state: Transfer['state']) => onTransfer?.({ name, direction: 'send', bytes, size, state })
  try {
    await send(stream, { type: 'file', name, size })
    report('active')
    // Not to the end of the file but to `size`: it may be growing while it is sent.
    const body =
      size === 0 ? [] : file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await write(stream, chunk)
      bytes += chunk.length
      report('active')
    }
    if (bytes < size) throw new Error(`${name} has become shorter`)
    report('done')
  } catch (error) {
    stream.destroy() // the client waits for the rest of the file and would take any word from us for it
    report('failed')
    throw error
  } finally {
    await file.close()
  }
}

/** Takes the answer for one name. */
async function receive(reader: FrameReader, name: string, into: string, onTransfer: OnTransfer): Promise<Fetched['status']> {
  const { type, name: answered, size } = await answerFrom(reader)
  if (answered !== name) throw protocolError(`Expected the answer for ${name}, got ${String(type)} for ${String(answered)}`)
  if (type === 'missing' || type === 'refused') return type
  if (type !== 'file' || !isSize(size)) throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)

  const target = resolve(into, name)
  // Beside its target, because a file can be renamed only within one disk.
  const part = join(dirname(target), `.${randomUUID()}.part`)
  let bytes = 0
  const report = (state: Transfer['state']) => onTransfer?.({ name, direction: 'receive', bytes, size, state })
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of reader.body(size as number)) {
      yield piece
      bytes += piece.length
      report('active')
    }
  }
  try {
    report('active')
    await mkdir(dirname(target), { recursive: true })
    await pipeline(counted, createWriteStream(part, { flags: 'wx', highWaterMark: CHUNK_BYTES }))
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    report('failed')
    throw error
  }
  report('done')
  return 'ok'
}

async function withConnection<T>(
  { host, port }: Address,
  signal: AbortSignal | undefined,
  work: (socket: Socket) => Promise<T>,
): Promise<T> {
  const socket = connect({ host, port, noDelay: true })
  try {
    await once(socket, 'connect', { signal }) // rejects when 'error' comes first
    socket.on('error', () => undefined) // whoever reads is told by 'close'
    return await work(socket)
  } catch (error) {
    throw orAborted(error, signal)
  } finally {
    socket.destroy()
  }
}

async function answerFrom(reader: FrameReader): Promise<Message> {
  const message = await reader.message()
  if (message === undefined) throw incomplete()
  if (message.type === 'error') throw protocolError(`The server says: ${String(message.message)}`)
  return message
}

function send(stream: Duplex, message: Message): Promise<void> {
  return write(stream, encodeFrame(message))
}

/** Waits until the system has taken the bytes, so that nobody reads a file faster than the other end takes it. */
function write(stream: Duplex, bytes: Uint8Array): Promise<void> {
  return new Promise((taken, failed) => {
    stream.write(bytes, (error) => (error ? failed(coded('INCOMPLETE', 'The connection broke', error)) : taken()))
  })
}

/** The path of a name in a folder; undefined when it leads out of it, or when another system would read it differently. */
function pathIn(dir: string, name: string): string | undefined {
  if (/[\\\0]/.test(name) || isAbsolute(name)) return undefined
  const path = resolve(dir, name)
  return isInside(resolve(dir), path) ? path : undefined
}

/** By the way from one to the other: `/srv/share2` starts with `/srv/share` and is not inside. */
function isInside(dir: string, path: string): boolean {
  const way = relative(dir, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function parse(json: Buffer): Message {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message
  } catch {
    // Not UTF-8, or not JSON.
  }
  throw protocolError('A frame that holds no JSON object')
}

function isNameList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')
}

function isFileList(value: unknown): value is ListedFile[] {
  return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** Why it ended: an abort breaks the connection, and that shows in many ways. */
function orAborted(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? coded('ABORTED', 'Given up', error) : error
}

function incomplete(): Error {
  return coded('INCOMPLETE', 'The connection ended too early')
}

function protocolError(message: string): Error {
  return coded('PROTOCOL', message)
}

function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code })
}
