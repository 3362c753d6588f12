import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [['', 'const CHUNK_BYTES = 256 * 1024', '1024 → 1023']],
  },
  {
    reason: 'A server of Node that is closed twice says so twice.',
    mutants: [['startFileServer › close', 'if (closed === undefined) {', '(closed === undefined) → (true)']],
  },
  {
    reason: 'The contract does not say by which of its fields an answer is told; two variants go by the list.',
    mutants: [
      [
        'listOver',
        "if (type !== 'files' || !isFileList(files)) throw protocolError(`Expected a list of files, got ${String(type)}`)",
        "without type !== 'files' ||",
      ],
    ],
  },
  {
    reason: 'Nobody reads from the connection afterwards.',
    mutants: [['fetchOver', '} finally {', '{ reader.release() } → {}']],
  },
  {
    reason: 'A destroyed stream takes the last words and drops them.',
    mutants: [['hangUp', 'if (stream.destroyed) return', '(stream.destroyed) → (false)']],
  },
  {
    reason: 'Whether a reset overtakes the last words is up to the system; no check can bring it about.',
    mutants: [['hangUp', 'stream.resume()', 'without stream.resume()']],
  },
  {
    reason: 'A timer that stays behind finds nothing to do and shows nothing on the wire.',
    mutants: [['hangUp', "stream.once('close', () => clearTimeout(timer))", 'clearTimeout(timer) → undefined']],
  },
  {
    reason: 'It differs only for a file that grows while it is sent, and the contract does not speak of that.',
    mutants: [
      [
        'sendFile',
        'size === 0 ? [] : file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })',
        '{ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false } → {}',
      ],
    ],
  },
  {
    reason: 'A file handle of Node may be closed twice.',
    mutants: [
      [
        'sendFile',
        'size === 0 ? [] : file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })',
        'false → true',
      ],
    ],
  },
  {
    reason: 'An open handle shows nothing on the wire until the system has no more of them.',
    mutants: [['sendFile', '} finally {', '{ await file.close() } → {}']],
  },
  {
    reason: 'A variant counts as right that does not look whether a frame holds an object.',
    mutants: [
      [
        'parse',
        "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message",
        "without typeof value === 'object' && value !== null &&",
      ],
    ],
  },
  {
    reason: 'What follows throws then, and whatever is thrown is answered with an error as well.',
    mutants: [
      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        '&& → ||',
      ],
      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        "without && value.every((name) => typeof name === 'string')",
      ],
      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        'every → some',
      ],
    ],
  },
]
