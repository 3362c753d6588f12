import type { IncomingMessage } from 'node:http'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { PATIENCE_MS, WaitedInVain, within } from '../lab/within.ts'
import { openExchange, type Server } from './08-http.ts'

/** A transfer, as an event told it: whatever the attempt has put into it. */
export interface Told {
  readonly id?: unknown
  readonly name?: unknown
  readonly direction?: unknown
  readonly state?: unknown
  readonly bytes?: unknown
  readonly size?: unknown
  readonly error?: unknown
}

/** Whether an event tells of a file. */
export const isOf = (name: string) => (told: Told) => told.name === name
/** Whether an event tells that a file is in a state. */
export const says = (name: string, state: string) => (told: Told) => told.name === name && told.state === state

/** A subscriber of the event stream. */
export interface Subscriber {
  /** What it was told of transfers, in order. */
  readonly told: Inbox<Told>
  /** Resolves when the stream ends or breaks. */
  readonly ended: Promise<void>
  /**
   * Waits for an event of a transfer.
   * @param what completes the sentence "no …": `event that says done`
   */
  hears(what: string, matches: (told: Told) => boolean, why: string): Promise<Told>
  leave(): void
}

/** How long a subscriber waits for an event, in milliseconds of an idle machine. */
const EVENT_MS = 5 * PATIENCE_MS
/** How long the head of the answer may take. The first request of all may have much to load. */
const HEAD_MS = 4 * PATIENCE_MS

/** Subscribes to the events of a page's server. @param name tells several subscribers apart in the trace */
export async function subscribe(lab: Lab, server: Server, name = 'checker'): Promise<Subscriber> {
  const { request, answered } = await openExchange(lab, server, {
    path: '/api/events',
    headers: { accept: 'text/event-stream' },
  })
  request.end()
  const response = await within(HEAD_MS, 'the answer to GET /api/events', answered).catch((error: unknown) => {
    if (!(error instanceof WaitedInVain)) throw error
    return lab.fail('the head of the answer to GET /api/events', 'nothing', {
      why: 'The stream has no event yet, and the head of the answer is still in your program. A browser waits for it.',
      hint: 'response.flushHeaders() sends the head at once.',
    })
  })
  const type = String(response.headers['content-type']).split(';')[0]
  lab.expect([response.statusCode, type], [200, 'text/event-stream'], {
    why: 'GET /api/events is answered with a stream of server-sent events. A browser looks at this content type, and closes everything else.',
  })
  const told = lab.inbox<Told>('event', ({ name: file, state, bytes }) => `${show(file)} ${String(state)} ${String(bytes)}`, name)
  readEvents(response, (event, data) => {
    if (event === 'transfer') told.push(readTold(data))
  })
  return {
    told,
    ended: new Promise((resolve) => response.once('close', resolve)),
    async hears(what, matches, why) {
      const missed = () => lab.fail(what, lastOf(told.all), { why })
      return told.next(what, matches, EVENT_MS).catch(missed)
    },
    leave: () => request.destroy(),
  }
}

function lastOf(all: readonly Told[]): string {
  const last = all.at(-1)
  return last === undefined ? 'no event' : `the last event says ${inWords(last)}`
}

/** An event in a few words: `receive "x" active 5 of 10`. */
export function inWords({ name, direction, state, bytes, size }: Told): string {
  return `${String(direction)} ${show(name)} ${String(state)} ${String(bytes)} of ${String(size)}`
}

/** @see HTML Living Standard, "Server-sent events", section "Interpreting an event stream" */
function readEvents(response: IncomingMessage, onEvent: (event: string, data: string) => void): void {
  let text = ''
  let event = ''
  let data: string[] = []
  const takeLine = (line: string) => {
    if (line === '') {
      if (data.length > 0) onEvent(event === '' ? 'message' : event, data.join('\n'))
      event = ''
      data = []
      return
    }
    const [, field = line, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === 'event') event = value
    if (field === 'data') data.push(value)
  }
  response.setEncoding('utf8')
  response.on('data', (piece: string) => {
    // A line may end with CR LF, and the two may come apart.
    const lines = (text + piece).split(/\r\n|\n|\r(?!$)/)
    text = lines.pop() ?? ''
    lines.forEach(takeLine)
  })
  response.on('error', () => undefined)
}

function readTold(data: string): Told {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? value : { name: data }
  } catch {
    return { name: `no JSON: ${data.slice(0, 80)}` }
  }
}
