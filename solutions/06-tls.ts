// Lesson 6: the file server and its client over TLS.
// Read first: lessons/06-tls.md

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type {
  Address,
  ClientTls,
  Fetched,
  FileServer,
  ListedFile,
  TlsFetchOptions,
  TlsFileServerOptions,
} from '../checker/contracts/06-tls.ts'
import { fetchOver, listOver, serveConnection } from './05-file-transfer.ts'

/** What came before has known weaknesses (RFC 8996). */
const OLDEST_VERSION = 'TLSv1.2'
/** How long a client may take to shake hands. */
const HANDSHAKE_MS = 10_000

/**
 * Listens on 127.0.0.1 and serves the files of a folder over TLS.
 * @throws Error with a code when the port cannot be bound, or when key and certificate do not belong together
 */
export async function startFileServer(options: TlsFileServerOptions): Promise<FileServer> {
  const { dir, port = 0, tls, onTransfer } = options
  const connections = new Set<Socket>()
  const server = createServer(
    {
      key: tls.key,
      cert: tls.cert,
      minVersion: OLDEST_VERSION,
      handshakeTimeout: HANDSHAKE_MS,
      allowHalfOpen: true,
      noDelay: true,
    },
    // Only those whose handshake is done come here.
    (socket) => {
      socket.on('error', () => socket.destroy()) // Node leaves it open after a forged record
      serveConnection(socket, dir, onTransfer)
    },
  )
  let closed: Promise<unknown> | undefined

  // These are the TCP connections below, so that a handshake that never ends is known as well.
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  async function close(): Promise<void> {
    if (closed === undefined) {
      closed = once(server, 'close')
      server.close()
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
 * Asks a server which files it has, once it has proved who it is.
 * @throws Error when it has not, or as in lesson 5
 */
export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  return withConnection(server, tls, undefined, listOver)
}

/**
 * Fetches files into a folder, once the server has proved who it is.
 * @throws Error when it has not, with code 'INCOMPLETE' when the connection ends too early, or as in lesson 5
 */
export async function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  return withConnection(server, tls, wanted.signal, (socket) => fetchOver(socket, wanted))
}

/** Connects, believes nobody but those the authority vouches for, and closes when the work is done or has failed. */
async function withConnection<T>(
  { host, port }: Address,
  { ca, servername }: ClientTls,
  signal: AbortSignal | undefined,
  work: (socket: TLSSocket) => Promise<T>,
): Promise<T> {
  const socket = connect({ host, port, ca, servername, minVersion: OLDEST_VERSION })
  try {
    // Only now it is known who is there. What is written earlier waits, and what is read later was not changed on the way.
    await once(socket, 'secureConnect', { signal }) // rejects when 'error' comes first
    // After a forged record Node leaves the socket open, and whoever reads from it would wait for ever.
    socket.on('error', () => socket.destroy())
    return await work(socket)
  } finally {
    socket.destroy()
  }
}
