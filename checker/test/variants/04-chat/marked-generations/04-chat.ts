// Two generations: who gives a sign of life moves to the young one, and whoever is still in the old one when the generations
// change is gone. Hosts and ports are nested maps. The client lays one socket out as a stream of packets.

import { randomUUID } from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type {
  ChatClient,
  ChatMessage,
  ChatServer,
  ChatServerOptions,
  JoinOptions,
  RunChatOptions,
} from '../../../../contracts/04-chat.ts'

class Generations {
  #young = new Map<string, Map<number, string>>()
  #old = new Map<string, Map<number, string>>()

  nameOf({ address, port }: RemoteInfo): string | undefined {
    return this.#young.get(address)?.get(port) ?? this.#old.get(address)?.get(port)
  }

  put({ address, port }: RemoteInfo, name: string): void {
    this.remove({ address, port })
    const ports = this.#young.get(address) ?? new Map<number, string>()
    this.#young.set(address, ports.set(port, name))
  }

  remove({ address, port }: { address: string; port: number }): void {
    this.#young.get(address)?.delete(port)
    this.#old.get(address)?.delete(port)
  }

  change(): void {
    this.#old = this.#young
    this.#young = new Map()
  }

  *[Symbol.iterator](): Generator<{ address: string; port: number; name: string }> {
    for (const generation of [this.#young, this.#old]) {
      for (const [address, ports] of generation) for (const [port, name] of ports) yield { address, port, name }
    }
  }
}

export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { port = 0, idleMs = 60_000, log } = options
  const socket = createSocket('udp4')
  const members = new Generations()

  socket.on('message', (bytes, from) => {
    const send = (packet: object, to = from) => socket.send(JSON.stringify(packet), to.port, to.address)
    const name = members.nameOf(from)
    if (name !== undefined) members.put(from, name)
    const packet = packetIn(bytes)
    if (packet.type === 'leave') members.remove(from)
    if (packet.type === 'join' && typeof packet.name === 'string') {
      const wanted = packet.name
      const holder = [...members].find((member) => member.name === wanted)
      const isOther = holder !== undefined && (holder.address !== from.address || holder.port !== from.port)
      if (wanted === '' || Array.from(wanted).length > 32 || /\p{Cc}/u.test(wanted)) send({ type: 'error', code: 'BAD_NAME' })
      else if (isOther) send({ type: 'error', code: 'NAME_TAKEN' })
      else {
        members.put(from, wanted)
        send({ type: 'joined', name: wanted })
      }
    }
    if (packet.type === 'say' && isWhole(packet, 'id', 'text', 'at')) {
      if (name === undefined) return send({ type: 'error', code: 'NOT_JOINED' })
      const { id, text, at } = packet
      log?.(`at ${String(at)} ${name} said ${String(text)}`)
      for (const to of members) {
        if (to.name !== name) send({ type: 'message', id, name, text, at }, to as unknown as RemoteInfo)
      }
    }
  })

  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  const changing = setInterval(() => members.change(), idleMs)
  let open = true
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async members() {
      return [...members].map(({ name }) => name)
    },
    async close() {
      if (!open) return
      open = false
      clearInterval(changing)
      await new Promise<void>((resolve) => {
        socket.close(() => resolve())
      })
    },
  }
}

function packetIn(bytes: Buffer): Record<string, unknown> {
  try {
    const value = JSON.parse(bytes.toString()) as Record<string, unknown> | null
    return value ?? {}
  } catch {
    return {}
  }
}

function isWhole(packet: Record<string, unknown>, ...fields: string[]): boolean {
  return fields.every((field) => typeof packet[field] === 'string') && !Number.isNaN(Date.parse(packet.at as string))
}

export async function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name, onMessage, now = () => new Date(), timeoutMs = 2000 } = options
  const socket = createSocket('udp4')
  const packets = new Readable({ objectMode: true, highWaterMark: 1000, read: () => undefined })
  socket.on('error', () => undefined)
  socket.on('message', (bytes, { address, port }) => {
    if (address === server.host && port === server.port) packets.push(packetIn(bytes))
  })

  const send = (packet: object) =>
    new Promise<void>((resolve, reject) => {
      socket.send(JSON.stringify(packet), server.port, server.host, (error) => (error ? reject(error) : resolve()))
    })
  const join = () => void send({ type: 'join', name }).catch(() => undefined)
  let beat = setInterval(join, timeoutMs / 5)
  let ending: Promise<void> | undefined

  const close = () => {
    ending ??= (async () => {
      clearInterval(beat)
      packets.destroy()
      await send({ type: 'leave' }).catch(() => undefined)
      socket.close()
      await once(socket, 'close')
    })()
    return ending
  }

  const refusal = await new Promise<string | undefined>((resolve) => {
    const limit = setTimeout(resolve, timeoutMs, 'JOIN_TIMEOUT')
    const seen = new Set<unknown>()
    packets.on('data', ({ type, code, ...rest }: Record<string, unknown>) => {
      if (type === 'joined' || (type === 'error' && (code === 'NAME_TAKEN' || code === 'BAD_NAME'))) {
        clearTimeout(limit)
        resolve(code as string | undefined)
      }
      if (type !== 'message' || !isWhole(rest, 'id', 'name', 'text', 'at') || seen.has(rest.id)) return
      seen.add(rest.id)
      onMessage(rest as unknown as ChatMessage)
    })
    join()
  })
  if (refusal !== undefined) {
    await close()
    throw Object.assign(new Error(refusal), { code: refusal })
  }
  clearInterval(beat)
  beat = setInterval(join, 10_000)

  return {
    say: (text) =>
      ending === undefined
        ? send({ type: 'say', id: randomUUID(), text, at: now().toISOString() })
        : Promise.reject(Object.assign(new Error('closed'), { code: 'CLOSED' })),
    close,
  }
}

export function format(message: ChatMessage, timeZone?: string): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone } as const
  const time = new Intl.DateTimeFormat('ko-KR', options).formatToParts(new Date(message.at))
  const digits = time.filter(({ type }) => ['hour', 'minute', 'second'].includes(type)).map(({ value }) => value)
  return `[${digits.join(':')}] ${message.name}: ${message.text.replace(/[\x00-\x1F\x7F-\x9F]/g, ' ')}`
}

export async function runChat({ server, name, lines, print }: RunChatOptions): Promise<void> {
  const chat = await joinChat({ server, name, onMessage: (message) => print(format(message)) })
  const input = Readable.from(lines)
  try {
    for await (const line of input as AsyncIterable<string>) {
      if (line === 'q') break
      await chat.say(line)
    }
  } finally {
    await chat.close()
  }
}
