import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'A token with less than a whole block in it cannot be decrypted and is refused for that.',
    mutants: [['', 'const BLOCK_BYTES = 16', '16 → 15']],
  },
  {
    reason: 'The contract lets a receiver remember tokens for longer.',
    mutants: [
      [
        'startSecureReceiver',
        'const remember = openMemory(ttl === undefined ? Infinity : ttl + MAX_CLOCK_SKEW_S)',
        'ttl === undefined → true',
      ],
      ['openMemory', 'for (const [old, time] of forgetAfter) {', '{ if (time >= now) break forgetAfter.delete(old) } → {}'],
      ['openMemory', 'if (time >= now) break', '(time >= now) → (true)'],
      ['openMemory', 'forgetAfter.delete(old)', 'without forgetAfter.delete(old)'],
    ],
  },
  {
    reason: 'A closed socket of Node hands over nothing any more; the question makes that plain.',
    mutants: [['startSecureReceiver', 'if (!open) return', '(!open) → (false)']],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startSecureReceiver', "socket.bind(options.port ?? 0, '127.0.0.1')", 'without ?? 0']],
  },
  {
    reason:
      'A socket that stays open shows nothing on the wire, and the contract of this lesson does not speak of it; lesson 1 asks for it.',
    mutants: [['sendSecure', '} finally {', '{ socket.close() } → {}']],
  },
  {
    reason: 'The contract does not say what becomes of bytes that are not UTF-8, or of a mark at the start of a text.',
    mutants: [
      [
        'readText',
        "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decrypt(key, token, options))",
        '{ fatal: true, ignoreBOM: true } → {}',
      ],
      [
        'readText',
        "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decrypt(key, token, options))",
        'true → false',
      ],
      [
        'readText',
        "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decrypt(key, token, options))",
        'true → false (no. 2)',
      ],
    ],
  },
  {
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['readText', '} catch {', '{ return undefined } → {}']],
  },
  {
    reason: 'The contract leaves open what happens in the very second in which the ttl ends.',
    mutants: [['openMemory', 'if (time >= now) break', '>= → >']],
  },
  {
    reason: 'The cause of an error is for people; no contract fixes it.',
    mutants: [
      [
        'invalidToken',
        "return Object.assign(new Error('The token is not valid.', { cause }), { code: 'INVALID_TOKEN' })",
        '{ cause } → {}',
      ],
    ],
  },
]
