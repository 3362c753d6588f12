import type { CannedMessage, Poke } from './poke.ts'

const PORT = 8008
/** What a browser writes when the page's address stands in its line: the server is to compare it. */
const HOST = `127.0.0.1:${PORT}`

/** A request as it goes over the wire: one line for what, some for how, an empty line, and the body. */
const messages: Readonly<Record<string, CannedMessage>> = {
  page: { about: 'asks for the page; 200', make: () => request('GET /') },
  files: { about: 'asks which files are shared; 200, as JSON', make: () => request('GET /api/files') },
  put: {
    about: 'makes poked.txt of five bytes; 200, 201 or 204',
    make: () => request('PUT /api/files/poked.txt', { body: 'hello' }),
  },
  search: { about: 'asks the network who has 1.txt; 200, as JSON', make: () => request('GET /api/search?name=1.txt') },
  events: { about: 'listens to what happens; the answer does not end', make: () => request('GET /api/events') },
  outside: {
    about: 'a name that leads out of the folder, encoded: ../../x; 400',
    make: () => request('PUT /api/files/..%2f..%2fx', { body: 'hello' }),
  },
  percent: {
    about: 'a name that cannot be decoded; 400, and the program lives on',
    make: () => request('PUT /api/files/%', { body: 'hello' }),
  },
  'no-hit': {
    about: 'wants to fetch what is no hit; 400',
    make: () => request('POST /api/download', { body: '{"name":"a.txt"}' }),
  },
  nowhere: { about: 'a path that there is not; 404', make: () => request('GET /nowhere') },
  delete: { about: 'a method that is not meant; 405', make: () => request('DELETE /api/files') },
  'other-host': {
    about: 'asks as if it were another server, as in DNS rebinding; 403',
    make: () => request('GET /api/files', { host: 'evil.example' }),
  },
  'other-page': {
    about: 'puts a file in the name of another page; 403',
    make: () => request('PUT /api/files/poked.txt', { body: 'hello', headers: { Origin: 'http://evil.example' } }),
  },
  half: {
    about: 'announces ten bytes and brings five; then type /end, and half.txt must not be there',
    make: () => request('PUT /api/files/half.txt', { body: 'hello', sizeBytes: 10 }),
  },
}

export const poke: Poke = { protocol: 'tcp', port: PORT, messages }

interface Parts {
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** What is said about the length of the body, true or not. */
  readonly sizeBytes?: number
}

function request(
  line: string,
  { host = HOST, headers = {}, body = '', sizeBytes = Buffer.byteLength(body) }: Parts = {},
): string {
  const all = { Host: host, ...headers, ...(body === '' ? {} : { 'Content-Length': String(sizeBytes) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n')
}
