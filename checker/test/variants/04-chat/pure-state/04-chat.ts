// A pure function from state and datagram to state and replies; nobody is removed by a timer, but whoever is idle is left
// out whenever somebody looks. The client is a pure function too, driven by one small shell.

import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address, Chat, ChatMessage } from '../../../../contracts/04-chat.ts'

interface Member {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly heardAt: number
}

type State = readonly Member[]
type Reply = readonly [to: Address, packet: object]
type Said = { readonly type: 'say'; readonly id: string; readonly text: string; readonly at: string }
type Request = { readonly type: 'join'; readonly name: string } | Said | { readonly type: 'leave' } | { readonly type: 'nothing' }

const same = (a: Address) => (b: Address) => a.port === b.port && a.host === b.host
const isText = (value: unknown): value is string => typeof value === 'string'
const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value))

function decode(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function request(bytes: Uint8Array): Request {
  const { type, name, id, text, at } = decode(bytes)
  if (type === 'join' && isText(name)) return { type, name }
  if (type === 'say' && isText(id) && isText(text) && isTime(at)) return { type, id, text, at }
  if (type === 'leave') return { type }
  return { type: 'nothing' }
}

/** What a datagram makes of the chat. */
function step(before: State, from: Address, asked: Request, now: number, idleMs: number): [State, readonly Reply[], string?] {
  const awake = before.filter(({ heardAt }) => now - heardAt < idleMs)
  const state = awake.map((member) => (same(from)(member) ? { ...member, heardAt: now } : member))
  const others = state.filter((member) => !same(from)(member))
  const me = state.find(same(from))
  if (asked.type === 'leave') return [others, []]
  if (asked.type === 'join') {
    const { name } = asked
    const length = Array.from(name).length
    if (length < 1 || length > 32 || /\p{Cc}/u.test(name)) return [state, [[from, { type: 'error', code: 'BAD_NAME' }]]]
    if (others.some((other) => other.name === name)) return [state, [[from, { type: 'error', code: 'NAME_TAKEN' }]]]
    return [[...others, { ...from, name, heardAt: now }], [[from, { type: 'joined', name }]]]
  }
  if (asked.type === 'say') {
    if (me === undefined) return [state, [[from, { type: 'error', code: 'NOT_JOINED' }]]]
    const message = { ...asked, type: 'message', name: me.name }
    return [state, others.map((other) => [other, message] as const), `${asked.at} | ${me.name} | ${asked.text}`]
  }
  return [state, []]
}

export const startChatServer: Chat['startChatServer'] = async ({ port = 0, idleMs = 60_000, log }) => {
  const socket = createSocket('udp4')
  let state: State = []
  socket.on('message', (bytes, { address: host, port: senderPort }) => {
    const [after, replies, line] = step(state, { host, port: senderPort }, request(bytes), performance.now(), idleMs)
    state = after
    for (const [to, packet] of replies) socket.send(JSON.stringify(packet), to.port, to.host)
    if (line !== undefined) log?.(line)
  })
  const listening = once(socket, 'listening')
  socket.bind(port, '127.0.0.1')
  await listening
  const address = { host: '127.0.0.1', port: socket.address().port }
  const close = once_(async () => {
    socket.close()
    await once(socket, 'close')
  })
  const members = () => state.filter(({ heardAt }) => performance.now() - heardAt < idleMs).map(({ name }) => name)
  return { address, members, close }
}

/** A function that does its work the first time, and returns the same result ever after. */
function once_<T>(work: () => T): () => T {
  let result: { readonly value: T } | undefined
  return () => (result ??= { value: work() }).value
}

type Event = { readonly answer: string } | { readonly message: ChatMessage } | undefined

/** What a datagram of the server means. */
function event(bytes: Uint8Array): Event {
  const { type, code, id, name, text, at } = decode(bytes)
  if (type === 'joined') return { answer: 'JOINED' }
  if (type === 'error' && (code === 'BAD_NAME' || code === 'NAME_TAKEN')) return { answer: code }
  if (type === 'message' && isText(id) && isText(name) && isText(text) && isTime(at)) return { message: { at, id, name, text } }
  return undefined
}

export const joinChat: Chat['joinChat'] = async (options) => {
  const { server, name, onMessage, timeoutMs = 2000, now = () => new Date() } = options
  const socket = createSocket('udp4')
  const ended = new AbortController()
  let seen: readonly string[] = []
  const answers: string[] = []

  const send = (packet: object): Promise<void> => {
    const { promise, callback } = deferred()
    socket.send(JSON.stringify(packet), server.port, server.host, callback)
    return promise
  }
  const close = once_(async () => {
    ended.abort()
    await send({ type: 'leave' }).catch(() => undefined)
    socket.close()
    await once(socket, 'close')
  })

  socket.on('message', (bytes, { address: host, port }) => {
    const what = same(server)({ host, port }) ? event(bytes) : undefined
    if (what === undefined) return
    if ('answer' in what) {
      answers.push(what.answer)
      socket.emit('answered')
    } else if (!seen.includes(what.message.id)) {
      seen = [what.message.id, ...seen.slice(0, 999)]
      onMessage(what.message)
    }
  })

  const tries = 5
  for (let sent = 0; sent < tries && answers.length === 0; sent += 1) {
    const answered = once(socket, 'answered')
    await send({ type: 'join', name }).catch(() => undefined)
    await Promise.race([answered, sleep(timeoutMs / tries)])
  }
  const [code = 'JOIN_TIMEOUT'] = answers
  if (code !== 'JOINED') {
    await close()
    throw Object.assign(new Error(code), { code })
  }

  void (async () => {
    for (;;) {
      await sleep(10_000, undefined, { signal: ended.signal, ref: false })
      await send({ type: 'join', name }).catch(() => undefined)
    }
  })().catch(() => undefined)

  return {
    close,
    async say(text) {
      if (ended.signal.aborted) throw Object.assign(new Error('closed'), { code: 'CLOSED' })
      await send({ at: now().toISOString(), id: randomUUID(), text, type: 'say' })
    },
  }
}

function deferred(): { promise: Promise<void>; callback: (error: Error | null) => void } {
  let callback: (error: Error | null) => void = () => undefined
  const promise = new Promise<void>((resolve, reject) => {
    callback = (error) => (error === null ? resolve() : reject(error))
  })
  return { promise, callback }
}

export const format: Chat['format'] = ({ at, name, text }, timeZone) => {
  const zoned = new Intl.DateTimeFormat('ja-JP', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const line = Array.from(text)
    .map((one) => (/\p{Cc}/u.test(one) ? ' ' : one))
    .join('')
  return `[${zoned.format(Date.parse(at))}] ${name}: ${line}`
}

export const runChat: Chat['runChat'] = async ({ server, name, lines, print }) => {
  const chat = await joinChat({ server, name, onMessage: (message) => print(format(message)) })
  const talk = async () => {
    for await (const line of lines) {
      if (line === 'q') return
      await chat.say(line)
    }
  }
  await talk().then(chat.close, async (error: unknown) => {
    await chat.close()
    throw error
  })
}
