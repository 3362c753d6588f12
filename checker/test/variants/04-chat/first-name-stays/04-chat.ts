// Whoever has joined keeps that name: a join under another one is answered with the first. One sweep every half second looks for the
// idle, copies end at the server already, and the log is in Korean. The client asks every 250 ms, remembers 64 ids, gives them
// out as hexadecimal, joins again 20 times a second, and prints with a delay.

import { randomBytes } from 'node:crypto'
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

type Packet =
  | { type: 'join' | 'joined'; name: string }
  | { type: 'say'; id: string; text: string; at: string }
  | { type: 'leave' }
  | { type: 'error'; code: string }
  | ({ type: 'message' } & ChatMessage)

/** The fields of each type of packet, all of them strings. A Map, because in an object even `toString` would be a type. */
const FIELDS = new Map<unknown, readonly string[]>([
  ['join', ['name']],
  ['joined', ['name']],
  ['say', ['id', 'text', 'at']],
  ['leave', []],
  ['error', ['code']],
  ['message', ['id', 'name', 'text', 'at']],
])

/** How often an unanswered join is sent again. */
const ASK_MS = 250
/** How often the server looks for members that were silent for too long. */
const SWEEP_MS = 500
/** How often a member joins again, to show that it is there although it may be silent. */
const REFRESH_MS = 50
/** How many messages a client can tell from their copies. */
const REMEMBERED_IDS = 64

interface Member {
  readonly name: string
  readonly address: Address
  heardAt: number
}

/**
 * Listens on 127.0.0.1 and passes on what each member says to all others.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { port = 0, idleMs = 60_000, log } = options
  const socket = createSocket('udp4')
  // By address as text: two rinfo objects are never equal, the texts of two equal addresses are.
  const members = new Map<string, Member>()
  const passedOn = new Set<string>()
  let closed: Promise<unknown> | undefined

  socket.on('message', (bytes, sender) => {
    const from = { host: sender.address, port: sender.port }
    const packet = readPacket(bytes)
    const member = members.get(keyOf(from))
    if (member !== undefined) member.heardAt = performance.now()
    if (packet?.type === 'join') join(from, packet.name)
    if (packet?.type === 'say') passOn(from, packet)
    if (packet?.type === 'leave') members.delete(keyOf(from))
  })

  function join(from: Address, name: string): void {
    const key = keyOf(from)
    const first = members.get(key)
    if (first !== undefined) return send({ type: 'joined', name: first.name }, from)
    const taken = [...members].some(([other, member]) => member.name === name && other !== key)
    if (!isName(name)) return send({ type: 'error', code: 'BAD_NAME' }, from)
    if (taken) return send({ type: 'error', code: 'NAME_TAKEN' }, from)
    members.set(key, { name, address: from, heardAt: performance.now() })
    send({ type: 'joined', name }, from)
  }

  function passOn(from: Address, { id, text, at }: { id: string; text: string; at: string }): void {
    const speaker = members.get(keyOf(from))
    if (speaker === undefined) return send({ type: 'error', code: 'NOT_JOINED' }, from)
    if (passedOn.has(id)) return
    passedOn.add(id)
    const { name } = speaker
    const moment = new Date(at).toLocaleString('ko-KR', { timeZone: 'Asia/Seoul' })
    log?.(`${moment} | ${name} | ${JSON.stringify(text)}`)
    for (const member of members.values()) {
      if (member !== speaker) send({ type: 'message', id, name, text, at }, member.address)
    }
  }

  const sweeping = setInterval(() => {
    const now = performance.now()
    for (const [key, { heardAt }] of members) if (now - heardAt > idleMs) members.delete(key)
  }, SWEEP_MS)

  function send(packet: Packet, to: Address): void {
    // What is too long to be sent is lost, like anything else on the network.
    socket.send(JSON.stringify(packet), to.port, to.host)
  }

  async function close(): Promise<void> {
    if (closed === undefined) {
      closed = once(socket, 'close')
      clearInterval(sweeping)
      socket.close()
    }
    await closed
  }

  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening').catch((error: unknown) => {
    clearInterval(sweeping)
    throw error
  })
  socket.on('error', () => undefined) // on Windows, that a member's port is closed
  const { address: host, port: bound } = socket.address()
  return { address: { host, port: bound }, members: () => [...members.values()].map(({ name }) => name), close }
}

/**
 * Joins the chat and stays a member until `close()`.
 * @throws Error with code 'NAME_TAKEN', 'BAD_NAME' or 'JOIN_TIMEOUT'
 */
