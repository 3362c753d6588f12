import type { Address } from '../contracts/endpoint.ts'
import type { CannedMessage, Poke } from './poke.ts'

/** A request as it goes over the wire: one line for what, some for how, an empty line, and the body. */
const messages: Readonly<Record<string, CannedMessage>> = {
  page: { about: 'asks for the page; 200', make: (to) => request('GET /', to) },
  files: { about: 'asks which files are shared; 200, as JSON', make: (to) => request('GET /api/files', to) },
  put: {
    about: 'makes poked.txt of five bytes; 200, 201 or 204',
    make: (to) => request('PUT /api/files/poked.txt', to, { body: 'hello' }),
  },
  search: { about: 'asks the network who has 1.txt; 200, as JSON', make: (to) => request('GET /api/search?name=1.txt', to) },
  events: { about: 'listens to what happens; the answer does not end', make: (to) => request('GET /api/events', to) },
  outside: {
    about: 'a name that leads out of the folder, encoded: ../../x; 400',
    make: (to) => request('PUT /api/files/..%2f..%2fx', to, { body: 'hello' }),
  },
  percent: {
    about: 'a name that cannot be decoded; 400, and the program lives on',
    make: (to) => request('PUT /api/files/%', to, { body: 'hello' }),
  },
  'no-hit': {
    about: 'wants to fetch what is no hit; 400',
    make: (to) => request('POST /api/download', to, { body: '{"name":"a.txt"}' }),
  },
  nowhere: { about: 'a path that there is not; 404', make: (to) => request('GET /nowhere', to) },
  delete: { about: 'a method that is not meant; 405', make: (to) => request('DELETE /api/files', to) },
  'other-host': {
    about: 'asks as if it were another server, as in DNS rebinding; 403',
    make: (to) => request('GET /api/files', to, { host: 'evil.example' }),
  },
  'other-page': {
    about: 'puts a file in the name of another page; 403',
    make: (to) => request('PUT /api/files/poked.txt', to, { body: 'hello', headers: { Origin: 'http://evil.example' } }),
  },
  half: {
    about: 'announces ten bytes and brings five; then type /end, and half.txt must not be there',
    make: (to) => request('PUT /api/files/half.txt', to, { body: 'hello', sizeBytes: 10 }),
  },
}

export const poke: Poke = { protocol: 'tcp', port: 8008, keepsOpen: true, messages }

interface Parts {
  /** That of a browser by default: the page's address. */
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What is said about the length of the body, true or not. */
  readonly sizeBytes?: number
}

function request(
  line: string,
  to: Address,
  { host = `${to.host}:${to.port}`, headers = {}, body = '', sizeBytes = Buffer.byteLength(body) }: Parts = {},
): string {
  const all = { Host: host, ...headers, ...(body === '' ? {} : { 'Content-Length': String(sizeBytes) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n')
}
