import type { Mistake } from './mistake.ts'

/** Words drawn by chance: names and texts of the checks. */
const WORD = '"[a-z]{8}"'

const serving: readonly Mistake[] = [
  {
    name: 'answers-from-another-socket',
    check: '4.2',
    actual: /^\[\d+(, \d+)*\]$/,
    edits: [
      [
        "  const socket = createSocket('udp4')\n  // By address",
        "  const socket = createSocket('udp4')\n  const outgoing = createSocket('udp4')\n  // By address",
      ],
      ['    socket.send(JSON.stringify(packet), to.port', '    outgoing.send(JSON.stringify(packet), to.port'],
    ],
  },
  {
    name: 'lists-addresses',
    check: '4.2',
    actual: /^\["127\.0\.0\.1:\d+", "127\.0\.0\.1:\d+"\]$/,
    edits: [['[...members.values()].map(({ name }) => name)', '[...members.keys()]']],
  },
  {
    name: 'answers-well-but-passes-on-from-another-socket',
    check: '4.2',
    actual: /^\[\d+\]$/,
    edits: [
      [
        "  const socket = createSocket('udp4')\n  // By address",
        "  const socket = createSocket('udp4')\n  const outgoing = createSocket('udp4')\n  // By address",
      ],
      [
        '    socket.send(JSON.stringify(packet), to.port',
        "    const by = packet.type === 'message' ? outgoing : socket\n    by.send(JSON.stringify(packet), to.port",
      ],
    ],
  },
  {
    name: 'has-one-table-for-all-servers',
    check: '4.2',
    actual: '"error NAME_TAKEN"',
    edits: [
      ['  const members = new Map<string, Member>()\n', ''],
      ['/**\n * Listens on 127', 'const members = new Map<string, Member>()\n\n/**\n * Listens on 127'],
    ],
  },
  {
    name: 'ignores-the-port-option',
    check: '4.3',
    actual: '"no error"',
    edits: [["socket.bind(port, '127.0.0.1')", "socket.bind(0, '127.0.0.1')"]],
  },
  {
    name: 'listens-everywhere',
    check: '4.3',
    actual: /, too"$/,
    edits: [
      ["socket.bind(port, '127.0.0.1')", 'socket.bind(port)'],
      ['return { address: { host, port: bound }', "return { address: { host: host && '127.0.0.1', port: bound }"],
    ],
  },
  {
    name: 'closes-twice',
    check: '4.3',
    actual: /ERR_SOCKET_DGRAM_NOT_RUNNING/,
    edits: [['    if (closed === undefined) {\n      closed', '    {\n      closed']],
  },
  {
    name: 'echoes-to-the-speaker',
    check: '4.4',
    actual: new RegExp(`^\\[${WORD}, ${WORD}\\]$`),
    edits: [["if (member !== speaker) send({ type: 'message'", "send({ type: 'message'"]],
  },
  {
    name: 'compares-rinfo-by-identity',
    check: '4.4',
    actual: new RegExp(`^\\[${WORD}, ${WORD}\\]$`),
    edits: [["if (member !== speaker) send({ type: 'message'", "if (member.address !== from) send({ type: 'message'"]],
  },
  {
    name: 'tells-three-at-most',
    check: '4.4',
    actual: '[]',
    edits: [
      [
        'for (const member of members.values()) {\n      if (member !== speaker)',
        'for (const member of [...members.values()].slice(0, 4)) {\n      if (member !== speaker)',
      ],
    ],
  },
  {
    name: 'keeps-a-set-of-rinfo',
    check: '4.5',
    actual: new RegExp(`^\\[(${WORD}, )+.*${WORD}\\]$`, 's'),
    edits: [
      // As in the article: whoever is heard is put into a Set, and every rinfo is a new object.
      [
        'const members = new Map<string, Member>()',
        'const members = new Map<string, Member>()\n  const clients = new Set<Address>()',
      ],
      [
        '    const packet = readPacket(bytes)\n    members',
        '    const packet = readPacket(bytes)\n    clients.add(from)\n    members',
      ],
      [
        'for (const member of members.values()) {\n      if (member !== speaker)',
        'for (const address of clients) {\n      if (keyOf(address) !== keyOf(from))',
      ],
      ['name, text, at }, member.address)', 'name, text, at }, address)'],
    ],
  },
  {
    name: 'stamps-its-own-time',
    check: '4.6',
    actual: /at: "20\d\d-/,
    edits: [['id, name, text, at }, member', 'id, name, text, at: new Date().toISOString() }, member']],
  },
  {
    name: 'trims-what-is-said',
    check: '4.6',
    actual: /text: "[^ ]+"/,
    edits: [['id, name, text, at }, member', 'id, name, text: text.trim(), at }, member']],
  },
  {
    name: 'composes-what-was-taken-apart',
    check: '4.6',
    actual: /text: "안녕 [a-z]{8}"/,
    edits: [['id, name, text, at }, member', 'id, name, text: text.normalize(), at }, member']],
  },
  {
    name: 'takes-an-equal-text-for-a-copy',
    check: '4.6',
    actual: '"7 messages"',
    edits: [
      [
        'const members = new Map<string, Member>()',
        'const members = new Map<string, Member>()\n  const said = new Set<string>()',
      ],
      [
        '    const { name } = speaker\n',
        '    const { name } = speaker\n    if (said.has(name + text)) return\n    said.add(name + text)\n',
      ],
    ],
  },
  {
    name: 'makes-html-of-it',
    check: '4.6',
    actual: /&lt;b>/,
    edits: [['id, name, text, at }, member', "id, name, text: text.replaceAll('<', '&lt;'), at }, member"]],
  },
  {
    name: 'takes-the-name-from-the-speaker',
    check: '4.7',
    actual: new RegExp(`^\\[${WORD}\\]$`),
    edits: [
      ['const { name } = speaker', 'const { name = speaker.name } = packet as { name?: string }'],
      [
        'from: Address, { id, text, at }: { id: string; text: string; at: string }): void {',
        'from: Address, packet: { id: string; text: string; at: string }): void {\n    const { id, text, at } = packet',
      ],
    ],
  },
  {
    name: 'logs-the-text-alone',
    check: '4.7',
    actual: /^"not in \d+ lines of the log: /,
    edits: [['log?.(`${at} ${name}: ${oneLine(text)}`)', 'log?.(oneLine(text))']],
  },
  {
    name: 'logs-no-time',
    check: '4.7',
    actual: /^"no time in \[.*[a-z]{8}: [a-z]{8}.*\]"$/,
    edits: [['log?.(`${at} ${name}: ${oneLine(text)}`)', 'log?.(`${name}: ${oneLine(text)}`)']],
  },
  {
    name: 'is-silent-to-strangers',
    check: '4.8',
    actual: '["no answer", "no answer"]',
    edits: [["return send({ type: 'error', code: 'NOT_JOINED' }, from)", 'return']],
  },
  {
    name: 'passes-on-what-strangers-say',
    check: '4.8',
    actual: /^\["[a-z]{8}", "안녕 .*", "안녕 .*"\]$/s,
    edits: [
      [
        "if (speaker === undefined) return send({ type: 'error', code: 'NOT_JOINED' }, from)",
        "if (speaker === undefined) send({ type: 'error', code: 'NOT_JOINED' }, from)",
      ],
      ['const { name } = speaker', "const name = speaker?.name ?? 'somebody'"],
    ],
  },
  {
    name: 'takes-a-stranger-in-while-refusing',
    check: '4.8',
    actual: /^\["[a-z]{8}", "안녕 .*"\]$/s,
    edits: [
      [
        "if (speaker === undefined) return send({ type: 'error', code: 'NOT_JOINED' }, from)",
        "if (speaker === undefined) {\n      members.set(keyOf(from), { name: 'guest', address: from, patience: setTimeout(() => undefined) })\n      return send({ type: 'error', code: 'NOT_JOINED' }, from)\n    }",
      ],
    ],
  },
  {
    name: 'tells-everybody-of-an-error',
    check: '4.8',
    actual: '"A or B is told, too"',
    edits: [
      [
        "if (speaker === undefined) return send({ type: 'error', code: 'NOT_JOINED' }, from)",
        "if (speaker === undefined) {\n      for (const { address } of members.values()) send({ type: 'error', code: 'NOT_JOINED' }, address)\n      return send({ type: 'error', code: 'NOT_JOINED' }, from)\n    }",
      ],
    ],
  },
  {
    name: 'bears-a-grudge-against-strangers',
    check: '4.8',
    actual: '"error NAME_TAKEN"',
    edits: [
      [
        'const members = new Map<string, Member>()',
        'const members = new Map<string, Member>()\n  const strangers = new Set<string>()',
      ],
      [
        'if (speaker === undefined) return send(',
        'if (speaker === undefined) strangers.add(keyOf(from))\n    if (speaker === undefined) return send(',
      ],
      ['    if (taken) return send(', '    if (taken || strangers.has(key)) return send('],
    ],
  },
  {
    name: 'lets-names-be-stolen',
    check: '4.9',
    actual: /^"joined [a-z]{8}"$/,
    edits: [["    if (taken) return send({ type: 'error', code: 'NAME_TAKEN' }, from)\n", '']],
  },
  {
    name: 'puts-out-the-holder-of-a-wanted-name',
    check: '4.9',
    actual: '"A hears nothing any more"',
    edits: [
      [
        '    if (taken) return send(',
        '    for (const [other, member] of members) if (taken && member.name === name) remove(other)\n    if (taken) return send(',
      ],
    ],
  },
  {
    name: 'forgets-whose-second-name-is-refused',
    check: '4.9',
    actual: /^\["[a-z]{8}"\]$/,
    edits: [['    if (!isName(name)) return send(', '    remove(key)\n    if (!isName(name)) return send(']],
  },
  {
    name: 'refuses-a-repeated-join',
    check: '4.9',
    actual: '"error NAME_TAKEN"',
    edits: [['member.name === name && other !== key', 'member.name === name']],
  },
  {
    name: 'takes-an-empty-name',
    check: '4.10',
    actual: '"joined "',
    edits: [["    if (!isName(name)) return send({ type: 'error', code: 'BAD_NAME' }, from)\n", '']],
  },
  {
    name: 'looks-names-up-in-a-plain-object',
    check: '4.10',
    actual: '"constructor is taken"',
    edits: [
      [
        'const taken = [...members].some(([other, member]) => member.name === name && other !== key)',
        'const names: Record<string, string> = {}\n    for (const [other, member] of members) names[member.name] = other\n    const taken = names[name] !== undefined && names[name] !== key',
      ],
    ],
  },
  {
    name: 'takes-ascii-names-only',
    check: '4.10',
    actual: '{ name: "민수", answer: "error BAD_NAME" }',
    edits: [['return /^\\P{Cc}{1,32}$/u.test(name)', 'return /^[ -~]{1,32}$/.test(name)']],
  },
  {
    name: 'takes-a-longer-name-for-the-same',
    check: '4.10',
    actual: '{ name: "민수정", answer: "error NAME_TAKEN" }',
    edits: [['member.name === name && other', 'name.startsWith(member.name) && other']],
  },
  {
    name: 'writes-names-in-small-letters',
    check: '4.10',
    actual: /answer: "joined [a-z]{4}" \}$/,
    edits: [['join(from, packet.name)', 'join(from, packet.name.toLowerCase())']],
  },
  {
    name: 'has-whoever-is-named-leave',
    check: '4.11',
    actual: / is gone"$/,
    edits: [
      [
        "    if (packet?.type === 'leave') remove(keyOf(from))\n",
        "    if (packet?.type === 'leave') {\n      const { name: named } = JSON.parse(String(bytes))\n      for (const [key, member] of members) if (member.name === named) remove(key)\n      remove(keyOf(from))\n    }\n",
      ],
    ],
  },
  {
    name: 'knows-no-leave',
    check: '4.11',
    actual: '"no answer"',
    edits: [["    if (packet?.type === 'leave') remove(keyOf(from))\n", '']],
  },
  {
    name: 'frees-the-name-but-goes-on-sending',
    check: '4.11',
    actual: new RegExp(`^\\[${WORD}, ${WORD}\\]$`),
    edits: [
      [
        'const members = new Map<string, Member>()',
        'const members = new Map<string, Member>()\n  const addresses = new Map<string, Address>()',
      ],
      ['    remove(key)\n    members.set', '    remove(key)\n    addresses.set(key, from)\n    members.set'],
      [
        'for (const member of members.values()) {\n      if (member !== speaker)',
        'for (const [other, address] of addresses) {\n      if (other !== keyOf(from))',
      ],
      ['name, text, at }, member.address)', 'name, text, at }, address)'],
    ],
  },
  {
    name: 'never-forgets-anyone',
    check: '4.12',
    actual: '"still a member some seconds later"',
    edits: [['patience: setTimeout(() => remove(key), idleMs)', 'patience: setTimeout(() => undefined, idleMs)']],
  },
  {
    name: 'takes-idle-for-seconds',
    check: '4.12',
    // On a busy machine W is looked for so late that it could be gone by then. V could not, nor B who is spoken to.
    actual: /^("gone after \d+ ms"|"V is gone"|\[.*\])$/s,
    edits: [['setTimeout(() => remove(key), idleMs)', 'setTimeout(() => remove(key), idleMs / 1000)']],
  },
  {
    name: 'has-an-idea-of-idle-of-its-own',
    check: '4.12',
    actual: '"V is gone"',
    edits: [['setTimeout(() => remove(key), idleMs)', 'setTimeout(() => remove(key), 300 + Math.min(idleMs, 0))']],
  },
  {
    name: 'takes-hearing-for-a-sign-of-life',
    check: '4.12',
    actual: '"still a member some seconds later"',
    edits: [
      [
        "if (member !== speaker) send({ type: 'message', id, name, text, at }, member.address)",
        "if (member === speaker) continue\n      member.patience.refresh()\n      send({ type: 'message', id, name, text, at }, member.address)",
      ],
    ],
  },
  {
    name: 'never-forgets-who-has-spoken',
    check: '4.12',
    actual: '"still a member some seconds later"',
    edits: [['    const { name } = speaker\n', '    const { name } = speaker\n    clearTimeout(speaker.patience)\n']],
  },
  {
    name: 'forgets-the-idle-when-the-list-is-read',
    check: '4.12',
    actual: '"still a member some seconds later"',
    edits: [
      [
        'const members = new Map<string, Member>()',
        'const members = new Map<string, Member>()\n  const idle = new Set<string>()',
      ],
      ['patience: setTimeout(() => remove(key), idleMs)', 'patience: setTimeout(() => idle.add(key), idleMs)'],
      ['members: () => [...members', 'members: () => [...idle].forEach(remove) ?? [...members'],
    ],
  },
  {
    name: 'forgets-one-of-the-idle',
    check: '4.12',
    actual: '"still a member some seconds later"',
    edits: [
      ['const members = new Map<string, Member>()', 'const members = new Map<string, Member>()\n  let forgotten = 0'],
      ['patience: setTimeout(() => remove(key), idleMs)', 'patience: setTimeout(() => forgotten++ === 0 && remove(key), idleMs)'],
    ],
  },
  {
    name: 'frees-the-name-of-the-idle-and-nothing-else',
    check: '4.12',
    actual: '"no answer"',
    edits: [
      [
        'const members = new Map<string, Member>()',
        'const members = new Map<string, Member>()\n  const idle = new Set<string>()',
      ],
      ['patience: setTimeout(() => remove(key), idleMs)', 'patience: setTimeout(() => idle.add(key), idleMs)'],
      ['member.name === name && other', 'member.name === name && !idle.has(other) && other'],
      [
        'members: () => [...members.values()].map',
        'members: () => [...members].filter(([key]) => !idle.has(key)).map(([, member]) => member).map',
      ],
    ],
  },
  {
    name: 'removes-who-talks',
    check: '4.13',
    actual: '"A or B, who talked, was removed"',
    edits: [['    members.get(keyOf(from))?.patience.refresh()\n', '']],
  },
  {
    name: 'keeps-the-timer-of-an-earlier-join',
    check: '4.13',
    actual: '"A or B, who talked, was removed"',
    edits: [['    remove(key)\n    members.set', '    members.set']],
  },
  {
    name: 'keeps-the-timer-of-who-has-left',
    check: '4.13',
    actual: '"A or B, who talked, was removed"',
    edits: [["if (packet?.type === 'leave') remove(keyOf(from))", "if (packet?.type === 'leave') members.delete(keyOf(from))"]],
  },
  {
    name: 'empties-the-table-when-one-is-idle',
    check: '4.13',
    actual: '"A or B, who talked, was removed"',
    edits: [['setTimeout(() => remove(key), idleMs)', 'setTimeout(() => members.clear(), idleMs)']],
  },
  {
    name: 'puts-out-whoever-makes-no-sense',
    check: '4.14',
    actual: '"B hears nothing of it"',
    edits: [
      [
        "    if (packet?.type === 'join') join(from",
        "    if (packet === undefined) remove(keyOf(from))\n    if (packet?.type === 'join') join(from",
      ],
    ],
  },
  {
    name: 'throws-on-what-is-not-json',
    check: '4.1',
    actual: /^it crashed: SyntaxError/,
    edits: [
      [
        '  try {\n    value = JSON.parse(bytes.toString())\n  } catch {\n    return undefined\n  }',
        '  value = JSON.parse(bytes.toString())',
      ],
    ],
  },
  {
    name: 'throws-on-null',
    check: '4.1',
    actual: /^it crashed: TypeError/,
    edits: [["  if (typeof value !== 'object' || value === null) return undefined\n", '']],
  },
]