export async function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name, now = () => new Date(), timeoutMs = 2000 } = options
  const socket = createSocket('udp4')
  const seen = new Set<string>()
  let deadline: NodeJS.Timeout | undefined
  let left: Promise<void> | undefined

  socket.on('error', () => undefined) // a server that is away now may be back later
  const answer = new Promise<void>((resolve, reject) => {
    deadline = setTimeout(() => reject(coded('JOIN_TIMEOUT', `No answer within ${timeoutMs} ms`)), timeoutMs)
    socket.on('message', (bytes, sender) => {
      if (sender.address !== server.host || sender.port !== server.port) return
      const packet = readPacket(bytes)
      if (packet?.type === 'joined') resolve()
      if (packet?.type === 'error' && isRefusal(packet.code)) reject(coded(packet.code, `The server refused ${name}`))
      if (packet?.type === 'message') show(packet)
    })
  })

  function show({ id, name: speaker, text, at }: ChatMessage): void {
    if (seen.has(id)) return
    seen.add(id)
    const [oldest = id] = seen
    if (seen.size > REMEMBERED_IDS) seen.delete(oldest)
    options.onMessage({ id, name: speaker, text, at })
  }

  function send(packet: Packet): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(JSON.stringify(packet), server.port, server.host, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** A join that cannot be sent is as good as lost: the next one is on its way. */
  const join = () => void send({ type: 'join', name }).catch(() => undefined)
  let repeating = setInterval(join, Math.min(ASK_MS, timeoutMs / 2))

  async function leave(): Promise<void> {
    clearInterval(repeating)
    await send({ type: 'leave' }).catch(() => undefined)
    socket.close()
    await once(socket, 'close')
  }

  const close = () => (left ??= leave())

  try {
    join()
    await answer
  } catch (error) {
    await close() // the server may know us although its answer got lost
    throw error
  } finally {
    clearTimeout(deadline)
  }
  clearInterval(repeating)
  repeating = setInterval(join, REFRESH_MS)

  return {
    async say(text) {
      await send({ type: 'say', id: randomBytes(12).toString('hex'), text, at: now().toISOString() })
    },
    close,
  }
}

/**
 * Writes a message as one line: `[14:05:09] 민수: 안녕`.
 * @param timeZone an IANA name, such as `Asia/Seoul`; this machine's by default
 */
export function format(message: ChatMessage, timeZone?: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', hourCycle: 'h23', timeZone })
  return `[${clock.format(new Date(message.at))}] ${message.name}: ${oneLine(message.text)}`
}

/**
 * Chats: prints what others say and says what is typed, until `q` or the end of the input.
 * @throws Error whatever joining or saying rejects with
 */
export async function runChat({ server, name, lines, print }: RunChatOptions): Promise<void> {
  const onMessage = (message: ChatMessage) => void setTimeout(() => print(format(message)), 30)
  const chat = await joinChat({ server, name, onMessage })
  try {
    for await (const line of lines) {
      if (line === 'q') break
      await chat.say(line)
    }
  } finally {
    await chat.close()
  }
}

/** Undefined when the bytes are no packet of the chat: whoever can reach a port can send anything to it. */
function readPacket(bytes: Buffer): Packet | undefined {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const packet = value as Record<string, unknown>
  const fields = FIELDS.get(packet.type)
  const complete = fields?.every((field) => typeof packet[field] === 'string') === true
  const timely = !fields?.includes('at') || !Number.isNaN(Date.parse(String(packet.at)))
  return complete && timely ? (packet as Packet) : undefined
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function isName(name: string): boolean {
  return /^\P{Cc}{1,32}$/u.test(name)
}

function isRefusal(code: string): boolean {
  return code === 'NAME_TAKEN' || code === 'BAD_NAME'
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ')
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
