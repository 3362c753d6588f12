import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '../contracts/endpoint.ts'
import { networkOf } from './platform.ts'

export const LOOPBACK = '127.0.0.1'

/** A second address of this machine that only this machine can reach. Where there is none it is 127.0.0.1 again. */
export const OTHER_LOOPBACK = networkOf().wholeLoopback ? '127.0.0.2' : LOOPBACK

/**
 * A UDP socket bound to a loopback address, never with `reuseAddr`, so that nobody can take its port away. Its errors are
 * nobody's event: what the system tells of a datagram sent earlier, such as ECONNRESET on Windows when nobody listens there,
 * means that this one was lost.
 */
export async function bindUdp(port = 0, host = LOOPBACK): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(port, host)
  await once(socket, 'listening')
  socket.on('error', () => undefined)
  return socket
}

export function addressOf(socket: Socket): Address {
  const { address: host, port } = socket.address()
  return { host, port }
}

/** Resolves when the system has taken the datagram. */
export function sendDatagram(socket: Socket, bytes: Uint8Array, to: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, to.port, to.host, (error) => (error ? reject(error) : resolve()))
  })
}

/** Resolves when the port is free again; a socket that is closed already is left alone. */
export function closeUdp(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
    try {
      socket.close()
    } catch {
      resolve()
    }
  })
}

/** Whether an address and port are free for a UDP socket right now. */
export async function canBindUdp({ host, port }: Address): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  } finally {
    await closeUdp(socket)
  }
}

/** A port on 127.0.0.1 that was free a moment ago; somebody else may take it before you do. */
export async function freeUdpPort(): Promise<number> {
  const socket = await bindUdp()
  const { port } = addressOf(socket)
  await closeUdp(socket)
  return port
}
