// The least that the contract asks for. The server looks for the idle only when it is told something, refuses a second name
// for an address and takes a repeated join for no sign of life; the client asks every 500 ms, believes every sender, sends no
// heartbeat, forgets its socket when it was refused, and writes times without milliseconds.

import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Chat, ChatMessage } from '../../../../contracts/04-chat.ts'

type Packet = Record<string, string>

function onPacket(socket: Socket, handle: (packet: Packet, host: string, port: number) => void): void {
  socket.on('message', (bytes, { address, port }) => {
    let packet: Packet | null
    try {
      packet = JSON.parse(bytes.toString()) as Packet | null
    } catch {
      return
    }
    handle(packet ?? {}, address, port)
  })
}

export const startChatServer: Chat['startChatServer'] = async ({ port = 0, idleMs = 60_000, log }) => {
  const socket = createSocket('udp4')
  let members: { name: string; host: string; port: number; spokeAt: number }[] = []

  onPacket(socket, ({ type, name = '', ...said }, host, from) => {
    members = members.filter(({ spokeAt }) => Date.now() - spokeAt <= idleMs)
    const reply = (packet: object) => socket.send(JSON.stringify(packet), from, host)
    const me = members.find((member) => member.host === host && member.port === from)
    if (type === 'leave') members = members.filter((member) => member !== me)
    if (type === 'join') {
      if (name === '' || (me !== undefined && me.name !== name)) return reply({ type: 'error', code: 'BAD_NAME' })
      if (members.some((member) => member.name === name && member !== me)) return reply({ type: 'error', code: 'NAME_TAKEN' })
      if (me === undefined) members.push({ name, host, port: from, spokeAt: Date.now() })
      reply({ type: 'joined', name })
    }
    if (type === 'say') {
      if (me === undefined) return reply({ type: 'error', code: 'NOT_JOINED' })
      me.spokeAt = Date.now()
      log?.(`${new Date().toLocaleTimeString()} <${me.name}> ${said.text}`)
      const message = JSON.stringify({ ...said, type: 'message', name: me.name })
      for (const member of members) if (member !== me) socket.send(message, member.port, member.host)
    }
  })

  await new Promise<void>((resolve, reject) => {
    // A code of its own for whatever keeps it from listening.
    socket.once('error', (cause) => reject(Object.assign(new Error('cannot listen', { cause }), { code: 'NO_PORT' })))
    socket.bind(port, '127.0.0.1', resolve)
  })
  let closed: Promise<unknown> | undefined
  return {
    address: { ...socket.address(), host: '127.0.0.1' },
    members: () => members.map(({ name }) => name),
    async close() {
      closed ??= once(socket.close(), 'close')
      await closed
    },
  }
}

export const joinChat: Chat['joinChat'] = async ({ server, name, now, timeoutMs = 2000, onMessage }) => {
  const socket = createSocket('udp4')
  const seen = new Set<string>()
  const send = (packet: object) =>
    new Promise<void>((resolve) => {
      socket.send(JSON.stringify(packet), server.port, server.host, () => resolve())
    })
  const join = () => void send({ type: 'join', name })
  const asking = setInterval(join, 500)
  let waiting: NodeJS.Timeout | undefined

  const code = await new Promise<string | undefined>((resolve) => {
    waiting = setTimeout(resolve, timeoutMs, 'JOIN_TIMEOUT')
    onPacket(socket, (packet) => {
      if (packet.type === 'joined') resolve(undefined)
      if (packet.type === 'error') resolve(packet.code)
      if (packet.type !== 'message' || seen.has(String(packet.id))) return
      seen.add(String(packet.id))
      onMessage(packet as unknown as ChatMessage)
    })
    join()
  })
  clearTimeout(waiting)
  clearInterval(asking)
  if (code !== undefined) throw Object.assign(new Error(code), { code })

  let closed: Promise<unknown> | undefined
  return {
    async say(text) {
      const [at] = (now?.() ?? new Date()).toISOString().split('.')
      await send({ type: 'say', id: randomUUID(), text, at: `${at}Z` })
    },
    async close() {
      closed ??= send({ type: 'leave' }).then(() => once(socket.close(), 'close'))
      await closed
    },
  }
}

export const format: Chat['format'] = ({ name, text, at }, timeZone = 'Asia/Seoul') =>
  `[${new Date(at).toLocaleTimeString('en-GB', { timeZone })}] ${name}: ${text}`

export const runChat: Chat['runChat'] = async ({ server, name, lines, print }) => {
  const chat = await joinChat({ server, name, onMessage: (message) => print(format(message, 'UTC')) })
  try {
    for await (const line of lines) {
      if (line.toLowerCase() === 'q') break
      await chat.say(line)
    }
  } finally {
    await chat.close()
  }
}
