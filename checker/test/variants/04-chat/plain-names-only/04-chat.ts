// A name is letters, digits and a few signs: no emoji, no quotes.

// Defensive "production" style: limits on name and text, safe log lines, frozen constants, explicit validation.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { randomUUID } from 'node:crypto'

export interface Address {
  host: string
  port: number
}
export interface ChatMessage {
  id: string
  name: string
  text: string
  at: string
}

const DEFAULT_IDLE_MS = 60_000
const DEFAULT_TIMEOUT_MS = 2_000
const MAX_DATAGRAM = 8_192
const NAME = /^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}_. -]{0,19}$/u

type Incoming = { type: 'join'; name: string } | { type: 'say'; id: string; text: string; at: string } | { type: 'leave' }

class CodedError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'ChatError'
    this.code = code
  }
}

function parseObject(data: Buffer): Record<string, unknown> | null {
  if (data.length > MAX_DATAGRAM) return null
  let value: unknown
  try {
    value = JSON.parse(data.toString('utf8'))
  } catch {
    return null
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
}

function parseIncoming(data: Buffer): Incoming | null {
  const o = parseObject(data)
  if (!o) return null
  switch (o.type) {
    case 'join':
      return { type: 'join', name: typeof o.name === 'string' ? o.name : '' }
    case 'say':
      if (typeof o.id !== 'string' || typeof o.text !== 'string' || typeof o.at !== 'string') return null
      if (o.id.length === 0 || o.id.length > 100 || Number.isNaN(Date.parse(o.at))) return null
      return { type: 'say', id: o.id, text: o.text, at: o.at }
    case 'leave':
      return { type: 'leave' }
    default:
      return null
  }
}

function bindSocket(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      socket.close()
      reject(error)
    }
    socket.once('error', onError)
    socket.bind({ address: '127.0.0.1', port }, () => {
      socket.removeListener('error', onError)
      resolve()
    })
  })
}

export async function startChatServer(options: { port?: number; idleMs?: number; log?(line: string): void }) {
  const idleMs = options.idleMs ?? DEFAULT_IDLE_MS
  const socket = createSocket('udp4')
  const members = new Map<string, { name: string; address: string; port: number; lastSeen: number }>()

  const log = (line: string): void => {
    try {
      options.log?.(line)
    } catch {
      /* a broken logger must not stop the chat */
    }
  }
  const send = (payload: object, to: { address: string; port: number }): void => {
    socket.send(JSON.stringify(payload), to.port, to.address, (error) => {
      if (error) log(`send failed: ${error.message}`)
    })
  }
  const dropIdle = (): void => {
    const now = Date.now()
    for (const [key, member] of members) {
      if (now - member.lastSeen > idleMs) {
        members.delete(key)
        log(`${new Date(now).toISOString()} ${member.name} was idle and is gone`)
      }
    }
  }
  const handleJoin = (key: string, name: string, from: RemoteInfo): void => {
    if (!NAME.test(name)) return send({ type: 'error', code: 'BAD_NAME' }, from)
    const wanted = name.toLocaleLowerCase('en')
    for (const [otherKey, other] of members) {
      if (otherKey !== key && other.name.toLocaleLowerCase('en') === wanted)
        return send({ type: 'error', code: 'NAME_TAKEN' }, from)
    }
    members.set(key, { name, address: from.address, port: from.port, lastSeen: Date.now() })
    send({ type: 'joined', name }, from)
  }

  socket.on('message', (data, from) => {
    const message = parseIncoming(data)
    if (!message) return
    dropIdle()
    const key = `${from.address}:${from.port}`
    const member = members.get(key)
    if (member) member.lastSeen = Date.now()
    switch (message.type) {
      case 'join':
        handleJoin(key, message.name, from)
        break
      case 'say':
        if (!member) return send({ type: 'error', code: 'NOT_JOINED' }, from)
        log(`[${message.at}] ${member.name}: ${message.text.replace(/[\r\n]+/g, ' ')}`)
        for (const [otherKey, other] of members) {
          if (otherKey === key) continue
          send({ type: 'message', id: message.id, name: member.name, text: message.text, at: message.at }, other)
        }
        break
      case 'leave':
        members.delete(key)
        break
    }
  })

  await bindSocket(socket, options.port ?? 0)
  socket.on('error', (error) => log(`socket error: ${error.message}`))
  const timer = setInterval(dropIdle, Math.max(50, Math.min(idleMs, 1_000)))
  timer.unref()

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      clearInterval(timer)
      members.clear()
      socket.close(() => resolve())
    })
    return closing
  }
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    members: (): string[] => {
      dropIdle()
      return [...members.values()].map((m) => m.name)
    },
    close,
  }
}

