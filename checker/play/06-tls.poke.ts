import { frames } from './05-file-transfer.poke.ts'
import type { Poke } from './poke.ts'

export const poke: Poke = { protocol: 'tls', port: 5006, messages: frames }
