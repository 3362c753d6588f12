// Callbacks all the way down, as before promises. A pump reads one buffer, writes it, and reads the next in the callback.

import * as fs from 'node:fs'
import * as net from 'node:net'
import * as path from 'node:path'
import type { Duplex } from 'node:stream'
import type {
  Address,
  Fetched,
  FetchOptions,
  FileServerOptions,
  ListedFile,
  Transfer,
} from '../../../../contracts/05-file-transfer.ts'

type Done = (error: Error | null) => void
type Message = { type?: unknown; [field: string]: unknown }

function makeError(code: string): Error {
  const error = new Error(code) as Error & { code: string }
  error.code = code
  return error
}

function send(stream: Duplex, message: object, done: Done): void {
  const json = Buffer.from(JSON.stringify(message))
  const head = Buffer.allocUnsafe(4)
  head.writeUInt32BE(json.length, 0)
  stream.cork()
  stream.write(head)
  stream.write(json, (error) => done(error ?? null))
  stream.uncork()
}

/** Calls `onMessage` for one frame at a time, which calls back when it wants the next. `onBody` takes what follows. */
function listen(
  stream: Duplex,
  onMessage: (message: Message, next: Done) => void,
  onBody: (bytes: Buffer, next: Done) => void,
  onEnd: (error: Error | null) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  let body = 0
  let busy = false
  let ended = false
  let over = false

  const end = (error: Error | null) => {
    if (over) return
    over = true
    onEnd(error)
  }
  const next: Done = (error) => {
    busy = false
    if (error) return end(error)
    setImmediate(step)
  }
  const take = (count: number): Buffer => {
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    const taken = all.subarray(0, count)
    chunks.length = 0
    length = all.length - taken.length
    if (length > 0) chunks.push(all.subarray(count))
    return taken
  }
  const step = () => {
    if (busy || over) return
    if (body > 0 && length > 0) {
      const bytes = take(Math.min(body, length))
      body -= bytes.length
      busy = true
      return onBody(bytes, next)
    }
    const size = body === 0 && length >= 4 ? Buffer.concat(chunks).readUInt32BE(0) : 0
    if (size > 65536) return end(makeError('PROTOCOL'))
    if (body > 0 || length < 4 || length < 4 + size) {
      stream.resume()
      if (ended) end(length > 0 || body > 0 ? makeError('INCOMPLETE') : null)
      return
    }
    const text = take(4 + size).toString('utf8', 4)
    let message: Message
    try {
      message = JSON.parse(text) as Message
      if (typeof message.type !== 'string') return end(makeError('PROTOCOL'))
    } catch {
      return end(makeError('PROTOCOL'))
    }
    if (message.type === 'file') body = Number(message.size)
    busy = true
    onMessage(message, next)
  }
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    stream.pause()
    step()
  })
  stream.on('end', () => {
    ended = true
    step()
  })
  stream.on('error', () => end(makeError('INCOMPLETE')))
  stream.on('close', () => end(makeError('INCOMPLETE')))
}

export function startFileServer(options: FileServerOptions): Promise<{ address: Address; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const sockets: net.Socket[] = []
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket)
      serveConnection(socket, options.dir, options.onTransfer)
    })
    server.on('error', reject)
    server.listen(options.port, '127.0.0.1', () => {
      const { address, port } = server.address() as net.AddressInfo
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed())
          for (const socket of sockets) socket.destroy()
        })
      resolve({ address: { host: address, port }, close })
    })
  })
}

export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  listen(
    stream,
    (request, next) => {
      if (request.type === 'list') return list(dir, (files) => send(stream, { type: 'files', files }, next))
      const names = request.names as string[]
      if (request.type !== 'get' || !Array.isArray(names)) return next(makeError('PROTOCOL'))
      let index = 0
      const answerNext: Done = (error) => {
        if (error) return next(error)
        const name = names[index]
        index += 1
        if (index > names.length) return send(stream, { type: 'end', count: names.length }, next)
        if (typeof name !== 'string') return next(makeError('PROTOCOL'))
        answer(stream, dir, name, onTransfer, answerNext)
      }
      answerNext(null)
    },
    () => stream.destroy(),
    (error) => {
      const { code } = (error ?? {}) as { code?: string }
      if (code === 'PROTOCOL') send(stream, { type: 'error', message: 'bad request' }, () => stream.end())
      else if (error === null) stream.end()
      else stream.destroy()
    },
  )
}

function list(dir: string, done: (files: ListedFile[]) => void): void {
  fs.readdir(dir, (error, names) => {
    const files: ListedFile[] = []
    let left = names?.length ?? 0
    if (error || left === 0) return done([])
    for (const name of names) {
      fs.lstat(path.join(dir, name), (problem, stats) => {
        if (!problem && stats.isFile()) files.push({ name, size: stats.size })
        left -= 1
        if (left === 0) done(files)
      })
    }
  })
}

