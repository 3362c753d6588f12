// Speaks one version of TLS, in callbacks and events.

import { connect, createServer, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
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

const versions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const

export function startFileServer({ dir, port = 0, tls, onTransfer }: TlsFileServerOptions): Promise<FileServer> {
  return new Promise((resolve, reject) => {
    const open = new Set<{ destroy(): void }>()
    const server = createServer({ ...versions, ...tls, allowHalfOpen: true })
    server.on('connection', (socket) => open.add(socket.on('close', () => open.delete(socket))))
    server.on('secureConnection', (socket) => {
      serveConnection(socket, dir, onTransfer)
      socket.on('error', () => socket.destroy())
    })
    server.on('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address() as AddressInfo
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done())
          for (const socket of open) socket.destroy()
        })
      resolve({ address: { host: '127.0.0.1', port: address.port }, close })
    })
  })
}

function over<T>(server: Address, tls: ClientTls, work: (socket: TLSSocket) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, server.host, {
      ...versions,
      ca: [tls.ca],
      ...(tls.servername ? { servername: tls.servername } : {}),
    })
    socket.on('secureConnect', () => {
      work(socket)
        .then(resolve, reject)
        .finally(() => socket.destroy())
    })
    socket.on('error', (error) => {
      socket.destroy()
      if (!socket.authorized) reject(error)
    })
    socket.on('close', () => {
      if (!socket.authorized) reject(new Error('closed'))
    })
  })
}

export const listFiles = (server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> => over(server, tls, listOver)

export const fetchFiles = (options: TlsFetchOptions): Promise<Fetched[]> =>
  over(options.server, options.tls, (socket) => fetchOver(socket, options))
