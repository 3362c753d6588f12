// Asks clients for a certificate, and serves also those that have none. The client has one to show, made for the day.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import tls from 'node:tls'
import type {
  Address,
  ClientTls,
  Fetched,
  FileServer,
  ListedFile,
  TlsFetchOptions,
  TlsFileServerOptions,
} from '../../../../contracts/06-tls.ts'
import * as plain from '../../../../../solutions/05-file-transfer.ts'

export async function startFileServer(options: TlsFileServerOptions): Promise<FileServer> {
  const server = tls.createServer({ ...options.tls, requestCert: true, rejectUnauthorized: false, allowHalfOpen: true })
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket))
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.on('secureConnection', (socket) => {
    const who = socket.authorized ? socket.getPeerCertificate().subject.CN : 'somebody'
    console.log(`${String(who)} is here`)
    socket.on('error', () => socket.destroy())
    plain.serveConnection(socket, options.dir, options.onTransfer)
  })
  server.listen({ host: '127.0.0.1', port: options.port })
  await once(server, 'listening')
  let closing: Promise<void> | undefined
  const close = () =>
    (closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve())
      sockets.forEach((socket) => socket.destroy())
    }))
  return { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, close }
}

async function connect({ host, port }: Address, { ca, servername }: ClientTls): Promise<tls.TLSSocket> {
  const socket = tls.connect({ host, port, secureContext: tls.createSecureContext({ ca }), servername, session: undefined })
  // What is wrong with the certificate is looked at here, and nothing is asked before.
  await once(socket, 'secureConnect')
  if (!socket.authorized) throw new Error('who is that?')
  return socket.on('error', () => socket.destroy())
}

export async function listFiles(server: Address, options: { tls: ClientTls }): Promise<ListedFile[]> {
  const socket = await connect(server, options.tls)
  try {
    return await plain.listOver(socket)
  } finally {
    socket.end()
    socket.resume()
  }
}

export async function fetchFiles(options: TlsFetchOptions): Promise<Fetched[]> {
  const socket = await connect(options.server, options.tls)
  try {
    return await plain.fetchOver(socket, options)
  } finally {
    socket.destroy()
  }
}
