// A table by name, a second one by address, a sweep in place of timers, and callbacks rather than promises.

import * as crypto from 'node:crypto'
import * as dgram from 'node:dgram'
import type {
  Address,
  ChatClient,
  ChatMessage,
  ChatServer,
  ChatServerOptions,
  JoinOptions,
  RunChatOptions,
} from '../../../../contracts/04-chat.ts'

const decoder = new TextDecoder()

function toObject(bytes: Uint8Array): { [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    return Object(value) === value ? (value as { [field: string]: unknown }) : {}
  } catch {
    return {}
  }
}

function strings(packet: { [field: string]: unknown }, ...names: string[]): string[] | undefined {
  const values = names.map((name) => packet[name])
  return values.every((value): value is string => typeof value === 'string') ? values : undefined
}

function isTime(text: string): boolean {
  return Number.isFinite(new Date(text).valueOf())
}

export function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const idleMs = options.idleMs ?? 60000
  const addressByName = new Map<string, string>()
  const nameByAddress = new Map<string, { name: string; lastHeard: number }>()
  const socket = dgram.createSocket('udp4')

  function sendTo(address: string, packet: object): void {
    const [host, port] = address.split('/')
    socket.send(Buffer.from(JSON.stringify(packet)), Number(port), host)
  }

  function forget(address: string): void {
    const member = nameByAddress.get(address)
    nameByAddress.delete(address)
    if (member) addressByName.delete(member.name)
  }

  function sweep(): void {
    const now = Date.now()
    for (const [address, { lastHeard }] of nameByAddress) if (now - lastHeard > idleMs) forget(address)
  }

  socket.on('message', (bytes, { address: host, port }) => {
    const address = `${host}/${port}`
    const packet = toObject(bytes)
    const member = nameByAddress.get(address)
    if (member) member.lastHeard = Date.now()

    if (packet.type === 'leave') forget(address)

    const [name] = strings(packet, 'name') ?? []
    if (packet.type === 'join' && name !== undefined) {
      const characters = Array.from(name)
      const printable = characters.every((character) => !/\p{Cc}/u.test(character))
      if (!printable || characters.length < 1 || characters.length > 32)
        return sendTo(address, { type: 'error', code: 'BAD_NAME' })
      const holder = addressByName.get(name)
      if (holder !== undefined && holder !== address) return sendTo(address, { type: 'error', code: 'NAME_TAKEN' })
      forget(address)
      addressByName.set(name, address)
      nameByAddress.set(address, { name, lastHeard: Date.now() })
      sendTo(address, { type: 'joined', name })
    }

    const [id, text, at] = strings(packet, 'id', 'text', 'at') ?? []
    if (packet.type === 'say' && id !== undefined && text !== undefined && at !== undefined && isTime(at)) {
      if (!member) return sendTo(address, { type: 'error', code: 'NOT_JOINED' })
      for (const [other, to] of addressByName) {
        if (other !== member.name) sendTo(to, { type: 'message', id, name: member.name, text, at })
      }
      if (options.log) options.log(`${at}\t${member.name}\t${text}`)
    }
  })

  const sweeping = setInterval(sweep, Math.ceil(idleMs / 2))
  let closing: Promise<void> | null = null

  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      clearInterval(sweeping)
      reject(error)
    })
    socket.bind(options.port || undefined, '127.0.0.1', () => {
      socket.removeAllListeners('error').on('error', () => {})
      const { address: host, port } = socket.address()
      resolve({
        address: { host, port },
        members: () => Promise.resolve([...addressByName.keys()].toReversed()),
        close() {
          closing ??= new Promise<void>((closed) => {
            clearInterval(sweeping)
            socket.close(closed)
          })
          return closing
        },
      })
    })
  })
}

export function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name, onMessage } = options
  const timeoutMs = options.timeoutMs ?? 2000
  const socket = dgram.createSocket('udp4')
  const shown = new Map<string, true>()
  let state: 'joining' | 'joined' | 'closed' = 'joining'

  const send = (packet: object, done: (error: Error | null) => void = () => {}) =>
    socket.send(JSON.stringify(packet), server.port, server.host, done)

  return new Promise<ChatClient>((resolve, reject) => {
    const timer = setInterval(() => send({ type: 'join', name }), Math.floor(timeoutMs / 5))
    const limit = setTimeout(() => refuse('JOIN_TIMEOUT'), timeoutMs)

    function refuse(code: string): void {
      if (state !== 'joining') return
      state = 'closed'
      clearInterval(timer)
      clearTimeout(limit)
      socket.close(() => {
        const error: Error & { code?: string } = new Error(`could not join: ${code}`)
        error.code = code
        reject(error)
      })
    }

    function welcome(): void {
      if (state !== 'joining') return
      state = 'joined'
      clearInterval(timer)
      clearTimeout(limit)
      resolve({ say, close })
    }

    function say(text: string): Promise<void> {
      const time = options.now === undefined ? new Date() : options.now()
      return new Promise((said, failed) => {
        if (state === 'closed') return failed(Object.assign(new Error('closed'), { code: 'CLOSED' }))
        send({ type: 'say', id: crypto.randomBytes(12).toString('base64url'), text, at: time.toJSON() }, (error) =>
          error ? failed(error) : said(),
        )
      })
    }

    function close(): Promise<void> {
      return new Promise((closed) => {
        if (state === 'closed') return closed()
        state = 'closed'
        send({ type: 'leave' }, () => socket.close(() => closed()))
      })
    }

    socket.on('error', () => {})
    socket.on('message', (bytes, from) => {
      if (from.port !== server.port || from.address !== server.host) return
      const packet = toObject(bytes)
      if (packet.type === 'joined') return welcome()
      if (packet.type === 'error' && (packet.code === 'NAME_TAKEN' || packet.code === 'BAD_NAME')) return refuse(packet.code)
      if (packet.type !== 'message') return
      const [id, speaker, text, at] = strings(packet, 'id', 'name', 'text', 'at') ?? []
      if (id === undefined || speaker === undefined || text === undefined || at === undefined || !isTime(at)) return
      const key = `${speaker}\0${id}`
      if (shown.has(key)) return
      shown.set(key, true)
      onMessage({ id, name: speaker, text, at })
    })
    send({ type: 'join', name })
  })
}

export function format(message: ChatMessage, timeZone?: string): string {
  const time = new Date(message.at).toLocaleString('sv-SE', { timeZone }).slice(11)
  let text = ''
  for (const character of message.text) text += /\p{Cc}/u.test(character) ? ' ' : character
  return '[' + time + '] ' + message.name + ': ' + text
}

export async function runChat(options: RunChatOptions): Promise<void> {
  const server: Address = options.server
  const client = await joinChat({ server, name: options.name, onMessage: (message) => options.print(format(message)) })
  options.print(`You are ${options.name}. A q ends the chat.`)
  try {
    for await (const line of options.lines) {
      if (line === 'q') break
      await client.say(line)
      options.print(`(said: ${line})`)
    }
  } catch (error) {
    await client.close()
    throw error
  }
  await client.close()
}
