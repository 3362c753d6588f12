import type { Mistake } from './mistake.ts'

const PAGE = '08-gui.html'
const LIST = "make('li', {}, make('span', {}, name), make('small', {}, sizeOf(size)))"

const sharing: readonly Mistake[] = [
  {
    name: 'says-nothing-about-utf-8',
    check: '8.1',
    actual: '{ status: 200, type: "text/plain", charset: "utf-8", empty: false }',
    edits: [["{ 'content-type': 'text/html; charset=utf-8' }", "{ 'content-type': 'text/plain; charset=utf-8' }"]],
  },
  {
    name: 'lists-names-alone',
    check: '8.2',
    actual: /size: undefined/,
    edits: [
      ['[{ name, size: sizes[index].size }]', '[{ name }]'],
      ['Promise<{ name: string; size: number }[]>', 'Promise<{ name: string }[]>'],
    ],
  },
  {
    name: 'lists-folders-too',
    check: '8.2',
    actual: /^\[\{.*\}, \{.*\}, \{/,
    edits: [['entries.filter((entry) => entry.isFile()).map(({ name }) => name)', 'entries.map(({ name }) => name)']],
  },
  {
    name: 'refuses-what-is-there-already',
    check: '8.3',
    actual: '409',
    edits: [
      [
        '    requirePlain(name)\n    // A folder,',
        "    requirePlain(name)\n    if ((await readdir(dir)).includes(name)) throw new Refusal(409, 'It is there already.')\n    // A folder,",
      ],
    ],
  },
  {
    name: 'leaves-the-rest-of-the-old-file',
    check: '8.3',
    actual: /^1048576 bytes/,
    edits: [
      ["import { createWriteStream } from 'node:fs'", "import { createReadStream, createWriteStream } from 'node:fs'"],
      [
        '      await rename(join(box, name), join(dir, name))\n',
        "      const flags = (await readdir(dir)).includes(name) ? 'r+' : 'w'\n      await pipeline(createReadStream(join(box, name)), createWriteStream(join(dir, name), { flags }))\n",
      ],
    ],
  },
  {
    name: 'body-as-string',
    check: '8.3',
    actual: /first difference at/,
    edits: [
      [
        'await pipeline(request, createWriteStream(join(box, name)))',
        "let text = ''\n      for await (const piece of request) text += String(piece)\n      await pipeline([text], createWriteStream(join(box, name)))",
      ],
    ],
  },
  {
    name: 'keeps-the-first-piece-only',
    check: '8.3',
    actual: /^\d+ bytes.*first difference/,
    edits: [
      [
        'await pipeline(request, createWriteStream(join(box, name)))',
        "const [piece] = await once(request, 'data')\n      await pipeline([piece], createWriteStream(join(box, name)))",
      ],
    ],
  },
  {
    name: 'one-place-for-all-that-comes-in',
    check: '8.44',
    actual: /: (500|no answer)"$/,
    edits: [['const box = join(dir, `.${randomUUID()}`)', "const box = join(dir, '.incoming')"]],
  },
  {
    name: 'tidies-up-the-place-of-all',
    check: '8.44',
    actual: /: (500|no answer)"$/,
    edits: [
      ['const box = join(dir, `.${randomUUID()}`)', "const box = join(dir, '.incoming')"],
      ['await mkdir(box)', 'await mkdir(box, { recursive: true })'],
    ],
  },
  {
    name: 'tells-no-peer-of-a-new-file',
    check: '8.4',
    actual: '[]',
    edits: [['    await node.rescan()\n', '']],
  },
  {
    name: 'answers-before-the-file-is-there',
    check: '8.4',
    actual: '[]',
    edits: [
      [
        '    requirePlain(name)\n    // A folder,',
        '    requirePlain(name)\n    sendJson(response, 201, { name })\n    // A folder,',
      ],
      ['    await changed()\n    sendJson(response, 201, { name })', '    await changed()'],
    ],
  },
  {
    name: 'writes-under-the-name-at-once',
    check: '8.5',
    actual: /^\{ /,
    edits: [
      [
        'await pipeline(request, createWriteStream(join(box, name)))',
        'await pipeline(request, createWriteStream(join(dir, name)))',
      ],
      ['      await rename(join(box, name), join(dir, name))\n', ''],
    ],
  },
  {
    name: 'leaves-a-hidden-half-behind',
    check: '8.5',
    actual: /"\.[0-9a-f-]{36}|\.[0-9a-f-]{36}/,
    edits: [['      await rm(box, { recursive: true, force: true })', '      void rm']],
  },
  {
    name: 'never-decodes-a-name',
    check: '8.6',
    actual: /%20/,
    edits: [['    return decodeURIComponent(text)', '    decodeURIComponent(text)\n    return text']],
  },
  {
    name: 'decodes-twice',
    check: '8.6',
    actual: /^400$/,
    edits: [['    return decodeURIComponent(text)', '    return decodeURIComponent(decodeURIComponent(text))']],
  },
  {
    name: 'takes-a-plus-for-a-blank',
    check: '8.6',
    actual: /100 %   a/,
    edits: [['    return decodeURIComponent(text)', "    return decodeURIComponent(text.replaceAll('%2B', '%20'))"]],
  },
  {
    name: 'takes-a-raw-plus-for-a-blank',
    check: '8.6',
    actual: /"one \w+\.txt"/,
    edits: [['    return decodeURIComponent(text)', "    return decodeURIComponent(text.replaceAll('+', ' '))"]],
  },
  {
    name: 'looks-for-the-query-after-decoding',
    check: '8.6',
    actual: /"why"/,
    edits: [['    return decodeURIComponent(text)', "    return decodeURIComponent(text).split('?')[0] ?? ''"]],
  },
  {
    name: 'refuses-two-dots-only',
    check: '8.7',
    actual: /^(500|201)$/,
    edits: [
      [
        "if (name === '' || name === '.' || name === '..' || /[/\\\\\\0]/.test(name)) throw",
        "if (name.includes('..') || name === '') throw",
      ],
    ],
  },
  {
    name: 'looks-at-the-name-before-it-is-decoded',
    check: '8.7',
    actual: /^(500|201)$/,
    edits: [['    requirePlain(name)\n    // A folder,', '    requirePlain(encodeURIComponent(name))\n    // A folder,']],
  },
  {
    name: 'no-word-for-what-cannot-be-decoded',
    check: '8.8',
    actual: '500',
    edits: [["    throw new Refusal(400, 'This address cannot be decoded.')", "    throw new Error('malformed')"]],
  },
  {
    name: 'crashes-at-what-cannot-be-decoded',
    check: '8.8',
    actual: /^it crashed: URIError/,
    edits: [
      [
        '    answer(request, response).catch((error: unknown) => fail(response, error))',
        "    decodeURIComponent(request.url ?? '')\n    answer(request, response).catch((error: unknown) => fail(response, error))",
      ],
    ],
  },
  {
    name: 'decodes-other-paths-without-care',
    check: '8.8',
    actual: '500',
    edits: [
      [
        '    const methods = Object.hasOwn(routes, name)',
        "    if (request.method === 'GET') decodeURIComponent(path)\n    const methods = Object.hasOwn(routes, name)",
      ],
    ],
  },
  {
    name: 'leaves-the-node-when-the-port-is-taken',
    check: '8.9',
    actual: '1',
    edits: [['    await node.close()\n    throw error', '    throw error']],
  },
]

const fetching: readonly Mistake[] = [
  {
    name: 'forgets-the-peers',
    check: '8.10',
    actual: '[]',
    edits: [
      ['startNode({ dir, peers, onTransfer', 'startNode({ dir, onTransfer'],
      ['{ dir, port = 0, peers = [] }: GuiOptions', '{ dir, port = 0 }: GuiOptions'],
    ],
  },
  {
    name: 'tells-only-names-of-hits',
    check: '8.10',
    actual: /sha256: undefined/,
    edits: [
      [
        'sendJson(response, 200, await node.search(name))',
        'sendJson(response, 200, (await node.search(name)).map((hit) => ({ name: hit.name, address: hit.address })))',
      ],
    ],
  },
  {
    name: 'tells-the-first-hit-alone',
    check: '8.10',
    actual: /^\["[^"]*"\]$/,
    edits: [
      ['sendJson(response, 200, await node.search(name))', 'sendJson(response, 200, (await node.search(name)).slice(0, 1))'],
    ],
  },
  {
    name: 'takes-the-same-content-for-the-same-hit',
    check: '8.10',
    actual: /^\["[^"]*"\]$/,
    edits: [
      [
        'sendJson(response, 200, await node.search(name))',
        'const byContent = new Map((await node.search(name)).map((hit) => [hit.sha256, hit]))\n    sendJson(response, 200, [...byContent.values()])',
      ],
    ],
  },
  {
    name: 'remembers-what-was-found',
    check: '8.10',
    actual: /^\["[^"]*"\]$/,
    edits: [
      ['  async function search(', '  const found = new Map<string, Hit[]>()\n  async function search('],
      [
        'sendJson(response, 200, await node.search(name))',
        'const hits = found.get(name) ?? (await node.search(name))\n    found.set(name, hits)\n    sendJson(response, 200, hits)',
      ],
    ],
  },
  {
    name: 'searches-for-what-stands-in-the-address',
    check: '8.11',
    actual: /%26/,
    edits: [["const name = query.get('name') ?? ''", "const name = encodeURIComponent(query.get('name') ?? '')"]],
  },
  {
    name: 'one-search-at-a-time',
    check: '8.11',
    actual: /503|^\["/,
    edits: [
      ['  async function search(', '  let searching = false\n  async function search('],
      [
        'sendJson(response, 200, await node.search(name))',
        "if (searching) throw new Refusal(503, 'Wait for the other search.')\n    searching = true\n    sendJson(response, 200, await node.search(name))\n    searching = false",
      ],
    ],
  },
  {
    name: 'nothing-found-is-an-error',
    check: '8.11',
    actual: '404',
    edits: [
      [
        'sendJson(response, 200, await node.search(name))',
        "const hits = await node.search(name)\n    if (hits.length === 0) throw new Refusal(404, 'Nobody has it.')\n    sendJson(response, 200, hits)",
      ],
    ],
  },
  {
    name: 'stumbles-over-a-missing-name',
    check: '8.12',
    actual: /^\{ status: 500, /,
    edits: [["throw new Refusal(400, 'What is to be searched for? Ask with ?name=')", "throw new TypeError('no name')"]],
  },
  {
    name: 'fetches-into-the-wrong-folder',
    check: '8.13',
    actual: '"no such file"',
    edits: [['      .download(hit, dir)', "      .download(hit, join(dir, '..'))"]],
  },
  {
    name: 'fetches-from-whoever-has-that-name',
    check: '8.13',
    actual: /first difference/,
    edits: [
      [
        '    node\n      .download(hit, dir)',
        '    node\n      .search(hit.name)\n      .then(([found = hit]) => node.download(found, dir))',
      ],
    ],
  },
  {
    name: 'answers-200-to-a-download',
    check: '8.13',
    actual: '200',
    edits: [['sendJson(response, 202, { id })', 'sendJson(response, 200, { id })']],
  },
  {
    name: 'answers-when-the-file-is-there',
    check: '8.14',
    actual: 'nothing within 4000 ms',
    edits: [['    node\n      .download(hit, dir)', '    await node\n      .download(hit, dir)']],
  },
  {
    name: 'believes-every-body',
    check: '8.15',
    actual: /^(202|500)$/,
    edits: [
      [
        "  if (!texts || !numbers || Number(port) > 65_535) throw new Refusal(400, 'This is no hit.')\n",
        '  void [texts, numbers]\n',
      ],
    ],
  },
  {
    name: 'knocks-at-any-port',
    check: '8.15',
    actual: /^it crashed: RangeError/,
    edits: [
      [' || Number(port) > 65_535) throw', ') throw'],
      [
        '    const { id, ended } = transfers.begin(hit)\n',
        "    const { id, ended } = transfers.begin(hit)\n    void import('node:net').then(({ connect }) => connect(hit.address).on('error', () => undefined).destroy())\n",
      ],
    ],
  },
  {
    name: 'crashes-at-what-is-no-json',
    check: '8.15',
    actual: '500',
    edits: [["    throw new Refusal(400, 'This is no JSON.')", "    throw new SyntaxError('no JSON')"]],
  },
  {
    name: 'trusts-the-name-in-a-hit',
    check: '8.16',
    actual: '202',
    edits: [['  requirePlain(String(name))\n', '']],
  },
  {
    name: 'has-no-answer-to-a-nul-in-a-hit',
    check: '8.16',
    actual: '500',
    edits: [
      [
        '  requirePlain(String(name))\n',
        "  if (String(name).includes('\\0')) throw new TypeError('no path')\n  requirePlain(String(name))\n",
      ],
    ],
  },
]

const telling: readonly Mistake[] = [
  {
    name: 'progress-only-at-the-end',
    check: '8.17',
    actual: /^(no event|the last event says receive .* active 0 of 300000)$/,
    edits: [
      [
        '        if (before !== undefined) update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size) })\n',
        '',
      ],
    ],
  },
  {
    name: 'holds-events-back',
    check: '8.17',
    actual: 'no event',
    edits: [
      [
        '  response.write(`event: ${event}\\ndata: ${JSON.stringify(data)}\\n\\n`)',
        '  response.cork()\n  response.write(`event: ${event}\\ndata: ${JSON.stringify(data)}\\n\\n`)',
      ],
    ],
  },
  {
    name: 'one-line-break-after-an-event',
    check: '8.17',
    actual: 'no event',
    edits: [['${JSON.stringify(data)}\\n\\n`)', '${JSON.stringify(data)}\\n`)']],
  },
  {
    name: 'events-without-a-name',
    check: '8.17',
    actual: 'no event',
    edits: [['`event: ${event}\\ndata:', '`data:']],
  },
  {
    name: 'calls-the-stream-json',
    check: '8.17',
    actual: '[200, "application/json"]',
    edits: [["'content-type': 'text/event-stream'", "'content-type': 'application/json'"]],
  },
  {
    name: 'keeps-the-head-of-the-stream',
    check: '8.17',
    actual: 'nothing',
    edits: [['    response.flushHeaders()\n', '']],
  },
  {
    name: 'a-new-id-for-each-event',
    check: '8.18',
    actual: /^\d+$/,
    edits: [['    onChange(transfer)', '    onChange({ ...transfer, id: randomUUID() })']],
  },
  {
    name: 'the-name-is-the-id-of-everything',
    check: '8.18',
    actual: '"the same id"',
    edits: [['    onChange(transfer)', '    onChange({ ...transfer, id: transfer.direction })']],
  },
  {
    name: 'counts-down',
    check: '8.18',
    actual: /fewer: /,
    edits: [
      [
        '    onChange(transfer)',
        "    onChange({ ...transfer, bytes: transfer.state === 'done' ? transfer.size : transfer.size - transfer.bytes })",
      ],
    ],
  },
  {
    name: 'tells-late-what-it-has-kept-back',
    check: '8.18',
    actual: /fewer: |receive .* active|active, done, active/,
    edits: [
      [
        'if (before !== undefined) update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size) })',
        'if (before !== undefined) setTimeout(() => update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size) }), 300)',
      ],
    ],
  },
  {
    name: 'begins-before-nothing',
    check: '8.18',
    actual: '-1',
    edits: [["state: 'active', bytes: 0, size })", "state: 'active', bytes: -1, size })"]],
  },
  {
    name: 'the-last-byte-is-done',
    check: '8.19',
    actual: /^"no such file"$/,
    edits: [
      [
        'if (before !== undefined) update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size) })',
        "if (before !== undefined) update({ ...before, bytes: Math.min(Math.max(bytes, before.bytes), before.size), state: bytes >= before.size ? 'done' : 'active' })",
      ],
      ["        () => ended('done'),", '        () => undefined,'],
    ],
  },
  {
    name: 'takes-what-came-for-what-was-found',
    check: '8.20',
    actual: '["done", "error: undefined"]',
    edits: [["        (error: unknown) => ended('failed', inWords(error)),", "        () => ended('done'),"]],
  },
  {
    name: 'fails-without-a-reason',
    check: '8.21',
    actual: '"error: undefined"',
    edits: [["(error: unknown) => ended('failed', inWords(error))", "() => ended('failed')"]],
  },
  {
    name: 'done-and-then-failed',
    check: '8.21',
    actual: '"done, and failed"',
    edits: [
      [
        "        (error: unknown) => ended('failed', inWords(error)),",
        "        (error: unknown) => {\n          ended('done')\n          ended('failed', inWords(error))\n        },",
      ],
    ],
  },
  {
    name: 'a-failure-takes-the-bytes-back',
    check: '8.21',
    actual: /^"0, after \d+"$/,
    edits: [["state === 'done' ? size : (known.get(id)?.bytes ?? 0)", "state === 'done' ? size : 0"]],
  },
  {
    name: 'knows-no-words-for-the-unexpected',
    check: '8.20',
    actual: '"error: undefined"',
    edits: [['  return WORDS[code] ?? message\n', '  return WORDS[code] as string\n']],
  },
  {
    name: 'never-says-failed',
    check: '8.22',
    actual: /^the last event says receive .* active 0 of 40000$/,
    edits: [["        (error: unknown) => ended('failed', inWords(error)),", '        () => undefined,']],
  },
  {
    name: 'a-rejection-that-nobody-handles',
    check: '8.22',
    actual: /^it crashed: Error ECONNREFUSED/,
    edits: [
      [
        "      .then(\n        () => ended('done'),\n        (error: unknown) => ended('failed', inWords(error)),\n      )",
        "      .then(() => ended('done'))",
      ],
    ],
  },
  {
    name: 'does-not-show-what-goes-out',
    check: '8.23',
    actual: 'no event',
    edits: [
      [
        "      if (direction === 'receive') {\n        if",
        "      if (direction === 'send') return\n      if (direction === 'receive') {\n        if",
      ],
    ],
  },
  {
    name: 'sends-without-an-id',
    check: '8.23',
    actual: '"events without an id"',
    edits: [
      [
        'const { id = randomUUID(), bytes: most = 0 } = before ?? {}',
        'const { id = undefined as never, bytes: most = 0 } = before ?? {}',
      ],
    ],
  },
  {
    name: 'an-id-for-each-event-it-sends',
    check: '8.23',
    actual: /^"\d+ ids"$/,
    edits: [
      [
        'const { id = randomUUID(), bytes: most = 0 } = before ?? {}',
        'const { id, bytes: most } = { id: randomUUID() as string, bytes: before?.bytes ?? 0 }',
      ],
    ],
  },
  {
    name: 'trouble-where-there-is-none',
    check: '8.23',
    actual: '"The other node has broken it off."',
    edits: [["const error = state === 'failed' ? ", "const error = state !== 'active' ? "]],
  },
  {
    name: 'a-later-page-hears-only-what-changes',
    check: '8.24',
    actual: 'no event',
    edits: [["    for (const transfer of transfers.all()) tell(response, 'transfer', transfer)\n", '']],
  },
  {
    name: 'one-page-at-a-time',
    check: '8.24',
    actual: /^the last event says (receive|send)/,
    edits: [['    subscribers.add(response)\n', '    subscribers.clear()\n    subscribers.add(response)\n']],
  },
  {
    name: 'a-later-page-hears-only-what-comes-in',
    check: '8.24',
    actual: /^the last event says receive/,
    edits: [
      [
        "for (const transfer of transfers.all()) tell(response, 'transfer', transfer)",
        "for (const each of transfers.all()) if (each.direction === 'receive') tell(response, 'transfer', each)",
      ],
    ],
  },
  {
    name: 'a-later-page-hears-of-the-newest-alone',
    check: '8.24',
    actual: /^the last event says receive/,
    edits: [['of transfers.all()) tell(', 'of transfers.all().slice(-1)) tell(']],
  },
  {
    name: 'a-later-page-begins-at-nothing',
    check: '8.24',
    actual: /^the last event says (receive|send) "\w+\.bin" active 0 of/,
    edits: [
      [
        "for (const transfer of transfers.all()) tell(response, 'transfer', transfer)",
        "for (const each of transfers.all()) tell(response, 'transfer', each.state === 'active' ? { ...each, bytes: 0 } : each)",
      ],
    ],
  },
  {
    name: 'a-page-that-was-closed-ends-the-others',
    check: '8.25',
    actual: /^the last event says receive/,
    edits: [["response.once('close', () => subscribers.delete(response))", "response.once('close', () => subscribers.clear())"]],
  },
  {
    name: 'once-fetched-is-on-its-way-for-ever',
    check: '8.41',
    actual: '409',
    edits: [["each.name === name && each.state === 'active')", 'each.name === name)']],
  },
  {
    name: 'stumbles-over-the-first-bytes-it-sends',
    check: '8.41',
    actual: /^it does not: /,
    edits: [['const { id = randomUUID(), bytes: most = 0 } = before ?? {}', 'const { id, bytes: most } = before as Transfer']],
  },
  {
    name: 'a-send-that-breaks-off-stays-active',
    check: '8.45',
    actual: /^the last event says send .* active/,
    edits: [
      [
        "      const error = state === 'failed' ?",
        "      if (state === 'failed') return\n      const error = state === 'failed' ?",
      ],
    ],
  },
  {
    name: 'a-send-that-breaks-off-is-done',
    check: '8.45',
    actual: /^the last event says send .* done/,
    edits: [
      [
        'update({ id, name, direction, state, bytes:',
        "update({ id, name, direction, state: state === 'failed' ? 'done' : state, bytes:",
      ],
    ],
  },
]

const guarding: readonly Mistake[] = [
  {
    name: 'no-host-check',
    check: '8.26',
    actual: '200',
    edits: [['if (request.headers.host !== host || origin !== `http://${host}`)', 'if (origin !== `http://${host}`)']],
  },
  {
    name: 'a-host-that-begins-well',
    check: '8.26',
    actual: '200',
    edits: [['request.headers.host !== host ||', "!request.headers.host?.startsWith('127.0.0.1') ||"]],
  },
  {
    name: 'a-host-that-begins-like-its-own',
    check: '8.26',
    actual: '200',
    edits: [['request.headers.host !== host ||', '!request.headers.host?.startsWith(host) ||']],
  },
  {
    name: 'events-for-any-host',
    check: '8.26',
    actual: '200',
    edits: [['request.headers.host !== host ||', "(request.headers.host !== host && request.url !== '/api/events') ||"]],
  },
  {
    name: 'other-pages-may-read',
    check: '8.27',
    actual: '200',
    edits: [['|| origin !== `http://${host}`)', "|| (request.method !== 'GET' && origin !== `http://${host}`))"]],
  },
  {
    name: 'no-origin-check',
    check: '8.27',
    actual: '201',
    edits: [
      ['if (request.headers.host !== host || origin !== `http://${host}`)', 'if (request.headers.host !== host && origin)'],
    ],
  },
  {
    name: 'an-origin-that-begins-well',
    check: '8.27',
    actual: '201',
    edits: [['|| origin !== `http://${host}`)', '|| !origin.startsWith(`http://${host}`))']],
  },
  {
    name: 'takes-null-for-no-origin',
    check: '8.27',
    actual: '201',
    edits: [['|| origin !== `http://${host}`)', "|| (origin !== 'null' && origin !== `http://${host}`))"]],
  },
  {
    name: 'listens-everywhere',
    check: '8.28',
    actual: /, too"$/,
    edits: [["server.listen(port, '127.0.0.1')", "server.listen(port, '0.0.0.0')"]],
  },
  {
    name: 'the-page-is-everywhere',
    check: '8.29',
    actual: '200',
    edits: [
      [
        "    if (methods === undefined) throw new Refusal(404, 'There is nothing here.')\n",
        '    if (methods === undefined) return void response.end(page)\n',
      ],
    ],
  },
  {
    name: 'every-method-will-do',
    check: '8.29',
    actual: '200',
    edits: [
      ['const route = Object.hasOwn(methods, method) ? methods[method] : undefined', 'const [route] = Object.values(methods)'],
      ['`${method} is not possible here.`', "'not possible'"],
    ],
  },
  {
    name: 'what-is-inherited-is-a-path',
    check: '8.29',
    actual: /^(500|405)$/,
    edits: [
      [
        'const methods = Object.hasOwn(routes, name) ? routes[name] : undefined',
        'const methods = routes[name.slice(1)] ?? routes[name]',
      ],
    ],
  },
  {
    name: 'serves-what-lies-on-the-disk',
    check: '8.43',
    actual: '"the file"',
    edits: [
      [
        '    if (methods === undefined) throw',
        '    const found = await readFile(join(import.meta.dirname, decode(path))).catch(() => undefined)\n    if (methods === undefined && found !== undefined) return void response.end(found)\n    if (methods === undefined) throw',
      ],
    ],
  },
  {
    name: 'serves-files-by-any-name',
    check: '8.43',
    actual: '"the file"',
    edits: [
      [
        "    '/api/files/': { PUT: put },",
        "    '/api/files/': { PUT: put, GET: async ({ rest, response }) => void response.end(await readFile(join(dir, rest))) },",
      ],
    ],
  },
  {
    name: 'one-set-of-pages-for-all',
    check: '8.30',
    actual: /^\[\["receive /,
    edits: [
      ['  const subscribers = new Set<ServerResponse>()\n', ''],
      [
        '/** The longest hit that is read, in bytes. */',
        'const subscribers = new Set<ServerResponse>()\n/** The longest hit that is read, in bytes. */',
      ],
    ],
  },
  {
    name: 'the-last-host-is-everybodys',
    check: '8.30',
    actual: '403',
    edits: [
      ['  const host = `127.0.0.1:', '  host = `127.0.0.1:'],
      ['/** The longest hit that is read, in bytes. */', "let host = ''\n/** The longest hit that is read, in bytes. */"],
    ],
  },
  {
    name: 'shares-the-first-folder-for-ever',
    check: '8.30',
    actual: /^\[\["/,
    edits: [
      [
        'export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {\n',
        'let home: string | undefined\n\nexport async function startGui({ dir: wanted, port = 0, peers = [] }: GuiOptions): Promise<Gui> {\n  const dir = (home ??= wanted)\n',
      ],
    ],
  },
  {
    name: 'waits-for-open-streams',
    check: '8.31',
    actual: '"it waits for ever"',
    edits: [['    server.closeAllConnections() // an event stream would never end by itself\n', '']],
  },
  {
    name: 'ends-the-event-streams-alone',
    check: '8.31',
    actual: '"it waits for ever"',
    edits: [
      [
        '    server.closeAllConnections() // an event stream would never end by itself\n',
        '    for (const response of subscribers) response.end()\n',
      ],
    ],
  },
  {
    name: 'a-second-close-rejects',
    check: '8.31',
    actual: /ERR_SERVER_NOT_RUNNING|waits for ever/,
    edits: [
      [
        'close: () => (closed ??= shutDown())',
        'close: async () => {\n    await (closed ??= shutDown())\n    await new Promise<void>((resolve, reject) => server.close((error) => (closes++ > 0 && error ? reject(error) : resolve())))\n  }',
      ],
      ['  let closed: Promise<void> | undefined\n', '  let closed: Promise<void> | undefined\n  let closes = 0\n'],
    ],
  },
  {
    name: 'the-node-goes-on',
    check: '8.32',
    actual: '1',
    edits: [['    await Promise.all([freed, node.close()])', '    await freed']],
  },
]

const driving: readonly Mistake[] = [
  {
    name: 'an-input-without-a-label',
    check: '8.33',
    file: PAGE,
    actual: 'there is none',
    edits: [
      [
        '<label>A file of mine <input id="picked" type="file" required /></label>',
        '<p>A file of mine</p><input id="picked" type="file" required />',
      ],
    ],
  },
  {
    name: 'a-placeholder-for-a-button',
    check: '8.33',
    file: PAGE,
    actual: 'there is none',
    edits: [['<button>Search</button>', '<div onclick="this.closest(\'form\').requestSubmit()">Search</div>']],
  },
  {
    name: 'encodes-the-name-like-a-whole-address',
    check: '8.34',
    file: PAGE,
    actual: '"no such file"',
    edits: [['await ask(`/api/files/${encodeURIComponent(file.name)}`', 'await ask(`/api/files/${encodeURI(file.name)}`']],
  },
  {
    name: 'does-not-encode-the-name',
    check: '8.34',
    file: PAGE,
    actual: '"no such file"',
    edits: [['await ask(`/api/files/${encodeURIComponent(file.name)}`', 'await ask(`/api/files/${file.name}`']],
  },
  {
    name: 'the-list-waits-for-a-reload',
    check: '8.34',
    file: PAGE,
    actual: '"it does not stand on the page"',
    edits: [
      ['          say(`${file.name} is shared.`)\n          await showFiles()', '          say(`${file.name} is shared.`)'],
      ["      events.addEventListener('files', () => showFiles().catch((error) => say(error.message, true)))\n", ''],
    ],
  },
  {
    name: 'names-as-html-in-the-list',
    check: '8.35',
    file: PAGE,
    actual: '"an element of the page"',
    edits: [[LIST, "Object.assign(make('li'), { innerHTML: `<span>${name}</span>` })"]],
  },
  {
    name: 'names-as-html-among-the-hits',
    check: '8.35',
    file: PAGE,
    actual: '"an element of the page"',
    edits: [
      [
        "return make('li', {}, make('span', {}, hit.name, ' ', make('small', {}, where)), button)",
        "return make('li', {}, Object.assign(make('span'), { innerHTML: hit.name }), button)",
      ],
    ],
  },
  {
    name: 'a-name-that-ends-an-attribute',
    check: '8.35',
    file: PAGE,
    actual: '"an element of the page"',
    edits: [
      [
        "return make('li', {}, make('span', {}, hit.name, ' ', make('small', {}, where)), button)",
        "const escaped = hit.name.replaceAll('<', '&lt;')\n        return make('li', {}, make('span', { innerHTML: `<i title=\"${hit.name}\">${escaped}</i>` }), button)",
      ],
    ],
  },
  {
    name: 'names-as-html-among-the-transfers',
    check: '8.35',
    file: PAGE,
    actual: '"an element of the page"',
    edits: [
      [
        "const item = make('li', {}, make('span', {}, `${incoming ? '↓' : '↑'} ${name}`), state, bar, reason)",
        "const item = make('li', {}, make('span', { innerHTML: `${incoming ? '↓' : '↑'} ${name}` }), state, bar, reason)",
      ],
    ],
  },
  {
    name: 'names-as-html-in-the-status',
    check: '8.35',
    file: PAGE,
    actual: '"an element of the page"',
    edits: [["        byId('status').textContent = text\n", "        byId('status').innerHTML = text\n"]],
  },
  {
    name: 'encodes-the-search-like-a-whole-address',
    check: '8.36',
    file: PAGE,
    actual: 'there is none',
    edits: [['/api/search?name=${encodeURIComponent(name)}', '/api/search?name=${encodeURI(name)}']],
  },
  {
    name: 'a-bar-without-a-value',
    check: '8.36',
    file: PAGE,
    actual: '"bars at no value"',
    edits: [["        parts.bar.value = state === 'done' ? parts.bar.max : bytes\n", '']],
  },
  {
    name: 'a-bar-that-stays-before-its-end',
    check: '8.36',
    file: PAGE,
    actual: /^"bars at 0\.\d\d"$/,
    edits: [
      [
        "        parts.bar.value = state === 'done' ? parts.bar.max : bytes\n",
        '        parts.bar.value = Math.min(bytes, parts.bar.max * 0.9)\n',
      ],
    ],
  },
  {
    name: 'no-bar-at-all',
    check: '8.36',
    file: PAGE,
    actual: '"no bar"',
    edits: [
      [
        "const item = make('li', {}, make('span', {}, `${incoming ? '↓' : '↑'} ${name}`), state, bar, reason)",
        "const item = make('li', {}, make('span', {}, `${incoming ? '↓' : '↑'} ${name}`), state, reason)",
      ],
    ],
  },
  {
    name: 'fetch-that-only-a-mouse-can-press',
    check: '8.37',
    file: PAGE,
    actual: /it does not, in 60 steps/,
    edits: [
      ["const button = make('button', { type: 'button' }, 'Fetch')", "const button = make('span', { role: 'button' }, 'Fetch')"],
    ],
  },
  {
    name: 'enter-does-not-search',
    check: '8.37',
    file: PAGE,
    actual: /there is none/,
    edits: [
      [
        '<input id="name" type="search" required',
        '<input id="name" type="search" onkeydown="return event.key !== \'Enter\'" required',
      ],
    ],
  },
  {
    name: 'a-failure-in-a-colour-alone',
    check: '8.38',
    file: PAGE,
    actual: /^"it says/,
    edits: [["          if (state === 'failed') say(`${name} has failed. ${error ?? ''}`, true)\n", '']],
  },
  {
    name: 'says-only-that-it-begins',
    check: '8.38',
    file: PAGE,
    actual: /^"it says/,
    edits: [
      ["          if (state === 'failed') say(`${name} has failed. ${error ?? ''}`, true)\n", ''],
      [
        "busy(button, () => ask('/api/download', options))",
        "say(`Fetching ${hit.name} …`)\n          busy(button, () => ask('/api/download', options))",
      ],
    ],
  },
  {
    name: 'shows-only-what-this-page-has-done',
    check: '8.39',
    file: PAGE,
    actual: '"it does not stand on the page"',
    edits: [
      ["      events.addEventListener('files', () => showFiles().catch((error) => say(error.message, true)))\n", ''],
      [
        "        if (lost) say('The node is back.')\n        lost = false\n        showFiles().catch((error) => say(error.message, true))",
        "        if (lost) say('The node is back.')\n        lost = false",
      ],
    ],
  },
  {
    name: 'shows-only-what-was-begun-while-it-was-open',
    check: '8.40',
    file: PAGE,
    actual: '"no bar"',
    edits: [
      [
        'const parts = items.get(id) ?? newTransfer(id, name, incoming)\n',
        'const parts = items.get(id) ?? (bytes === 0 ? newTransfer(id, name, incoming) : undefined)\n        if (parts === undefined) return\n',
      ],
    ],
  },
  {
    name: 'one-button-for-one-content',
    check: '8.46',
    file: PAGE,
    actual: '"1 to press"',
    edits: [['...hits.map(asItem))', '...[...new Map(hits.map((hit) => [hit.sha256, hit])).values()].map(asItem))']],
  },
  {
    name: 'every-button-fetches-the-last-hit',
    check: '8.46',
    file: PAGE,
    actual: '"1 of 2 nodes"',
    edits: [
      ['      function asItem(hit) {\n', '      let last\n      function asItem(hit) {\n        last = hit\n'],
      ['body: JSON.stringify(hit) }', 'body: JSON.stringify(last) }'],
    ],
  },
  {
    name: 'says-shared-whatever-the-answer',
    check: '8.47',
    file: PAGE,
    actual: '"that it is shared"',
    edits: [
      [
        "await ask(`/api/files/${encodeURIComponent(file.name)}`, { method: 'PUT', body: file })",
        "await fetch(`/api/files/${encodeURIComponent(file.name)}`, { method: 'PUT', body: file })",
      ],
    ],
  },
]

export const mistakes: readonly Mistake[] = [...sharing, ...fetching, ...telling, ...guarding, ...driving]
