// Asks for the list before it fetches, over the same connection, and then for nothing that is not there. The handshake has a limit.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { connect, createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'
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

const HANDSHAKE_MS = 30_000

export async function startFileServer({ dir, port = 0, tls, onTransfer }: TlsFileServerOptions): Promise<FileServer> {
  // Who tells no name gets the same context as who tells one.
  const context = createSecureContext(tls)
  const server = createServer({ ...tls, SNICallback: (_name, answer) => answer(null, context), handshakeTimeout: HANDSHAKE_MS })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.once('close', () => sockets.delete(socket))))
  server.on('tlsClientError', (error) => console.log(`somebody is no client: ${error.message}`))
  server.on('secureConnection', (socket) =>
    serveConnection(
      socket.on('error', () => socket.destroy()),
      dir,
      onTransfer,
    ),
  )
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const { address: host, port: bound } = server.address() as AddressInfo
  let ended: Promise<void> | undefined
  return {
    address: { host, port: bound },
    close() {
      ended ??= new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
      return ended
    },
  }
}

/** One context for each authority; what is verified is verified for each connection. */
const contexts = new Map<string, SecureContext>()

async function talk<T>(
  { host, port }: Address,
  { ca, servername }: ClientTls,
  given: AbortSignal | undefined,
  conversation: (socket: TLSSocket) => Promise<T>,
): Promise<T> {
  const secureContext = contexts.get(ca) ?? createSecureContext({ ca, minVersion: 'TLSv1.2' })
  contexts.set(ca, secureContext)
  const socket = connect({ host, port, secureContext, ...(servername === undefined ? {} : { servername }) })
  try {
    const limit = AbortSignal.timeout(HANDSHAKE_MS)
    await once(socket, 'secureConnect', { signal: given === undefined ? limit : AbortSignal.any([given, limit]) })
    socket.on('error', () => socket.destroy())
    if (given !== undefined) addAbortSignal(given, socket)
    return await conversation(socket)
  } finally {
    socket.destroy()
  }
}

export function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  return talk(server, tls, undefined, listOver)
}

export function fetchFiles({ server, tls, signal, names, into, onTransfer }: TlsFetchOptions): Promise<Fetched[]> {
  return talk(server, tls, signal, async (socket) => {
    const there = new Set((await listOver(socket)).map(({ name }) => name))
    const asked = names.filter((name) => there.has(name))
    const came = await fetchOver(socket, { names: asked, into, ...(onTransfer === undefined ? {} : { onTransfer }) })
    return names.map((name) => came.find((each) => each.name === name) ?? { name, status: 'missing' })
  })
}
