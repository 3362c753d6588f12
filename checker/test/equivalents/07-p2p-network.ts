import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025'],
      ['startNode › remember', 'if (seen.size > REMEMBERED) seen.delete(oldest)', '> → >='],
    ],
  },
  {
    reason: 'It decides when a segment leaves, and loopback is too quick to show it.',
    mutants: [
      ['startNode', 'const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {', 'true → false (no. 2)'],
    ],
  },
  {
    reason: 'There is always an oldest one: the qid was added just before.',
    mutants: [['startNode › remember', 'const [oldest = qid] = seen.keys()', 'without = qid']],
  },
]