const joining: readonly Mistake[] = [
  {
    name: 'throws-on-null-from-the-server',
    check: '4.15',
    actual: /^it crashed: TypeError/,
    edits: [["  if (typeof value !== 'object' || value === null) return undefined\n", '']],
  },
  {
    name: 'shows-notices',
    check: '4.15',
    actual: /^\[\{ id: .* … .*\}\]$/s,
    edits: [
      [
        "  ['message', ['id', 'name', 'text', 'at']],\n",
        "  ['message', ['id', 'name', 'text', 'at']],\n  ['notice', ['id', 'name', 'text', 'at']],\n",
      ],
      ["if (packet?.type === 'message') show(packet)", "if (packet && 'text' in packet) show(packet as ChatMessage)"],
    ],
  },
  {
    name: 'shows-copies',
    check: '4.16',
    actual: '{ first: 3, its text once more: 2, last: 1 }',
    edits: [['    if (seen.has(id)) return\n', '']],
  },
  {
    name: 'tells-copies-by-the-text',
    check: '4.16',
    actual: '{ first: 1, its text once more: 0, last: 1 }',
    edits: [
      [
        '    if (seen.has(id)) return\n    seen.add(id)\n    const [oldest = id] = seen',
        '    if (seen.has(text)) return\n    seen.add(text)\n    const [oldest = text] = seen',
      ],
    ],
  },
  {
    name: 'remembers-the-last-id-only',
    check: '4.16',
    actual: '{ first: 3, its text once more: 2, last: 1 }',
    edits: [['const REMEMBERED_IDS = 1000', 'const REMEMBERED_IDS = 1']],
  },
  {
    name: 'remembers-ten-ids',
    check: '4.16',
    actual: '"shown 2 times"',
    edits: [['const REMEMBERED_IDS = 1000', 'const REMEMBERED_IDS = 10']],
  },
  {
    name: 'stops-showing-when-its-memory-is-full',
    check: '4.16',
    actual: /^"\d+ shown"$/,
    edits: [['    if (seen.has(id)) return\n', '    if (seen.has(id) || seen.size >= 20) return\n']],
  },
  {
    name: 'joins-once',
    check: '4.17',
    actual: '"asked once"',
    edits: [
      [
        'let repeating = setInterval(join, timeoutMs / JOIN_TRIES)',
        'let repeating = setInterval(() => undefined, timeoutMs / JOIN_TRIES)',
      ],
    ],
  },
  {
    name: 'does-not-wait-for-the-answer',
    check: '4.17',
    actual: '"has resolved"',
    edits: [['    await answer\n', '    void answer.catch(() => undefined)\n']],
  },
  {
    name: 'takes-anything-but-an-error-for-a-yes',
    check: '4.17',
    actual: '"has resolved"',
    edits: [["if (packet?.type === 'joined') resolve()", "if (packet?.type !== 'error') resolve()"]],
  },
  {
    name: 'joins-from-a-new-socket-each-time',
    check: '4.17',
    actual: /^"[2-9] sockets"$/,
    edits: [
      [
        '      socket.send(JSON.stringify(packet), server.port',
        "      const from = packet.type === 'join' ? createSocket('udp4') : socket\n      from.on('message', (bytes, sender) => socket.emit('message', bytes, sender))\n      from.send(JSON.stringify(packet), server.port",
      ],
    ],
  },
  {
    name: 'waits-for-a-yes-only',
    check: '4.18',
    actual: 'nothing within 2000 ms',
    edits: [
      [
        "if (packet?.type === 'error' && isRefusal(packet.code)) reject(",
        "if (packet?.type === 'error' && packet.code === 'NO') reject(",
      ],
    ],
  },
  {
    name: 'gives-up-at-once',
    check: '4.19',
    actual: '"earlier"',
    edits: [['`)), timeoutMs)', '`)), timeoutMs / 10)']],
  },
  {
    name: 'waits-for-ever',
    check: '4.19',
    actual: 'nothing within 2000 ms',
    edits: [
      [
        "deadline = setTimeout(() => reject(coded('JOIN_TIMEOUT', `No answer within ${timeoutMs} ms`)), timeoutMs)",
        'deadline = setTimeout(() => undefined, timeoutMs + reject.length)',
      ],
    ],
  },
  {
    name: 'has-a-patience-of-its-own',
    check: '4.19',
    actual: '"has ended: JOIN_TIMEOUT"',
    edits: [['`)), timeoutMs)', '`)), 1000)']],
  },
  {
    name: 'tells-the-local-time',
    check: '4.20',
    actual: /^\["[^"Z]+", "[^"Z]+", "[^"Z]+", "[^"Z]+"\]$/,
    edits: [['at: now().toISOString()', "at: now().toISOString().replace('Z', '')"]],
  },
  {
    name: 'calls-the-local-time-utc',
    check: '4.20',
    actual: /^\["[^"]+Z", "[^"]+Z", "[^"]+Z", "[^"]+Z"\]$/,
    edits: [['at: now().toISOString()', 'at: new Date(now().getTime() - now().getTimezoneOffset() * 60_000).toISOString()']],
  },
  {
    name: 'trims-what-it-says',
    check: '4.20',
    actual: /^\["안녕 .*👋", "안녕 .*👋", "안녕 .*👋", "안녕 .*👋"\]$/su,
    edits: [['id: randomUUID(), text,', 'id: randomUUID(), text: text.trim(),']],
  },
  {
    name: 'reads-the-clock-of-the-machine',
    check: '4.20',
    actual: /^\["20/,
    edits: [['at: now().toISOString()', 'at: new Date().toISOString()']],
  },
  {
    name: 'reads-the-clock-once',
    check: '4.20',
    actual: /^\["([^"]+)", "\1", "\1", "\1"\]$/,
    edits: [
      ['  const seen = new Set<string>()\n', '  const seen = new Set<string>()\n  const startedAt = now()\n'],
      ['at: now().toISOString()', 'at: startedAt.toISOString()'],
    ],
  },
  {
    name: 'takes-the-name-for-an-id',
    check: '4.20',
    actual: '"1 different ids"',
    edits: [['id: randomUUID(),', 'id: name + randomUUID().slice(36),']],
  },
  {
    name: 'counts-lines-behind-the-name',
    check: '4.20',
    actual: '"3 different ids"',
    edits: [
      ['  const seen = new Set<string>()\n', '  const seen = new Set<string>()\n  let count = 0\n'],
      ['id: randomUUID(),', 'id: name + ++count + randomUUID().slice(36),'],
    ],
  },
  {
    name: 'takes-the-time-for-an-id',
    check: '4.20',
    actual: /different ids"$/,
    edits: [['id: randomUUID(),', 'id: String(Date.now()),']],
  },
  {
    name: 'speaks-from-a-second-socket',
    check: '4.20',
    actual: '"2 sockets"',
    edits: [
      [
        "  const socket = createSocket('udp4')\n  const seen",
        "  const socket = createSocket('udp4')\n  const mouth = createSocket('udp4')\n  const seen",
      ],
      [
        '      socket.send(JSON.stringify(packet), server.port',
        "      const from = packet.type === 'say' ? mouth : socket\n      from.send(JSON.stringify(packet), server.port",
      ],
    ],
  },
  {
    name: 'goes-without-a-word',
    check: '4.21',
    actual: '"join"',
    edits: [["    await send({ type: 'leave' }).catch(() => undefined)\n", '']],
  },
  {
    name: 'closes-before-the-goodbye-has-left',
    check: '4.21',
    actual: '"join"',
    edits: [["await send({ type: 'leave' }).catch(() => undefined)", "void send({ type: 'leave' }).catch(() => undefined)"]],
  },
  {
    name: 'says-goodbye-from-another-socket',
    check: '4.21',
    actual: '"from another socket"',
    edits: [
      [
        '      socket.send(JSON.stringify(packet), server.port',
        "      const from = packet.type === 'leave' ? createSocket('udp4').unref() : socket\n      from.send(JSON.stringify(packet), server.port",
      ],
    ],
  },
  {
    name: 'joins-again-behind-the-goodbye',
    check: '4.21',
    actual: '"joins again"',
    edits: [
      [
        "    clearInterval(repeating)\n    await send({ type: 'leave' }).catch(() => undefined)\n",
        "    await send({ type: 'leave' }).catch(() => undefined)\n    await send({ type: 'join', name }).catch(() => undefined)\n    clearInterval(repeating)\n",
      ],
    ],
  },
]

