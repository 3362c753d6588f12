import type { Mistake } from './mistake.ts'

const linking: readonly Mistake[] = [
  {
    name: 'one-piece-is-one-frame',
    check: '7.1',
    actual: /^\[\]$|crashed|^\["[0-9a-f]{32}"\]$/,
    edits: [
      [
        'for (let message = await reader.message(); message !== undefined; message = await reader.message()) {\n        if',
        'reader.release()\n      const frames = socket.iterator({ destroyOnReturn: false })\n      for await (const piece of frames) {\n        const length = piece.readUInt32BE()\n        const message = JSON.parse(piece.subarray(4, 4 + length).toString())\n        if',
      ],
    ],
  },
  {
    name: 'loses-what-follows-a-hello',
    check: '7.1',
    actual: /Z: undefined/,
    edits: [["    if (first?.type === 'hello') return talk", "    socket.read()\n    if (first?.type === 'hello') return talk"]],
  },
  {
    name: 'loses-what-follows-the-answer',
    check: '7.1',
    actual: /W: undefined/,
    edits: [['      socket.setTimeout(0)\n', '      socket.setTimeout(0)\n      socket.read()\n']],
  },
  {
    name: 'takes-the-longest-frame-for-none',
    check: '7.1',
    actual: '"no hit"',
    edits: [
      [
        "        if (message.type === 'bye') break\n",
        "        if (message.type === 'bye' || JSON.stringify(message).length >= 65_536) break\n",
      ],
    ],
  },
  {
    name: 'skips-what-is-no-frame',
    check: '7.2',
    actual: /still open/,
    edits: [
      [
        'for (let message = await reader.message(); message !== undefined; message = await reader.message()) {\n        if',
        "const next = async () => reader.message().catch(() => ({ type: 'nothing' }) as Message)\n      for (let message = await next(); message !== undefined; message = await next()) {\n        await delay(1)\n        if",
      ],
    ],
  },
  {
    name: 'a-bad-frame-closes-everything',
    check: '7.2',
    actual: '"closed"',
    edits: [
      [
        'welcome(socket).catch(() => socket.destroy())',
        'welcome(socket).catch(() => connections.forEach((each) => each.destroy()))',
      ],
    ],
  },
  {
    name: 'throws-at-a-bad-frame',
    check: '7.2',
    actual: /^it crashed: Error PROTOCOL/,
    edits: [['welcome(socket).catch(() => socket.destroy())', 'void welcome(socket)']],
  },
  {
    name: 'minds-only-those-who-have-connected',
    check: '7.2',
    actual: /^it crashed: Error PROTOCOL/,
    edits: [['talk(socket, first, () => id).catch(() => socket.destroy())', 'void talk(socket, first, () => id)']],
  },
  {
    name: 'waits-for-a-megabyte',
    check: '7.2',
    actual: /a frame of 65537 bytes: "still open"/,
    edits: [
      [
        '      const reader = openReader(socket)\n      for (let',
        "      const take = async (size: number): Promise<Buffer | null> => {\n        const bytes = socket.read(size) as Buffer | null\n        if (bytes !== null || socket.readableEnded || socket.destroyed) return bytes\n        await Promise.race(['readable', 'end', 'close'].map((event) => once(socket, event)))\n        return take(size)\n      }\n      const message = async (): Promise<Message | undefined> => {\n        const length = (await take(4))?.readUInt32BE() ?? 0\n        if (length > 1024 * 1024) throw new Error('Too long')\n        const json = length === 0 ? null : await take(length)\n        return json === null ? undefined : JSON.parse(json.toString())\n      }\n      const reader = { message }\n      for (let",
      ],
    ],
  },
  {
    name: 'trusts-the-fields-of-a-frame',
    check: '7.3',
    actual: /^it crashed: TypeError/,
    edits: [
      [
        'from.files = readFiles(message.files).map(({ name }) => name)',
        'setImmediate(() => (from.files = (message.files as SharedFile[]).map(({ name }) => name)))',
      ],
    ],
  },
  {
    name: 'trusts-the-first-frame',
    check: '7.34',
    actual: /^it crashed: TypeError/,
    edits: [
      [
        '    const greeting = readHello(first)\n',
        "    setImmediate(() => first.type === 'hello' && (first.files as SharedFile[]).map(({ name }) => name))\n    const greeting = readHello(first)\n",
      ],
    ],
  },
  {
    name: 'throws-at-a-bad-beginning',
    check: '7.34',
    actual: /^it crashed: Error PROTOCOL/,
    edits: [['welcome(socket).catch(() => socket.destroy())', 'void welcome(socket)']],
  },
  {
    name: 'one-caller-at-a-time',
    check: '7.34',
    actual: '"no hello"',
    edits: [
      [
        '    const first = await reader.message()\n',
        '    const first = await (turn = turn.then(() => reader.message(), () => reader.message()))\n',
      ],
      [
        '  let closed: Promise<void> | undefined\n',
        '  let closed: Promise<void> | undefined\n  let turn: Promise<Message | undefined> = Promise.resolve(undefined)\n',
      ],
    ],
  },
  {
    name: 'sorts-hits-it-has-not-looked-at',
    check: '7.35',
    actual: /^it rejected with TypeError/,
    edits: [
      [
        '    const hit = readHit(message)\n',
        '    const hit = { ...message, address: { host: message.host, port: message.port } } as unknown as Hit\n',
      ],
      ['      return found\n', '      return found.toSorted((a, b) => a.name.localeCompare(b.name))\n'],
    ],
  },
  {
    name: 'counts-every-hit',
    check: '7.35',
    actual: /^\[\{/,
    edits: [['    const found = searches.get(qid)\n', '    const found = searches.get(qid) ?? [...searches.values()].at(-1)\n']],
  },
  {
    name: 'cannot-bear-a-late-hit',
    check: '7.35',
    // On a busy machine the first search may be over before its hit has come.
    actual: /^("closed"|\[\])$/,
    edits: [
      [
        '    const known = found',
        "    if (found === undefined && seen.has(qid) && wayBack === undefined) throw new Error('Too late')\n    const known = found",
      ],
    ],
  },
  {
    name: 'serves-links-only',
    check: '7.4',
    actual: '{ type: undefined, names: [] }',
    edits: [['    serveConnection(socket, dir, onTransfer)', '    socket.destroy()']],
  },
  {
    name: 'greets-everybody',
    check: '7.4',
    actual: /^\{ type: "hello", names: /,
    edits: [
      [
        '    const reader = openReader(socket)\n    const first',
        '    send(socket, hello())\n    const reader = openReader(socket)\n    const first',
      ],
      ['if (link.opener !== id) send(socket, hello())', ''],
    ],
  },
  {
    name: 'forgets-the-first-frame',
    check: '7.4',
    actual: /type: "file"/,
    edits: [['    socket.unshift(encodeFrame(first))\n', '']],
  },
  {
    name: 'listens-everywhere',
    check: '7.5',
    actual: /, too"$/,
    edits: [
      ["server.listen(port, '127.0.0.1')", 'server.listen(port)'],
      ['const address = { host, port: bound }', "const address = { host: host && '127.0.0.1', port: bound }"],
    ],
  },
  {
    name: 'announces-nothing',
    check: '7.6',
    actual: '[]',
    edits: [["return { type: 'hello', ...self(), files: announced(shared) }", "return { type: 'hello', ...self(), files: [] }"]],
  },
  {
    name: 'answers-a-hello-with-another',
    check: '7.6',
    actual: '"1 more"',
    edits: [['if (link.opener !== id) send(socket, hello())', 'send(socket, hello())']],
  },
  {
    name: 'shares-folders-within',
    check: '7.6',
    actual: /name: "within/,
    edits: [
      ['readdir(dir, { withFileTypes: true })', 'readdir(dir, { withFileTypes: true, recursive: true })'],
      ['for (const { name } of entries.filter(', 'for (const { name, parentPath } of entries.filter('],
      ['await stat(join(dir, name))', 'await stat(join(parentPath, name))'],
      ['await hash(join(dir, name))', 'await hash(join(parentPath, name))'],
    ],
  },
  {
    name: 'believes-where-it-has-connected',
    check: '7.6',
    actual: /127\.0\.0\.1/,
    edits: [['talk(socket, first, () => id).catch', 'talk(socket, { ...first, host, port: peerPort }, () => id).catch']],
  },
  {
    name: 'client-only',
    check: '7.7',
    actual: '"no hello"',
    edits: [
      [
        'if (link.opener !== id) send(socket, hello())\n    if (!add(link)) return',
        'if (link.opener !== id || !add(link)) return',
      ],
    ],
  },
  {
    name: 'lists-only-those-it-called',
    check: '7.7',
    actual: /^"not among its 0 peers"$/,
    edits: [
      ['peers: () => [...links.values()].map(', 'peers: () => [...links.values()].filter(({ opener }) => opener === id).map('],
    ],
  },
  {
    name: 'takes-the-address-of-the-connection',
    check: '7.7',
    actual: /port: \d+/,
    edits: [
      [
        'const link: Link = { ...greeting, socket,',
        'const link: Link = { ...greeting, address: { host: String(socket.remoteAddress), port: Number(socket.remotePort) }, socket,',
      ],
    ],
  },
  {
    name: 'hashes-into-base64',
    check: '7.7',
    actual: /sha256: "[^"]*=/,
    edits: [["return sha256.digest('hex')", "return sha256.digest('base64')"]],
  },
  {
    name: 'takes-the-host-of-the-connection',
    check: '7.7',
    actual: /127\.0\.0\.1/,
    edits: [
      [
        '    const link: Link = { ...greeting, socket, opener: openerOf(greeting.id) }\n',
        "    const met = { host: socket.remoteAddress ?? '', port: greeting.address.port }\n    const link: Link = { ...greeting, address: met, socket, opener: openerOf(greeting.id) }\n",
      ],
    ],
  },
  {
    name: 'id-is-the-address',
    check: '7.8',
    actual: '"127.0.0.1:0"',
    edits: [["id = randomBytes(16).toString('hex'), port = 0, peers = [],", 'port = 0, id = `127.0.0.1:${port}`, peers = [],']],
  },
  {
    name: 'id-from-the-clock',
    check: '7.8',
    actual: /^"\d+ ids"$/,
    edits: [["id = randomBytes(16).toString('hex')", "id = createHash('md5').update(String(Date.now())).digest('hex')"]],
  },
  {
    name: 'one-id-for-the-module',
    check: '7.8',
    actual: '"2 ids"',
    edits: [
      ["id = randomBytes(16).toString('hex')", 'id = OWN_ID'],
      [
        '/** How long a goodbye may take. */',
        "const OWN_ID = randomBytes(16).toString('hex')\n/** How long a goodbye may take. */",
      ],
    ],
  },
  {
    name: 'draws-from-few',
    check: '7.8',
    actual: /^"(6 of the 32 digits|50 ids)"$/,
    edits: [["id = randomBytes(16).toString('hex')", "id = randomBytes(3).toString('hex').padStart(32, '0')"]],
  },
  {
    name: 'an-id-for-each-address',
    check: '7.8',
    actual: '"the same id"',
    edits: [
      ["const { dir, id = randomBytes(16).toString('hex'), port", 'const { dir, id: given, port'],
      ['  let closed: Promise<void> | undefined\n', "  let closed: Promise<void> | undefined\n  let id = ''\n"],
      [
        '  const address = { host, port: bound }\n',
        "  const address = { host, port: bound }\n  id = given ?? createHash('md5').update(`${host}:${bound}`).digest('hex')\n",
      ],
    ],
  },
  {
    name: 'tells-where-it-listens',
    check: '7.9',
    actual: /hello to X: \{ host: "127\.0\.0\.1", port: \d+ \}/,
    edits: [['const { host, port: told } = options.advertise ?? address', 'const { host, port: told } = address']],
  },
  {
    name: 'tells-its-peers-where-it-listens',
    check: '7.9',
    actual: /hello to Y: \{ host: "127\.0\.0\.1", port: \d+ \}/,
    edits: [
      ['      send(socket, hello())\n      const first', '      send(socket, { ...hello(), ...address })\n      const first'],
    ],
  },
  {
    name: 'advertises-the-port-alone',
    check: '7.9',
    actual: '{ hello to Z: { host: "127.0.0.1", port: 5007 } }',
    edits: [
      [
        '    const { host, port: told } = options.advertise ?? address\n',
        '    const { port: told } = options.advertise ?? address\n',
      ],
    ],
  },
  {
    name: 'talks-to-itself',
    check: '7.10',
    actual: /^\[("[0-9a-f]{32}"(, )?){4}\]$/,
    edits: [
      ['greeting === undefined || greeting.id === id ||', 'greeting === undefined ||'],
      ['talk(socket, first, (peer) => peer)', 'talk(socket, first, (peer) => `${peer}.`)'],
      ['other.opener < link.opener) return false', 'other.opener < link.opener && link.id !== id) return false'],
      ['    other?.socket.destroy()\n    return true', '    if (link.id !== id) other?.socket.destroy()\n    return true'],
    ],
  },
  {
    name: 'knows-itself-by-its-address',
    check: '7.10',
    actual: /^\[("[0-9a-f]{32}"(, )?){4}\]$/,
    edits: [
      ['greeting === undefined || greeting.id === id ||', 'greeting === undefined || greeting.address.port === bound ||'],
      ['talk(socket, first, (peer) => peer)', 'talk(socket, first, (peer) => `${peer}.`)'],
      ['other.opener < link.opener) return false', 'other.opener < link.opener && link.id !== id) return false'],
      ['    other?.socket.destroy()\n    return true', '    if (link.id !== id) other?.socket.destroy()\n    return true'],
    ],
  },
  {
    name: 'keeps-both-links',
    check: '7.11',
    actual: /^\[("[0-9a-f]{32}"(, )?){4}\]$/,
    edits: [
      ['links.get(link.id)\n', 'links.get(`${link.id} ${link.opener}`)\n'],
      ['links.set(link.id, link)', 'links.set(`${link.id} ${link.opener}`, link)'],
      ['if (links.get(link.id) === link) links.delete(link.id)', 'links.delete(`${link.id} ${link.opener}`)'],
    ],
  },
  {
    name: 'closes-both-links',
    check: '7.11',
    actual: /^\[\]$|^\["[0-9a-f]{32}"\]$/,
    edits: [
      [
        'if (other !== undefined && other.opener < link.opener) return false\n    links.set(link.id, link)\n    other?.socket.destroy()',
        'other?.socket.destroy()\n    if (other !== undefined) return !links.delete(link.id)\n    links.set(link.id, link)',
      ],
    ],
  },
  {
    name: 'links-twice-with-who-comes-twice',
    check: '7.11',
    actual: /./,
    edits: [
      [
        '    links.set(link.id, link)\n    other?.socket.destroy()\n',
        '    const again = other?.opener === link.opener\n    links.set(again ? `${link.id} again` : link.id, link)\n    if (!again) other?.socket.destroy()\n',
      ],
      [
        '      if (links.get(link.id) === link) links.delete(link.id)\n',
        '      for (const [key, each] of links) if (each === link) links.delete(key)\n',
      ],
    ],
  },
  {
    name: 'closes-what-the-other-has-opened',
    check: '7.36',
    actual: '[]',
    edits: [['other.opener < link.opener) return false', 'link.opener !== id) return false']],
  },
  {
    name: 'stops-at-the-first-that-fails',
    check: '7.31',
    actual: /^\["[0-9a-f]{32}"\]$/,
    edits: [
      ['await Promise.allSettled(peers.map(dial))', 'for (const peer of peers) if (!(await dial(peer))) break'],
      [
        'async function dial({ host, port: peerPort }: Address): Promise<void> {',
        'async function dial({ host, port: peerPort }: Address): Promise<boolean> {',
      ],
      [
        '      talk(socket, first, () => id).catch(() => socket.destroy())\n',
        '      talk(socket, first, () => id).catch(() => socket.destroy())\n      return true\n',
      ],
      ['      socket.destroy() // peers come and go\n', '      socket.destroy()\n      return false\n'],
    ],
  },
]

const flooding: readonly Mistake[] = [
  {
    name: 'own-files-forgotten',
    check: '7.12',
    actual: 'undefined',
    edits: [
      [
        '    const file = shared.get(name)\n    if',
        '    const file = [...links.values()].some(({ files }) => files.includes(name)) ? shared.get(name) : undefined\n    if',
      ],
    ],
  },
  {
    name: 'a-hit-without-its-owner',
    check: '7.12',
    actual: /host: undefined/,
    edits: [["{ type: 'hit', qid, ...self(), ...file }", "{ type: 'hit', qid, id, ...file }"]],
  },
  {
    name: 'a-name-is-a-regular-expression',
    check: '7.13',
    actual: /crashed|^\[".*",/,
    edits: [
      [
        '    const file = shared.get(name)\n    if',
        '    const file = [...shared.values()].find((each) => each.name.match(name))\n    if',
      ],
    ],
  },
  {
    name: 'a-part-of-a-name-is-enough',
    check: '7.13',
    actual: /^\[".*",/,
    edits: [
      [
        '    const file = shared.get(name)\n    if',
        '    const file = [...shared.values()].find((each) => each.name.includes(name))\n    if',
      ],
    ],
  },
  {
    name: 'capitals-make-no-difference',
    check: '7.13',
    actual: /^\[".*",/,
    edits: [
      [
        '    const file = shared.get(name)\n    if',
        '    const file = [...shared.values()].find((each) => each.name.toLowerCase() === name.toLowerCase())\n    if',
      ],
    ],
  },
  {
    name: 'a-name-is-a-glob',
    check: '7.13',
    actual: /^\[".*",/,
    edits: [
      [
        '    const file = shared.get(name)\n    if',
        "    const glob = new RegExp(`^${name.replaceAll(/[^a-z]/g, '[$&]').replaceAll('[*]', '.*').replaceAll('[?]', '.').replaceAll(/\\[[\\\\^]\\]/g, '_')}$`)\n    const file = [...shared.values()].find((each) => glob.test(each.name))\n    if",
      ],
    ],
  },
  {
    name: 'looks-on-the-disk',
    check: '7.13',
    actual: /"folder\/within\.txt"/,
    edits: [
      ['  function onQuery(from: Link,', '  async function onQuery(from: Link,'],
      ['ttl: left, hops }: Message): void {', 'ttl: left, hops }: Message): Promise<void> {'],
      [
        '    const file = shared.get(name)\n    if',
        '    const info = await stat(join(dir, name)).catch(() => undefined)\n    const sha256 = info?.isFile() ? await hash(join(dir, name)) : undefined\n    const file = sha256 === undefined ? undefined : { name, size: Number(info?.size), sha256 }\n    if',
      ],
    ],
  },
  {
    name: 'trims-a-name',
    check: '7.13',
    actual: /^\[" [a-z]+\.txt"\]$/,
    edits: [['    const file = shared.get(name)\n    if', '    const file = shared.get(name.trim())\n    if']],
  },
  {
    name: 'asks-direct-peers-only',
    check: '7.14',
    actual: /name: undefined/,
    edits: [['    if (left > 1) flood(', '    if (left > 99) flood(']],
  },
  {
    name: 'sends-it-back',
    check: '7.14',
    actual: /^\["[a-z]{8} & Co/,
    edits: [['hops: hops + 1 }, from)', 'hops: hops + 1 })']],
  },
  {
    name: 'keeps-the-ttl',
    check: '7.14',
    actual: /ttl: 5 \}$/,
    edits: [['ttl: left - 1, hops', 'ttl: left, hops']],
  },
  {
    name: 'asks-on-in-small-letters',
    check: '7.14',
    actual: /ärger\.txt/,
    edits: [
      ["flood({ type: 'query', qid, name, ttl: left - 1", "flood({ type: 'query', qid, name: name.toLowerCase(), ttl: left - 1"],
    ],
  },
  {
    name: 'forwards-at-zero',
    check: '7.15',
    actual: /ttl: 0 \}/,
    edits: [['if (left > 1) flood(', 'if (left > 0) flood(']],
  },
  {
    name: 'looks-for-zero-alone',
    check: '7.15',
    actual: /ttl: -1/,
    edits: [['if (left > 1) flood(', 'if (left !== 1) flood(']],
  },
  {
    name: 'passes-on-what-is-no-number',
    check: '7.15',
    actual: /ttl: null/,
    edits: [
      ['|| !isCount(left) ', ''],
      ['if (left > 1) flood(', 'if (!((left as number) <= 1)) flood('],
    ],
  },
  {
    name: 'a-ttl-that-is-missing-is-seven',
    check: '7.15',
    actual: /ttl: 6/,
    edits: [['{ qid, name, ttl: left, hops }: Message): void', '{ qid, name, ttl: left = 7, hops }: Message): void']],
  },
  {
    name: 'no-memory-of-queries',
    check: '7.16',
    actual: /^\{ X: /,
    edits: [['    if (seen.has(qid)) return\n', '']],
  },
  {
    name: 'remembers-the-last-query',
    check: '7.16',
    actual: /^\{ X: |^\["/,
    edits: [['    if (seen.has(qid)) return\n', '    if ([...seen.keys()].at(-1) === qid) return\n    seen.delete(qid)\n']],
  },
  {
    name: 'remembers-names',
    check: '7.16',
    actual: /^\{ X: |^\["[0-9a-f]{32}"\]$/,
    edits: [
      ['    if (seen.has(qid)) return\n', '    if (names.has(name)) return\n    names.add(name)\n'],
      ['  const searches = new Map<Qid, Hit[]>()', '  const searches = new Map<Qid, Hit[]>()\n  const names = new Set<string>()'],
    ],
  },
  {
    name: 'a-ring-goes-round',
    check: '7.17',
    actual: /^"\d+ times"$/,
    edits: [['    if (seen.has(qid)) return\n', '']],
  },
  {
    name: 'forgets-its-own-query',
    check: '7.16',
    actual: /^\{ X: /,
    edits: [['      remember(qid, undefined)\n', '']],
  },
  {
    name: 'remembers-ten-queries',
    check: '7.16',
    actual: /./,
    edits: [['REMEMBERED = 10_000', 'REMEMBERED = 10']],
  },
  {
    name: 'passes-on-to-those-who-called',
    check: '7.20',
    actual: '[]',
    edits: [
      [
        'if (link !== except) send(link.socket, message)',
        'if (link !== except && (except === undefined || link.opener !== id)) send(link.socket, message)',
      ],
    ],
  },
  {
    name: 'hits-to-all',
    check: '7.18',
    actual: /^\{ (X: \d, Y: \d, Z: [2-9]|party: "[XZ]", hits)/,
    edits: [
      [
        'if (found === undefined && wayBack !== undefined) send(wayBack.socket, message)',
        'if (found === undefined) flood(message, wayBack), wayBack && send(wayBack.socket, message)',
      ],
    ],
  },
  {
    name: 'hits-of-its-own-only',
    check: '7.18',
    actual: '{ party: "X", hits: [] }',
    edits: [['if (found === undefined && wayBack !== undefined) send(wayBack.socket, message)', '']],
  },
  {
    name: 'one-hit-is-enough',
    check: '7.18',
    actual: /hits: \[\{ [^}]*\}\] \}$/,
    edits: [['send(wayBack.socket, message)', 'send(wayBack.socket, message), seen.set(qid, undefined)']],
  },
  {
    name: 'claims-the-hits-of-others',
    check: '7.18',
    actual: /id: "[0-9a-f]{32}"/,
    edits: [['send(wayBack.socket, message)', 'send(wayBack.socket, { ...message, ...self() })']],
  },
  {
    name: 'one-way-back-for-all',
    check: '7.18',
    actual: '{ party: "X", hits: [] }',
    edits: [['    const wayBack = seen.get(qid)\n', '    const wayBack = [...seen.values()].at(-1)\n']],
  },
  {
    name: 'the-last-way-wins',
    check: '7.18',
    actual: '{ party: "X", hits: [] }',
    edits: [
      [
        '    if (seen.has(qid)) return\n    remember(qid, from)\n',
        '    const again = seen.has(qid)\n    remember(qid, from)\n    if (again) return\n',
      ],
    ],
  },
  {
    name: 'an-empty-file-is-no-hit',
    check: '7.18',
    actual: /^\{ party: "X", hits: \[\{[^{]*\}\] \}$/,
    edits: [['if (!isQid(qid) || hit === undefined) return', 'if (!isQid(qid) || !hit?.size) return']],
  },
  {
    name: 'forgets-the-size-on-the-way',
    check: '7.18',
    actual: /size: undefined/,
    edits: [['send(wayBack.socket, message)', 'send(wayBack.socket, { ...message, size: undefined })']],
  },
  {
    name: 'reuses-its-qid',
    check: '7.19',
    actual: '"1 of 20 qids differ"',
    edits: [['      const qid = randomUUID()\n', '      const qid = id\n']],
  },
  {
    name: 'ignores-its-ttl',
    check: '7.19',
    actual: /ttl: 7/,
    edits: [["flood({ type: 'query', qid, name, ttl, hops: 0 })", "flood({ type: 'query', qid, name, ttl: ttl && 7, hops: 0 })"]],
  },
  {
    name: 'a-query-for-each-peer',
    check: '7.19',
    actual: /Y: "another"|"qid for Y": "another"/,
    edits: [
      [
        "flood({ type: 'query', qid, name, ttl, hops: 0 })",
        "for (const link of links.values()) {\n        const each = randomUUID()\n        searches.set(each, found)\n        send(link.socket, { type: 'query', qid: each, name, ttl, hops: 0 })\n      }",
      ],
    ],
  },
  {
    name: 'wants-a-time-for-every-search',
    check: '7.19',
    actual: /^it rejected with TypeError/,
    edits: [['async search(name, { timeoutMs = 1000 } = {}) {', 'async search(name, { timeoutMs = 1000 }) {']],
  },
  {
    name: 'does-not-wait-by-default',
    check: '7.19',
    actual: /^"it waits \d+ ms"$/,
    edits: [['async search(name, { timeoutMs = 1000 } = {}) {', 'async search(name, { timeoutMs = 1 } = {}) {']],
  },
  {
    name: 'one-search-at-a-time',
    check: '7.19',
    actual: /^\[\[/,
    edits: [['    const found = searches.get(qid)\n', '    const found = [...searches.values()].at(-1)\n']],
  },
  {
    name: 'passes-on-its-own-hits',
    check: '7.19',
    actual: /^\{ X: \d, Y: [1-9]\d* \}$/,
    edits: [
      [
        'if (found === undefined && wayBack !== undefined) send(wayBack.socket, message)',
        'if (found !== undefined) flood(message)\n    else if (wayBack !== undefined) send(wayBack.socket, message)',
      ],
    ],
  },
  {
    name: 'does-not-count-empty-files',
    check: '7.19',
    actual: /, \[\]\]$/,
    edits: [['    if (known === false) found?.push(hit)\n', '    if (known === false && hit.size > 0) found?.push(hit)\n']],
  },
  {
    name: 'a-qid-from-the-clock',
    check: '7.19',
    actual: /^"\d+ of 20 qids differ"$/,
    edits: [['      const qid = randomUUID()\n', '      const qid = Date.now()\n']],
  },
  {
    name: 'returns-when-nobody-says-more',
    check: '7.19',
    actual: /^"after \d+ of 1000 ms"$/,
    edits: [
      [
        '      await delay(timeoutMs, undefined, { signal: closing.signal }).catch(() => undefined)\n',
        '      const until = Date.now() + timeoutMs\n      let quietSince = Date.now()\n      for (let count = 0; Date.now() < until && (count === 0 || Date.now() < quietSince + 100); count = found.length) {\n        if (count !== found.length) quietSince = Date.now()\n        await delay(5)\n      }\n',
      ],
    ],
  },
  {
    name: 'ttl-of-two',
    check: '7.20',
    actual: '[]',
    edits: [['ttl = 7, onTransfer', 'ttl = 2, onTransfer']],
  },
  {
    name: 'first-owner-only',
    check: '7.21',
    actual: /^\[\{ [^[]*\}\]$/,
    edits: [['    if (left > 1) flood(', '    if (file === undefined && left > 1) flood(']],
  },
  {
    name: 'returns-at-the-first-hit',
    check: '7.21',
    actual: /^\[\{ [^[]*\}\]$/,
    edits: [
      [
        '      await delay(timeoutMs, undefined,',
        '      const first = new Promise((resolve) => (found.push = (hit) => (found.splice(0, 0, hit), resolve(hit), 1)))\n      await Promise.race([first, delay(timeoutMs)])\n      await delay(0, undefined,',
      ],
    ],
  },
  {
    name: 'waits-for-a-first-hit',
    check: '7.21',
    actual: 'nothing within 2000 ms',
    edits: [
      [
        '      await delay(timeoutMs, undefined,',
        '      while (found.length === 0) await delay(20)\n      await delay(timeoutMs, undefined,',
      ],
    ],
  },
  {
    name: 'has-it-itself',
    check: '7.21',
    actual: '[]',
    edits: [['      searches.set(qid, found)\n', '      if (own !== undefined) return found\n      searches.set(qid, found)\n']],
  },
  {
    name: 'asks-whoever-has-announced-it',
    check: '7.21',
    actual: '[]',
    edits: [
      [
        "      flood({ type: 'query', qid, name, ttl, hops: 0 })\n",
        "      const known = [...links.values()].filter(({ files }) => files.includes(name))\n      const asked = known.length > 0 ? known : [...links.values()]\n      for (const { socket } of asked) send(socket, { type: 'query', qid, name, ttl, hops: 0 })\n",
      ],
    ],
  },
  {
    name: 'remembers-each-link-by-itself',
    check: '7.22',
    actual: /^\[((3|4)(, \d)*)?\]$/,
    edits: [['if (seen.has(qid)) return', 'if (seen.has(qid) && seen.get(qid) === from) return']],
  },
]

const living: readonly Mistake[] = [
  {
    name: 'fetches-from-whom-it-asked',
    check: '7.23',
    actual: /^it rejected with/,
    edits: [
      [
        '    download: (hit, into) => download(hit, into, onTransfer),',
        '    download: (hit, into) => download({ ...hit, address: [...links.values()][0]?.address ?? hit.address }, into, onTransfer),',
      ],
    ],
  },
  {
    name: 'one-folder-for-all-downloads',
    check: '7.23',
    actual: /^it rejected with Error EEXIST/,
    edits: [['  const box = join(into, `.${randomUUID()}`)\n', "  const box = join(into, '.download')\n"]],
  },
  {
    name: 'hash-ignored',
    check: '7.24',
    actual: '{ X: "it resolves", Y: "it resolves" }',
    edits: [['if ((await hash(join(box, name))) !== sha256) throw', "if (sha256 === '') throw"]],
  },
  {
    name: 'size-for-a-hash',
    check: '7.24',
    actual: '{ X: "it resolves", Y: "it resolves" }',
    edits: [
      ['if ((await hash(join(box, name))) !== sha256) throw', 'if ((await stat(join(box, name))).size !== size) throw'],
      ['async function download({ address, name, sha256 }: Hit', 'async function download({ address, name, size }: Hit'],
    ],
  },
  {
    name: 'leaves-the-forgery',
    check: '7.24',
    actual: '"a file of that name"',
    edits: [
      [
        '    if ((await hash(join(box, name))) !== sha256) throw',
        '    await rename(join(box, name), join(into, name))\n    if ((await hash(target)) !== sha256) throw',
      ],
      ['    await rename(join(box, name), target)\n', ''],
    ],
  },
  {
    name: 'compares-the-beginning-of-a-hash',
    check: '7.24',
    actual: '"it resolves"',
    edits: [
      [
        'if ((await hash(join(box, name))) !== sha256) throw',
        'if (!(await hash(join(box, name))).startsWith(sha256.slice(0, 16))) throw',
      ],
    ],
  },
  {
    name: 'goes-where-the-name-leads',
    check: '7.33',
    actual: /^\["(share\/)?[a-z]{8}\.txt", "(share\/)?[a-z]{8}\.txt"\]$/,
    edits: [
      ['import { createReadStream } from', 'import { createReadStream, createWriteStream } from'],
      ['import { dirname, join } from', 'import { dirname, join, resolve } from'],
      ['  const target = join(into, name)\n', '  const target = resolve(into, name)\n'],
      [
        '    const [fetched] = await fetchFiles(onTransfer === undefined ? options : { ...options, onTransfer })\n',
        "    const socket = connect(address)\n    send(socket, { type: 'get', names: options.names })\n    const reader = openReader(socket)\n    const { size } = (await reader.message()) as { size: number }\n    await pipeline(reader.body(size), createWriteStream(target))\n    socket.destroy()\n",
      ],
      ["    if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)\n", ''],
      ['if ((await hash(join(box, name))) !== sha256)', 'if ((await hash(target)) !== sha256)'],
      ['    await rename(join(box, name), target)\n', ''],
    ],
  },
  {
    name: 'keeps-what-was-deleted',
    check: '7.25',
    actual: /"gone\.txt"/,
    edits: [
      [
        '      shared = await scan(dir)\n      flood',
        '      for (const [name, file] of await scan(dir)) shared.set(name, file)\n      flood',
      ],
    ],
  },
  {
    name: 'takes-the-size-for-the-content',
    check: '7.25',
    actual: /^\{ X: \[/,
    edits: [
      [
        '      shared = await scan(dir)\n      flood',
        '      const before = shared\n      const now = await scan(dir)\n      shared = new Map([...now].map(([name, file]) => [name, before.get(name)?.size === file.size ? before.get(name)! : file]))\n      flood',
      ],
    ],
  },
  {
    name: 'says-hello-with-what-was-there-at-the-start',
    check: '7.25',
    actual: /gone\.txt/,
    edits: [
      ['  let shared = await scan(dir)\n', '  let shared = await scan(dir)\n  const atStart = shared\n'],
      ["{ type: 'hello', ...self(), files: announced(shared) }", "{ type: 'hello', ...self(), files: announced(atStart) }"],
    ],
  },
  {
    name: 'rescans-in-silence',
    check: '7.25',
    actual: /no list of files/,
    edits: [["      flood({ type: 'files', files: announced(shared) })\n", '']],
  },
  {
    name: 'announces-what-is-new',
    check: '7.25',
    actual: /^\{ X: \[/,
    edits: [
      [
        '      shared = await scan(dir)\n      flood',
        '      const before = shared\n      shared = await scan(dir)\n      const added = new Map([...shared].filter(([name]) => !before.has(name)))\n      flood',
      ],
      ['files: announced(shared) })\n    },', 'files: announced(added) })\n    },'],
    ],
  },
  {
    name: 'reads-the-folder-once',
    check: '7.25',
    actual: /^\{ X: \[/,
    edits: [['      shared = await scan(dir)\n      flood', '      flood']],
  },
  {
    name: 'answers-from-what-was-there-at-the-start',
    check: '7.25',
    actual: /"gone\.txt"/,
    edits: [
      ['  let shared = await scan(dir)\n', '  let shared = await scan(dir)\n  const atStart = shared\n'],
      ['    const file = shared.get(name)\n    if', '    const file = atStart.get(name)\n    if'],
    ],
  },
  {
    name: 'announces-to-those-who-called',
    check: '7.25',
    actual: /W: "no list of files"/,
    edits: [
      [
        "      flood({ type: 'files', files: announced(shared) })\n",
        "      for (const { socket, opener } of links.values()) if (opener !== id) send(socket, { type: 'files', files: announced(shared) })\n",
      ],
    ],
  },
  {
    name: 'announces-names-that-are-new',
    check: '7.25',
    actual: /./,
    edits: [
      [
        '      shared = await scan(dir)\n      flood(',
        "      const before = [...shared.keys()].toSorted().join('/')\n      shared = await scan(dir)\n      if ([...shared.keys()].toSorted().join('/') !== before) flood(",
      ],
    ],
  },
  {
    name: 'does-not-announce-nothing',
    check: '7.25',
    actual: /./,
    edits: [
      ['      shared = await scan(dir)\n      flood(', '      shared = await scan(dir)\n      if (shared.size > 0) flood('],
    ],
  },
  {
    name: 'believes-the-hello-for-ever',
    check: '7.26',
    actual: /old\.txt/,
    edits: [["    if (message.type === 'files') from", "    if (message.type === 'list') from"]],
  },
  {
    name: 'takes-every-message-for-a-list',
    check: '7.26',
    actual: /^\{ [0-9a-f]{32}: \[\]|: \[\] /,
    edits: [["    if (message.type === 'files') from.files = ", '    from.files = ']],
  },
  {
    name: 'hears-those-who-called',
    check: '7.26',
    actual: /"older\.txt"/,
    edits: [
      ["    if (message.type === 'files') from.files", "    if (message.type === 'files' && from.opener !== id) from.files"],
    ],
  },
  {
    name: 'an-empty-list-is-none',
    check: '7.26',
    actual: /./,
    edits: [
      [
        "    if (message.type === 'files') from.files = readFiles(message.files).map(({ name }) => name)\n",
        "    const list = readFiles(message.files).map(({ name }) => name)\n    if (message.type === 'files' && list.length > 0) from.files = list\n",
      ],
    ],
  },
  {
    name: 'never-forgets-a-peer',
    check: '7.27',
    actual: /^\[("[0-9a-f]{32}"(, )?){4}\]$/,
    edits: [['      if (links.get(link.id) === link) links.delete(link.id)\n', '']],
  },
  {
    name: 'waits-for-a-goodbye',
    check: '7.27',
    actual: /^\[("[0-9a-f]{32}"(, )?){3}\]$/,
    edits: [
      ["if (message.type === 'bye') break", "if (message.type === 'bye') links.delete(link.id)"],
      ['      if (links.get(link.id) === link) links.delete(link.id)\n', ''],
    ],
  },
  {
    name: 'keeps-half-a-connection',
    check: '7.27',
    actual: /^\{ X: "closed", Y: "still open" \}$/,
    edits: [
      [
        "        if (message.type === 'bye') break\n",
        "        if (message.type === 'bye') {\n          socket.destroy()\n          break\n        }\n",
      ],
      [
        '      if (links.get(link.id) === link) links.delete(link.id)\n      socket.destroy()\n',
        '      if (links.get(link.id) === link) links.delete(link.id)\n',
      ],
    ],
  },
  {
    name: 'no-patience-with-who-is-silent',
    check: '7.37',
    actual: '{ X: "answered", W: "closed" }',
    edits: [['      socket.setTimeout(0)\n', '']],
  },
  {
    name: 'hangs-up-on-who-is-silent',
    check: '7.37',
    actual: '{ X: "closed", W: "answered" }',
    edits: [
      [
        '    welcome(socket).catch(() => socket.destroy())\n',
        '    socket.setTimeout(HELLO_MS, () => socket.destroy())\n    welcome(socket).catch(() => socket.destroy())\n',
      ],
    ],
  },
  {
    name: 'a-way-back-that-is-gone',
    check: '7.27',
    actual: '"closed"',
    edits: [['send(wayBack.socket, message)', 'send((links.get(wayBack.id) as Link).socket, message)']],
  },
  {
    name: 'never-the-same-peer-twice',
    check: '7.27',
    actual: '"not among its 1 peers"',
    edits: [
      [
        '    links.set(link.id, link)\n',
        '    if (known.has(link.id)) return false\n    known.add(link.id)\n    links.set(link.id, link)\n',
      ],
      [
        '  let closed: Promise<void> | undefined\n',
        '  let closed: Promise<void> | undefined\n  const known = new Set<string>()\n',
      ],
    ],
  },
  {
    name: 'a-missing-file-is-fetched',
    check: '7.28',
    actual: '"it resolves"',
    edits: [
      [
        "if (fetched?.status !== 'ok') throw coded('MISSING',",
        "if (fetched?.status === 'missing') return target\n    if (fetched?.status !== 'ok') throw coded('MISSING',",
      ],
    ],
  },
  {
    name: 'a-download-that-never-fails',
    check: '7.28',
    actual: '"it resolves"',
    edits: [
      [
        '    download: (hit, into) => download(hit, into, onTransfer),',
        "    download: (hit, into) => download(hit, into, onTransfer).catch(() => ''),",
      ],
    ],
  },
  {
    name: 'keeps-its-links-open',
    check: '7.29',
    actual: '"it waits for ever"',
    edits: [
      ['    const byes = [...links.values()].map(({ socket }) => farewell(socket))\n', '    const byes: Promise<void>[] = []\n'],
      ['    for (const socket of connections) socket.destroy()\n', ''],
    ],
  },
  {
    name: 'waits-for-strangers',
    check: '7.29',
    actual: '"it waits for ever"',
    edits: [['    for (const socket of connections) socket.destroy()\n', '']],
  },
  {
    name: 'goes-on-serving',
    check: '7.29',
    actual: /the client: "still open"/,
    edits: [
      ['    for (const socket of connections) socket.destroy()\n    await freed', '    await Promise.race([freed, delay(10)])'],
    ],
  },
  {
    name: 'stops-listening-only',
    check: '7.29',
    actual: /still open/,
    edits: [
      ['    const byes = [...links.values()].map(({ socket }) => farewell(socket))\n', '    const byes: Promise<void>[] = []\n'],
      ['    for (const socket of connections) socket.destroy()\n    await freed', '    await Promise.race([freed, delay(10)])'],
    ],
  },
  {
    name: 'keeps-what-it-has-opened',
    check: '7.29',
    actual: /W: "still open"/,
    edits: [
      [
        '    const byes = [...links.values()].map(({ socket }) => farewell(socket))\n',
        '    const byes = [...links.values()].filter(({ opener }) => opener !== id).map(({ socket }) => farewell(socket))\n',
      ],
      [
        '    for (const socket of connections) socket.destroy()\n',
        '    for (const socket of connections) if (socket.localPort === bound) socket.destroy()\n',
      ],
    ],
  },
  {
    name: 'links-with-its-first-peer',
    check: '7.30',
    actual: '[]',
    edits: [
      [
        '    links.set(link.id, link)\n',
        '    if (everLinked && link.opener !== id) return false\n    everLinked = true\n    links.set(link.id, link)\n',
      ],
      ['  let closed: Promise<void> | undefined\n', '  let closed: Promise<void> | undefined\n  let everLinked = false\n'],
    ],
  },
]

export const mistakes: readonly Mistake[] = [...linking, ...flooding, ...living]
