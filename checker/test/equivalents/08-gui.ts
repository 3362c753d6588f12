import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const MAX_HIT_BYTES = 64 * 1024', '1024 → 1025'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025'],
    ],
  },
]
