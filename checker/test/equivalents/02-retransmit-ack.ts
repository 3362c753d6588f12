import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'No text of more than 1,200 bytes is a packet, and the contract does not say what becomes of one.',
    mutants: [
      ['', 'const MAX_TEXT_BYTES = 1200', '1200 → 1201'],
      [
        'encodePacket',
        "if (text.length > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${text.length} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
        '(text.length > MAX_TEXT_BYTES) → (false)',
      ],
      [
        'encodePacket',
        "if (text.length > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${text.length} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
        "without throw failure('TOO_LONG', `${text.length} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
      ],
      [
        'encodePacket',
        "if (text.length > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${text.length} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
        "'TOO_LONG' → ''",
      ],
      [
        'openClient › send',
        "if (size > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${size} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
        '(size > MAX_TEXT_BYTES) → (false)',
      ],
      [
        'openClient › send',
        "if (size > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${size} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
        "without throw failure('TOO_LONG', `${size} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
      ],
      [
        'openClient › send',
        "if (size > MAX_TEXT_BYTES) throw failure('TOO_LONG', `${size} bytes of text, at most ${MAX_TEXT_BYTES} fit`)",
        "'TOO_LONG' → ''",
      ],
    ],
  },
  {
    reason: 'The contract does not say what becomes of an ACK that is too long.',
    mutants: [
      [
        'decodePacket',
        "if (type === TYPE_ACK) return bytes.length === HEADER_BYTES ? { type: 'ACK', session, seq } : undefined",
        'bytes.length === HEADER_BYTES → true',
      ],
    ],
  },
  {
    reason: 'The contract does not say what becomes of bytes that are not UTF-8, or of a mark at the start of a text.',
    mutants: [
      [
        'decodePacket',
        "return text === undefined ? undefined : { type: 'DATA', session, seq, text }",
        'text === undefined → false',
      ],
      [
        'decodeText',
        "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)",
        '{ fatal: true, ignoreBOM: true } → {}',
      ],
      ['decodeText', "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)", 'true → false'],
      ['decodeText', "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)", 'true → false (no. 2)'],
    ],
  },
  {
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['decodeText', '} catch {', '{ return undefined } → {}']],
  },
  {
    reason: "Whatever is not 'DATA' is laid out as an ACK.",
    mutants: [
      ['startServer', "socket.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address)", "'ACK' → ''"],
    ],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startServer', "socket.bind(options.port ?? 0, '127.0.0.1')", 'without ?? 0']],
  },
  {
    reason: 'Where a datagram cannot be sent at all, not only lost: on Linux nothing a check may do brings that about.',
    mutants: [
      [
        'startServer',
        "socket.on('error', () => {}) // an ACK that cannot be sent is a lost ACK: the next copy asks for it again",
        "without socket.on('error', () => {})",
      ],
      [
        'startServer',
        "socket.on('error', () => {}) // an ACK that cannot be sent is a lost ACK: the next copy asks for it again",
        "'error' → ''",
      ],
    ],
  },
  {
    reason: 'One millisecond cannot be told on a busy machine.',
    mutants: [
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', '200 → 201'],
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', '200 → 199'],
    ],
  },
  {
    reason: 'The contract does not speak of an ACK for a packet that was never sent.',
    mutants: [['openClient', "if (message === undefined || packet?.type !== 'ACK') return", 'without message === undefined ||']],
  },
  {
    reason: 'By then nobody listens to the signal of a message that has ended.',
    mutants: [['openClient › abandon', 'if (!queue.includes(message)) return', '(!queue.includes(message)) → (false)']],
  },
  {
    reason: 'The lesson says so: what the messages behind one that was sent and given up come to is not checked.',
    mutants: [
      ['openClient › abandon', 'if (message.attempts > 0) {', '(message.attempts > 0) → (false)'],
      ['openClient › abandon', 'if (message.attempts > 0) {', '0 → 1'],
      ['openClient › abandon', 'session = randomSession()', 'without session = randomSession()'],
      ['openClient › abandon', 'seq = 0', 'without seq = 0'],
      ['openClient › abandon', 'seq = 0', '0 → 1'],
    ],
  },
  {
    reason: 'What is sent on a closed socket rejects as well, and the contract names no code for it.',
    mutants: [
      ['openClient › send', "if (!open) throw failure('CLOSED', 'the client is closed')", '(!open) → (false)'],
      ['openClient › send', "if (!open) throw failure('CLOSED', 'the client is closed')", "'CLOSED' → ''"],
    ],
  },
  {
    reason:
      'A signal crosses into the process of the attempt, which hears of an abort only later: no check can show it one that was aborted before.',
    mutants: [
      [
        'openClient › send',
        "if (signal?.aborted === true) throw failure('ABORTED', 'given up before it was sent')",
        '(signal?.aborted === true) → (false)',
      ],
      [
        'openClient › send',
        "if (signal?.aborted === true) throw failure('ABORTED', 'given up before it was sent')",
        "without throw failure('ABORTED', 'given up before it was sent')",
      ],
      [
        'openClient › send',
        "if (signal?.aborted === true) throw failure('ABORTED', 'given up before it was sent')",
        "'ABORTED' → ''",
      ],
    ],
  },
  {
    reason: 'A message that has ended is not in the queue, and giving it up then does nothing.',
    mutants: [
      ['openClient › send', '} finally {', "{ signal?.removeEventListener('abort', giveUp) } → {}"],
      ['openClient › send', "signal?.removeEventListener('abort', giveUp)", "'abort' → ''"],
    ],
  },
  {
    reason: 'What is sent earlier waits until the socket is connected.',
    mutants: [
      ['openClient', "await once(socket, 'connect')", 'without await'],
      ['openClient', "await once(socket, 'connect')", "without await once(socket, 'connect')"],
    ],
  },
  {
    reason:
      'How many numbers are drawn from is not checked: the contract takes any session, and two clients that share one are chance.',
    mutants: [
      ['randomSession', 'return randomInt(2 ** 32)', '32 → 31'],
      ['randomSession', 'return randomInt(2 ** 32)', '** → *'],
    ],
  },
  {
    reason: 'After close() the queue is empty, and the timer finds nothing to send.',
    mutants: [['openClient', 'clearTimeout(timer)', 'without clearTimeout(timer)']],
  },
]
