// A client that checks its own name first, asks with growing pauses, says its lines one after the other through a queue,
// and says goodbye twice. Its server serves one datagram after the other, asynchronously.

import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type {
  Address,
  ChatClient,
  ChatMessage,
  ChatServer,
  ChatServerOptions,
  JoinOptions,
  RunChatOptions,
} from '../../../../contracts/04-chat.ts'

type Code = 'BAD_NAME' | 'NAME_TAKEN' | 'NOT_JOINED' | 'JOIN_TIMEOUT' | 'CLOSED'

function fail(code: Code): Error {
  const error = new Error(`The chat says ${code}.`)
  return Object.defineProperty(error, 'code', { value: code, enumerable: true })
}

function transmit(socket: Socket, packet: object, { port, host }: Address): Promise<unknown> {
  const send = promisify((message: Uint8Array, to: number, at: string, done: (error: Error | null, bytes: number) => void) =>
    socket.send(message, to, at, done),
  )
  return send(new TextEncoder().encode(JSON.stringify(packet)), port, host)
}

/** A queue in which each piece of work waits for the one before. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}

function goodName(name: string): boolean {
  const characters = [...new Intl.Segmenter('ko', { granularity: 'grapheme' }).segment(name)]
  return name.length > 0 && characters.length <= 32 && Array.from(name).length <= 32 && name.search(/\p{Cc}/u) < 0
}

/** The packet in a datagram, when it has a type and these fields for it. */
function open(bytes: Uint8Array, known: ReadonlyMap<string, readonly string[]>): Map<string, string> | undefined {
  let entries: [string, unknown][]
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    entries = value instanceof Object ? Object.entries(value) : []
  } catch {
    return undefined
  }
  const packet = new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  const fields = known.get(packet.get('type') ?? '')
  if (fields === undefined || fields.some((field) => !packet.has(field))) return undefined
  return fields.includes('at') && Number.isNaN(new Date(packet.get('at') ?? '').getTime()) ? undefined : packet
}

const TO_SERVER = new Map([
  ['join', ['name']],
  ['say', ['id', 'text', 'at']],
  ['leave', []],
])

export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const idleMs = options.idleMs ?? 60_000
  const socket = createSocket({ type: 'udp4', recvBufferSize: 262_144 })
  const byAddress = new Map<string, { name: string; address: Address; timer?: NodeJS.Timeout }>()
  const inOrder = createQueue()
  const tell = (to: Address, packet: object) => transmit(socket, packet, to).catch(() => undefined)

  async function serve(bytes: Uint8Array, address: Address): Promise<void> {
    const id = `${address.host}#${address.port}`
    const known = byAddress.get(id)
    const alive = () => {
      clearTimeout(byAddress.get(id)?.timer)
      const member = byAddress.get(id)
      if (member !== undefined) member.timer = setTimeout(() => byAddress.delete(id), idleMs)
    }
    alive()
    const packet = open(bytes, TO_SERVER)
    if (packet === undefined) return
    switch (packet.get('type') ?? '') {
      case 'join': {
        const name = packet.get('name') ?? ''
        if (!goodName(name)) return void (await tell(address, { type: 'error', code: 'BAD_NAME' }))
        for (const [other, member] of byAddress) {
          if (member.name === name && other !== id) return void (await tell(address, { type: 'error', code: 'NAME_TAKEN' }))
        }
        if (known === undefined) byAddress.set(id, { name, address })
        else known.name = name
        alive()
        return void (await tell(address, { type: 'joined', name }))
      }
      case 'say': {
        if (known === undefined) return void (await tell(address, { type: 'error', code: 'NOT_JOINED' }))
        const [key, text, at] = [packet.get('id'), packet.get('text'), packet.get('at')]
        const others = [...byAddress.values()].filter((member) => member !== known)
        await Promise.all(others.map((member) => tell(member.address, { type: 'message', id: key, name: known.name, text, at })))
        return options.log?.(`${at} - ${known.name} - ${text}`)
      }
      default:
        clearTimeout(known?.timer)
        byAddress.delete(id)
    }
  }

  socket.on('message', (bytes, { address: host, port }) => void inOrder(() => serve(bytes, { host, port })))
  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening')
  const { address: host, port } = socket.address()
  let ended = false
  return {
    address: { host, port },
    members: () => inOrder(async () => [...byAddress.values()].map(({ name }) => name)),
    async close() {
      if (ended) return
      ended = true
      for (const member of byAddress.values()) clearTimeout(member.timer)
      byAddress.clear()
      await promisify(socket.close.bind(socket) as (done: () => void) => void)()
    },
  }
}

