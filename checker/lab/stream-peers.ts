import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { Address, Closable } from '../contracts/endpoint.ts'
import { type Inbox, openInbox } from './inbox.ts'
import { openStreamPeer, type StreamPeer, type Witness } from './stream-peer.ts'
import { closeServer, connectTcp, listeningAddress, listenTcp } from './tcp-socket.ts'
import type { Trace } from './trace.ts'

/** What node:tls needs to know of one end: certificates, keys, versions. */
export type TlsOptions = Omit<ConnectionOptions & TLSSocketOptions, 'socket' | 'host' | 'port' | 'isServer' | 'server'>

export interface StreamEnds {
  readonly trace: Trace
  /** The names in the trace. */
  readonly name: string
  readonly partner: string
  /** Speaks TLS. */
  readonly tls?: TlsOptions
  /** Peers read nothing until they are told to. */
  readonly paused?: boolean
  /** Whether the segments go into the trace: not where a pipe stands between, which shows them already. */
  readonly traced: () => boolean
}

/** A TCP or TLS server that accepts everybody and leaves the rest to the check. */
export interface StreamServer extends Closable {
  readonly address: Address
  /** A peer for each connection; over TLS once the handshake is done. */
  readonly accepted: Inbox<StreamPeer>
  /** Why handshakes failed. */
  readonly refused: Inbox<Error>
}

export async function openStreamServer(ends: StreamEnds): Promise<StreamServer> {
  const accepted = openInbox<StreamPeer>()
  const refused = openInbox<Error>()
  const sockets = new Set<Socket>()
  const server: Server = await listenTcp((tcp) => {
    sockets.add(tcp)
    tcp.once('close', () => sockets.delete(tcp))
    tcp.on('error', () => undefined)
    if (ends.tls === undefined) {
      accepted.push(openStreamPeer({ socket: tcp, tcp, witness: witnessOf(ends, 'server'), ...pausedOf(ends) }))
      return
    }
    const socket = new TLSSocket(tcp, { ...ends.tls, isServer: true })
    // What goes wrong after the handshake, a fatal alert for one, Node tells a server that wraps sockets in no other way.
    socket.on('_tlsError', () => tcp.destroy())
    secured(socket, 'secure', ends).then(
      () => accepted.push(openStreamPeer({ socket, tcp, witness: plainMarks(ends), ...pausedOf(ends) })),
      (error: unknown) => refused.push(error as Error),
    )
  })
  return {
    address: listeningAddress(server),
    accepted,
    refused,
    close: () => closeServer(server, sockets),
  }
}

/**
 * Connects to a server, and over TLS shakes hands with it.
 * @throws Error with the system's or OpenSSL's code when the other end, or this one, refuses
 */
export async function openStreamClient(to: Address, ends: StreamEnds): Promise<StreamPeer> {
  const tcp = await connectTcp(to)
  if (ends.tls === undefined) return openStreamPeer({ socket: tcp, tcp, witness: witnessOf(ends, 'client'), ...pausedOf(ends) })
  tcp.on('error', () => undefined)
  const socket = connectTls({ ...ends.tls, socket: tcp, host: to.host })
  await secured(socket, 'secureConnect', ends).catch((error: unknown) => {
    tcp.destroy()
    throw error
  })
  return openStreamPeer({ socket, tcp, witness: plainMarks(ends), ...pausedOf(ends) })
}

/**
 * Resolves when the handshake is done, which a client's socket calls `secureConnect` and a server's `secure`.
 * @throws Error why it failed
 */
async function secured(socket: TLSSocket, event: 'secureConnect' | 'secure', { trace, name }: StreamEnds): Promise<void> {
  socket.on('keylog', (line) => trace.secret(line.toString().trim()))
  // The end of a stream is told to those alone who read.
  const read = () => void socket.read(0)
  socket.on('readable', read)
  const gone = Promise.race([once(socket, 'end'), once(socket, 'close')]).then(() => {
    throw new Error('The connection was closed during the handshake.')
  })
  gone.catch(() => undefined)
  await Promise.race([once(socket, event), gone]).finally(() => socket.off('readable', read))
  trace.mark(name, `${socket.getProtocol()} is up`)
}

function pausedOf({ paused }: StreamEnds): { paused?: boolean } {
  return paused === undefined ? {} : { paused }
}

/** Tells the trace of every segment. */
function witnessOf({ trace, name, partner, traced }: StreamEnds, role: 'client' | 'server'): Witness {
  if (!traced()) return { wrote: () => undefined, read: () => undefined, closed: () => undefined }
  const [out, back] = role === 'client' ? (['up', 'down'] as const) : (['down', 'up'] as const)
  const connection = role === 'client' ? trace.connection(name, partner) : trace.connection(partner, name)
  return {
    wrote: (bytes) => connection.segment(out, bytes),
    read: (bytes) => connection.segment(back, bytes),
    closed: (by, how) => connection.closed(by === 'us' ? out : back, how),
  }
}

/** Tells the trace in plain words what was said under the protection of TLS. */
function plainMarks({ trace, name }: StreamEnds): Witness {
  const say = (verb: string, label: string) => {
    if (label !== '') trace.mark(name, `${verb} ${label}`)
  }
  const readers = { out: trace.openReader(), back: trace.openReader() }
  return {
    wrote: (bytes) => say('says', readers.out(bytes)),
    read: (bytes) => say('reads', readers.back(bytes)),
    closed: () => undefined,
  }
}
