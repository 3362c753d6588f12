import { pack } from '../checks/05-frames.ts'
import type { CannedMessage, Poke } from './poke.ts'

/** Lesson 6 sends the same inside of TLS. */
export const frames: Readonly<Record<string, CannedMessage>> = {
  list: { about: 'asks which files there are; answered with files', make: () => pack({ type: 'list' }) },
  nothing: { about: 'asks for no file; answered with end', make: () => pack({ type: 'get', names: [] }) },
  missing: { about: 'asks for a file that is not there; missing, then end', make: () => get('no-such-file') },
  outside: { about: 'asks for a file outside of the folder; refused, then end', make: () => get('../package.json') },
  unknown: { about: 'a request of no known type; error, and the end', make: () => pack({ type: 'dance' }) },
  half: { about: 'a length of 100 and 5 bytes; the server waits for the rest', make: () => Buffer.from('\0\0\0dhello') },
  huge: { about: 'a length of 4 GB; error, and the end', make: () => Uint8Array.of(0xff, 0xff, 0xff, 0xff) },
}

export const poke: Poke = { protocol: 'tcp', port: 5005, messages: frames }

function get(name: string): Buffer {
  return pack({ type: 'get', names: [name] })
}