const TO_CLIENT = new Map([
  ['joined', ['name']],
  ['error', ['code']],
  ['message', ['id', 'name', 'text', 'at']],
])

export async function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name, now = () => new Date(), timeoutMs = 2000, onMessage } = options
  if (!goodName(name)) throw fail('BAD_NAME')
  const socket = createSocket('udp4')
  const inOrder = createQueue()
  const me = randomInt(2 ** 47).toString(36) + randomInt(2 ** 47).toString(36)
  const past = new Set<string>()
  let lines = 0
  let phase: 'asking' | 'member' | 'gone' = 'asking'
  let timer: NodeJS.Timeout | undefined

  const post = (packet: object) => inOrder(() => transmit(socket, packet, server))

  async function close(): Promise<void> {
    if (phase === 'gone') return
    phase = 'gone'
    clearTimeout(timer)
    await post({ type: 'leave' }).catch(() => undefined)
    await post({ type: 'leave' }).catch(() => undefined)
    socket.close()
    await once(socket, 'close')
  }

  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('message', (bytes, from) => {
        if (from.address !== server.host || from.port !== server.port) return
        const packet = open(bytes, TO_CLIENT)
        const [type, code] = [packet?.get('type'), packet?.get('code')]
        if (type === 'joined') resolve()
        if (code === 'NAME_TAKEN' || code === 'BAD_NAME') reject(fail(code))
        if (type !== 'message' || packet === undefined || past.has(packet.get('id') ?? '')) return
        past.add(packet.get('id') ?? '')
        onMessage(Object.fromEntries(packet) as unknown as ChatMessage)
      })
      const ask = (passedMs: number, pauseMs: number) => {
        if (passedMs >= timeoutMs) return reject(fail('JOIN_TIMEOUT'))
        void post({ type: 'join', name }).catch(() => undefined)
        // 1 + 2 + 4 + 8 = 15 parts of the time.
        timer = setTimeout(ask, pauseMs, passedMs + pauseMs, pauseMs * 2)
      }
      ask(0, Math.ceil(timeoutMs / 31))
    })
  } catch (error) {
    await close()
    throw error
  } finally {
    clearTimeout(timer)
  }
  phase = 'member'
  const refresh = () => {
    void post({ type: 'join', name }).catch(() => undefined)
    timer = setTimeout(refresh, 10_000)
  }
  timer = setTimeout(refresh, 10_000)

  return {
    async say(text) {
      if (phase === 'gone') throw fail('CLOSED')
      lines += 1
      await post({ type: 'say', id: `${me}.${lines}`, text, at: now().toISOString() })
    },
    close,
  }
}

export function format(
  { name, text, at }: ChatMessage,
  timeZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string {
  const [, hours, minutes, seconds] =
    /(\d\d):(\d\d):(\d\d)/.exec(new Date(at).toLocaleString('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'medium' })) ?? []
  return [`[${hours}:${minutes}:${seconds}]`, `${name}:`, text.replace(/\p{Cc}/gu, ' ')].join(' ')
}

export async function runChat({ server, name, lines, print }: RunChatOptions): Promise<void> {
  const client = await joinChat({ server, name, onMessage: (message) => print(format(message)) })
  const saying: Promise<void>[] = []
  try {
    for await (const line of lines) {
      if (line === 'q') break
      saying.push(client.say(line))
    }
    await Promise.all(saying)
  } finally {
    await client.close()
  }
}
