import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'A closed socket of Node hands over nothing any more; the question makes that plain.',
    mutants: [['startReceiver', 'if (!open) return', '(!open) → (false)']],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startReceiver', "socket.bind(options.port ?? 0, '127.0.0.1')", 'without ?? 0']],
  },
  {
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['decode', '} catch {', '{ return undefined } → {}']],
  },
  {
    reason: 'A decoder that takes a byte order mark away is what most programs have, so no check sends one.',
    mutants: [
      ['decode', "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)", 'true → false (no. 2)'],
    ],
  },
]
