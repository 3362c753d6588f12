import type { Mistake } from './mistake.ts'

const HUNG = 'nothing within 2000 ms'

const receiving: readonly Mistake[] = [
  {
    name: 'resolves-before-listening',
    check: '1.1',
    actual: /^it rejected with Error EBADF/,
    edits: [["  await once(socket, 'listening') // rejects when 'error' comes first\n", '']],
  },
  {
    name: 'hands-over-bytes',
    check: '1.1',
    actual: /^\[<[0-9a-f ]+> \(8 bytes\)\]$/,
    edits: [['options.onMessage(text, {', 'options.onMessage(bytes as never, {']],
  },
  {
    name: 'returns-the-port-that-was-asked-for',
    check: '1.1',
    actual: 'address: {"host":"127.0.0.1","port":0}',
    edits: [
      [
        'const { address: host, port } = socket.address()',
        "const { host, port } = { host: '127.0.0.1', port: options.port ?? 0 }",
      ],
    ],
  },
  {
    name: 'reports-its-own-address',
    check: '1.2',
    actual: /port: (\d+) \}, \{ host: "127\.0\.0\.\d", port: \1 \}\]$/,
    edits: [['{ host: sender.address, port: sender.port }', '{ host: sender.address, port: socket.address().port }']],
  },
  {
    name: 'takes-every-sender-for-loopback',
    check: '1.2',
    actual: /^\[\{ host: "127\.0\.0\.1", port: \d+ \}, \{ host: "127\.0\.0\.1", port: \d+ \}\]$/,
    edits: [['{ host: sender.address, port', "{ host: '127.0.0.1', port"]],
  },
  {
    name: 'listens-on-a-udp6-socket',
    check: '1.2',
    // Without IPv6 such a socket cannot even be made.
    actual: /host: "::ffff:127\.0\.0\.1"|EAFNOSUPPORT|EADDRNOTAVAIL/,
    edits: [
      ["const socket = createSocket('udp4')\n  let open", "const socket = createSocket('udp6')\n  let open"],
      ["'127.0.0.1')\n  await", "'::')\n  await"],
      ['return { address: { host, port }', "return { address: { host: host === '::' ? '127.0.0.1' : host, port }"],
    ],
  },
  {
    name: 'knows-one-sender-per-host',
    check: '1.2',
    actual: /127\.0\.0\.1(:|", port: )(\d+)\b.*127\.0\.0\.1\1\2\b/,
    edits: [
      ['  let open = true\n', '  let open = true\n  const known = new Map<string, Address>()\n'],
      [
        'options.onMessage(text, { host: sender.address, port: sender.port })',
        '{\n      const from = known.get(sender.address) ?? { host: sender.address, port: sender.port }\n      known.set(sender.address, from)\n      options.onMessage(text, from)\n    }',
      ],
    ],
  },
  {
    name: 'keeps-the-sender-for-later',
    check: '1.2',
    actual: /^\["\w+ from 127\.0\.0\.\d:(\d+)", "\w+ from 127\.0\.0\.\d:\1"/,
    edits: [
      ['  let open = true\n', "  let open = true\n  let from: Address = { host: '', port: 0 }\n"],
      ['    if (!open) return\n', '    if (!open) return\n    from = { host: sender.address, port: sender.port }\n'],
      [
        'options.onMessage(text, { host: sender.address, port: sender.port })',
        'setTimeout(() => options.onMessage(text, from), 200)',
      ],
    ],
  },
  {
    name: 'decodes-as-latin1',
    check: '1.3',
    actual: /^\["ì/,
    edits: [['const text = decode(bytes)', "const text = bytes.toString('latin1')"]],
  },
  {
    name: 'trims',
    check: '1.3',
    actual: /^\["안녕 (\w+)", "👩‍🚀🌏 \1", "� \1", "\1"\]$/,
    edits: [['options.onMessage(text, {', 'options.onMessage(text.trim(), {']],
  },
  {
    name: 'takes-the-replacement-sign-for-damage',
    check: '1.3',
    actual: /^\["안녕 (\w+)", "👩‍🚀🌏 \1", " {2}\1\\t\\n"\]$/,
    edits: [['const text = decode(bytes)', "const text = String(bytes).includes('\\uFFFD') ? undefined : String(bytes)"]],
  },
  {
    name: 'puts-letters-together',
    check: '1.3',
    actual: /^\["한글 é \w+", /,
    edits: [['options.onMessage(text, {', 'options.onMessage(text.normalize(), {']],
  },
  {
    name: 'has-its-own-line-ends',
    check: '1.3',
    actual: /^\[.*\\u0000\w+\\n"/,
    edits: [['options.onMessage(text, {', "options.onMessage(text.replaceAll('\\r\\n', '\\n'), {"]],
  },
  {
    name: 'takes-numbers-for-numbers',
    check: '1.3',
    actual: / 7, /,
    edits: [['options.onMessage(text, {', "options.onMessage(text === '' || isNaN(+text) ? text : (+text as never), {"]],
  },
  {
    name: 'takes-the-same-text-for-a-copy',
    check: '1.3',
    actual: / "(\w+)"\]$/,
    edits: [
      ['  let open = true\n', '  let open = true\n  let last: string | undefined\n'],
      ['    else options.onMessage(text, {', '    else if (text !== last) options.onMessage((last = text), {'],
    ],
  },
  {
    name: 'cuts-at-1024',
    check: '1.4',
    actual: '1024 characters, and there it ends',
    edits: [['const text = decode(bytes)', 'const text = decode(bytes.subarray(0, 1024))']],
  },
  {
    name: 'cuts-at-8192',
    check: '1.4',
    actual: '8192 characters, and there it ends',
    edits: [['const text = decode(bytes)', 'const text = decode(bytes.subarray(0, 8192))']],
  },
  {
    name: 'passes-over-empty-datagrams',
    check: '1.5',
    actual: /^\["\w+"\]$/,
    edits: [['if (!open) return', 'if (!open || bytes.length === 0) return']],
  },
  {
    name: 'takes-the-empty-text-for-damage',
    check: '1.5',
    actual: /^\["\w+"\]$/,
    edits: [['else if (text === undefined)', 'else if (!text)']],
  },
  {
    name: 'puts-replacement-signs',
    check: '1.6',
    actual: /^\["(\w+)��", "\1��", "\1�", "\1���", /,
    edits: [['const text = decode(bytes)', 'const text = bytes.toString()']],
  },
  {
    name: 'takes-what-keeps-its-length',
    check: '1.6',
    actual: /^\["(\w+)�", "\1"\]$/,
    edits: [
      [
        'const text = decode(bytes)',
        'const repaired = bytes.toString()\n    const text = Buffer.byteLength(repaired) === bytes.length ? repaired : undefined',
      ],
    ],
  },
  {
    name: 'looks-for-damage-at-the-end',
    check: '1.6',
    actual: /^\["�(\w+)", "�\1", "\1�\1", /,
    edits: [['const text = decode(bytes)', "const text = String(bytes).endsWith('\\uFFFD') ? undefined : String(bytes)"]],
  },
  {
    name: 'lets-half-a-character-wait-for-the-rest',
    check: '1.6',
    actual: /"안\w+"/,
    edits: [
      ['function decode(', "const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })\n\nfunction decode("],
      [
        "return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)",
        'return decoder.decode(bytes, { stream: true })',
      ],
    ],
  },
  {
    name: 'tells-the-newest-receiver-of-damage',
    check: '1.6',
    actual: /^"\d+ × an Error"$/,
    edits: [
      ['/**\n * Listens', 'let newest: ReceiverOptions\n\n/**\n * Listens'],
      ['  let open = true\n', '  let open = true\n  newest = options\n'],
      ['options.onError?.(', 'newest.onError?.('],
    ],
  },
  {
    name: 'keeps-damage-to-itself',
    check: '1.6',
    actual: '"no call"',
    edits: [['options.onError?.(new Error(`${bytes.length} bytes that are not UTF-8`))', 'return']],
  },
  {
    name: 'reports-damage-without-an-error',
    check: '1.6',
    actual: /^"\d+ × undefined"$/,
    edits: [['options.onError?.(new Error(`${bytes.length} bytes that are not UTF-8`))', 'options.onError?.()']],
  },
  {
    name: 'throws-at-damage',
    check: '1.6',
    actual: /^it crashed: TypeError ERR_ENCODING_INVALID_ENCODED_DATA/,
    edits: [['} catch {\n    return undefined', '} catch (error) {\n    throw error']],
  },
  {
    name: 'counts-on-onerror',
    check: '1.7',
    actual: /^it crashed: TypeError/,
    edits: [['options.onError?.(', 'options.onError!(']],
  },
  {
    name: 'ends-at-anything-that-starts-with-q',
    check: '1.8',
    actual: '["Q"]',
    edits: [["if (text === 'q') void close()", "if (text?.startsWith('q')) void close()"]],
  },
  {
    name: 'ends-at-a-capital-q',
    check: '1.8',
    actual: '[]',
    edits: [["if (text === 'q') void close()", "if (text?.toLowerCase() === 'q') void close()"]],
  },
  {
    name: 'ends-at-q-among-blanks',
    check: '1.8',
    actual: '["Q", "qq"]',
    edits: [["if (text === 'q') void close()", "if (text?.trim() === 'q') void close()"]],
  },
  {
    name: 'ends-at-a-line-that-is-q',
    check: '1.8',
    actual: /^\["Q", "qq", " q"\]$/,
    edits: [["if (text === 'q') void close()", "if (text?.split('\\n').includes('q')) void close()"]],
  },
  {
    name: 'ends-at-exit-as-well',
    check: '1.8',
    actual: /^\["Q", .*"quit"\]$/,
    edits: [["if (text === 'q') void close()", "if (text === 'q' || text === 'exit') void close()"]],
  },
  {
    name: 'takes-q-for-a-message',
    check: '1.9',
    actual: HUNG,
    edits: [["if (text === 'q') void close()\n    else if (text === undefined)", 'if (text === undefined)']],
  },
  {
    name: 'delivers-the-q',
    check: '1.9',
    actual: /^\["\w+", "\w+", "q"\]$/,
    edits: [
      [
        '    const text = decode(bytes)\n',
        "    const text = decode(bytes)\n    if (text === 'q') options.onMessage(text, { host: sender.address, port: sender.port })\n",
      ],
    ],
  },
  {
    name: 'goes-on-listening-after-q',
    check: '1.9',
    actual: /port \d+ is still taken/,
    edits: [["if (text === 'q') void close()", "if (text === 'q') socket.emit('close')"]],
  },
  {
    name: 'delivers-what-comes-behind-the-q',
    check: '1.9',
    actual: /^\["\w+", "\w+", "\w+"\]$/,
    edits: [["if (text === 'q') void close()", "if (text === 'q') setTimeout(close, 300)"]],
  },
  {
    name: 'closes-again-after-the-q',
    check: '1.9',
    actual: 'it rejected with Error ERR_SOCKET_DGRAM_NOT_RUNNING: Not running',
    edits: [["if (text === 'q') void close()", "if (text === 'q') socket.close()"]],
  },
  {
    name: 'ends-all-receivers-at-once',
    check: '1.9',
    actual: '[]',
    edits: [
      ['  let open = true\n', ''],
      ['/**\n * Listens', 'let open = true\n\n/**\n * Listens'],
    ],
  },
  {
    name: 'is-done-from-the-start',
    check: '1.9',
    actual: '"done has resolved"',
    edits: [
      ['return { address: { host, port }, done, close }', 'return { address: { host, port }, done: Promise.resolve(), close }'],
    ],
  },
  {
    name: 'obeys-the-first-sender-alone',
    check: '1.9',
    actual: '"it waits for ever"',
    edits: [
      ['  let open = true\n', '  let open = true\n  let owner: number | undefined\n'],
      ["if (text === 'q') void close()", "owner ??= sender.port\n    if (text === 'q' && owner === sender.port) void close()"],
    ],
  },
  {
    name: 'needs-a-message-before-the-q',
    check: '1.9',
    actual: '"it waits for ever"',
    edits: [
      ['  let open = true\n', '  let open = true\n  let count = 0\n'],
      ["if (text === 'q') void close()", "if (text === 'q' && count++ > 0) void close()"],
      ['else options.onMessage(', 'else if ((count += 1)) options.onMessage('],
    ],
  },
  {
    name: 'closes-twice',
    check: '1.13',
    actual: 'it rejected with Error ERR_SOCKET_DGRAM_NOT_RUNNING: Not running',
    edits: [['function close(): Promise<void> {\n    if (open) {', 'async function close(): Promise<void> {\n    {']],
  },
  {
    name: 'lets-the-program-end',
    check: '1.13',
    actual: '"the program ends by itself"',
    edits: [
      [
        '  return { address: { host, port }, done, close }',
        '  socket.unref()\n  return { address: { host, port }, done, close }',
      ],
    ],
  },
  {
    name: 'only-says-that-it-closed',
    check: '1.13',
    actual: /port \d+ is still taken/,
    edits: [['      socket.close()\n    }\n    return done', "      socket.emit('close')\n    }\n    return done"]],
  },
  {
    name: 'is-done-only-at-q',
    check: '1.13',
    actual: HUNG,
    edits: [
      [
        "    socket.once('close', () => resolve())\n",
        "    socket.on('message', (bytes) => String(bytes) === 'q' && socket.once('close', resolve))\n",
      ],
      ['    return done\n', '    return open ? done : Promise.resolve()\n'],
    ],
  },
  {
    name: 'waits-for-listening-only',
    check: '1.10',
    // With a callback, bind() of Node 20 and 22 keeps the error to itself; later ones emit it.
    actual: /^(nothing within 2000 ms|it crashed: Error EADDRINUSE: .+)$/,
    edits: [
      ["  socket.bind(options.port ?? 0, '127.0.0.1')\n", ''],
      [
        "await once(socket, 'listening') // rejects when 'error' comes first",
        "await new Promise<void>((resolve) => socket.bind(options.port ?? 0, '127.0.0.1', resolve))",
      ],
    ],
  },
  {
    name: 'leaves-a-second-promise-to-reject',
    check: '1.10',
    actual: /^it crashed: Error EADDRINUSE: bind EADDRINUSE 127\.0\.0\.1:\d+$/,
    edits: [
      [
        "const done = new Promise<void>((resolve) => {\n    socket.once('close', () => resolve())\n  })",
        "const done = once(socket, 'close').then(() => undefined)",
      ],
    ],
  },
  {
    name: 'takes-another-port-instead',
    check: '1.10',
    actual: /no error/,
    edits: [
      [
        "  await once(socket, 'listening')",
        "  socket.once('error', () => socket.bind(0, '127.0.0.1'))\n  await new Promise((resolve) => socket.once('listening', resolve as () => void))",
      ],
    ],
  },
  {
    name: 'forgets-the-code',
    check: '1.10',
    actual: /an error without a code: cannot listen/,
    edits: [
      [
        "  await once(socket, 'listening')",
        "  await once(socket, 'listening').catch((cause) => Promise.reject(new Error('cannot listen', { cause })))",
      ],
    ],
  },
  {
    name: 'shares-its-port',
    check: '1.10',
    actual: /no error/,
    edits: [
      [
        "const socket = createSocket('udp4')\n  let open",
        "const socket = createSocket({ type: 'udp4', reuseAddr: true })\n  let open",
      ],
    ],
  },
  {
    name: 'ignores-the-port',
    check: '1.11',
    actual: /^\d+$/,
    edits: [['socket.bind(options.port ?? 0,', 'socket.bind(0,']],
  },
  {
    name: 'says-port-0-where-it-was-asked-for-it',
    check: '1.11',
    actual: 'address: {"host":"127.0.0.1","port":0}',
    edits: [['return { address: { host, port }', 'return { address: { host, port: options.port ?? port }']],
  },
  {
    name: 'listens-everywhere',
    check: '1.12',
    actual: /it can be reached at every address of this machine/,
    edits: [
      ["socket.bind(options.port ?? 0, '127.0.0.1')", 'socket.bind(options.port ?? 0)'],
      ['{ address: { host, port }, done', "{ address: { host: '127.0.0.1', port }, done"],
    ],
  },
  {
    name: 'calls-itself-localhost',
    check: '1.12',
    actual: '"localhost"',
    edits: [['{ address: { host, port }, done', "{ address: { host: 'localhost', port }, done"]],
  },
  {
    name: 'listens-to-the-first-twenty',
    check: '1.14',
    actual: /20 messages/,
    edits: [
      ['    const text = decode(bytes)\n', '    const text = decode(bytes)\n    if (++count > 20) return\n'],
      ['let open = true', 'let open = true\n  let count = 0'],
    ],
  },
]

/** The line in which sendText sends. */
const SEND = 'socket.send(text, to.port, to.host, (error) => (error ? reject(error) : resolve()))'

/** All of the body of sendText. */
const SEND_TEXT = `  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      ${SEND}
    })
  } finally {
    socket.close()
  }`

/** A socket of sendLines itself. */
const LINE_SOCKET = `  const socket = createSocket('udp4')
  const send = (text: string) =>
    new Promise<void>((resolve, reject) => {
      socket.send(text, to.port, to.host, (failure) => (failure ? reject(failure) : resolve()))
    })
`

const sending: readonly Mistake[] = [
  {
    name: 'counts-characters-for-bytes',
    check: '1.15',
    // As many bytes as the text has UTF-16 units.
    actual: /^\["", ".*", "안녕, \w/,
    edits: [[SEND, SEND.replace('text,', 'text, 0, text.length,')]],
  },
  {
    name: 'adds-a-line-end',
    check: '1.15',
    actual: /^\["\\n", ".*\\n", ".*\\n"\]$/,
    edits: [[SEND, SEND.replace('text,', '`${text}\\n`,')]],
  },
  {
    name: 'sends-latin1',
    check: '1.15',
    actual: /"HU, \w+ =K"/,
    edits: [[SEND, SEND.replace('text,', "Buffer.from(text, 'latin1'),")]],
  },
  {
    name: 'spares-empty-datagrams',
    check: '1.15',
    actual: /^\["(\w+)\\r\\n", "안녕, \1 👋"\]$/,
    edits: [[SEND_TEXT, `  if (text === '') return\n${SEND_TEXT}`]],
  },
  {
    name: 'sends-twice-to-be-sure',
    check: '1.15',
    actual: /[2-8] datagrams|^\["", "",/,
    edits: [[SEND, `socket.send(text, to.port, to.host)\n      ${SEND}`]],
  },
  {
    name: 'refuses-more-than-1024-bytes',
    check: '1.15',
    actual: 'it rejected with Error EMSGSIZE: too long',
    edits: [
      [
        SEND_TEXT,
        `  if (Buffer.byteLength(text) > 1024) throw Object.assign(new Error('too long'), { code: 'EMSGSIZE' })\n${SEND_TEXT}`,
      ],
    ],
  },
  {
    name: 'refuses-more-than-8192-bytes',
    check: '1.15',
    actual: '"EMSGSIZE"',
    edits: [
      [
        SEND_TEXT,
        `  if (Buffer.byteLength(text) > 8192) throw Object.assign(new Error('too long'), { code: 'EMSGSIZE' })\n${SEND_TEXT}`,
      ],
    ],
  },
  {
    name: 'sends-long-texts-in-pieces',
    check: '1.15',
    actual: '"2 datagrams"',
    edits: [
      [
        SEND,
        SEND.replace('text,', 'bytes.subarray(0, 8192),').replace(
          'resolve()',
          'bytes.length > 8192 ? socket.send(bytes.subarray(8192), to.port, to.host, () => resolve()) : resolve()',
        ),
      ],
      ['  try {\n    await', '  const bytes = Buffer.from(text)\n  try {\n    await'],
    ],
  },
  {
    name: 'puts-letters-together-to-send',
    check: '1.15',
    actual: /"한글 é \w+"/,
    edits: [[SEND, SEND.replace('text,', 'text.normalize(),')]],
  },
  {
    name: 'says-nothing-twice',
    check: '1.15',
    actual: /"007"/,
    edits: [
      ['/**\n * Sends one datagram.', 'let last: string | undefined\n\n/**\n * Sends one datagram.'],
      [SEND_TEXT, `  if (text === last) return\n  last = text\n${SEND_TEXT}`],
    ],
  },
  {
    name: 'closes-before-the-callback',
    check: '1.16',
    actual: /0 datagrams/,
    edits: [[SEND_TEXT, "  const socket = createSocket('udp4')\n  socket.send(text, to.port, to.host)\n  socket.close()"]],
  },
  {
    name: 'leaves-its-sockets-open',
    check: '1.17',
    actual: /48 sockets are still open after 48 datagrams/,
    edits: [['  } finally {\n    socket.close()\n  }', '  } finally {\n    socket.unref()\n  }']],
  },
  {
    name: 'leaves-the-socket-of-its-lines-open',
    check: '1.17',
    actual: /24 sockets are still open after 48 datagrams/,
    edits: [
      ['let sent = 0\n', `let sent = 0\n${LINE_SOCKET}`],
      ['await sendText(line, to)', 'await send(line)'],
    ],
  },
  {
    name: 'leaves-the-socket-open-after-an-error',
    check: '1.17',
    actual: '"24 sockets are still open after 24 errors"',
    edits: [['  } finally {\n    socket.close()\n  }', '    socket.close()\n  } finally {\n    // nothing\n  }']],
  },
  {
    name: 'leaves-the-socket-of-its-lines-open-after-an-error',
    check: '1.17',
    actual: '"12 sockets are still open after 24 errors"',
    edits: [
      ['let sent = 0\n', `let sent = 0\n${LINE_SOCKET}`],
      ['await sendText(line, to)', 'await send(line)'],
      ['  return sent\n', '  socket.close()\n  return sent\n'],
    ],
  },
  {
    name: 'leaves-the-socket-of-its-lines-open-at-q',
    check: '1.17',
    actual: '"12 sockets are still open after 48 datagrams"',
    edits: [
      ['let sent = 0\n', `let sent = 0\n${LINE_SOCKET}`],
      ['await sendText(line, to)', 'await send(line)'],
      ["if (line === 'q') break", "if (line === 'q') return sent"],
      ['  return sent\n}', '  socket.close()\n  return sent\n}'],
    ],
  },
  {
    name: 'uses-one-buffer-for-all',
    check: '1.18',
    actual: /^\["(5 \w+)"(, "\1"){4}\]$/,
    edits: [
      ['/**\n * Sends one datagram.', 'const outgoing = Buffer.alloc(100_000)\n\n/**\n * Sends one datagram.'],
      [SEND, SEND.replace('text,', 'outgoing, 0, outgoing.write(text),')],
    ],
  },
  {
    name: 'shares-a-socket-and-closes-it',
    check: '1.18',
    actual: 'it rejected with Error ERR_SOCKET_DGRAM_NOT_RUNNING: Not running',
    edits: [
      ['/**\n * Sends one datagram.', 'let outbox: ReturnType<typeof createSocket>\n\n/**\n * Sends one datagram.'],
      [SEND_TEXT, SEND_TEXT.replace('const socket =', 'outbox =').replaceAll('socket.', 'outbox.')],
    ],
  },
  {
    name: 'ignores-the-error-of-send',
    check: '1.19',
    actual: /no error/,
    edits: [[SEND, 'socket.send(text, to.port, to.host, () => resolve())']],
  },
  {
    name: 'does-not-wait-for-the-callback',
    check: '1.19',
    actual: /no error/,
    edits: [
      [
        SEND_TEXT,
        "  const socket = createSocket('udp4')\n  socket.send(text, to.port, to.host)\n  setTimeout(() => socket.close(), 50)",
      ],
    ],
  },
  {
    name: 'wraps-the-error-and-drops-its-code',
    check: '1.19',
    actual: /an error without a code: cannot send/,
    edits: [[SEND, SEND.replace('reject(error)', "reject(new Error('cannot send', { cause: error }))")]],
  },
  {
    name: 'shares-a-socket-that-one-failure-closes',
    check: '1.19',
    actual: 'it rejected with Error ERR_SOCKET_DGRAM_NOT_RUNNING: Not running',
    edits: [
      ['/**\n * Sends one datagram.', "const outbox = createSocket('udp4').unref()\n\n/**\n * Sends one datagram."],
      [
        SEND_TEXT,
        SEND_TEXT.replace("createSocket('udp4')", 'outbox')
          .replace('finally {', 'catch (error) {')
          .replace('socket.close()', 'socket.close()\n    throw error'),
      ],
    ],
  },
  {
    name: 'counts-characters-for-the-limit',
    check: '1.19',
    actual: '"no error"',
    edits: [
      [SEND, 'socket.send(text, to.port, to.host, () => resolve())'],
      [
        'export async function sendText(text: string, to: Address): Promise<void> {\n',
        "export async function sendText(text: string, to: Address): Promise<void> {\n  if (text.length > 65_507) throw Object.assign(new Error('too long'), { code: 'EMSGSIZE' })\n",
      ],
    ],
  },
  {
    name: 'keeps-the-q',
    check: '1.20',
    actual: /^\["", "\w+", "\w+"\]$/,
    edits: [
      ['    await sendText(line, to)\n', "    if (line === 'q') break\n    await sendText(line, to)\n"],
      ["    sent += 1\n    if (line === 'q') break\n", '    sent += 1\n'],
    ],
  },
  {
    name: 'goes-on-after-the-q',
    check: '1.20',
    actual: HUNG,
    edits: [["    if (line === 'q') break\n", '']],
  },
  {
    name: 'reads-all-lines-first',
    check: '1.20',
    actual: HUNG,
    edits: [
      ['  let sent = 0\n', '  let sent = 0\n  const all: string[] = []\n  for await (const line of lines) all.push(line)\n'],
      ['for await (const line of lines) {', 'for (const line of all) {'],
    ],
  },
  {
    name: 'passes-over-empty-lines',
    check: '1.20',
    actual: /^\["\w+", "\w+", "\w+"\]$/,
    edits: [['    await sendText(line, to)\n', "    if (line === '') continue\n    await sendText(line, to)\n"]],
  },
  {
    name: 'does-not-count-the-q',
    check: '1.20',
    actual: '3',
    edits: [["    sent += 1\n    if (line === 'q') break\n", "    if (line === 'q') break\n    sent += 1\n"]],
  },
  {
    name: 'does-not-wait-for-a-line-to-be-sent',
    check: '1.20',
    actual: '"no error"',
    edits: [['    await sendText(line, to)\n', '    void sendText(line, to).catch(() => undefined)\n']],
  },
  {
    name: 'gathers-lines-until-the-q',
    check: '1.20',
    actual: '["the line was held back until the next one was typed"]',
    edits: [
      [
        '  let sent = 0\n',
        "  let sent = 0\n  const all: string[] = []\n  for await (const line of lines) {\n    all.push(line)\n    if (line === 'q') break\n  }\n",
      ],
      ['for await (const line of lines) {\n    await', 'for (const line of all) {\n    await'],
    ],
  },
  {
    name: 'reads-one-line-more-after-the-q',
    check: '1.20',
    actual: HUNG,
    edits: [
      ['    await sendText(line, to)\n', '    if (ended) break\n    await sendText(line, to)\n'],
      ["    if (line === 'q') break\n", "    ended = line === 'q'\n"],
      ['  let sent = 0\n', '  let sent = 0\n  let ended = false\n'],
    ],
  },
  {
    name: 'counts-over-all-calls',
    check: '1.20',
    actual: /^[1-9]\d*$/,
    edits: [
      ['  let sent = 0\n', ''],
      ['/**\n * Sends each line', 'let sent = 0\n\n/**\n * Sends each line'],
    ],
  },
  {
    name: 'says-q-at-the-end-of-input',
    check: '1.21',
    actual: /^\[.*"q".*\]$/,
    edits: [
      ['  return sent\n', "  await sendText('q', to)\n  return sent\n"],
      ["    if (line === 'q') break\n", "    if (line === 'q') return sent\n"],
    ],
  },
  {
    name: 'stops-at-what-is-nearly-a-q',
    check: '1.21',
    actual: '2',
    edits: [["if (line === 'q') break", "if (line.trim() === 'q') break"]],
  },
  {
    name: 'stops-at-exit-as-well',
    check: '1.21',
    actual: '7',
    edits: [["if (line === 'q') break", "if (line === 'q' || line === 'exit') break"]],
  },
  {
    name: 'cuts-long-lines',
    check: '1.21',
    actual: '1024 characters, and there it ends',
    edits: [['await sendText(line, to)', 'await sendText(line.slice(0, 1024), to)']],
  },
  {
    name: 'serves-one-call-at-a-time',
    check: '1.21',
    actual: /^\[/,
    edits: [
      ['/**\n * Sends each line', 'let busy = false\n\n/**\n * Sends each line'],
      ['  let sent = 0\n', '  let sent = 0\n  if (busy) return sent\n  busy = true\n'],
      ['  return sent\n}', '  busy = false\n  return sent\n}'],
    ],
  },
  {
    name: 'waits-for-a-q-that-never-comes',
    check: '1.21',
    actual: HUNG,
    edits: [
      [
        '  for await (const line of lines) {\n',
        '  const typed = lines[Symbol.asyncIterator]()\n  for (;;) {\n    const { value: line, done } = await typed.next()\n    if (done) { await new Promise((resolve) => setTimeout(resolve, 20)); continue }\n',
      ],
    ],
  },
  {
    name: 'has-one-flag-for-both-ends',
    check: '1.22',
    actual: HUNG,
    edits: [
      ['  let open = true\n', '  open = true\n'],
      ['/**\n * Listens', 'let open = false\n\n/**\n * Listens'],
      ['  } finally {\n    socket.close()', '  } finally {\n    open = false\n    socket.close()'],
    ],
  },
  {
    name: 'reaches-only-receivers-of-its-own-process',
    check: '1.22',
    actual: HUNG,
    edits: [
      ['/**\n * Listens', 'const ports = new Set<number>()\n\n/**\n * Listens'],
      [
        '  return { address: { host, port }, done, close }',
        '  ports.add(port)\n  return { address: { host, port }, done, close }',
      ],
      [
        'export async function sendText(text: string, to: Address): Promise<void> {\n',
        'export async function sendText(text: string, to: Address): Promise<void> {\n  if (ports.size > 0 && !ports.has(to.port)) return\n',
      ],
    ],
  },
  {
    name: 'sends-all-to-this-host',
    check: '1.23',
    actual: '[]',
    edits: [[SEND, SEND.replace(' to.host,', '')]],
  },
  {
    name: 'sends-all-to-the-first-address',
    check: '1.23',
    actual: '[]',
    edits: [
      ['/**\n * Sends one datagram.', 'let first: Address | undefined\n\n/**\n * Sends one datagram.'],
      [SEND, `first ??= to\n      ${SEND.replaceAll('to.', 'first.')}`],
    ],
  },
  {
    name: 'keeps-the-address-where-the-next-call-finds-it',
    check: '1.23',
    actual: /^\[/,
    edits: [
      ['/**\n * Sends one datagram.', 'let target: Address\n\n/**\n * Sends one datagram.'],
      [SEND_TEXT, `  target = to\n  await Promise.resolve()\n${SEND_TEXT.replaceAll('to.', 'target.')}`],
    ],
  },
  {
    name: 'sends-lines-to-this-host',
    check: '1.23',
    actual: /^\[/,
    edits: [['await sendText(line, to)', "await sendText(line, { host: '127.0.0.1', port: to.port })"]],
  },
]

export const mistakes: readonly Mistake[] = [...receiving, ...sending]
