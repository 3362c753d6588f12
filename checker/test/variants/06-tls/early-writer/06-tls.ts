// Writes its request before the handshake is done, which waits until it is.

import { once } from 'node:events'
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net'
import { finished, type Duplex } from 'node:stream'
import { connect, createServer } from 'node:tls'
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

export async function startFileServer({ dir, port = 0, tls, onTransfer }: TlsFileServerOptions): Promise<FileServer> {
  const raw = new Set<Socket>()
  const server = createServer({ ...tls, allowHalfOpen: true })
  server.prependListener('connection', (socket: Socket) => {
    raw.add(socket)
    finished(socket, () => raw.delete(socket))
  })
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy())
    serveConnection(socket, dir, onTransfer)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { address: host, port: bound } = server.address() as AddressInfo
  return {
    address: { host, port: bound },
    async [Symbol.asyncDispose]() {
      await this.close()
    },
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined
      server.close()
      raw.forEach((socket) => socket.destroy())
      await closed
    },
  } as FileServer
}

/** Begins to work at once; whatever goes wrong with the connection tells the work. */
async function over<T>({ host, port }: Address, { ca, servername }: ClientTls, work: (socket: Duplex) => Promise<T>): Promise<T> {
  const tcp = connectTcp({ host, port, allowHalfOpen: true })
  const socket = connect({ socket: tcp, host, ca, servername })
  let why: Error | undefined
  const fail = (error: Error) => {
    if (!socket.authorized) why ??= error
    socket.destroy()
  }
  tcp.on('error', fail)
  socket.on('error', fail)
  try {
    return await work(socket)
  } catch (error) {
    throw why ?? error
  } finally {
    socket.destroy()
    tcp.destroy()
  }
}

export function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  return over(server, tls, listOver)
}

export function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  return over(server, tls, (socket) => fetchOver(socket, wanted))
}
