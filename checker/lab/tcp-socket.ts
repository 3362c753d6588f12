import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../contracts/endpoint.ts'
import { LOOPBACK } from './udp-socket.ts'
import { PATIENCE_MS, within } from './within.ts'

/**
 * Listens on 127.0.0.1, on any free port by default. Connections may be half-closed, and what is written goes out at once.
 * @param onConnection is told of each connection; the sockets are its business
 */
export async function listenTcp(onConnection: (socket: Socket) => void, port = 0): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
  server.listen(port, LOOPBACK)
  await once(server, 'listening')
  return server
}

/**
 * Connects to a server. The connection may be half-closed, and what is written goes out at once.
 * @throws Error with the system's code, such as 'ECONNREFUSED'
 */
export async function connectTcp({ host, port }: Address): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  return socket
}

export function listeningAddress(server: Server): Address {
  const { address: host, port } = server.address() as { address: string; port: number }
  return { host, port }
}

/** Breaks off the connections it is told of, and resolves when the last one is gone and the port is free again. */
export function closeServer(server: Server, connections: Iterable<Socket> = []): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of connections) socket.destroy()
  })
}

/** Breaks a connection off (RST). What the other end has not read yet may be lost. */
export function breakOff(socket: Socket): void {
  // `resetAndDestroy` by itself first ends the stream in good order, and then a FIN may get out before the RST.
  Object.assign(socket, { resetAndClosing: true })
  socket.destroy()
}

/** Whether an address and port are free for a TCP server right now. */
export async function canBindTcp({ host, port }: Address): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  } finally {
    await closeServer(server)
  }
}

/** Whether a server takes connections at an address. Where nothing answers, not even with a refusal, none does. */
export async function takesConnections({ host, port }: Address): Promise<boolean> {
  const socket = connect({ host, port })
  try {
    await within(PATIENCE_MS, 'a connection', once(socket, 'connect'))
    return true
  } catch {
    return false
  } finally {
    // What comes of it later concerns nobody.
    socket.on('error', () => undefined).destroy()
  }
}

/** A port on 127.0.0.1 that was free a moment ago; somebody else may take it before you do. */
export async function freeTcpPort(): Promise<number> {
  const server = await listenTcp(() => undefined)
  const { port } = listeningAddress(server)
  await closeServer(server)
  return port
}