const showing: readonly Mistake[] = [
  {
    name: 'ignores-the-zone',
    check: '4.22',
    // Seoul is asked for first; on a machine that stands there, UTC is what fails.
    actual: /^"\[\d\d:\d\d:09\] [a-z]{8}: [a-z]{8} \$& 안녕 👋"$/u,
    edits: [["timeStyle: 'medium', hourCycle: 'h23', timeZone }", "timeStyle: 'medium', hourCycle: 'h23' }"]],
  },
  {
    name: 'counts-hours-to-twelve',
    check: '4.22',
    actual: /^"\[0?2:05:09/,
    edits: [["hourCycle: 'h23', timeZone", "hourCycle: 'h12', timeZone"]],
  },
  {
    name: 'calls-midnight-24',
    check: '4.22',
    actual: /^"\[24:00:07\]/,
    edits: [["hourCycle: 'h23', timeZone", "hourCycle: 'h24', timeZone"]],
  },
  {
    name: 'has-signs-in-the-text-replaced',
    check: '4.22',
    actual: /TEXT 안녕 👋"$/u,
    edits: [
      [
        'return `[${clock.format(new Date(message.at))}] ${message.name}: ${oneLine(message.text)}`',
        'return `[${clock.format(new Date(message.at))}] ${message.name}: TEXT`.replace("TEXT", oneLine(message.text))',
      ],
    ],
  },
  {
    name: 'says-the-q',
    check: '4.23',
    actual: new RegExp(`^\\[${WORD}, "q[a-z]{8}", "q"\\]$`),
    edits: [
      ["      if (line === 'q') break\n      await chat.say(line)", "      await chat.say(line)\n      if (line === 'q') break"],
    ],
  },
  {
    name: 'ends-at-whatever-begins-with-q',
    check: '4.23',
    actual: new RegExp(`^\\[${WORD}\\]$`),
    edits: [["if (line === 'q') break", "if (line.startsWith('q')) break"]],
  },
  {
    name: 'leaves-only-with-q',
    check: '4.24',
    actual: '"say"',
    edits: [
      ["if (line === 'q') break", "if (line === 'q') return await chat.close()"],
      ['  } finally {\n    await chat.close()\n  }', '  } finally {\n    // nothing to do\n  }'],
    ],
  },
  {
    name: 'prints-the-text-alone',
    check: '4.24',
    actual: /^"not in \[/,
    edits: [['print(format(message))', 'print(message.text)']],
  },
  {
    name: 'prints-the-first-message-alone',
    check: '4.24',
    actual: /^"not in \[/,
    edits: [
      [
        'const chat = await joinChat({ server, name, onMessage: (message) => print(format(message)) })',
        'let printed = 0\n  const chat = await joinChat({ server, name, onMessage: (message) => printed++ === 0 && print(format(message)) })',
      ],
    ],
  },
  {
    name: 'counts-ids-per-client',
    check: '4.25',
    actual: /^\["[a-z]{8}: [a-z]{8}"\]$/,
    edits: [
      ['  const seen = new Set<string>()\n', '  const seen = new Set<string>()\n  let count = 0\n'],
      ['id: randomUUID(),', 'id: String(++count) + randomUUID().slice(36),'],
    ],
  },
  {
    name: 'counts-ids-per-program',
    check: '4.25',
    actual: /^\["[a-z]{8}: [a-z]{8}"\]$/,
    edits: [
      ['/**\n * Joins the chat and', 'let count = 0\n\n/**\n * Joins the chat and'],
      ['id: randomUUID(),', 'id: String(++count) + randomUUID().slice(36),'],
    ],
  },
  {
    name: 'repeats-what-the-network-repeats',
    check: '4.25',
    actual: /^\["([a-z]{8}: [a-z]{8})", "\1"/,
    edits: [['    if (seen.has(id)) return\n', '']],
  },
  {
    name: 'leaves-when-the-time-to-join-is-over',
    check: '4.26',
    actual: '{ hears: false, speaks: false }',
    edits: [['`)), timeoutMs)', '`)), timeoutMs)\n    setTimeout(() => void close(), timeoutMs)']],
  },
]

export const mistakes: readonly Mistake[] = [...serving, ...joining, ...showing]
