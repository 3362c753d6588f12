// Plain TCP servers and sockets, with TLS wrapped round each connection by hand, and verified by hand as well.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { checkServerIdentity, createSecureContext, TLSSocket } from 'node:tls'
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
  const secureContext = createSecureContext({ key: tls.key, cert: tls.cert, minVersion: 'TLSv1.2' })
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (raw) => {
    sockets.add(raw)
    raw.on('error', () => raw.destroy())
    raw.on('close', () => sockets.delete(raw))
    const secured = new TLSSocket(raw, { isServer: true, secureContext })
    secured.on('_tlsError', () => raw.destroy())
    secured.on('error', () => raw.destroy())
    secured.on('secure', () => serveConnection(secured, dir, onTransfer))
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen({ port: port ?? 0, host: '127.0.0.1' }, resolve)
  })
  const { address, port: bound } = server.address() as AddressInfo
  return {
    address: { host: address, port: bound },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const raw of sockets) raw.destroy()
      }),
  }
}

async function open({ host, port }: Address, { ca, servername }: ClientTls): Promise<TLSSocket> {
  const raw = connect(port, host)
  const secured = new TLSSocket(raw, { secureContext: createSecureContext({ ca, minVersion: 'TLSv1.2' }) })
  await new Promise<void>((resolve, reject) => {
    raw.on('error', reject)
    secured.on('error', reject)
    secured.on('_tlsError', reject)
    secured.on('close', () => reject(new Error('closed while shaking hands')))
    secured.on('secure', () => {
      const { ssl } = secured as unknown as { ssl: { verifyError(): Error | null } }
      const wrong = ssl.verifyError() ?? checkServerIdentity(servername ?? host, secured.getPeerCertificate())
      if (wrong) reject(wrong)
      else resolve()
    })
    secured.write('') // starts to shake hands
    secured.resume().pause()
  }).catch((error: unknown) => {
    raw.destroy()
    throw error
  })
  secured.on('error', () => secured.destroy())
  return secured
}

export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  const socket = await open(server, tls)
  return listOver(socket).finally(() => socket.destroy())
}

export async function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  const socket = await open(server, tls)
  return fetchOver(socket, wanted).finally(() => socket.destroy())
}
