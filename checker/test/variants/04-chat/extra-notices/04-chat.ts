// A talkative server: it greets, announces who comes and goes, lists the members now and then, and complains about bad
// requests, all in packets of types that the contract does not know. Its client passes more fields on than it has to.

import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type {
  Address,
  ChatClient,
  ChatMessage,
  ChatServer,
  ChatServerOptions,
  JoinOptions,
  RunChatOptions,
} from '../../../../contracts/04-chat.ts'

interface Packet {
  readonly type?: unknown
  readonly [field: string]: unknown
}

function read(bytes: Buffer): Packet {
  try {
    return { ...(JSON.parse(bytes.toString()) as Packet) }
  } catch {
    return {}
  }
}

function hasTexts(packet: Packet, ...names: string[]): boolean {
  return (
    names.every((name) => typeof packet[name] === 'string') &&
    (!names.includes('at') || Date.parse(String(packet.at)) >= -8.64e15)
  )
}

export async function startChatServer({ port, idleMs = 60_000, log = () => undefined }: ChatServerOptions): Promise<ChatServer> {
  const socket = createSocket('udp4')
  let members: { readonly name: string; readonly at: Address; heard: number }[] = []
  let running = true

  const tell = (to: Address, packet: Packet) => {
    if (running) socket.send(JSON.stringify(packet), to.port, to.host)
  }
  const announce = (text: string) => {
    log(`* ${text}`)
    for (const member of members) tell(member.at, { type: 'notice', text, at: new Date().toISOString() })
  }
  const remove = (which: (member: (typeof members)[number]) => boolean, why: string) => {
    const gone = members.filter(which)
    members = members.filter((member) => !which(member))
    for (const { name } of gone) announce(`${name} ${why}`)
  }

  socket.on('message', (bytes, sender) => {
    const from = { host: sender.address, port: sender.port }
    const isSender = ({ at }: { at: Address }) => at.host === from.host && at.port === from.port
    const me = members.find(isSender)
    if (me !== undefined) me.heard = performance.now()
    const packet = read(bytes)
    switch (packet.type) {
      case 'join': {
        if (!hasTexts(packet, 'name')) return tell(from, { type: 'complaint', about: 'name' })
        const name = packet.name as string
        tell(from, { type: 'welcome', text: 'Hello!' })
        if (!/^[\P{Cc}]{1,32}$/u.test(name)) return tell(from, { type: 'error', code: 'BAD_NAME', text: 'Choose a shorter one.' })
        if (members.some((member) => member.name === name && member !== me))
          return tell(from, { type: 'error', code: 'NAME_TAKEN' })
        if (me?.name !== name) {
          remove(isSender, 'has a new name')
          members = [...members, { name, at: from, heard: performance.now() }]
          announce(`${name} is here`)
        }
        tell(from, { type: 'members', names: members.map((member) => member.name) })
        return tell(from, { type: 'joined', name, members: members.length })
      }
      case 'say':
        if (!hasTexts(packet, 'id', 'text', 'at')) return tell(from, { type: 'complaint', about: 'say' })
        if (me === undefined) return tell(from, { type: 'error', code: 'NOT_JOINED', id: packet.id })
        log(`[${String(packet.at)}] ${me.name}: ${String(packet.text)}`)
        for (const { at } of members.filter((member) => member !== me)) tell(at, { ...packet, type: 'message', name: me.name })
        return tell(from, { type: 'passed-on', id: packet.id, to: members.length - 1 })
      case 'leave':
        tell(from, { type: 'goodbye' })
        return remove(isSender, 'has left')
      default:
        return tell(from, { type: 'complaint', about: 'type' })
    }
  })

  socket.bind({ port: port ?? 0, address: '127.0.0.1' })
  await once(socket, 'listening')
  const listed = setInterval(() => {
    const limit = performance.now() - idleMs
    remove((member) => member.heard < limit, 'fell asleep')
  }, idleMs / 3).unref()
  const { address: host, port: bound } = socket.address()

  return {
    address: { host, port: bound },
    members: () => members.map(({ name }) => name),
    async close() {
      clearInterval(listed)
      if (!running) return
      running = false
      socket.close()
      await once(socket, 'close')
    },
  }
}

