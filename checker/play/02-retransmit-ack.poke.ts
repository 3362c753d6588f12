import type { Poke } from './poke.ts'

const SESSION = 0x1a2b3c4d
const DATA = 1
const ACK = 2

export const poke: Poke = {
  protocol: 'udp',
  port: 5002,
  messages: {
    first: { about: 'DATA 0; answered with its ACK', make: () => packet(DATA, 0, 'first') },
    second: { about: 'DATA 1; answered once DATA 0 has come', make: () => packet(DATA, 1, 'second') },
    other: { about: 'DATA 0 of another session; delivered, too', make: () => packet(DATA, 0, 'other', SESSION + 1) },
    ack: { about: 'an ACK that nobody waits for; no answer', make: () => packet(ACK, 0, '') },
    short: { about: '8 bytes, too few for a header; no answer', make: () => packet(DATA, 0, '').subarray(0, 8) },
    unknown: { about: 'a packet of type 3; no answer', make: () => packet(3, 0, 'what?') },
  },
}

/** Type, session, number, text; numbers in network order. */
function packet(type: number, seq: number, text: string, session = SESSION): Buffer {
  const header = Buffer.alloc(9)
  header.writeUInt8(type)
  header.writeUInt32BE(session, 1)
  header.writeUInt32BE(seq, 5)
  return Buffer.concat([header, Buffer.from(text)])
}