function answer(
  stream: Duplex,
  dir: string,
  name: string,
  onTransfer: ((transfer: Transfer) => void) | undefined,
  next: Done,
): void {
  const parts = name.split('/')
  if (/[\\\0]/.test(name) || parts.includes('') || parts.includes('.') || parts.includes('..')) {
    return send(stream, { type: 'refused', name }, next)
  }
  // Whoever is asked for a link answers with a refusal, wherever it points.
  fs.realpath.native(path.join(dir, name), (error, real) => {
    if (error) return send(stream, { type: 'missing', name }, next)
    if (real !== path.join(fs.realpathSync(dir), name)) return send(stream, { type: 'refused', name }, next)
    fs.open(real, 'r', (problem, fd) => {
      if (problem) return send(stream, { type: 'missing', name }, next)
      const { size } = fs.fstatSync(fd)
      send(stream, { type: 'file', name, size }, (broken) => {
        if (broken) return fs.close(fd, () => next(broken))
        pump(stream, fd, size, (bytes, state) => onTransfer?.({ name, direction: 'send', bytes, size, state }), next)
      })
    })
  })
}

function pump(
  stream: Duplex,
  fd: number,
  size: number,
  tell: (bytes: number, state: Transfer['state']) => void,
  next: Done,
): void {
  const buffer = Buffer.alloc(1024 * 1024)
  let bytes = 0
  const finish: Done = (error) => {
    tell(bytes, error ? 'failed' : 'done')
    fs.close(fd, () => next(error))
  }
  const step: Done = (error) => {
    if (error) return finish(error)
    if (bytes === size) return finish(null)
    fs.read(fd, buffer, 0, Math.min(buffer.length, size - bytes), null, (problem, count) => {
      if (problem || count === 0) return finish(problem ?? new Error('shorter'))
      stream.write(buffer.subarray(0, count), (broken) => {
        bytes += count
        tell(bytes, 'active')
        step(broken ?? null)
      })
    })
  }
  step(null)
}

export function listFiles(server: Address): Promise<ListedFile[]> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, server.host)
    socket.once('error', reject)
    socket.once('connect', () => {
      listen(
        socket,
        ({ type, files }) => {
          if (type === 'files') resolve(files as ListedFile[])
          else reject(makeError('PROTOCOL'))
          socket.end()
        },
        () => socket.destroy(),
        (error) => reject(error ?? makeError('INCOMPLETE')),
      )
      send(socket, { type: 'list' }, () => undefined)
    })
  })
}

export function fetchFiles({ server, names, into, onTransfer, signal }: FetchOptions): Promise<Fetched[]> {
  return new Promise((resolve, reject) => {
    const fetched: Fetched[] = []
    let current: { fd: number; name: string; size: number; bytes: number } | undefined
    const socket = net.connect(server.port, server.host)
    const temporary = path.join(into, `.fetching-${Math.random().toString(36).slice(2)}`)

    const fail = (error: Error) => {
      socket.destroy()
      if (current) fs.closeSync(current.fd)
      current = undefined
      fs.unlink(temporary, () => reject(error))
    }
    const keep = (name: string, next: Done) => {
      if (current) fs.closeSync(current.fd)
      current = undefined
      fs.rename(temporary, path.join(into, path.basename(name)), (error) => {
        fetched.push({ name, status: 'ok' })
        next(error)
      })
    }
    signal?.addEventListener('abort', () => fail(makeError('ABORTED')))
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.off('error', fail)
      listen(
        socket,
        (message, next) => {
          const name = names[fetched.length]
          if (message.type === 'end') {
            socket.end()
            return resolve(fetched)
          }
          if (name === undefined || message.name !== name || name.includes('..') || path.isAbsolute(name)) {
            return next(makeError('PROTOCOL'))
          }
          if (message.type === 'missing' || message.type === 'refused') {
            fetched.push({ name, status: message.type })
            return next(null)
          }
          if (message.type !== 'file') return next(makeError('PROTOCOL'))
          fs.open(temporary, 'w', (error, fd) => {
            if (error) return next(error)
            current = { fd, name, size: Number(message.size), bytes: 0 }
            if (current.size > 0) return next(null)
            keep(name, next)
          })
        },
        (bytes, next) => {
          if (!current) return next(makeError('PROTOCOL'))
          fs.write(current.fd, bytes, (error) => {
            if (error || !current) return next(error)
            current.bytes += bytes.length
            const { name, size } = current
            const state = current.bytes === size ? 'done' : 'active'
            onTransfer?.({ name, direction: 'receive', bytes: current.bytes, size, state })
            if (state === 'done') keep(name, next)
            else next(null)
          })
        },
        (error) => fail(error ?? makeError('INCOMPLETE')),
      )
      send(socket, { type: 'get', names }, () => undefined)
    })
  })
}
