import type { Poke } from './poke.ts'

export const poke: Poke = {
  protocol: 'udp',
  port: 5001,
  messages: {
    hello: { about: 'a text in two scripts', make: () => 'hello, 안녕' },
    empty: { about: 'no bytes at all; a message all the same', make: () => '' },
    long: { about: '2000 bytes, all of them part of the message', make: () => 'long '.repeat(400) },
    damaged: { about: 'bytes that are not UTF-8; for onError', make: () => Uint8Array.of(0x68, 0x69, 0xff, 0xfe) },
    nearly: { about: 'a q and a line end; not the end', make: () => 'q\n' },
    q: { about: 'the end', make: () => 'q' },
  },
}