export async function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name } = options
  const socket = createSocket('udp4').on('error', () => undefined)
  const known: Record<string, boolean> = Object.create(null)
  const ends: (() => void)[] = []
  let hello: (outcome: string) => void = () => undefined
  const outcome = new Promise<string>((resolve) => {
    hello = resolve
  })

  const send = async (packet: Packet) => {
    const bytes = Buffer.from(JSON.stringify(packet))
    await new Promise<void>((resolve, reject) => {
      socket.send(bytes, server.port, server.host, (error) => (error ? reject(error) : resolve()))
    })
  }

  socket.on('message', (bytes, { address, port }) => {
    if (address !== server.host || port !== server.port) return
    const packet = read(bytes)
    if (packet.type === 'joined') hello('joined')
    if (packet.type === 'error' && packet.code !== 'NOT_JOINED' && hasTexts(packet, 'code')) hello(String(packet.code))
    if (packet.type === 'message' && hasTexts(packet, 'id', 'name', 'text', 'at')) {
      const { type: _type, ...message } = packet
      if (known[String(message.id)] === true) return
      known[String(message.id)] = true
      options.onMessage({ ...message, receivedAt: Date.now() } as unknown as ChatMessage)
    }
  })

  const timeoutMs = options.timeoutMs ?? 2000
  for (let count = 0; count < 6; count += 1) {
    const timer = setTimeout(() => void send({ type: 'join', name, version: 1 }).catch(() => undefined), (count * timeoutMs) / 6)
    ends.push(() => clearTimeout(timer))
  }
  const limit = setTimeout(() => hello('JOIN_TIMEOUT'), timeoutMs)
  const said = await outcome
  clearTimeout(limit)
  for (const end of ends.splice(0)) end()
  let open = true

  const close = async () => {
    if (!open) return
    open = false
    for (const end of ends) end()
    await send({ type: 'leave', reason: 'bye' }).catch(() => undefined)
    socket.close()
    await once(socket, 'close')
  }

  if (said !== 'joined') {
    await close()
    throw Object.assign(new RangeError(said), { code: said })
  }
  const refreshing = setInterval(() => void send({ type: 'join', name }).catch(() => undefined), 10_000)
  ends.push(() => clearInterval(refreshing))

  return {
    close,
    say: async (text) => {
      if (!open) throw Object.assign(new Error('You have left.'), { code: 'CLOSED' })
      const now = options.now ? options.now() : new Date()
      await send({ type: 'say', id: `${name}/${randomUUID()}`, text, at: now.toISOString(), mood: 'good' })
    },
  }
}

export function format(message: ChatMessage, timeZone?: string): string {
  const clock = new Intl.DateTimeFormat('en', {
    hour12: false,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    timeZone,
  })
  const parts = Object.fromEntries(
    clock.formatToParts(new Date(message.at)).map(({ type, value }) => [type, value.padStart(2, '0')]),
  )
  const hour = String(Number(parts.hour) % 24).padStart(2, '0')
  return `[${hour}:${parts.minute}:${parts.second}] ${message.name}: ${message.text.replaceAll(/\p{Cc}/gu, () => ' ')}`
}

export async function runChat({ lines, print, ...where }: RunChatOptions): Promise<void> {
  const chat = await joinChat({ ...where, onMessage: (message) => print(format(message)) })
  print('Welcome! Type q to leave.')
  const talk = async () => {
    for await (const line of lines) {
      if (line === 'q') return print('Bye!')
      await chat.say(line)
    }
  }
  try {
    await talk()
  } finally {
    await chat.close()
  }
}
