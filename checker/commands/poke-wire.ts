import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, createServer, isIP, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Address } from '../contracts/endpoint.ts'

/** One end of a conversation, whatever it goes over. */
export interface Wire {
  /** What can be said about it now that it is open. */
  readonly opened: string
  /** @throws Error when it does not leave: too long, nobody there */
  send(bytes: Uint8Array): Promise<void>
  /** Says to the other side that nothing more will be sent, where there is a way to say so. */
  end(): void
  /** Resolves when the conversation is over. */
  readonly over: Promise<unknown>
  close(): Promise<void>
}

export interface WireListener {
  received(from: string, bytes: Buffer): void
  note(text: string): void
}

export interface TlsTrust {
  /** In PEM. */
  readonly ca?: string
  readonly servername?: string
  /** Talk to a server even if nobody vouches for it. */
  readonly insecure: boolean
  /** In PEM; for a listener. */
  readonly key?: string
  readonly cert?: string
}

export function openUdp(to: Address, listener: WireListener): Promise<Wire> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => listener.received(shown(from), bytes))
  // A connected socket is told when nobody listens there.
  socket.on('error', (error) => listener.note(explain(error, to)))
  socket.connect(to.port, to.host)
  return once(socket, 'connect').then(() => ({
    opened: `every line becomes a datagram to ${to.host}:${to.port}, from port ${socket.address().port}`,
    send: (bytes) => new Promise((resolve, reject) => socket.send(bytes, (error) => (error ? reject(error) : resolve()))),
    end: () => undefined,
    over: new Promise(() => undefined),
    close: async () => void socket.close(),
  }))
}

export async function listenUdp(at: Address, listener: WireListener): Promise<Wire> {
  const socket = createSocket('udp4')
  let last: RemoteInfo | undefined
  socket.on('message', (bytes, from) => {
    last = from
    listener.received(shown(from), bytes)
  })
  socket.bind(at.port, at.host)
  await once(socket, 'listening')
  return {
    opened: `listening on ${at.host}:${socket.address().port}, UDP; what you type goes to whoever sent last`,
    async send(bytes) {
      if (last === undefined) throw new Error('nobody has sent anything yet')
      const { port, address } = last
      await new Promise<void>((resolve, reject) =>
        socket.send(bytes, port, address, (error) => (error ? reject(error) : resolve())),
      )
    },
    end: () => undefined,
    over: new Promise(() => undefined),
    close: async () => void socket.close(),
  }
}

/** @throws Error with the system's code when there is no connection */
export async function openTcp(to: Address, listener: WireListener): Promise<Wire> {
  const socket = connectTcp(to.port, to.host)
  await once(socket, 'connect')
  return stream(socket, `connected to ${to.host}:${to.port} from port ${socket.localPort}`, listener)
}

/** @throws Error when there is no connection, or nobody vouches for the server */
export async function openTls(to: Address, trust: TlsTrust, listener: WireListener): Promise<Wire> {
  const { ca, insecure } = trust
  const servername = trust.servername ?? (isIP(to.host) === 0 ? to.host : undefined)
  const socket = connectTls({
    port: to.port,
    host: to.host,
    // Looked at below, so that it can be said what is wrong.
    rejectUnauthorized: false,
    ...(ca === undefined ? {} : { ca }),
    ...(servername === undefined ? {} : { servername }),
  })
  await once(socket, 'secureConnect')
  const doubt = socket.authorized ? undefined : String(socket.authorizationError)
  if (doubt !== undefined && !insecure) {
    socket.destroy()
    throw new Error(`the server is not to be trusted: ${doubt}. Give --ca FILE, or talk to it all the same with --insecure`)
  }
  const vouched = doubt === undefined ? 'its certificate is good' : `NOT to be trusted: ${doubt}`
  const { subject } = socket.getPeerCertificate()
  const name = [subject?.CN ?? 'no name'].flat().join(', ')
  const opened = `connected to ${to.host}:${to.port}, ${socket.getProtocol()}, ${socket.getCipher().name}; ${name}, ${vouched}`
  return stream(socket, opened, listener)
}

export async function listenTcp(at: Address, listener: WireListener): Promise<Wire> {
  return serve(createServer({ allowHalfOpen: true }), 'connection', at, 'TCP', listener)
}

export async function listenTls(at: Address, { key, cert }: TlsTrust, listener: WireListener): Promise<Wire> {
  const server = createTlsServer({ key, cert, allowHalfOpen: true })
  server.on('tlsClientError', (error) => listener.note(`a handshake failed: ${error.message}`))
  return serve(server, 'secureConnection', at, 'TLS', listener)
}

/** Whoever connects is heard; what is typed goes to whoever connected last. */
async function serve(server: Server, event: string, at: Address, what: string, listener: WireListener): Promise<Wire> {
  const open = new Set<Wire>()
  server.on(event, (socket: Socket | TLSSocket) => {
    const name = `${socket.remoteAddress}:${socket.remotePort}`
    const wire = stream(socket, name, listener)
    open.add(wire)
    listener.note(`${name} has connected`)
    void wire.over.then(() => open.delete(wire))
  })
  server.listen(at.port, at.host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    opened: `listening on ${at.host}:${port}, ${what}; what you type goes to whoever connected last`,
    async send(bytes) {
      const last = [...open].at(-1)
      if (last === undefined) throw new Error('nobody is connected')
      await last.send(bytes)
    },
    end: () => [...open].at(-1)?.end(),
    over: new Promise(() => undefined),
    async close() {
      server.close()
      await Promise.all([...open].map((wire) => wire.close()))
    },
  }
}

function stream(socket: Socket, opened: string, listener: WireListener): Wire {
  const name = `${socket.remoteAddress}:${socket.remotePort}`
  socket.on('data', (bytes) => listener.received(name, bytes))
  socket.on('end', () => listener.note(`${name} will send no more`))
  socket.on('error', (error: NodeJS.ErrnoException) => listener.note(`${name}: ${error.code ?? error.message}`))
  const over = new Promise((resolve) => {
    socket.once('close', resolve)
  })
  void over.then(() => listener.note(`${name} is closed`))
  return {
    opened,
    over,
    send: (bytes) => new Promise((resolve, reject) => void socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    end: () => void socket.end(),
    async close() {
      socket.destroy()
      await over
    },
  }
}

/** What an error of a socket means to whoever typed the address. */
export function explain(error: unknown, { host, port }: Address): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return `nobody listens on ${host}:${port}`
  if (code === 'EADDRINUSE') return `port ${port} is taken by another program`
  if (code === 'EMSGSIZE') return 'too long for one datagram'
  return code === undefined ? message : `${code}: ${message}`
}

function shown({ address, port }: RemoteInfo): string {
  return `${address}:${port}`
}
