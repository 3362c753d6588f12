import { randomUUID } from 'node:crypto'
import type { Poke } from './poke.ts'

export const poke: Poke = {
  protocol: 'udp',
  port: 5004,
  messages: {
    join: { about: 'join as poke; answered with joined', make: () => JSON.stringify({ type: 'join', name: 'poke' }) },
    say: { about: 'say something, with a new id and the time of now; passed on to the others', make: say },
    leave: { about: 'leave; not answered', make: () => JSON.stringify({ type: 'leave' }) },
    nameless: { about: 'join without a name; answered with BAD_NAME', make: () => JSON.stringify({ type: 'join', name: '' }) },
    null: { about: 'JSON, but no object; ignored', make: () => 'null' },
    half: { about: 'JSON that breaks off; ignored', make: () => '{"type":"jo' },
  },
}

function say(): string {
  return JSON.stringify({ type: 'say', id: randomUUID(), text: 'hello, 안녕', at: new Date().toISOString() })
}
