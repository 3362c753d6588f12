// TLS over streams that are no sockets: what passes goes through a counter first, on both ends.

import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'
import { connect, createSecureContext, createServer, type TLSSocket } from 'node:tls'
import type {
  Address,
  ClientTls,
  Fetched,
  FileServer,
  ListedFile,
  TlsFetchOptions,
  TlsFileServerOptions,
} from '../../../../contracts/06-tls.ts'
import { fetchOver, listOver, serveConnection } from '../../../../../solutions/05-file-transfer.ts'

/** A stream that knows nothing of TCP. */
class Counting extends Duplex {
  readonly #below: net.Socket
  passed = 0

  constructor(below: net.Socket) {
    super({ allowHalfOpen: true })
    this.#below = below
    below.on('data', (bytes) => {
      this.passed += bytes.length
      if (!this.push(bytes)) below.pause()
    })
    below.on('end', () => this.push(null))
    below.on('error', (error) => this.destroy(error))
    below.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#below.resume()
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#below.write(bytes, done)
  }

  override _final(done: () => void): void {
    this.#below.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#below.destroy()
    done(error)
  }
}

export async function startFileServer({ dir, port = 0, tls, onTransfer }: TlsFileServerOptions): Promise<FileServer> {
  createSecureContext(tls)
  const inside = createServer({ ...tls, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    serveConnection(socket, dir, onTransfer)
  })
  const streams = new Set<Counting>()
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    const stream = new Counting(socket)
    streams.add(stream)
    stream.on('error', () => undefined).on('close', () => streams.delete(stream))
    inside.emit('connection', stream)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { address: host, port: bound } = server.address() as AddressInfo
  async function close(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const stream of streams) stream.destroy()
    await closed
  }
  return { address: { host, port: bound }, close }
}

async function over<T>(
  { host, port }: Address,
  { ca, servername }: ClientTls,
  work: (socket: TLSSocket) => Promise<T>,
): Promise<T> {
  const below = new Counting(net.connect(port, host))
  below.on('error', () => undefined)
  const socket = connect({ socket: below, host, ca, servername })
  try {
    await once(socket, 'secureConnect')
    socket.on('error', () => socket.destroy())
    return await work(socket)
  } finally {
    socket.destroy()
    below.destroy()
  }
}

export function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  return over(server, tls, listOver)
}

export function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  return over(server, tls, (socket) => fetchOver(socket, wanted))
}
