import type { Context, Hono } from 'hono'
import { stream as streamBody } from 'hono/streaming'
import type { Lesson } from '../catalogue.ts'
import { readBoard } from './board.ts'
import type { Session } from './session.ts'

/** So many streams at once are more than anybody has tabs. */
const MAX_STREAMS = 100
/** What a browser waits before it asks again after a break, in milliseconds. */
const RETRY_MS = 500
/** A stream that is silent for longer may be taken for dead on its way, in milliseconds. */
const BEAT_MS = 15_000
/** A reader that leaves so many messages lying is not reading. */
const MAX_WAITING = 10_000

export interface Events {
  /** Ends all streams. */
  close(): void
}

/**
 * What happens, as it happens: for a page its whole board after each change, by server-sent events; for `npm run watch`
 * every message of the rounds, one JSON text in a line.
 */
export function eventRoutes(app: Hono, session: Session, server: string, lessonOf: (c: Context) => Lesson | undefined): Events {
  const ending = new Set<() => void>()

  app.get('/api/lessons/:lesson/events', (c) => {
    const lesson = lessonOf(c)
    if (lesson === undefined) return c.notFound()
    return open(c, 'text/event-stream', `retry: ${RETRY_MS}\n\n`, ': beat\n\n', (pour) => {
      let sent = ''
      let pending = false
      const send = async () => {
        if (pending) return
        pending = true
        // What comes in one go is told in one go.
        await new Promise(setImmediate)
        pending = false
        const board = JSON.stringify(await readBoard(session, lesson, server))
        if (board === sent) return
        sent = board
        pour(`data: ${board}\n\n`)
      }
      const leave = session.subscribe(() => void send())
      void send()
      return leave
    })
  })

  app.get('/api/rounds', (c) =>
    open(c, 'application/x-ndjson', '\n', '\n', (pour) => session.subscribe((message) => pour(`${JSON.stringify(message)}\n`))),
  )

  /** Opens a stream, unless there are too many. @param fill pours text into it from now on, and returns what ends that */
  function open(c: Context, type: string, head: string, beat: string, fill: (pour: (text: string) => void) => () => void) {
    if (ending.size >= MAX_STREAMS) {
      return c.text(`${MAX_STREAMS} pages are open on this workbook. Close some of them.\n`, 503, { 'retry-after': '5' })
    }
    c.header('content-type', type)
    c.header('cache-control', 'no-store')
    // Counted before the stream begins to flow, so that a thousand at once are counted, too.
    let end = () => undefined as void
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    ending.add(end)
    return streamBody(c, async (stream) => {
      stream.onAbort(end)
      let waiting = 0
      const pour = (text: string) => {
        if (waiting > MAX_WAITING) end()
        else void write(text)
      }
      const write = async (text: string) => {
        waiting += 1
        await stream.write(text)
        waiting -= 1
      }
      pour(head)
      const leave = fill(pour)
      const timer = setInterval(pour, BEAT_MS, beat)
      await ended
      clearInterval(timer)
      leave()
      ending.delete(end)
    })
  }

  return {
    close() {
      for (const end of ending) end()
    },
  }
}
