// Ids that are no UUIDs are not believed, and ids are kept by time.

// Strict: UTF-8 must be valid, fields checked in one place, one handler table; ids remembered by time; JSON log lines.
import dgram from 'node:dgram'
import crypto from 'node:crypto'

interface Address {
  host: string
  port: number
}
interface ChatMessage {
  id: string
  name: string
  text: string
  at: string
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

type Loose = Readonly<Record<string, unknown>>

/** Returns the fields when all are there and strings, otherwise undefined. */
function fields<K extends string>(v: Loose, ...keys: K[]): Record<K, string> | undefined {
  return keys.every((k) => typeof v[k] === 'string') ? (v as Record<K, string>) : undefined
}
function unpack(data: Uint8Array): Loose | undefined {
  try {
    const v: unknown = JSON.parse(utf8.decode(data))
    return v !== null && typeof v === 'object' && !Array.isArray(v) ? (v as Loose) : undefined
  } catch {
    return undefined
  }
}
function problem(code: string): Error & { code: string } {
  const e = new Error(`chat error ${code}`) as Error & { code: string }
  e.code = code
  return e
}
class RecentIds {
  private readonly at = new Map<string, number>()
  private readonly keepMs: number
  constructor(keepMs: number) {
    this.keepMs = keepMs
  }
  isNew(id: string): boolean {
    const now = Date.now()
    for (const [k, t] of this.at) {
      if (now - t > this.keepMs) this.at.delete(k)
      else break
    }
    if (this.at.has(id)) return false
    this.at.set(id, now)
    return true
  }
}

export async function startChatServer(options: { port?: number; idleMs?: number; log?(line: string): void }) {
  const { port = 0, idleMs = 30_000 } = options
  const socket = dgram.createSocket('udp4')
  type M = { name: string; host: string; port: number; timer: NodeJS.Timeout }
  const byKey = new Map<string, M>()
  const byName = new Map<string, string>()
  const handled = new RecentIds(60_000)

  const remove = (key: string) => {
    const m = byKey.get(key)
    if (!m) return
    clearTimeout(m.timer)
    byKey.delete(key)
    byName.delete(m.name)
  }
  const send = (host: string, p: number, body: object) =>
    socket.send(JSON.stringify(body), p, host, (e) => {
      if (e) console.error(e.message)
    })

  socket.on('message', (data, { address: host, port: p }) => {
    const msg = unpack(data)
    if (!msg) return
    const key = `${host}:${p}`
    const me = byKey.get(key)
    me?.timer.refresh()
    if (msg.type === 'join') {
      const f = fields(msg, 'name')
      // printable, at most 40, no blanks around it
      if (!f || f.name.length === 0 || f.name.length > 40 || f.name !== f.name.trim() || /[\p{Cc}]/u.test(f.name)) {
        return send(host, p, { type: 'error', code: 'BAD_NAME' })
      }
      const owner = byName.get(f.name)
      if (owner && owner !== key) return send(host, p, { type: 'error', code: 'NAME_TAKEN' })
      if (!owner) {
        remove(key)
        byKey.set(key, { name: f.name, host, port: p, timer: setTimeout(remove, idleMs, key) })
        byName.set(f.name, key)
      }
      send(host, p, { type: 'joined', name: f.name })
    } else if (msg.type === 'say') {
      if (!me) return send(host, p, { type: 'error', code: 'NOT_JOINED' })
      const f = fields(msg, 'id', 'text', 'at')
      if (!f || !/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(f.id) || !handled.isNew(f.id)) return
      options.log?.(JSON.stringify({ at: f.at, name: me.name, text: f.text }))
      for (const [k, m] of byKey)
        if (k !== key) send(m.host, m.port, { type: 'message', id: f.id, name: me.name, text: f.text, at: f.at })
    } else if (msg.type === 'leave') remove(key)
  })

  await new Promise<void>((ok, no) => {
    socket.once('error', no)
    socket.bind(port, '127.0.0.1', () => {
      socket.off('error', no)
      ok()
    })
  })
  socket.on('error', (e) => console.error(e))
  let closing: Promise<void> | undefined
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    members: () => [...byName.keys()],
    close: (): Promise<void> =>
      (closing ??= new Promise((ok) => {
        for (const k of byKey.keys()) remove(k)
        socket.close(ok)
      })),
  }
}

export function joinChat(options: {
  server: Address
  name: string
  now?(): Date
  timeoutMs?: number
  onMessage(m: ChatMessage): void
}) {
  const { server, name, now, timeoutMs = 2_000, onMessage } = options
  const socket = dgram.createSocket('udp4')
  const ids = new RecentIds(5 * 60_000)
  const send = (body: object) =>
    new Promise<void>((ok, no) => {
      socket.send(JSON.stringify(body), server.port, server.host, (e) => (e ? no(e) : ok()))
    })
  let closing: Promise<void> | undefined
  const client = {
    say: (text: string) => send({ type: 'say', id: crypto.randomUUID(), text, at: (now ? now() : new Date()).toISOString() }),
    close: (): Promise<void> =>
      (closing ??= send({ type: 'leave' })
        .catch(() => {})
        .then(() => new Promise((ok) => socket.close(ok)))),
  }
  return new Promise<typeof client>((ok, no) => {
    let settled = false
    const join = () => {
      void send({ type: 'join', name }).catch(() => {})
    }
    const retry = setInterval(join, Math.max(25, timeoutMs / 10))
    const timer = setTimeout(() => end(problem('JOIN_TIMEOUT')), timeoutMs)
    const end = (e?: Error) => {
      if (settled) return
      settled = true
      clearInterval(retry)
      clearTimeout(timer)
      if (e) socket.close(() => no(e))
      else ok(client)
    }
    socket.on('error', (e) => end(e))
    socket.on('message', (data, from) => {
      if (from.address !== server.host || from.port !== server.port) return
      const m = unpack(data)
      if (!m) return
      if (m.type === 'joined') end()
      else if (m.type === 'error' && fields(m, 'code')) end(problem(String(m.code)))
      else if (m.type === 'message') {
        const f = fields(m, 'id', 'name', 'text', 'at')
        if (f && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(f.id) && ids.isNew(f.id))
          onMessage({ id: f.id, name: f.name, text: f.text, at: f.at })
      }
    })
    join()
  })
}

export function format(m: ChatMessage, timeZone?: string): string {
  const t = Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(new Date(m.at))
  return `[${t}] ${m.name}: ${m.text}`
}

export async function runChat(options: {
  server: Address
  name: string
  lines: AsyncIterable<string>
  print(line: string): void
}): Promise<void> {
  const { server, name, lines, print } = options
  let chat: Awaited<ReturnType<typeof joinChat>> | undefined
  try {
    chat = await joinChat({ server, name, onMessage: (m) => print(format(m)) })
    for await (const line of lines) {
      if (line.trimEnd() === 'q') break
      await chat.say(line)
    }
  } finally {
    await chat?.close()
  }
}
