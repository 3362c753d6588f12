import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { lessons } from '../catalogue.ts'
import { openTryIt, type TryIt, type TryItOptions } from './try-it.ts'
import { Refused } from './try-it-outbox.ts'
import type { Faults, Message } from './try-it-snapshot.ts'

/** The routes, and what ends all programs that were started over them. */
export type TryItRoutes = Hono & {
  /** Resolves when no program and no event stream is left. */
  close(): Promise<void>
}

/** So many event streams at once, over all lessons; further ones are refused. */
const MAX_STREAMS = 40
/** How often a comment shows a silent stream to be alive, in milliseconds. */
const HEARTBEAT_MS = 15_000

interface Table {
  readonly tryIt: TryIt
  /** Told when there is something new. */
  readonly listeners: Set<() => void>
}

/**
 * The try-it panels of all lessons under `/api/try-it/LESSON`: `GET` is what to show, `GET …/events` the same whenever it has
 * changed, and `POST …/start`, `…/send`, `…/faults` and `…/stop` with a JSON object as body do what they say and answer with
 * what to show. Host, Origin and the length of a body are the server's to look at, before these.
 */
export function tryItRoutes(options: Pick<TryItOptions, 'attemptDir' | 'idleMs'> = {}): TryItRoutes {
  const app = new Hono().basePath('/api/try-it')
  const tables = new Map<string, Table>()
  const streams = new Set<() => void>()

  /** One table a lesson, however many pages show it. */
  function tableOf(id: string): Table | undefined {
    const known = tables.get(id)
    const lesson = lessons.find((each) => each.id === id)
    if (known !== undefined || lesson === undefined) return known
    const listeners = new Set<() => void>()
    const onChange = () => {
      for (const listener of listeners) listener()
    }
    const tryIt = openTryIt(lesson, { ...options, onChange })
    if (tryIt === undefined) return undefined
    const table = { tryIt, listeners }
    tables.set(id, table)
    return table
  }

  app.get('/:lesson', (c) => {
    const table = tableOf(c.req.param('lesson'))
    return table === undefined ? nothingHere(c) : c.json(table.tryIt.snapshot())
  })

  app.get('/:lesson/events', (c) => {
    const table = tableOf(c.req.param('lesson'))
    if (table === undefined) return nothingHere(c)
    if (streams.size >= MAX_STREAMS) return c.json({ error: 'Too many pages are open. Close some of them.' }, 503)
    let end!: () => void
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    streams.add(end)
    return streamSSE(c, async (stream) => {
      const tell = () => void stream.writeSSE({ data: JSON.stringify(table.tryIt.snapshot()) })
      const heartbeat = setInterval(() => void stream.write(':\n\n'), HEARTBEAT_MS)
      table.listeners.add(tell)
      stream.onAbort(end)
      tell()
      await over
      clearInterval(heartbeat)
      table.listeners.delete(tell)
      streams.delete(end)
    })
  })

  app.post('/:lesson/:deed', async (c) => {
    const table = tableOf(c.req.param('lesson'))
    const deed = DEEDS.get(c.req.param('deed'))
    if (table === undefined || deed === undefined) return nothingHere(c)
    const body = await readObject(c)
    if (body === undefined) return c.json({ error: 'The body is to be a JSON object.' }, 400)
    try {
      await deed(table.tryIt, body)
      return c.json(table.tryIt.snapshot())
    } catch (error) {
      if (error instanceof Refused) return c.json({ error: error.message }, STATUS[error.why])
      throw error
    }
  })

  const close = async () => {
    for (const end of streams) end()
    await Promise.all([...tables.values()].map(({ tryIt }) => tryIt.stop()))
  }
  return Object.assign(app as unknown as Hono, { close })
}

const STATUS = { 'not-running': 409, 'too-long': 413, 'too-fast': 429, unknown: 400 } as const

type Body = Readonly<Record<string, unknown>>

const DEEDS: ReadonlyMap<string, (tryIt: TryIt, body: Body) => Promise<void>> = new Map([
  ['start', (tryIt: TryIt, { seed }: Body) => tryIt.start(typeof seed === 'number' ? seed : undefined)],
  ['send', (tryIt: TryIt, body: Body) => tryIt.send(readMessage(body))],
  ['faults', async (tryIt: TryIt, body: Body) => tryIt.setFaults(readFaults(body))],
  ['stop', (tryIt: TryIt) => tryIt.stop()],
])

/** A page of another origin cannot send this type without being asked first. */
async function readObject(c: Context): Promise<Body | undefined> {
  if (!/^application\/json\b/.test(c.req.header('content-type') ?? '')) return undefined
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Body) : undefined
}

function readMessage({ sender, text, ready, again }: Body): Message {
  if (typeof again === 'number') return { again }
  if (typeof sender === 'string' && typeof text === 'string') return { sender, text }
  if (typeof sender === 'string' && typeof ready === 'string') return { sender, ready }
  throw new Refused('unknown', 'A message needs a sender and a text, the name of one that is ready, or the number of one before.')
}

function readFaults(body: Body): Faults {
  const share = (name: keyof Faults) => {
    const value = body[name]
    if (typeof value === 'number' && value >= 0 && value <= 1) return value
    throw new Refused('unknown', `${name} is to be a number from 0 to 1.`)
  }
  return { loss: share('loss'), duplicate: share('duplicate'), reorder: share('reorder') }
}

function nothingHere(c: Context) {
  return c.json({ error: 'There is nothing to be tried out under this name.' }, 404)
}
