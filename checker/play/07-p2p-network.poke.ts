import { randomBytes } from 'node:crypto'
import { pack } from '../checks/05-frames.ts'
import type { CannedMessage, Poke } from './poke.ts'

/** A link begins with a hello; a connection that begins with anything else is served as in lesson 5. */
const messages: Readonly<Record<string, CannedMessage>> = {
  hello: { about: 'makes this a link; answered with a hello', make: hello },
  query: { about: 'asks who has 1.txt, no further than here; a hit, if this node has it', make: () => query('1.txt', 1) },
  far: { about: 'asks the whole network who has 3.txt', make: () => query('3.txt', 7) },
  pattern: { about: 'asks for a file named *; a name is no pattern, so there is no hit', make: () => query('*', 7) },
  bye: { about: 'leaves', make: () => pack({ type: 'bye' }) },
  list: { about: 'instead of hello: asks which files there are, as in lesson 5', make: () => pack({ type: 'list' }) },
  huge: { about: 'a length of 4 GB; this link ends, and no other', make: () => Uint8Array.of(0xff, 0xff, 0xff, 0xff) },
}

export const poke: Poke = { protocol: 'tcp', port: 5007, messages }

function hello(): Buffer {
  return pack({ type: 'hello', id: randomId(), host: '127.0.0.1', port: 9, files: [] })
}

function query(name: string, ttl: number): Buffer {
  return pack({ type: 'query', qid: randomId(), name, ttl, hops: 0 })
}

/** 32 hexadecimal digits. */
function randomId(): string {
  return randomBytes(16).toString('hex')
}
