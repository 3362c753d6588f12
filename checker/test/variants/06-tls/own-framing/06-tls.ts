// Knows nothing of lesson 5: reads and writes the frames itself, whole files at a time.

import { once } from 'node:events'
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import { join, resolve, sep } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type {
  Address,
  ClientTls,
  Fetched,
  FileServer,
  ListedFile,
  TlsFetchOptions,
  TlsFileServerOptions,
} from '../../../../contracts/06-tls.ts'

type Json = Record<string, any> // oxlint-disable-line typescript/no-explicit-any

const frame = (json: Json) => {
  const body = Buffer.from(JSON.stringify(json))
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  return Buffer.concat([head, body])
}

/** Gives away as many bytes as are asked for, when they are there. */
class Bytes {
  #have: Buffer = Buffer.alloc(0)
  readonly #more: AsyncIterator<Buffer>

  constructor(socket: TLSSocket) {
    this.#more = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  async take(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [this.#have]
    let length = this.#have.length
    while (length < size) {
      const next = await this.#more.next().catch(() => ({ done: true as const, value: undefined }))
      if (next.done === true) throw Object.assign(new Error('too short'), { code: 'INCOMPLETE' })
      pieces.push(next.value)
      length += next.value.length
    }
    const all = Buffer.concat(pieces)
    this.#have = all.subarray(size)
    return all.subarray(0, size)
  }

  async json(): Promise<Json> {
    const size = (await this.take(4)).readUInt32BE()
    if (size > 65_536) throw Object.assign(new Error('no frame'), { code: 'PROTOCOL' })
    return JSON.parse((await this.take(size)).toString())
  }
}

async function serve(socket: TLSSocket, { dir, onTransfer }: TlsFileServerOptions): Promise<void> {
  const bytes = new Bytes(socket)
  for (;;) {
    const { type, names } = await bytes.json()
    if (type === 'list') {
      const files = await Promise.all(
        (await readdir(dir)).map(async (name) => ({ name, size: (await stat(join(dir, name))).size })),
      )
      socket.write(frame({ type: 'files', files }))
    } else if (type === 'get') {
      for (const name of names) {
        const path = resolve(dir, name)
        if (!path.startsWith(dir + sep)) {
          socket.write(frame({ type: 'refused', name }))
          continue
        }
        const content = await readFile(path).catch(() => undefined)
        if (content === undefined) {
          socket.write(frame({ type: 'missing', name }))
          continue
        }
        const size = content.length
        socket.write(frame({ type: 'file', name, size }))
        socket.write(content, () => onTransfer?.({ name, direction: 'send', bytes: size, size, state: 'done' }))
      }
      socket.write(frame({ type: 'end', count: names.length }))
    } else throw new Error('what?')
  }
}

export async function startFileServer(options: TlsFileServerOptions): Promise<FileServer> {
  const { key, cert } = options.tls
  const all = new Set<Socket>()
  const server = createServer({ key, cert }, (socket) => {
    socket.on('error', () => socket.destroy())
    serve(socket, options).catch(() => socket.end())
  })
  server.on('connection', (socket: Socket) => void all.add(socket))
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    async close() {
      for (const socket of all) socket.destroy()
      if (server.listening) await new Promise((done) => server.close(done))
    },
  }
}

async function dial({ host, port }: Address, { ca, servername }: ClientTls): Promise<TLSSocket> {
  const socket = connect({ host, port, ca, servername })
  socket.on('error', (error) => socket.destroy(error))
  await once(socket, 'secureConnect')
  return socket
}

export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  const socket = await dial(server, tls)
  socket.write(frame({ type: 'list' }))
  const { files } = await new Bytes(socket).json()
  socket.destroy()
  return files
}

export async function fetchFiles(options: TlsFetchOptions): Promise<Fetched[]> {
  const { names, into, signal, onTransfer } = options
  const socket = await dial(options.server, options.tls)
  signal?.addEventListener('abort', () => socket.destroy(new Error('given up')))
  const fetched: Fetched[] = []
  try {
    socket.write(frame({ type: 'get', names }))
    const bytes = new Bytes(socket)
    for (const name of names) {
      const { type, size } = await bytes.json()
      if (type === 'file') {
        onTransfer?.({ name, direction: 'receive', bytes: 0, size, state: 'active' })
        const content = await bytes.take(size)
        await writeFile(join(into, `${name}.tmp`), content)
        await rename(join(into, `${name}.tmp`), join(into, name))
        onTransfer?.({ name, direction: 'receive', bytes: size, size, state: 'done' })
      }
      fetched.push({ name, status: type === 'file' ? 'ok' : type })
    }
  } finally {
    socket.destroy()
  }
  return fetched
}
