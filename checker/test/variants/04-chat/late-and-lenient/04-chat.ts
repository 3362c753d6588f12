// Generous where the contract is silent: the idle go with a sweep every second, any name but an empty one will do, requests
// that lack fields are passed on as they are, and the log and the screen have colours. Its client is patient for at
// least timeoutMs, the answer to a refused join is not the end of the socket, and both ends send heartbeats.

import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import type {
  Address,
  ChatClient,
  ChatMessage,
  ChatServer,
  ChatServerOptions,
  JoinOptions,
  RunChatOptions,
} from '../../../../contracts/04-chat.ts'

const SWEEP_MS = 1000
const TRIES = 4

const bold = (text: unknown) => `\u001b[1m${String(text)}\u001b[0m`

/** A socket that emits `packet` with what it got and from whom, and sends objects. */
function openWire() {
  const socket = createSocket('udp4')
  const wire = new EventEmitter<{ packet: [packet: Record<string, unknown>, from: Address] }>()
  let closing: Promise<void> | undefined
  socket.on('error', () => undefined)
  socket.on('message', (bytes, { address: host, port }) => {
    try {
      const packet: unknown = JSON.parse(bytes.toString())
      if (packet instanceof Object) wire.emit('packet', packet as Record<string, unknown>, { host, port })
    } catch {
      wire.emit('packet', { type: 'noise' }, { host, port })
    }
  })
  return {
    socket,
    wire,
    send: (packet: object, { host, port }: Address) =>
      new Promise<void>((resolve) => {
        if (closing === undefined) socket.send(JSON.stringify(packet), port, host, () => resolve())
        else resolve()
      }),
    close: () =>
      (closing ??= new Promise<void>((resolve) => {
        socket.close(resolve)
      })),
  }
}

export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const { socket, wire, send, close } = openWire()
  const members = new Map<string, { readonly name: string; readonly address: Address; silentMs: number }>()

  wire.on('packet', ({ type, name, ...said }, from) => {
    const key = Object.values(from).join(' port ')
    const me = members.get(key)
    if (me !== undefined) me.silentMs = 0
    switch (type) {
      case 'join': {
        const holder = [...members].find(([, member]) => member.name === name)
        const refusal = String(name) === '' ? 'BAD_NAME' : holder && holder[0] !== key ? 'NAME_TAKEN' : undefined
        if (refusal !== undefined) return void send({ type: 'error', code: refusal }, from)
        members.set(key, { name: String(name), address: from, silentMs: 0 })
        return void send({ type: 'joined', name }, from)
      }
      case 'say':
        if (me === undefined) return void send({ type: 'error', code: 'NOT_JOINED' }, from)
        options.log?.(`${bold(me.name)} (${new Date().toUTCString()}) ${bold(said.text)}`)
        for (const [other, { address }] of members) {
          if (other !== key) void send({ ...said, type: 'message', name: me.name }, address)
        }
        return
      case 'leave':
        members.delete(key)
    }
  })

  const sweeping = setInterval(() => {
    for (const [key, member] of members) {
      if (member.silentMs > (options.idleMs ?? 60_000)) members.delete(key)
      member.silentMs += SWEEP_MS
      void send({ type: 'ping' }, member.address)
    }
  }, SWEEP_MS)
  sweeping.unref()
  const listening = once(socket, 'listening')
  socket.bind(options.port ?? 0, '127.0.0.1')
  await listening
  const { address: host, port } = socket.address()
  return {
    address: { host, port },
    members: async () => [...members.values()].map(({ name }) => name),
    close() {
      clearInterval(sweeping)
      return close()
    },
  }
}

export async function joinChat({ server, name, now, timeoutMs = 500, onMessage }: JoinOptions): Promise<ChatClient> {
  const { socket, wire, send, close } = openWire()
  const shown: Record<string, true> = {}
  wire.on('packet', ({ type, ...message }) => {
    if (type !== 'message' || shown[`id ${String(message.id)}`]) return
    shown[`id ${String(message.id)}`] = true
    onMessage(message as unknown as ChatMessage)
  })
  const answered = new Promise<string>((resolve) => {
    wire.on('packet', ({ type, code }) => {
      if (type === 'joined') resolve('JOINED')
      if (type === 'error') resolve(String(code))
    })
  })

  let outcome = 'JOIN_TIMEOUT'
  for (let tries = 0; tries < TRIES && outcome === 'JOIN_TIMEOUT'; tries += 1) {
    await send({ type: 'join', name }, server)
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, Math.min(timeoutMs, 500), 'JOIN_TIMEOUT')
    })
    outcome = await Promise.race([answered, silence])
    clearTimeout(timer)
  }
  if (outcome !== 'JOINED') {
    socket.unref()
    throw Object.assign(new Error('The chat is closed to you.'), { code: outcome })
  }
  const beating = setInterval(() => void send({ type: 'alive', name }, server), 150)

  return {
    say(text) {
      const at = (now ?? (() => new Date()))().toISOString().replace('Z', '+00:00')
      return send({ type: 'say', id: randomBytes(8).toString('hex'), name, text, at }, server)
    },
    async close() {
      clearInterval(beating)
      await send({ type: 'leave' }, server)
      await close()
    },
  }
}

export function format({ at, name, text }: ChatMessage, timeZone = 'UTC'): string {
  const time = new Date(at).toLocaleTimeString('de-DE', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return `[${time}] ${name}: ${text}`
}

export async function runChat({ lines, print, ...where }: RunChatOptions): Promise<void> {
  const print_ = ({ name, text, at }: ChatMessage) => print(`${at.slice(11, 16)} ${bold(name)} ${text}`)
  const chat = await joinChat({ ...where, onMessage: print_ })
  try {
    for await (const line of lines) {
      if (line.trim() === 'q') return
      print(`you: ${line}`)
      await chat.say(line)
    }
  } finally {
    await chat.close()
  }
}
