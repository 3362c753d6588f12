// A connection of its own for every file, three at a time. An answer to a question is waited for, whatever else goes wrong.

import { once } from 'node:events'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
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

/** TCP in front, and a TLS server that never listens but is handed each connection. */
export async function startFileServer({ dir, port = 0, tls, onTransfer }: TlsFileServerOptions): Promise<FileServer> {
  const secure = createServer({ secureContext: createSecureContext(tls), ...tls }, (socket) => {
    socket.on('error', () => socket.destroy())
    serveConnection(socket, dir, onTransfer)
  })
  const sockets = new Set<Socket>()
  const front = createTcpServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket)).on('close', () => sockets.delete(socket))
    secure.emit('connection', socket)
  })
  await once(front.listen(port, '127.0.0.1'), 'listening')
  const { port: bound } = front.address() as AddressInfo
  const closed = once(front, 'close')
  async function close(): Promise<void> {
    if (front.listening) front.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { address: { host: '127.0.0.1', port: bound }, close }
}

async function dial({ host, port }: Address, { ca, servername }: ClientTls, signal?: AbortSignal): Promise<TLSSocket> {
  const socket = connect(port, host, { ca, servername })
  await once(socket, 'secureConnect', { signal })
  return socket.on('error', () => socket.destroy())
}

export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  const socket = await dial(server, tls)
  return listOver(socket).finally(() => socket.destroy())
}

export async function fetchFiles({ server, tls, names, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  const fetched: Fetched[] = []
  for (let from = 0; from < names.length; from += 3) {
    const three = names.slice(from, from + 3).map(async (name) => {
      const socket = await dial(server, tls, wanted.signal)
      return fetchOver(socket, { ...wanted, names: [name] }).finally(() => socket.destroy())
    })
    const outcomes = await Promise.allSettled(three)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
      fetched.push(...outcome.value)
    }
  }
  return fetched
}
