// Asynchronous iteration over datagrams at both ends, and a client whose socket is connected, so that the system itself
// keeps strangers out.

import { randomUUID } from 'node:crypto'
import dgram from 'node:dgram'
import { on, once } from 'node:events'
import type * as contract from '../../../../contracts/04-chat.ts'

type Fields = Record<string, string>

function parse(bytes: Uint8Array, shapes: Record<string, string[]>): Fields | undefined {
  try {
    const packet: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (packet === null || typeof packet !== 'object' || !('type' in packet) || typeof packet.type !== 'string') return undefined
    if (!Object.hasOwn(shapes, packet.type)) return undefined
    const fields = packet as Fields
    for (const field of shapes[packet.type] ?? []) if (typeof fields[field] !== 'string') return undefined
    if ('at' in fields && Number.isNaN(+new Date(fields.at ?? ''))) return undefined
    return fields
  } catch {
    return undefined
  }
}

export const startChatServer: contract.Chat['startChatServer'] = async ({ port = 0, idleMs = 60_000, log = () => {} }) => {
  const socket = dgram.createSocket({ type: 'udp4' })
  const members = new Map<string, { name: string; to: dgram.RemoteInfo; timer: NodeJS.Timeout }>()
  const ending = new AbortController()
  const datagrams = on(socket, 'message', { signal: ending.signal })
  socket.bind({ port, address: '127.0.0.1', exclusive: true })
  await once(socket, 'listening')

  const send = (packet: object, to: dgram.RemoteInfo) => socket.send(JSON.stringify(packet), to.port, to.address)

  const forget = (key: string) => {
    clearTimeout(members.get(key)?.timer)
    members.delete(key)
  }

  const serve = (bytes: Uint8Array, from: dgram.RemoteInfo) => {
    const key = `${from.address} ${from.port}`
    const member = members.get(key)
    if (member !== undefined) {
      clearTimeout(member.timer)
      member.timer = setTimeout(forget, idleMs, key)
    }
    const packet = parse(bytes, { join: ['name'], say: ['id', 'text', 'at'], leave: [] })
    if (packet?.type === 'leave') forget(key)
    else if (packet?.type === 'join') {
      const name = packet.name ?? ''
      const [holder] = [...members].find(([, each]) => each.name === name) ?? [key]
      if (!/^[^\p{Control}]{1,32}$/u.test(name)) send({ type: 'error', code: 'BAD_NAME' }, from)
      else if (holder !== key) send({ type: 'error', code: 'NAME_TAKEN' }, from)
      else {
        forget(key)
        members.set(key, { name, to: from, timer: setTimeout(forget, idleMs, key) })
        send({ type: 'joined', name }, from)
      }
    } else if (packet?.type === 'say') {
      if (member === undefined) return send({ type: 'error', code: 'NOT_JOINED' }, from)
      const { id, text, at } = packet
      log(JSON.stringify({ at, name: member.name, text }))
      for (const [other, { to }] of members) if (other !== key) send({ at, id, name: member.name, text, type: 'message' }, to)
    }
  }

  const serving = (async () => {
    try {
      for await (const [bytes, from] of datagrams) serve(bytes, from)
    } catch (error) {
      if (!ending.signal.aborted) throw error
    }
  })()

  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    members: () => Array.from(members.values(), ({ name }) => name),
    async close() {
      if (!ending.signal.aborted) {
        ending.abort()
        for (const key of members.keys()) forget(key)
        const closed = once(socket, 'close')
        socket.close()
        await closed
      }
      await serving
    },
  }
}

export const joinChat: contract.Chat['joinChat'] = async (options) => {
  const { server, name, now = () => new Date(), timeoutMs = 2000, onMessage } = options
  const socket = dgram.createSocket('udp4')
  socket.connect(server.port, server.host)
  await once(socket, 'connect')
  // A server that is not there shows as ECONNREFUSED, at the next send or at once.
  socket.on('error', () => {})
  const send = (packet: object) =>
    new Promise<void>((resolve, reject) => {
      socket.send(JSON.stringify(packet), (error) => {
        if (error && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') reject(error)
        else resolve()
      })
    })

  const ids = new Set<string>()
  let settle: (code?: string) => void = () => {}
  socket.on('message', (bytes) => {
    const packet = parse(bytes, { joined: ['name'], error: ['code'], message: ['id', 'name', 'text', 'at'] })
    if (packet?.type === 'joined') settle()
    if (packet?.type === 'error' && ['NAME_TAKEN', 'BAD_NAME'].includes(packet.code ?? '')) settle(packet.code)
    if (packet?.type === 'message' && !ids.has(packet.id ?? '')) {
      ids.add(packet.id ?? '')
      const { id, name: speaker, text, at } = packet
      onMessage({ id, name: speaker, text, at } as contract.ChatMessage)
    }
  })

  let open = true
  const close = async () => {
    if (!open) return
    open = false
    clearInterval(beat)
    await send({ type: 'leave' }).catch(() => {})
    const closed = once(socket, 'close')
    socket.close()
    await closed
  }

  const deadline = performance.now() + timeoutMs
  let beat: NodeJS.Timeout | undefined
  for (let tries = 0; ; tries += 1) {
    const answered = new Promise<string | undefined>((resolve) => {
      settle = resolve
    })
    void send({ type: 'join', name }).catch(() => {})
    const pause = Math.min(timeoutMs / 6, deadline - performance.now())
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<'silence'>((resolve) => {
      timer = setTimeout(resolve, pause, 'silence')
    })
    const outcome = await Promise.race([answered, silence])
    clearTimeout(timer)
    if (outcome === undefined) break
    if (outcome === 'silence' && (performance.now() < deadline || tries < 5)) continue
    await close()
    throw Object.assign(new Error('not joined'), { code: outcome === 'silence' ? 'JOIN_TIMEOUT' : outcome })
  }
  beat = setInterval(() => void send({ type: 'join', name }).catch(() => {}), 20_000)

  return {
    async say(text) {
      if (!open) throw Object.assign(new Error('closed'), { code: 'CLOSED' })
      await send({ id: randomUUID(), at: now().toISOString(), text, type: 'say' })
    },
    close,
  }
}

export const format: contract.Chat['format'] = ({ at, name, text }, timeZone) => {
  const parts = new Intl.DateTimeFormat('en-US', {
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
  })
    .formatToParts(Date.parse(at))
    .map(({ type, value }) => (type === 'hour' ? value.padStart(2, '0') : value))
  return `[${parts.join('')}] ${name}: ${text.split(/\p{Control}/u).join(' ')}`
}

export const runChat: contract.Chat['runChat'] = async ({ server, name, lines, print }) => {
  const chat = await joinChat({ server, name, onMessage: (message) => print(format(message)) })
  const typed = lines[Symbol.asyncIterator]()
  try {
    for (let next = await typed.next(); next.done !== true && next.value !== 'q'; next = await typed.next())
      await chat.say(next.value)
  } finally {
    await chat.close()
  }
}
