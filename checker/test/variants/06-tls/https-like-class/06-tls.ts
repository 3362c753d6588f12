// A server class on top of tls.Server and a client class on top of an agent, as in node:https. Answers are plain objects of them.

import { EventEmitter, once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, Server, type TLSSocket } from 'node:tls'
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

class SecureFileServer extends Server {
  readonly #open = new Set<Socket>()

  constructor({ dir, tls, onTransfer }: TlsFileServerOptions) {
    super({ ...tls, ALPNProtocols: ['files/1'], allowHalfOpen: true, sessionTimeout: 60 })
    this.on('connection', (socket: Socket) => {
      this.#open.add(socket)
      socket.on('close', () => this.#open.delete(socket))
    })
    this.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => socket.destroy())
      serveConnection(socket, dir, onTransfer)
    })
  }

  get at(): Address {
    const { address, port } = this.address() as AddressInfo
    return { host: address, port }
  }

  async stop(): Promise<void> {
    if (!this.listening) return
    const closed = once(this, 'close')
    super.close()
    for (const socket of this.#open) socket.destroy()
    await closed
  }
}

/** Remembers sessions, but for one authority and one name only. */
class Agent extends EventEmitter {
  readonly #sessions = new Map<string, Buffer>()

  async dial({ host, port }: Address, { ca, servername }: ClientTls): Promise<TLSSocket> {
    const key = JSON.stringify([host, port, ca, servername])
    const session = this.#sessions.get(key)
    const socket = connect({
      host,
      port,
      ca,
      ...(servername === undefined ? {} : { servername }),
      ...(session ? { session } : {}),
      ALPNProtocols: ['files/1'],
    })
    socket.on('session', (ticket: Buffer) => this.#sessions.set(key, ticket))
    await once(socket, 'secureConnect')
    return socket.on('error', (error) => {
      this.emit('broken', error)
      socket.destroy()
    })
  }
}

const agent = new Agent()

export async function startFileServer(options: TlsFileServerOptions): Promise<FileServer> {
  const server = new SecureFileServer(options)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return { address: server.at, close: () => server.stop() }
}

export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  const socket = await agent.dial(server, tls)
  const files = await listOver(socket)
  socket.destroySoon()
  return files
}

export async function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  const socket = await agent.dial(server, tls)
  return fetchOver(socket, wanted).finally(() => socket.destroySoon())
}
