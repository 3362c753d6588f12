import type { Mistake } from './mistake.ts'

export const mistakes: readonly Mistake[] = [
  {
    name: 'writes-little-endian',
    check: '2.1',
    actual: /first difference at 1/,
    edits: [
      ['bytes.writeUInt32BE(packet.session, 1)', 'bytes.writeUInt32LE(packet.session, 1)'],
      ['bytes.writeUInt32BE(packet.seq, 5)', 'bytes.writeUInt32LE(packet.seq, 5)'],
      ['header.getUint32(1)', 'header.getUint32(1, true)'],
      ['header.getUint32(5)', 'header.getUint32(5, true)'],
    ],
  },
  {
    name: 'reads-little-endian',
    check: '2.2',
    actual: /session: 67305985, seq: 0/,
    edits: [['header.getUint32(1)', 'header.getUint32(1, true)']],
  },
  {
    name: 'reads-signed-numbers',
    check: '2.2',
    actual: /session: -/,
    edits: [['header.getUint32(1)', 'header.getInt32(1)']],
  },
  {
    name: 'takes-any-type-for-data',
    check: '2.3',
    actual: '["type 0", "type 9", "type 9 without a text", "type 129"]',
    edits: [['  if (type !== TYPE_DATA) return undefined\n', '']],
  },
  {
    name: 'throws-on-short-datagrams',
    check: '2.3',
    actual: /^it rejected with RangeError/,
    edits: [['  if (bytes.length < HEADER_BYTES) return undefined\n', '']],
  },
  {
    name: 'trims-the-message',
    check: '2.4',
    actual: /^"[^ ]+"$/,
    edits: [['options.onMessage(text, {', 'options.onMessage(text.trim(), {']],
  },
  {
    name: 'never-acks',
    check: '2.4',
    actual: 'undefined',
    edits: [["    socket.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address)\n", '']],
  },
  {
    name: 'delivers-every-copy',
    check: '2.5',
    actual: /^\["(\w+)", "\1"\]$/,
    edits: [['    if (seq === next) {', '    {']],
  },
  {
    name: 'is-silent-about-copies',
    check: '2.5',
    actual: '"no ACK came"',
    edits: [['    if (seq > next) return // an ACK would promise what never came', '    if (seq !== next) return']],
  },
  {
    name: 'answers-old-copies-with-the-newest-number',
    check: '2.6',
    actual: '"not its own ACK"',
    edits: [["{ type: 'ACK', session, seq }), sender", "{ type: 'ACK', session, seq: Math.max(seq, next - 1) }), sender"]],
  },
  {
    name: 'compares-with-the-last-number-alone',
    check: '2.6',
    actual: /^\["(\w+)", "\w+", "\1"/,
    edits: [
      ['const next = expected.get(session) ?? 0', 'const last = expected.get(session)'],
      ['    if (seq > next) return // an ACK would promise what never came\n', ''],
      ['if (seq === next) {', 'if (seq !== last) {'],
      ['expected.set(session, next + 1)', 'expected.set(session, seq)'],
    ],
  },
  {
    name: 'acks-before-looking',
    check: '2.7',
    actual: /^\["ACK s=\w{4} seq=1"\]$/,
    edits: [
      [
        '    if (seq > next) return // an ACK would promise what never came\n',
        "    if (seq > next) return void socket.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address)\n",
      ],
    ],
  },
  {
    name: 'delivers-out-of-order',
    check: '2.7',
    actual: /^\["number 3", /,
    edits: [
      ['const expected = new Map<number, number>()', 'const seen = new Set<string>()'],
      ['    const next = expected.get(session) ?? 0\n', ''],
      ['    if (seq > next) return // an ACK would promise what never came\n', ''],
      ['if (seq === next) {', 'if (!seen.has(`${session} ${seq}`)) {'],
      ['expected.set(session, next + 1)', 'seen.add(`${session} ${seq}`)'],
    ],
  },
  {
    name: 'tells-copies-by-their-text',
    check: '2.8',
    actual: /^\["\w+"\]$/,
    edits: [
      ['const expected = new Map<number, number>()', 'const seen = new Set<string>()'],
      ['    const next = expected.get(session) ?? 0\n', ''],
      ['    if (seq > next) return // an ACK would promise what never came\n', ''],
      ['if (seq === next) {', 'if (!seen.has(text)) {'],
      ['expected.set(session, next + 1)', 'seen.add(text)'],
    ],
  },
  {
    name: 'throws-on-rubbish',
    check: '2.9',
    actual: /^it crashed: TypeError/,
    edits: [["    if (packet?.type !== 'DATA') return\n", "    if (packet!.type !== 'DATA') return\n"]],
  },
  {
    name: 'keeps-ten-sessions',
    check: '2.10',
    actual: '"37 messages"',
    edits: [
      [
        '      expected.set(session, next + 1)\n',
        '      expected.set(session, next + 1)\n      for (const old of [...expected.keys()].slice(0, -10)) expected.delete(old)\n',
      ],
    ],
  },
  {
    name: 'counts-by-address',
    check: '2.10',
    actual: /^\["\w+"\]$/,
    edits: [
      ['new Map<number, number>()', 'new Map<string, number>()'],
      ['expected.get(session)', 'expected.get(`${sender.address}:${sender.port}`)'],
      ['expected.set(session,', 'expected.set(`${sender.address}:${sender.port}`,'],
    ],
  },
  {
    name: 'acks-to-the-port-of-the-first-client',
    check: '2.11',
    actual: /^\[\["ACK s=\w{4} seq=0".*\], \[\]\]$/,
    edits: [
      [
        '  const expected = new Map<number, number>()\n',
        '  const expected = new Map<number, number>()\n  let port: number | undefined\n',
      ],
      ['    if (seq === next) {', '    port ??= sender.port\n    if (seq === next) {'],
      ['seq }), sender.port, sender.address)', 'seq }), port, sender.address)'],
      ['const { address: host, port } = socket.address()', 'const { address: host, port: own } = socket.address()'],
      ['    address: { host, port },\n', '    address: { host, port: own },\n'],
    ],
  },
  {
    name: 'lets-a-taken-port-crash-it',
    check: '2.12',
    actual: /^it crashed: Error EADDRINUSE/,
    edits: [
      [
        "  await once(socket, 'listening') // rejects when 'error' comes first\n",
        "  await new Promise<void>((resolve) => socket.once('listening', resolve))\n",
      ],
    ],
  },
  {
    name: 'cannot-send-without-options',
    check: '2.14',
    actual: /^"send\(\) rejected/,
    edits: [['{ signal }: SendOptions = {}', '{ signal }: SendOptions']],
  },
  {
    name: 'sends-the-first-again-when-another-is-given-up',
    check: '2.27',
    actual: '"2 packets"',
    edits: [['    if (place > 0) return\n', '']],
  },
  {
    name: 'has-a-port-of-its-own-choice',
    check: '2.13',
    actual: /^it rejected with Error EADDRINUSE/,
    edits: [['options.port ?? 0', 'options.port ?? 41_234']],
  },
  {
    name: 'closes-the-server-twice',
    check: '2.13',
    actual: /^it rejected with Error ERR_SOCKET_DGRAM_NOT_RUNNING/,
    edits: [['      if (open) socket.close()\n', '      socket.close()\n']],
  },
  {
    // What the article does: it catches errors of the socket, and a lost packet raises none.
    name: 'retries-only-when-sending-fails',
    check: '2.15',
    actual: '"send() resolved"',
    edits: [
      [
        "    socket.send(encodePacket({ type: 'DATA', session, seq, text: message.text }))\n    timer = setTimeout(transmit, timeoutMs)\n",
        `    socket.send(encodePacket({ type: 'DATA', session, seq, text: message.text }), (error) => {
      if (error !== null) return void (timer = setTimeout(transmit, timeoutMs))
      seq += 1
      message.resolve({ attempts: message.attempts })
      leave(message)
    })
`,
      ],
    ],
  },
  {
    name: 'never-resends',
    check: '2.15',
    actual: '"1 packet"',
    edits: [['    timer = setTimeout(transmit, timeoutMs)\n', '']],
  },
  {
    name: 'numbers-each-copy-anew',
    check: '2.15',
    actual: '"3 different packets"',
    edits: [['seq, text: message.text }))', 'seq: seq++, text: message.text }))']],
  },
  {
    name: 'a-queue-that-ends-with-the-first-that-fails',
    check: '2.18',
    actual: '"send() still waits"',
    edits: [['    message.reject(error)\n    leave(message)\n', '    message.reject(error)\n']],
  },
  {
    name: 'resends-too-early',
    check: '2.18',
    actual: /^"after \d+ ms"$/,
    edits: [['timer = setTimeout(transmit, timeoutMs)', 'timer = setTimeout(transmit, timeoutMs / 10)']],
  },
  {
    name: 'counts-only-the-copies',
    check: '2.14',
    actual: '[0, 0]',
    edits: [['message.resolve({ attempts: message.attempts })', 'message.resolve({ attempts: message.attempts - 1 })']],
  },
  {
    name: 'counts-no-copies',
    check: '2.16',
    actual: '1',
    edits: [['message.resolve({ attempts: message.attempts })', 'message.resolve({ attempts: 1 })']],
  },
  {
    name: 'hands-its-timer-on',
    check: '2.32',
    actual: /^"\d+ times, the other \d+ times"$/,
    edits: [['    clearTimeout(timer)\n    transmit()', '    transmit()']],
  },
  {
    name: 'leaves-its-timer-running',
    check: '2.17',
    actual: /^"\d+ packets? more"$/,
    edits: [
      ['  let timer: NodeJS.Timeout | undefined\n', '  const timers = new Set<NodeJS.Timeout>()\n'],
      [
        '    timer = setTimeout(transmit, timeoutMs)\n',
        "    const bytes = encodePacket({ type: 'DATA', session, seq, text: message.text })\n    timers.add(setInterval(() => socket.send(bytes), timeoutMs))\n",
      ],
      ['    if (place > 0) return\n    clearTimeout(timer)\n', '    if (place > 0) return\n'],
      ['        clearTimeout(timer)\n        for', '        for'],
    ],
  },
  {
    name: 'gives-up-one-too-early',
    check: '2.18',
    actual: /^"[12] packets?"$/,
    edits: [['if (message.attempts > maxRetries) {', 'if (message.attempts >= maxRetries) {']],
  },
  {
    name: 'tries-once-too-often',
    check: '2.18',
    actual: /^"[34] packets"$/,
    edits: [['if (message.attempts > maxRetries) {', 'if (message.attempts > maxRetries + 1) {']],
  },
  {
    name: 'does-not-wait-after-the-last-copy',
    check: '2.18',
    actual: /^"after \d+ ms"$/,
    edits: [
      ['timer = setTimeout(transmit, timeoutMs)', 'timer = setTimeout(transmit, message.attempts > maxRetries ? 0 : timeoutMs)'],
    ],
  },
  {
    name: 'never-gives-up',
    check: '2.18',
    actual: '"send() still waits"',
    edits: [['if (message.attempts > maxRetries) {', 'if (message.attempts > 1e6) {']],
  },
  {
    name: 'resolves-when-it-gives-up',
    check: '2.18',
    actual: '"send() resolved"',
    edits: [['    message.reject(error)\n', '    message.resolve({ attempts: message.attempts })\n']],
  },
  {
    name: 'has-no-default-timeout',
    check: '2.19',
    actual: /^"after \d+ ms"$/,
    edits: [['timeoutMs = 200, maxRetries = 5', 'timeoutMs, maxRetries = 5']],
  },
  {
    name: 'counts-from-one',
    check: '2.20',
    actual: '"number 1"',
    edits: [['  let seq = 0\n', '  let seq = 1\n']],
  },
  {
    name: 'starts-a-session-for-each-message',
    check: '2.20',
    actual: '"number 0"',
    edits: [['    seq += 1\n', '    session = randomSession()\n']],
  },
  {
    name: 'sends-all-at-once',
    check: '2.21',
    actual: /^\["\w+", "\w+"\]$/,
    edits: [
      [
        '      if (queue.length === 1) transmit()\n',
        "      if (queue.length === 1) transmit()\n      else socket.send(encodePacket({ type: 'DATA', session, seq: seq + queue.length - 1, text }))\n",
      ],
    ],
  },
  {
    name: 'takes-any-ack',
    check: '2.22',
    actual: '"send() resolved"',
    edits: [['    if (packet.session !== session || packet.seq !== seq) return // the echo of an earlier message\n', '']],
  },
  {
    name: 'takes-acks-of-other-sessions',
    check: '2.23',
    actual: '"send() resolved"',
    edits: [['packet.session !== session || packet.seq !== seq', 'packet.seq !== seq']],
  },
  {
    name: 'takes-the-ack-of-a-later-message',
    check: '2.23',
    actual: '"send() resolved"',
    edits: [['packet.seq !== seq) return', 'packet.seq < seq) return']],
  },
  {
    name: 'takes-its-own-echo-for-an-ack',
    check: '2.23',
    actual: '"send() resolved"',
    edits: [
      [
        "if (message === undefined || packet?.type !== 'ACK') return",
        'if (message === undefined || packet === undefined) return',
      ],
    ],
  },
  {
    name: 'resends-on-any-packet',
    check: '2.24',
    actual: /^"\d+ packets"$/,
    edits: [
      [
        'if (packet.session !== session || packet.seq !== seq) return // the echo of an earlier message',
        'if (packet.session !== session || packet.seq !== seq) {\n      clearTimeout(timer)\n      return transmit()\n    }',
      ],
    ],
  },
  {
    name: 'has-one-session-for-all',
    check: '2.25',
    actual: '"one session for 5 clients"',
    edits: [['return randomInt(2 ** 32)', 'return 0x01020304']],
  },
  {
    name: 'ignores-the-signal',
    check: '2.26',
    actual: '"send() still waits"',
    edits: [["    signal?.addEventListener('abort', giveUp)\n", '']],
  },
  {
    name: 'sends-on-after-abort',
    check: '2.26',
    actual: /^"\d packets? more"$/,
    edits: [
      [
        "giveUp = () => abandon(message, failure('ABORTED', `given up after sending ${message.attempts} times`))",
        "giveUp = () => reject(failure('ABORTED', 'given up'))",
      ],
    ],
  },
  {
    name: 'aborts-with-the-reason-of-the-signal',
    check: '2.26',
    actual: '"send() rejected: no code, but AbortError"',
    edits: [["failure('ABORTED', `given up after sending ${message.attempts} times`)", 'signal?.reason']],
  },
  {
    name: 'forgets-an-abort-in-the-queue',
    check: '2.27',
    actual: '"send() resolved"',
    edits: [['      giveUp = () => abandon(', '      giveUp = () => message === queue[0] && abandon(']],
  },
  {
    name: 'leaves-them-waiting-on-close',
    check: '2.28',
    actual: '["send() still waits", "send() still waits", "send() still waits"]',
    edits: [
      [
        "        for (const message of queue.splice(0)) message.reject(failure('CLOSED', 'the client was closed before the ACK came'))\n",
        '        queue.splice(0)\n',
      ],
    ],
  },
  {
    name: 'keeps-the-socket-open',
    check: '2.28',
    actual: /^"port \d+ is still taken"$/,
    edits: [
      ["before the ACK came'))\n        socket.close()\n", "before the ACK came'))\n"],
      ['      return closed\n    },\n  }\n}\n\n/** At random', '      return Promise.resolve()\n    },\n  }\n}\n\n/** At random'],
    ],
  },
  {
    name: 'takes-messages-after-close',
    check: '2.28',
    actual: '"send() resolved"',
    edits: [["if (!open) throw failure('CLOSED', 'the client is closed')", 'if (!open) return { attempts: 0 }']],
  },
  {
    name: 'cuts-long-texts',
    check: '2.29',
    actual: /^\["가{20}/,
    edits: [["packet.type === 'DATA' ? packet.text : ''", "packet.type === 'DATA' ? packet.text.slice(0, 256) : ''"]],
  },
  {
    name: 'refuses-the-longest-text',
    check: '2.29',
    actual: '"send() rejected: TOO_LONG"',
    edits: [['if (size > MAX_TEXT_BYTES)', 'if (size >= MAX_TEXT_BYTES)']],
  },
  {
    name: 'has-no-error-listener',
    check: '2.30',
    actual: /^it crashed: Error ECONNREFUSED/,
    edits: [
      ["  socket.on('error', () => {}) // nobody listens there yet: as good as a lost packet, and the timer answers both\n", ''],
    ],
  },
  {
    name: 'has-a-wire-format-of-its-own',
    check: '2.31',
    actual: '"datagrams of another kind"',
    edits: [
      ['const TYPE_DATA = 1', 'const TYPE_DATA = 11'],
      ['const TYPE_ACK = 2', 'const TYPE_ACK = 12'],
    ],
  },
  {
    name: 'lays-all-packets-out-in-one-buffer',
    check: '2.1',
    actual: /first difference at /,
    edits: [
      ['const MAX_TEXT_BYTES = 1200\n', 'const MAX_TEXT_BYTES = 1200\nconst scratch = Buffer.alloc(2000)\n'],
      ['const bytes = Buffer.alloc(HEADER_BYTES + text.length)', 'const bytes = scratch.subarray(0, HEADER_BYTES + text.length)'],
    ],
  },
  {
    name: 'ends-texts-at-a-zero',
    check: '2.2',
    actual: /text: "안녕 \w+ e[^"]* "/,
    edits: [["{ type: 'DATA', session, seq, text }\n}", "{ type: 'DATA', session, seq, text: text.split('\\0')[0] ?? '' }\n}"]],
  },
  {
    name: 'takes-what-is-no-data-for-an-ack',
    check: '2.3',
    actual: '["type 9 without a text"]',
    edits: [['if (type === TYPE_ACK) return', 'if (type !== TYPE_DATA) return']],
  },
  {
    name: 'looks-at-two-bits-of-the-type',
    check: '2.3',
    actual: '["type 9", "type 9 without a text", "type 129"]',
    edits: [['const type = header.getUint8(0)', 'const type = header.getUint8(0) & 3']],
  },
  {
    name: 'drops-empty-texts',
    check: '2.4',
    actual: 'undefined',
    edits: [['      options.onMessage(text, {', "      if (text !== '') options.onMessage(text, {"]],
  },
  {
    name: 'ends-at-q',
    check: '2.4',
    actual: 'undefined',
    edits: [['    if (seq > next) return // an ACK', "    if (text === 'q') return\n    if (seq > next) return // an ACK"]],
  },
  {
    name: 'reads-1024-bytes-of-a-packet',
    check: '2.4',
    actual: /^\d+ characters, and there it ends$/,
    edits: [
      ['const text = decodeText(bytes.subarray(HEADER_BYTES))', 'const text = decodeText(bytes.subarray(HEADER_BYTES, 1023))'],
    ],
  },
  {
    name: 'acks-through-a-new-socket',
    check: '2.4',
    actual: /^\{ host: "127\.0\.0\.1", port: \d+ \}$/,
    edits: [
      [
        "    socket.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address)\n",
        "    const out = createSocket('udp4')\n    out.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address, () => out.close())\n",
      ],
    ],
  },
  {
    name: 'acks-a-copy-only-once',
    check: '2.6',
    actual: '"not its own ACK"',
    edits: [
      [
        '  const expected = new Map<number, number>()\n',
        '  const expected = new Map<number, number>()\n  const acked = new Map<string, number>()\n',
      ],
      [
        '    if (seq === next) {',
        '    const times = (acked.get(`${session} ${seq}`) ?? 0) + 1\n    acked.set(`${session} ${seq}`, times)\n    if (times > 2) return\n    if (seq === next) {',
      ],
    ],
  },
  {
    name: 'knows-the-last-ten-numbers',
    check: '2.6',
    actual: '"no ACK"',
    edits: [['    if (seq > next) return // an ACK', '    if (seq < next - 10) return\n    if (seq > next) return // an ACK']],
  },
  {
    name: 'counts-when-the-message-was-taken',
    check: '2.6',
    actual: /^\["(\w+ 0 \.+)", "\1"/,
    edits: [
      ['      expected.set(session, next + 1)\n', ''],
      ['sender.port })\n    }', 'sender.port })\n      setTimeout(() => expected.set(session, next + 1), 5)\n    }'],
    ],
  },
  {
    name: 'looks-at-eight-bits-of-a-number',
    check: '2.7',
    actual: '["number 256"]',
    edits: [['const { session, seq, text } = packet', 'const { session, text } = packet\n    const seq = packet.seq & 0xff']],
  },
  {
    name: 'compares-numbers-with-a-sign',
    check: '2.7',
    actual: /seq=2147483648/,
    edits: [['if (seq > next) return // an ACK', 'if (((seq - next) | 0) > 0) return // an ACK']],
  },
  {
    name: 'compares-numbers-as-text',
    check: '2.7',
    actual: /seq=10"/,
    edits: [['if (seq > next) return // an ACK', 'if (String(seq) > String(next)) return // an ACK']],
  },
  {
    name: 'acks-acks',
    check: '2.9',
    actual: /^\["02\w{16}", "02\w{16}"\]$/,
    edits: [
      [
        "    if (packet?.type !== 'DATA') return\n",
        "    if (packet?.type === 'ACK') socket.send(encodePacket(packet), sender.port, sender.address)\n    if (packet?.type !== 'DATA') return\n",
      ],
    ],
  },
  {
    name: 'keeps-31-bits-of-a-session',
    check: '2.10',
    actual: '"38 messages"',
    edits: [
      ['expected.get(session)', 'expected.get(session & 0x7fffffff)'],
      ['expected.set(session,', 'expected.set(session & 0x7fffffff,'],
    ],
  },
  {
    name: 'takes-session-0-for-none',
    check: '2.10',
    actual: '"38 messages"',
    edits: [
      ['    const next = expected.get(session) ?? 0', '    if (!session) return\n    const next = expected.get(session) ?? 0'],
    ],
  },
  {
    name: 'shares-its-port',
    check: '2.12',
    actual: '"no error"',
    edits: [
      [
        "const socket = createSocket('udp4')\n  const closed = new Promise<void>((resolve) => {\n    socket.once('close', () => resolve())\n  })\n  let open = true\n\n  // The number that",
        "const socket = createSocket({ type: 'udp4', reuseAddr: true })\n  const closed = new Promise<void>((resolve) => {\n    socket.once('close', () => resolve())\n  })\n  let open = true\n\n  // The number that",
      ],
    ],
  },
  {
    name: 'has-one-table-for-all-servers',
    check: '2.13',
    actual: /^\[\["\w+"\], \[\]\]$/,
    edits: [
      ['  const expected = new Map<number, number>()\n', ''],
      [
        '/** A message that has no ACK yet. */',
        'const expected = new Map<number, number>()\n\n/** A message that has no ACK yet. */',
      ],
    ],
  },
  {
    name: 'closes-a-moment-later',
    check: '2.13',
    actual: '"one more message"',
    edits: [
      [
        '      if (open) socket.close()\n      open = false\n      return closed\n',
        '      if (open) setTimeout(() => socket.close(), 300)\n      open = false\n      return Promise.resolve()\n',
      ],
    ],
  },
  {
    name: 'lets-five-wait',
    check: '2.14',
    actual: '["send() resolved", "send() rejected: BUSY"]',
    edits: [
      [
        '      queue.push(message)\n',
        "      if (queue.length > 5) return reject(failure('BUSY', 'too many'))\n      queue.push(message)\n",
      ],
    ],
  },
  {
    name: 'lets-the-newest-go-first',
    check: '2.14',
    actual: /^\["\w+", "\w+", "\w+", "(\w+)", "\1"/,
    edits: [['      queue.push(message)\n', '      queue.splice(1, 0, message)\n']],
  },
  {
    name: 'sends-no-empty-texts',
    check: '2.14',
    actual: /^\["/,
    edits: [
      [
        '    const size = Buffer.byteLength(text)\n',
        "    if (text === '') return { attempts: 1 }\n    const size = Buffer.byteLength(text)\n",
      ],
    ],
  },
  {
    name: 'counts-to-two',
    check: '2.15',
    actual: '2',
    edits: [['message.resolve({ attempts: message.attempts })', 'message.resolve({ attempts: Math.min(2, message.attempts) })']],
  },
  {
    name: 'takes-0-for-the-default',
    check: '2.18',
    actual: '["6 packets"]',
    edits: [['message.attempts > maxRetries)', 'message.attempts > (maxRetries || 5))']],
  },
  {
    name: 'sends-again-five-times-at-most',
    check: '2.18',
    actual: '"6 packets"',
    edits: [['message.attempts > maxRetries)', 'message.attempts > Math.min(5, maxRetries))']],
  },
  {
    name: 'waits-shorter-now-and-then',
    check: '2.18',
    actual: /^"after \d+ ms"$/,
    edits: [['setTimeout(transmit, timeoutMs)', 'setTimeout(transmit, timeoutMs * Math.random())']],
  },
  {
    name: 'counts-the-time-from-the-call',
    check: '2.18',
    actual: /^\{ message: 2, sent: "[01] packets?" \}$/,
    edits: [
      ['  attempts: number\n  resolve(', '  attempts: number\n  readonly calledAt: number\n  resolve('],
      ['{ text, attempts: 0, resolve', '{ text, attempts: 0, calledAt: Date.now(), resolve'],
      [
        'message.attempts > maxRetries)',
        'message.attempts > 0 && Date.now() - message.calledAt >= timeoutMs * (1 + maxRetries) - 1)',
      ],
    ],
  },
  {
    name: 'gives-all-up-with-the-first',
    check: '2.18',
    actual: '{ message: 2, sent: "0 packets" }',
    edits: [
      [
        'return abandon(message, failure(',
        "for (const other of queue.splice(1)) other.reject(failure('RETRY_LIMIT', 'no ACK'))\n      return abandon(message, failure(",
      ],
    ],
  },
  {
    name: 'counts-the-copies-of-all-messages-together',
    check: '2.18',
    actual: /^"\d packets?"$/,
    edits: [
      ['  let seq = 0\n', '  let seq = 0\n  let sentInAll = 0\n'],
      ['message.attempts > maxRetries)', 'sentInAll > maxRetries && message.attempts > 0)'],
      ['    message.attempts += 1\n', '    message.attempts += 1\n    sentInAll += 1\n'],
    ],
  },
  {
    name: 'sends-again-three-times-by-default',
    check: '2.19',
    actual: '"4 packets"',
    edits: [['maxRetries = 5', 'maxRetries = 3']],
  },
  {
    name: 'sends-again-ten-times-by-default',
    check: '2.19',
    actual: /^"\d+ packets"$/,
    edits: [['maxRetries = 5', 'maxRetries = 10']],
  },
  {
    name: 'waits-a-second-by-default',
    check: '2.19',
    actual: /^"\d times, the other/,
    edits: [['timeoutMs = 200', 'timeoutMs = 1000']],
  },
  {
    name: 'waits-100-ms-by-default',
    check: '2.19',
    actual: /^"after \d+ ms"$/,
    edits: [['timeoutMs = 200', 'timeoutMs = 100']],
  },
  {
    name: 'always-waits-200-ms',
    check: '2.19',
    actual: /^"\d+ packets"$/,
    edits: [['setTimeout(transmit, timeoutMs)', 'setTimeout(transmit, 200)']],
  },
  {
    name: 'counts-repeated-acks',
    check: '2.20',
    actual: '"number 2"',
    edits: [
      [
        "    if (message === undefined || packet?.type !== 'ACK') return\n",
        "    if (message === undefined && packet?.type === 'ACK') seq += 1\n    if (message === undefined || packet?.type !== 'ACK') return\n",
      ],
    ],
  },
  {
    name: 'compares-half-of-the-session',
    check: '2.23',
    actual: '"send() resolved"',
    edits: [['packet.session !== session ||', '(packet.session & 0xffff) !== (session & 0xffff) ||']],
  },
  {
    name: 'compares-eight-bits-of-the-number',
    check: '2.23',
    actual: '"send() resolved"',
    edits: [['packet.seq !== seq) return', '(packet.seq & 0xff) !== (seq & 0xff)) return']],
  },
  {
    name: 'stops-its-timer-at-any-ack',
    check: '2.23',
    actual: '"it is not sent any more"',
    edits: [
      [
        "    if (message === undefined || packet?.type !== 'ACK') return\n",
        "    if (message === undefined || packet?.type !== 'ACK') return\n    clearTimeout(timer)\n",
      ],
    ],
  },
  {
    name: 'counts-all-clients-in-one-row',
    check: '2.25',
    actual: '"number 1"',
    edits: [
      ['  let seq = 0\n', ''],
      ['/** A message that has no ACK yet. */', 'let seq = 0\n\n/** A message that has no ACK yet. */'],
    ],
  },
  {
    name: 'gives-up-by-the-text',
    check: '2.27',
    actual: '"send() rejected: ABORTED"',
    edits: [['giveUp = () => abandon(message,', 'giveUp = () => abandon(queue.find((one) => one.text === text) ?? message,']],
  },
  {
    name: 'stops-the-timer-of-another-message',
    check: '2.27',
    actual: '"it is not sent any more"',
    edits: [['    if (place > 0) return\n    clearTimeout(timer)\n', '    clearTimeout(timer)\n    if (place > 0) return\n']],
  },
  {
    name: 'takes-a-letter-for-three-bytes',
    check: '2.29',
    actual: '"send() rejected: TOO_LONG"',
    edits: [['    const size = Buffer.byteLength(text)\n', '    const size = Math.floor(text.length * 2.9)\n']],
  },
  {
    name: 'sends-again-when-it-hears-that-nobody-is-there',
    check: '2.30',
    actual: /^"after \d+ ms"$/,
    edits: [
      [
        "  socket.on('error', () => {}) // nobody listens there yet: as good as a lost packet, and the timer answers both\n",
        "  socket.on('error', () => {\n    clearTimeout(timer)\n    timer = setTimeout(transmit, 5)\n  })\n",
      ],
    ],
  },
  {
    name: 'hands-the-timer-of-a-given-up-message-on',
    check: '2.32',
    actual: /^"\d+ times, the other \d+ times"$/,
    edits: [
      ['    message.reject(error)\n    leave(message)\n', '    message.reject(error)\n    leave(message, false)\n'],
      ['function leave(message: Outgoing): void {', 'function leave(message: Outgoing, acked = true): void {'],
      ['    if (place > 0) return\n    clearTimeout(timer)\n', '    if (place > 0) return\n    if (acked) clearTimeout(timer)\n'],
    ],
  },
  {
    name: 'listens-everywhere',
    check: '2.33',
    actual: '"it listens on other addresses, too"',
    edits: [
      ["socket.bind(options.port ?? 0, '127.0.0.1')", 'socket.bind(options.port ?? 0)'],
      [
        'const { address: host, port } = socket.address()',
        "const { host, port } = { host: '127.0.0.1', port: socket.address().port }",
      ],
    ],
  },
  {
    name: 'listens-to-the-signal-of-an-earlier-message',
    check: '2.34',
    actual: '"send() rejected: ABORTED"',
    edits: [
      ["      signal?.removeEventListener('abort', giveUp)", '      // The listener stays.'],
      ['giveUp = () => abandon(message,', 'giveUp = () => abandon(queue[0] ?? message,'],
    ],
  },
  {
    name: 'stops-the-timer-for-the-signal-of-an-earlier-message',
    check: '2.34',
    actual: '"it is not sent any more"',
    edits: [
      ["      signal?.removeEventListener('abort', giveUp)", '      // The listener stays.'],
      ['    if (!queue.includes(message)) return\n', '    clearTimeout(timer)\n    if (!queue.includes(message)) return\n'],
    ],
  },
]
