// No more than is asked for: it counts files in `end`, adds fields, cuts off what is no frame without a word, keeps what it fetches
// in memory, tries again when a connection breaks, closes only when nobody is served any more, and reports little.

import { once } from 'node:events'
import fs from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import type { Address, FetchOptions, FileServerOptions, ListedFile, Transfer } from '../../../../contracts/05-file-transfer.ts'

const failed = (code: string) => Object.assign(new Error('sorry'), { code, name: 'TransferError' })

function encode(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message, undefined, 1))
  return Buffer.concat([Buffer.from(json.length.toString(16).padStart(8, '0'), 'hex'), json])
}

export async function startFileServer({ dir, port, onTransfer }: FileServerOptions) {
  const idle = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    idle.add(socket)
    socket.on('close', () => idle.delete(socket))
    serveConnection(socket, dir, onTransfer)
  })
  server.listen(port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { address: host, port: bound } = server.address() as net.AddressInfo
  return {
    address: { host, port: bound, family: 4 },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of idle) socket.end()
      setTimeout(() => idle.forEach((socket) => socket.destroy()), 300)
      await closed
    },
  }
}

export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  let buffer = Buffer.alloc(0)
  let work = Promise.resolve()
  let hungUp = false
  stream.on('error', () => stream.destroy())
  stream.on('data', (piece: Buffer) => {
    if (hungUp) return
    buffer = Buffer.concat([buffer, piece])
    while (buffer.length >= 4) {
      const length = buffer.readUInt32BE()
      if (length < 2 || length > 65_536) {
        hungUp = true
        work = work.then(() => void stream.destroy())
        return
      }
      if (buffer.length < 4 + length) return
      const text = buffer.subarray(4, 4 + length).toString()
      buffer = buffer.subarray(4 + length)
      work = work.then(() => answer(text)).catch(() => void stream.destroy())
    }
  })
  stream.on('end', () => {
    work = work.then(() => void stream.end())
  })

  async function answer(text: string): Promise<void> {
    if (stream.writableEnded) return
    let request
    try {
      request = Object(JSON.parse(text))
    } catch {
      request = {}
    }
    if (request.type === 'list') {
      const files = await Promise.all((await fs.readdir(dir)).map((name) => describeFile(path.join(dir, name), name)))
      stream.write(encode({ type: 'files', files: files.filter((file) => file !== undefined), dir: path.basename(dir) }))
    } else if (request.type === 'get' && Array.isArray(request.names)) {
      const sent: string[] = []
      for (const name of request.names) if (await one(String(name))) sent.push(name)
      stream.write(encode({ type: 'end', count: sent.length }))
    } else stream.end(encode({ type: 'error', message: 'huh?' }))
  }

  async function one(name: string): Promise<boolean> {
    const wanted = path.resolve(dir, name)
    const odd = name.length === 0 || name.includes('\\') || name.includes('\0') || wanted === path.resolve(dir)
    if (odd || path.relative(dir, wanted).startsWith('..') || path.isAbsolute(name)) {
      stream.write(encode({ type: 'refused', name, reason: 'policy' }))
      return false
    }
    const [home, real] = await Promise.all([fs.realpath(dir), fs.realpath(wanted).catch(() => '')])
    if (real !== '' && path.relative(home, real).startsWith('..')) {
      stream.write(encode({ type: 'refused', name }))
      return false
    }
    const file = real === '' ? undefined : await describeFile(real, name)
    if (file === undefined) {
      stream.write(encode({ type: 'missing', name }))
      return false
    }
    stream.write(encode({ type: 'file', ...file }))
    const handle = await fs.open(real)
    try {
      let bytes = 0
      for await (const piece of handle.createReadStream({ highWaterMark: 4 * 2 ** 20, autoClose: false })) {
        bytes += (piece as Buffer).length
        await new Promise<void>((resolve, reject) => stream.write(piece, (error) => (error ? reject(error) : resolve())))
      }
      onTransfer?.({ name, direction: 'send', bytes, size: file.size, state: 'done' })
    } finally {
      await handle.close()
    }
    return true
  }
}

async function describeFile(file: string, name: string) {
  const stats = await fs.stat(file)
  return stats.isFile() ? { name, size: stats.size, changed: stats.mtime } : undefined
}

/** All that a server answers before it has answered as often as it was asked, or ends. */
async function ask({ host, port }: Address, request: object, last: string, signal?: AbortSignal): Promise<Answer[]> {
  const socket = net.connect({ host, port, signal })
  const connected = once(socket, 'connect')
  await connected
  socket.write(encode(request))
  let received = Buffer.alloc(0)
  try {
    for await (const piece of socket) {
      received = Buffer.concat([received, piece as Buffer])
      const answers = parse(received)
      if (answers.some(({ type }) => type === 'error')) throw failed('PROTOCOL')
      if (answers.some(({ type }) => type === last)) return answers
    }
  } catch (error) {
    throw (error as { code?: string }).code === 'PROTOCOL' ? error : failed('INCOMPLETE')
  } finally {
    socket.destroy()
  }
  throw failed('INCOMPLETE')
}

interface Answer {
  type: string
  name: string
  files: ListedFile[]
  content: Buffer
}

function parse(received: Buffer): Answer[] {
  const answers: Answer[] = []
  let at = 0
  while (received.length - at >= 4) {
    const length = received.readUInt32BE(at)
    if (length > 65_536) throw failed('PROTOCOL')
    if (received.length < at + 4 + length) break
    let message
    try {
      message = JSON.parse(received.toString('utf8', at + 4, at + 4 + length))
    } catch {
      throw failed('PROTOCOL')
    }
    at += 4 + length
    const size = message?.type === 'file' ? message.size : 0
    if (received.length < at + size) break
    answers.push({ ...message, content: received.subarray(at, at + size) })
    at += size
  }
  return answers
}

export async function listFiles(server: Address): Promise<ListedFile[]> {
  const answers = await ask(server, { type: 'list' }, 'files')
  return answers.flatMap(({ files }) => files ?? [])
}

export async function fetchFiles({ server, names, into, onTransfer, signal }: FetchOptions) {
  const odd = names.find((name) => /[/\\]|^\.*$/.test(name))
  if (odd !== undefined) throw new TypeError(`not a good name: ${odd}`)
  const request = { type: 'get', names }
  const answers = await ask(server, request, 'end', signal).catch((error: { code?: string }) => {
    if (error.code !== 'INCOMPLETE' || signal?.aborted === true) throw error
    return ask(server, request, 'end', signal)
  })
  const fetched = []
  for (const [index, name] of names.entries()) {
    const answer = answers[index]
    if (answer === undefined) throw failed('PROTOCOL')
    if (answer.type === 'file') {
      const { content } = answer
      await fs.writeFile(path.join(into, name), content)
      onTransfer?.({ name, direction: 'receive', bytes: content.length, size: content.length, state: 'done' })
    }
    const status = answer.type === 'file' ? ('ok' as const) : (answer.type as 'missing' | 'refused')
    fetched.push({ name, status, size: answer.content.length })
  }
  return fetched
}
