// Heartbeats of its own (ping and pong) beside the repeated joins, a server that sorts out copies too, and one module-level
// switchboard of handlers without a prototype.

import { createHash, randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
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

type Handler = (fields: Record<string, string>, from: Address) => void
type Handlers = Record<string, readonly [fields: readonly string[], handle: Handler]>

/** Calls the handler of each packet that has all its fields. Other datagrams go to `*`. */
function dispatch(socket: Socket, handlers: Handlers): void {
  const table: Handlers = Object.assign(Object.create(null), handlers)
  socket.on('message', (bytes, { address: host, port }) => {
    const from = { host, port }
    table['*']?.[1]({}, from)
    let packet
    try {
      packet = JSON.parse(bytes.toString()) as Record<string, string> | null
    } catch {
      return
    }
    if (packet === null || Array.isArray(packet) || typeof packet.type !== 'string') return
    const [fields, handle] = table[packet.type] ?? []
    if (fields?.every((field) => typeof packet[field] === 'string')) handle?.(packet, from)
  })
}

function valid(at: string | undefined): boolean {
  return !Number.isNaN(Date.parse(at ?? ''))
}

class Recent {
  readonly #hashes: string[] = []

  /** Whether it was told of these before. */
  knows(...parts: readonly (string | undefined)[]): boolean {
    const hash = createHash('sha256').update(JSON.stringify(parts)).digest('base64')
    if (this.#hashes.includes(hash)) return true
    this.#hashes.unshift(hash)
    this.#hashes.length = Math.min(this.#hashes.length, 300)
    return false
  }
}

export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const idleMs = options.idleMs ?? 60_000
  const socket = createSocket('udp4')
  const members = new Map<string, Address & { name: string; timer: NodeJS.Timeout }>()
  const recent = new Recent()
  const post = (to: Address, packet: object) => socket.send(JSON.stringify(packet), to.port, to.host, () => undefined)
  const key = ({ host, port }: Address) => JSON.stringify([host, port])
  const part = (from: Address) => {
    clearTimeout(members.get(key(from))?.timer)
    members.delete(key(from))
  }

  dispatch(socket, {
    '*': [[], (_fields, from) => members.get(key(from))?.timer.refresh()],
    ping: [[], (_fields, from) => post(from, { type: 'pong', members: members.size })],
    leave: [[], (_fields, from) => part(from)],
    join: [
      ['name'],
      ({ name = '' }, from) => {
        const bad =
          name.length === 0 || Array.from(name).length > 32 || Array.from(name).some((one) => /[\0-\x1f\x7f-\x9f]/.test(one))
        if (bad) return post(from, { type: 'error', code: 'BAD_NAME', name })
        for (const [other, member] of members) {
          if (other !== key(from) && member.name === name) return post(from, { type: 'error', code: 'NAME_TAKEN', name })
        }
        part(from)
        members.set(key(from), { ...from, name, timer: setTimeout(part, idleMs, from) })
        post(from, { type: 'joined', name, idleMs })
      },
    ],
    say: [
      ['id', 'text', 'at'],
      ({ id, text, at }, from) => {
        const member = members.get(key(from))
        if (member === undefined) return post(from, { type: 'error', code: 'NOT_JOINED', id })
        if (!valid(at) || recent.knows(member.name, id)) return
        options.log?.(`${member.name} said "${text}" at ${at}`)
        for (const other of members.values()) {
          if (other.name !== member.name) post(other, { type: 'message', id, name: member.name, text, at, via: 'server' })
        }
      },
    ],
  })

  socket.bind(options.port, '127.0.0.1')
  await once(socket, 'listening')
  let closing: Promise<unknown> | undefined
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    members: async () => Array.from(members.values(), (member) => member.name).toSorted(),
    async close() {
      if (closing === undefined) {
        closing = once(socket, 'close')
        for (const member of members.values()) clearTimeout(member.timer)
        members.clear()
        socket.close()
      }
      await closing
    },
  }
}

export async function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name, timeoutMs = 2000 } = options
  const socket = createSocket('udp4')
  socket.bind()
  await once(socket, 'listening')
  const recent = new Recent()
  const fault = (code: string) => Object.assign(new Error(`chat: ${code}`), { code })
  const post = (packet: object) => socket.send(JSON.stringify(packet), server.port, server.host, () => undefined)
  const timers: NodeJS.Timeout[] = []
  let open = true

  async function end(): Promise<void> {
    if (!open) return
    open = false
    for (const timer of timers) clearInterval(timer)
    await new Promise<void>((sent) => {
      socket.send(JSON.stringify({ type: 'leave' }), server.port, server.host, () => sent())
    })
    await new Promise<void>((closed) => {
      socket.close(closed)
    })
  }

  const outcome = await new Promise<string>((resolve) => {
    const fromServer =
      (handle: Handler): Handler =>
      (fields, from) => {
        if (from.host === server.host && from.port === server.port) handle(fields, from)
      }
    dispatch(socket, {
      joined: [['name'], fromServer(({ name: known }) => known === name && resolve('joined'))],
      error: [['code'], fromServer(({ code = '' }) => (code === 'BAD_NAME' || code === 'NAME_TAKEN') && resolve(code))],
      message: [
        ['id', 'name', 'text', 'at'],
        fromServer((fields) => {
          if (valid(fields.at) && !recent.knows(fields.id)) options.onMessage(fields as unknown as ChatMessage)
        }),
      ],
    })
    timers.push(setTimeout(() => resolve('JOIN_TIMEOUT'), timeoutMs))
    timers.push(setInterval(() => post({ type: 'join', name }), timeoutMs / 6))
    post({ type: 'join', name })
  })
  for (const timer of timers.splice(0)) clearInterval(timer)
  if (outcome !== 'joined') {
    await end()
    throw fault(outcome)
  }
  timers.push(setInterval(() => post({ type: 'join', name }), 100))
  timers.push(setInterval(() => post({ type: 'ping', name }), 50))

  return {
    close: end,
    say: (text) =>
      new Promise((resolve, reject) => {
        if (!open) return reject(fault('CLOSED'))
        const at = (options.now ?? (() => new Date()))().toISOString()
        const packet = Buffer.from(JSON.stringify({ type: 'say', id: randomUUID(), name, text, at, zone: 'UTC' }))
        socket.send([packet], server.port, server.host, (error) => (error === null ? resolve() : reject(error)))
      }),
  }
}

export function format(message: ChatMessage, timeZone?: string): string {
  const time = new Date(message.at).toLocaleTimeString('fr-FR', { timeZone })
  return `[${time}] ${message.name}: ${message.text.replaceAll(/[\0-\x1f\x7f-\x9f]/g, '\x20')}`
}

export async function runChat(options: RunChatOptions): Promise<void> {
  const print = (message: ChatMessage) => options.print(format(message))
  const chat = await joinChat({ server: options.server, name: options.name, onMessage: print })
  let failure: unknown
  try {
    for await (const line of options.lines) {
      if (line === 'q') break
      await chat.say(line)
    }
  } catch (error) {
    failure = error
  }
  await chat.close()
  if (failure !== undefined) throw failure
}
