import type { Poke } from './poke.ts'

export const poke: Poke = {
  protocol: 'udp',
  port: 5003,
  messages: {
    plain: { about: 'a text that is no token; refused', make: () => 'hello' },
    old: {
      about: 'the token of 1985 from the specification of Fernet; refused with any key of today',
      make: () => 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
    },
    short: { about: 'a token that ends after its version; refused', make: () => 'gA==' },
    empty: { about: 'no bytes at all; refused', make: () => '' },
  },
}
