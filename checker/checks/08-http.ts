import { once } from 'node:events'
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import type { Lab } from '../lab/lab.ts'
import { connectTcp } from '../lab/tcp-socket.ts'
import type { ConnectionTrace } from '../lab/trace.ts'
import { show } from '../lab/show.ts'
import { within } from '../lab/within.ts'
import type { Address } from '../contracts/endpoint.ts'

/** The page's server, as a check knows it. What it answers is not trusted. */
export interface Server {
  readonly url: string
}

export interface Request {
  /** GET by default. */
  readonly method?: string
  /** As it goes over the wire: nothing is encoded or put right. */
  readonly path: string
  /** Besides `Host`, which is that of the url unless it is given. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** How long an answer may take, in milliseconds of an idle machine. A search takes one second of it. */
export const ANSWER_MS = 4000
/** How much of an answer is read. */
const MAX_BODY_BYTES = 8 * 1024 * 1024

/** Asks the server, and waits for the whole answer. */
export async function ask(lab: Lab, server: Server, request: Request): Promise<Response> {
  const exchange = await openExchange(lab, server, request)
  exchange.request.end(request.body)
  const title = `${request.method ?? 'GET'} ${request.path}`
  const work = async () => {
    const response = await exchange.answered
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response) }
  }
  try {
    return await within(ANSWER_MS, `the answer to ${title}`, work())
  } catch (error) {
    if (isHttp(error)) throw error
    return lab.fail(`an HTTP answer to ${title}`, `something else: ${(error as Error).message}`, {
      why: 'What came back over the connection is no answer in the language of HTTP.',
    })
  } finally {
    exchange.request.destroy()
  }
}

/** Asks the server, and waits for the head of the answer alone: a stream of events does not end. */
export async function statusOf(lab: Lab, server: Server, asked: Request): Promise<Pick<Response, 'status'>> {
  const { request, answered } = await openExchange(lab, server, asked)
  request.end(asked.body)
  try {
    const head = await within(ANSWER_MS, `the answer to ${asked.method ?? 'GET'} ${asked.path}`, answered)
    return { status: head.statusCode ?? 0 }
  } finally {
    request.destroy()
  }
}

/** A request whose body and answer are in the hands of the check. */
export interface Exchange {
  readonly request: ClientRequest
  /** Resolves when the head of the answer is there. Also rejects when the connection breaks. */
  readonly answered: Promise<IncomingMessage>
}

/** Connects, and prepares a request; its head goes out with the first of the body, or with `end()`. */
export async function openExchange(
  lab: Lab,
  server: Server,
  { method = 'GET', path, headers, body }: Request,
): Promise<Exchange> {
  const address = addressOf(lab, server)
  const socket = await connectTcp(address)
  const wire = lab.trace.connection('checker', 'you')
  const host = `${address.host}:${address.port}`
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const request = httpRequest({
    createConnection: () => socket,
    method,
    path,
    headers: { host, ...length, ...headers },
  })
  wire.segment('up', Buffer.from(`${method} ${path} HTTP/1.1\r\n\r\n`))
  watch(wire, socket)
  lab.cleanUp(async () => void socket.destroy())
  const answered = once(request, 'response').then(([response]) => response as IncomingMessage)
  answered.catch(() => undefined)
  // `once` hears the first error only; a later one must not end the checker.
  request.on('error', () => undefined)
  return { request, answered }
}

function watch(wire: ConnectionTrace, socket: { on(event: string, listener: (bytes: Buffer) => void): unknown }): void {
  socket.on('data', (bytes) => wire.segment('down', bytes))
  socket.on('end', () => wire.closed('down', 'end'))
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    sizeBytes += piece.length
    if (sizeBytes <= MAX_BODY_BYTES) pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** Whether an error says something else than that the answer is not in HTTP. */
function isHttp(error: unknown): boolean {
  return !String((error as NodeJS.ErrnoException).code).startsWith('HPE_')
}

/** Where the server is, by its own word. */
export function addressOf(lab: Lab, { url }: Server): Address {
  const [, port] = /^http:\/\/127\.0\.0\.1:(\d+)\/?$/.exec(url) ?? []
  if (port !== undefined) return { host: '127.0.0.1', port: Number(port) }
  return lab.fail('a url such as "http://127.0.0.1:51234/"', JSON.stringify(url).slice(0, 120), {
    why: 'The url is what people open in a browser. It says that the page is on this machine, and at which port.',
  })
}

/** The answer's JSON; the check fails when it is none. */
function jsonOf(lab: Lab, what: string, { status, body }: Response): unknown {
  lab.expect(status, 200, { why: `${what} is answered with status 200 and JSON.` })
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return lab.fail('JSON', JSON.stringify(body.toString().slice(0, 120)), {
      why: `${what} is answered with JSON. A page reads it with response.json().`,
    })
  }
}

/** The list in an answer: by itself, or the only list in an object. */
export function listOf(lab: Lab, what: string, response: Response): readonly unknown[] {
  const value = jsonOf(lab, what, response)
  const lists = [value, ...Object.values(value ?? {})].filter((each) => Array.isArray(each))
  return Array.isArray(value) || lists.length === 1
    ? (lists[0] as unknown[])
    : lab.fail('a list', show(value), { why: `${what} is answered with a list.` })
}
