// Lesson 6: the file server and its client over TLS.
// Read first: lessons/06-tls.md
// Then work through TODO 1 to 6, and after each one run: npm run check lesson-6

import { on, once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import type {
  Address,
  ClientTls,
  Fetched,
  FileServer,
  ListedFile,
  ServerTls,
  TlsFetchOptions,
  TlsFileServerOptions,
} from '../checker/contracts/06-tls.ts'
// Your own lesson 5. If you skipped it, take ours: '../solutions/05-file-transfer.ts'
import { fetchOver, listOver, serveConnection } from './05-file-transfer.ts'

// TODO 1: a server needs a context of its own, made from its own key and certificate. This one is made once, serves both ends
// of all connections, and welcomes versions of TLS that were given up long ago.
let context: SecureContext | undefined

function contextFor(tls: ServerTls | ClientTls): SecureContext {
  context ??= createSecureContext({ ...tls, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })
  return context
}

/**
 * Listens on 127.0.0.1 and serves the files of a folder over TLS.
 * @throws Error with a code when the port cannot be bound, or when key and certificate do not belong together
 */
export async function startFileServer(options: TlsFileServerOptions): Promise<FileServer> {
  const { dir, port = 0, tls, onTransfer } = options
  const server = createServer({ allowHalfOpen: true })

  async function accept(): Promise<void> {
    for await (const [socket] of on(server, 'connection')) {
      // TODO 2: shake hands with all clients at once, and survive whoever does not speak TLS or breaks off.
      const secured = new TLSSocket(socket, { isServer: true, secureContext: contextFor(tls) })
      await once(secured, 'secure')
      serveConnection(secured, dir, onTransfer)
    }
  }

  async function close(): Promise<void> {
    // TODO 3: end the connections that are still open, also those that are still shaking hands. Make a second close() harmless.
    server.close()
    await once(server, 'close')
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  void accept()
  const { address: host, port: bound } = server.address() as AddressInfo
  return { address: { host, port: bound }, close }
}

/**
 * Asks a server which files it has, once it has proved who it is.
 * @throws Error when it has not, or as in lesson 5
 */
export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  return withConnection(server, tls, listOver)
}

/**
 * Fetches files into a folder, once the server has proved who it is.
 * @throws Error when it has not, with code 'INCOMPLETE' when the connection ends too early, or as in lesson 5
 */
export async function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  return withConnection(server, tls, (socket) => fetchOver(socket, wanted))
}

async function withConnection<T>({ host, port }: Address, tls: ClientTls, work: (socket: TLSSocket) => Promise<T>): Promise<T> {
  const socket = connect({
    host,
    port,
    // TODO 4: believe whom the authority in `tls.ca` vouches for, and nobody else.
    secureContext: contextFor(tls),
    rejectUnauthorized: false,
    // TODO 5: make sure that the certificate is for this host, or for `tls.servername` if there is one.
    checkServerIdentity: () => undefined,
  })
  // TODO 4: a refusal comes as 'error'. Reject then.
  // TODO 6: reject as well when TLS does not come about, and give up when the signal aborts.
  await new Promise<void>((resolve) => socket.once('secureConnect', resolve))
  try {
    return await work(socket)
  } finally {
    socket.destroy()
  }
}