export async function joinChat(options: {
  server: Address
  name: string
  now?(): Date
  timeoutMs?: number
  onMessage(m: ChatMessage): void
}) {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const now = options.now ?? (() => new Date())
  const socket = createSocket('udp4')
  await bindSocket(socket, 0)

  const seen = new Set<string>()
  const remember = (id: string): boolean => {
    if (seen.has(id)) return false
    seen.add(id)
    if (seen.size > 1_000) {
      const [oldest = ''] = seen
      seen.delete(oldest)
    }
    return true
  }
  const send = (payload: object): Promise<void> => {
    const data = Buffer.from(JSON.stringify(payload), 'utf8')
    if (data.length > MAX_DATAGRAM)
      return Promise.reject(new CodedError('EMSGSIZE', `${data.length} bytes are too many for one datagram`))
    return new Promise((resolve, reject) => {
      try {
        socket.send(data, options.server.port, options.server.host, (error) => (error ? reject(error) : resolve()))
      } catch (error) {
        reject(error)
      }
    })
  }
  const closeSocket = (): Promise<void> =>
    new Promise((resolve) => {
      socket.close(() => resolve())
    })

  let pending: { resolve(): void; reject(e: Error): void } | undefined
  socket.on('error', (error) => pending?.reject(error))
  socket.on('message', (data, from) => {
    if (from.address !== options.server.host || from.port !== options.server.port) return
    const o = parseObject(data)
    if (!o) return
    switch (o.type) {
      case 'joined':
        if (o.name === options.name) pending?.resolve()
        return
      case 'error':
        pending?.reject(new CodedError(String(o.code), `the server answered ${String(o.code)}`))
        return
      case 'message': {
        const { id, name, text, at } = o
        if (typeof id !== 'string' || typeof name !== 'string' || typeof text !== 'string' || typeof at !== 'string') return
        if (Number.isNaN(Date.parse(at))) return
        if (remember(id)) options.onMessage({ id, name, text, at })
      }
    }
  })

  const join = (): void => {
    send({ type: 'join', name: options.name }).catch(() => {})
  }
  const interval = setInterval(join, Math.min(200, Math.max(10, timeoutMs / 5)))
  let timeout: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      pending = { resolve, reject }
      timeout = setTimeout(() => reject(new CodedError('JOIN_TIMEOUT', `no answer in ${timeoutMs} ms`)), timeoutMs)
      join()
    })
  } catch (error) {
    await closeSocket()
    throw error
  } finally {
    pending = undefined
    clearInterval(interval)
    clearTimeout(timeout)
  }

  let closing: Promise<void> | undefined
  return {
    say: (text: string): Promise<void> => send({ type: 'say', id: randomUUID(), text, at: now().toISOString() }),
    close: (): Promise<void> => {
      closing ??= send({ type: 'leave' })
        .catch(() => {})
        .then(closeSocket)
      return closing
    },
  }
}

export function format(m: ChatMessage, timeZone?: string): string {
  const time = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(m.at))
  return `[${time}] ${m.name}: ${m.text}`
}

export async function runChat(options: {
  server: Address
  name: string
  lines: AsyncIterable<string>
  print(line: string): void
}): Promise<void> {
  const client = await joinChat({ server: options.server, name: options.name, onMessage: (m) => options.print(format(m)) })
  try {
    for await (const line of options.lines) {
      const trimmed = line.trim()
      if (trimmed === 'q') break
      if (trimmed.length === 0) continue
      await client.say(trimmed)
    }
  } finally {
    await client.close()
  }
}
