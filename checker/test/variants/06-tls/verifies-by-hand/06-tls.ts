// Lets Node verify nothing, and asks all three questions itself, before anything is sent. The server sets its context later.

import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { isIP, type AddressInfo, type Socket } from 'node:net'
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
import { fetchOver, listOver, serveConnection } from '../../../../../solutions/05-file-transfer.ts'

export async function startFileServer({ dir, port, tls, onTransfer }: TlsFileServerOptions): Promise<FileServer> {
  const abort = new AbortController()
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true })
  server.setSecureContext(tls)
  server.on('connection', (socket: Socket) => {
    abort.signal.addEventListener('abort', () => socket.destroy())
    sockets.add(socket)
  })
  server.on('secureConnection', (socket) =>
    serveConnection(
      socket.on('error', () => socket.destroy()),
      dir,
      onTransfer,
    ),
  )
  server.listen({ port: port ?? 0, host: '127.0.0.1', signal: abort.signal })
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  const closed = new Promise<void>((resolve) => server.on('close', resolve))
  return {
    address: { host: '127.0.0.1', port: bound },
    close() {
      abort.abort()
      return closed
    },
  }
}

function isTrusted(socket: TLSSocket, host: string, { ca, servername }: ClientTls): boolean {
  const shown = new X509Certificate(socket.getPeerCertificate().raw)
  const authority = new X509Certificate(ca)
  const name = servername ?? host
  const now = Date.now()
  return (
    shown.checkIssued(authority) &&
    shown.verify(authority.publicKey) &&
    !shown.ca &&
    Date.parse(shown.validFrom) <= now &&
    now <= Date.parse(shown.validTo) &&
    (isIP(name) > 0 ? shown.checkIP(name) : shown.checkHost(name, { subject: 'never' })) !== undefined
  )
}

async function dial({ host, port }: Address, trust: ClientTls): Promise<TLSSocket> {
  const socket = connect({ host, port, rejectUnauthorized: false, ...(trust.servername ? { servername: trust.servername } : {}) })
  await once(socket, 'secureConnect')
  socket.on('error', () => socket.destroy())
  if (isTrusted(socket, host, trust)) return socket
  socket.destroy()
  throw new Error('whoever that is')
}

export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  const socket = await dial(server, tls)
  return listOver(socket).finally(() => socket.destroy())
}

export async function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  const socket = await dial(server, tls)
  return fetchOver(socket, wanted).finally(() => socket.destroy())
}
