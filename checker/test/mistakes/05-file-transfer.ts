import type { Mistake } from './mistake.ts'

/** Waits for nothing: as far as it is concerned, the system has always taken everything. */
const WRITES_WITHOUT_WAITING = [
  `  return new Promise((taken, failed) => {
    stream.write(bytes, (error) => (error ? failed(coded('INCOMPLETE', 'The connection broke', error)) : taken()))
  })`,
  '  stream.write(bytes)\n  return Promise.resolve()',
] as const

const READS_REQUESTS = 'for (let request = await reader.message(); request !== undefined; request = await reader.message()) {'

const serving: readonly Mistake[] = [
  {
    name: 'takes-an-event-for-a-request',
    check: '5.1',
    actual: /^\[("error .*)?\]$/,
    edits: [
      [
        `  const reader = openReader(stream)\n  try {\n    ${READS_REQUESTS}`,
        `  const reader = { release: () => undefined }\n  try {\n    for await (const piece of stream) {\n      const request = parse((piece as Buffer).subarray(4))`,
      ],
    ],
  },
  {
    name: 'turns-each-piece-into-text',
    check: '5.1',
    actual: /^\["missing .*�/,
    edits: [
      [
        'const json = await take(() => sizeBytes)',
        "let text = ''\n      for await (const piece of this.body(sizeBytes)) text += piece.toString()\n      const json = Buffer.from(text)",
      ],
    ],
  },
  {
    name: 'counts-characters-in-frames',
    check: '5.1',
    actual: '[]',
    edits: [['frame.writeUInt32BE(json.length)', 'frame.writeUInt32BE(JSON.stringify(message).length)']],
  },
  {
    name: 'counts-little-endian',
    check: '5.1',
    actual: /^\[/,
    edits: [
      ['frame.writeUInt32BE(', 'frame.writeUInt32LE('],
      ['header.readUInt32BE()', 'header.readUInt32LE()'],
    ],
  },
  {
    name: 'forgets-what-stands-behind-a-request',
    check: '5.2',
    actual: /^\["[a-z]{8}\.txt"\]$/,
    edits: [
      [
        'const json = await take(() => sizeBytes)',
        'const json = (await take(() => Math.max(sizeBytes, stream.readableLength))).subarray(0, sizeBytes)',
      ],
    ],
  },
  {
    name: 'answers-one-request-only',
    check: '5.2',
    actual: /^\["[a-z]{8}\.txt"\]$/,
    edits: [[READS_REQUESTS, 'for (let request = await reader.message(); request !== undefined; request = undefined) {']],
  },
  {
    name: 'answers-requests-at-the-same-time',
    check: '5.10',
    actual: /^\[("error")?\]$|^it crashed: Error INCOMPLETE/,
    edits: [['await sendFiles(stream, dir, names, onTransfer)', 'void sendFiles(stream, dir, names, onTransfer)']],
  },
  {
    name: 'takes-folders-for-files',
    check: '5.3',
    actual: /name: "a folder"/,
    edits: [['entry.isFile() && pathIn', 'pathIn']],
  },
  {
    name: 'lists-sizes-in-characters',
    check: '5.3',
    actual: /size: 11/,
    edits: [['size: info.size })', "size: (await (await open(join(dir, name))).readFile('utf8')).length })"]],
  },
  {
    name: 'takes-whatever-has-names-for-a-get',
    check: '5.4',
    actual: /names.*answer: "missing", connection: "still open" \}$/,
    edits: [["else if (type === 'get' && isNameList(names))", 'else if (isNameList(names))']],
  },
  {
    name: 'passes-over-bad-requests',
    check: '5.4',
    actual: '{ request: "{\\"type\\":\\"dance\\"}", answer: "none", connection: "still open" }',
    edits: [['      else throw protocolError(`Expected list, or get with at most ${MAX_NAMES} names`)\n', '']],
  },
  {
    name: 'closes-without-a-word',
    check: '5.4',
    actual: '{ request: "{\\"type\\":\\"dance\\"}", answer: "none", connection: "closed" }',
    edits: [["stream.end(encodeFrame({ type: 'error', message }))", 'stream.end()']],
  },
  {
    name: 'stays-connected-after-an-error',
    check: '5.4',
    actual: '{ request: "{\\"type\\":\\"dance\\"}", answer: "error", connection: "still open" }',
    edits: [
      ["stream.end(encodeFrame({ type: 'error', message }))", "stream.write(encodeFrame({ type: 'error', message }))"],
      ['setTimeout(() => stream.destroy(), LINGER_MS)', 'setTimeout(() => undefined, LINGER_MS)'],
    ],
  },
  {
    name: 'collects-whatever-is-announced',
    check: '5.4',
    actual: '{ length: "4 GiB", connection: "still open" }',
    edits: [
      ['sizeBytes === 0 || sizeBytes > MAX_FRAME_BYTES', 'sizeBytes === 0'],
      [
        'const json = await take(() => sizeBytes)',
        'let json = Buffer.alloc(0)\n      for await (const piece of this.body(sizeBytes)) json = Buffer.concat([json, piece])',
      ],
    ],
  },
  {
    name: 'waits-for-what-an-empty-frame-holds',
    check: '5.4',
    actual: '{ length: "no bytes", connection: "still open" }',
    edits: [['sizeBytes === 0 || sizeBytes > MAX_FRAME_BYTES', 'sizeBytes > MAX_FRAME_BYTES']],
  },
  {
    name: 'sends-text',
    check: '5.5',
    actual: /^256 bytes; from /,
    edits: [['await write(stream, chunk)', 'await write(stream, Buffer.from(chunk.toString()))']],
  },
  {
    name: 'takes-the-length-of-the-text-for-the-size',
    check: '5.5',
    actual: /^\{ name: undefined, type: "nothing" \}$|bytes; from/,
    edits: [['const { size } = await file.stat()', "const size = (await file.readFile('utf8')).length"]],
  },
  {
    name: 'has-no-end',
    check: '5.5',
    actual: '"nothing"',
    edits: [["  await send(stream, { type: 'end', count: names.length })\n", '']],
  },
  {
    name: 'says-not-found-in-band',
    check: '5.6',
    actual: /nope\\" 14 bytes"/,
    edits: [
      [
        "if (typeof found === 'string') await send(stream, { type: found, name })",
        "if (found === 'missing') {\n      await send(stream, { type: 'file', name, size: 14 })\n      await write(stream, Buffer.from('File not found'))\n    } else if (typeof found === 'string') await send(stream, { type: found, name })",
      ],
    ],
  },
  {
    name: 'answers-in-the-order-of-completion',
    check: '5.6',
    actual: /^\["missing /,
    edits: [
      [
        'for (const name of names) {\n    const found = await openIn(dir, name)',
        'const answer = async (name: string) => {\n    const found = await openIn(dir, name)',
      ],
      [
        "  await send(stream, { type: 'end', count: names.length })\n",
        "  await Promise.all(names.map(answer))\n  await send(stream, { type: 'end', count: names.length })\n",
      ],
    ],
  },
  {
    name: 'ends-at-the-first-missing-file',
    check: '5.6',
    actual: /"missing [^,]*", "error /,
    edits: [
      [
        "if (typeof found === 'string') await send(stream, { type: found, name })",
        "if (typeof found === 'string') {\n      await send(stream, { type: found, name })\n      throw coded('ENOENT', name)\n    }",
      ],
      ['    else await sendFile(stream', '    await sendFile(stream'],
    ],
  },
  {
    name: 'dies-of-a-folder',
    check: '5.6',
    actual: /^it crashed: .*EISDIR/,
    edits: [
      ["(await stat(real)).isFile() ? await open(real) : 'missing'", 'await open(real)'],
      [
        "any word from us for it\n    report('failed')\n",
        "any word from us for it\n    report('failed')\n    setImmediate(() => {\n      throw error\n    })\n",
      ],
    ],
  },
  {
    name: 'takes-no-full-frame',
    check: '5.7',
    actual: '"1 answers"',
    edits: [['sizeBytes > MAX_FRAME_BYTES', 'sizeBytes >= MAX_FRAME_BYTES']],
  },
  {
    name: 'takes-a-hundred-names',
    check: '5.7',
    actual: '"1 answers"',
    edits: [['const MAX_NAMES = 1000', 'const MAX_NAMES = 100']],
  },
  {
    name: 'joins-folder-and-name',
    check: '5.8',
    actual: /^\{ name: "\.\.\/[a-z]{8}\.txt", answer: "file" \}$/,
    edits: [
      ['  return isInside(resolve(dir), path) ? path : undefined', '  return path'],
      ["    if (!isInside(await realpath(dir), real)) return 'refused'\n", ''],
    ],
  },
  {
    name: 'compares-the-beginning-of-paths',
    check: '5.8',
    actual: /^\{ name: "\.\.\/share2\/[a-z]{8}\.txt", answer: "file" \}$/,
    edits: [
      [
        "  const way = relative(dir, path)\n  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)",
        '  return path !== dir && path.startsWith(dir)',
      ],
    ],
  },
  {
    name: 'looks-at-the-beginning-of-the-name',
    check: '5.8',
    actual: /^\{ name: "sub\/\.\.\/\.\.\/[a-z]{8}\.txt", answer: "file" \}$/,
    edits: [
      [
        '  return isInside(resolve(dir), path) ? path : undefined',
        "  return name.startsWith('..') || path === resolve(dir) ? undefined : path",
      ],
      ["    if (!isInside(await realpath(dir), real)) return 'refused'\n", ''],
    ],
  },
  {
    name: 'reads-absolute-paths-as-relative',
    check: '5.8',
    actual: /^\{ name: "\/.*", answer: "missing" \}$/,
    edits: [
      ['if (/[\\\\\\0]/.test(name) || isAbsolute(name)) return undefined', 'if (/[\\\\\\0]/.test(name)) return undefined'],
      ['const path = resolve(dir, name)', 'const path = join(resolve(dir), name)'],
    ],
  },
  {
    name: 'takes-a-backslash-for-a-letter',
    check: '5.8',
    actual: /^\{ name: "\.\.\\\\[a-z]{8}\.txt", answer: "missing" \}$/,
    edits: [['if (/[\\\\\\0]/.test(name)', 'if (/\\0/.test(name)']],
  },
  {
    name: 'opens-names-with-nul',
    check: '5.8',
    actual: /\\u0000.*", answer: "missing" \}$/,
    edits: [['if (/[\\\\\\0]/.test(name)', 'if (/\\\\/.test(name)']],
  },
  {
    name: 'looks-at-the-last-part-for-links-only',
    check: '5.8',
    actual: '"the secret"',
    edits: [
      [
        "    if (!isInside(await realpath(dir), real)) return 'refused'\n",
        "    if ((await lstat(path)).isSymbolicLink()) return 'refused'\n",
      ],
      ['import { type FileHandle, mkdir', 'import { type FileHandle, lstat, mkdir'],
    ],
  },
  {
    name: 'follows-links',
    check: '5.8',
    actual: '{ name: "link.txt", answer: "file" }',
    edits: [["    if (!isInside(await realpath(dir), real)) return 'refused'\n", '']],
  },
  {
    name: 'lets-a-list-be-overtaken',
    check: '5.2',
    actual: /^\["[a-z]{8}\.txt", "[a-z]{8}\.txt", "files"\]$/,
    edits: [
      [
        "await send(stream, { type: 'files', files: await filesIn(dir) })",
        "filesIn(dir).then((files) => send(stream, { type: 'files', files })).catch(() => stream.destroy())",
      ],
    ],
  },
  {
    name: 'lists-what-was-there-at-first',
    check: '5.3',
    actual: '[]',
    edits: [
      [
        'async function filesIn(dir: string): Promise<ListedFile[]> {\n',
        `const known = new Map<string, ListedFile[]>()

async function filesIn(dir: string): Promise<ListedFile[]> {
  const before = known.get(dir)
  if (before !== undefined) return before
`,
      ],
      ['  return files\n}\n\nasync function sendFiles', '  known.set(dir, files)\n  return files\n}\n\nasync function sendFiles'],
    ],
  },
  {
    name: 'has-no-empty-list',
    check: '5.3',
    actual: '"error \\"\\""',
    edits: [
      [
        '  return files\n}\n\nasync function sendFiles',
        "  if (files.length === 0) throw protocolError('')\n  return files\n}\n\nasync function sendFiles",
      ],
    ],
  },
  {
    name: 'says-error-and-not-why',
    check: '5.4',
    actual: '"without a message"',
    edits: [
      [
        "stream.end(encodeFrame({ type: 'error', message }))",
        "stream.end(encodeFrame({ type: 'error' }))\n  if (message === '') return",
      ],
    ],
  },
  {
    name: 'waits-for-a-frame-that-is-too-long',
    check: '5.4',
    actual: '{ length: "65537 bytes", connection: "still open" }',
    edits: [['sizeBytes > MAX_FRAME_BYTES', 'sizeBytes > 2 * MAX_FRAME_BYTES']],
  },
  {
    name: 'reads-names-like-addresses',
    check: '5.5',
    actual: /^\{ name: "[a-z]{8}-0-50%25", type: "missing" \}$/,
    edits: [
      [
        '  const path = pathIn(dir, name)\n  if (path === undefined) return',
        '  const path = pathIn(dir, decodeURIComponent(name))\n  if (path === undefined) return',
      ],
    ],
  },
  {
    name: 'keeps-small-files-in-memory',
    check: '5.5',
    actual: '"안녕\\r\\n"',
    edits: [
      ['async function sendFile(', 'const known = new Map<string, Buffer>()\n\nasync function sendFile('],
      [
        '  const { size } = await file.stat()\n',
        '  const content = known.get(name) ?? (await file.readFile())\n  const size = content.length\n  if (size < 1000) known.set(name, content)\n',
      ],
      [
        'size === 0 ? [] : file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })',
        'size === 0 ? [] : [content]',
      ],
    ],
  },
  {
    name: 'answers-a-name-once',
    check: '5.6',
    actual: /^\["file .*", "missing .*", "file .*", "end"\]$/,
    edits: [['  for (const name of names) {\n    const found', '  for (const name of new Set(names)) {\n    const found']],
  },
  {
    name: 'follows-the-second-link',
    check: '5.8',
    actual: '{ name: "link to a link.txt", answer: "file" }',
    edits: [
      [
        "    if (!isInside(await realpath(dir), real)) return 'refused'\n",
        "    const target = await readlink(path).catch(() => undefined)\n    if (target !== undefined && !isInside(resolve(dir), resolve(dir, target))) return 'refused'\n",
      ],
      ['realpath, rename', 'readlink, realpath, rename'],
    ],
  },
]

const surviving: readonly Mistake[] = [
  {
    name: 'has-one-folder-for-all-servers',
    check: '5.13',
    actual: /^\["file .* 7 bytes", "file .* 7 bytes"\]$/,
    edits: [
      ['export async function startFileServer(', "let served = ''\n\nexport async function startFileServer("],
      ['  const connections = new Set<Socket>()\n', '  const connections = new Set<Socket>()\n  served = dir\n'],
      ['    serveConnection(socket, dir, onTransfer)\n', '    serveConnection(socket, served, onTransfer)\n'],
    ],
  },
  {
    name: 'ends-the-clients-of-all-servers',
    check: '5.13',
    actual: '"none"',
    edits: [
      ['  const connections = new Set<Socket>()\n', ''],
      [
        'export async function startFileServer(',
        'const connections = new Set<Socket>()\n\nexport async function startFileServer(',
      ],
    ],
  },
  {
    name: 'ends-its-half-of-each-connection',
    check: '5.13',
    actual: '"it waits for ever"',
    edits: [['for (const socket of connections) socket.destroy()', 'for (const socket of connections) socket.end()']],
  },
  {
    name: 'listens-for-errors-of-its-own-connections-only',
    check: '5.15',
    actual: /^it crashed: Error (ECONNRESET|EPIPE|ERR_STREAM)/,
    edits: [
      ["  stream.on('error', () => stream.destroy()) // 'close' follows, and whoever reads or writes is told then\n", ''],
      ["const events = ['readable', 'end', 'close', 'error'] as const", "const events = ['readable', 'end', 'close'] as const"],
      ['    connections.add(socket)\n', "    connections.add(socket)\n    socket.on('error', () => socket.destroy())\n"],
    ],
  },
  {
    name: 'ends-when-the-client-has-asked',
    check: '5.9',
    actual: /^"\d+ bytes"$/,
    edits: [['createServer({ allowHalfOpen: true, noDelay: true }', 'createServer({ noDelay: true }']],
  },
  {
    name: 'destroys-what-has-not-left',
    check: '5.10',
    actual: /^\[\]$|^\["file"/,
    edits: [
      WRITES_WITHOUT_WAITING,
      [
        "stream.end(encodeFrame({ type: 'error', message }))",
        "stream.write(encodeFrame({ type: 'error', message }))\n  stream.destroy()",
      ],
    ],
  },
  {
    name: 'listens-for-no-error',
    check: '5.11',
    actual: /^it crashed: Error (ECONNRESET|EPIPE|ERR_STREAM)/,
    edits: [
      ["  stream.on('error', () => stream.destroy()) // 'close' follows, and whoever reads or writes is told then\n", ''],
      ["const events = ['readable', 'end', 'close', 'error'] as const", "const events = ['readable', 'end', 'close'] as const"],
    ],
  },
  {
    name: 'lets-promises-reject',
    check: '5.11',
    actual: /^it crashed: Error PROTOCOL/,
    edits: [
      [
        '.then(\n    () => stream.end(),\n    (error: unknown) => hangUp(stream, error instanceof Error ? error.message : String(error)),\n  )',
        '.then(() => stream.end())',
      ],
    ],
  },
  {
    name: 'awaits-no-list',
    check: '5.11',
    actual: /^it crashed: Error INCOMPLETE/,
    edits: [
      [
        "await send(stream, { type: 'files', files: await filesIn(dir) })",
        "void send(stream, { type: 'files', files: await filesIn(dir) })",
      ],
    ],
  },
  {
    name: 'awaits-no-word-of-a-missing-file',
    check: '5.11',
    actual: /^it crashed: Error INCOMPLETE/,
    edits: [
      [
        "if (typeof found === 'string') await send(stream, { type: found, name })",
        "if (typeof found === 'string') void send(stream, { type: found, name })",
      ],
    ],
  },
  {
    name: 'awaits-no-announcement',
    check: '5.11',
    actual: /^it crashed: Error INCOMPLETE/,
    edits: [["await send(stream, { type: 'file', name, size })", "void send(stream, { type: 'file', name, size })"]],
  },
  {
    name: 'reads-whole-files-into-memory',
    check: '5.12',
    actual: /too much memory|"more than 200 MiB of memory"/,
    edits: [
      [
        'file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })',
        '[await file.readFile()]',
      ],
    ],
  },
  {
    name: 'reads-ahead-of-its-clients',
    check: '5.12',
    actual: /too much memory|"more than 200 MiB of memory"/,
    edits: [WRITES_WITHOUT_WAITING],
  },
  {
    name: 'serves-one-client-at-a-time',
    check: '5.12',
    actual: '[]',
    edits: [
      [
        '  const connections = new Set<Socket>()\n',
        '  const connections = new Set<Socket>()\n  let before: Promise<unknown> = Promise.resolve()\n',
      ],
      [
        '    serveConnection(socket, dir, onTransfer)\n',
        "    before = before.then(() => {\n      serveConnection(socket, dir, onTransfer)\n      return once(socket, 'close')\n    })\n",
      ],
    ],
  },
  {
    name: 'waits-for-idle-clients',
    check: '5.13',
    actual: '"it waits for ever"',
    edits: [['      for (const socket of connections) socket.destroy()\n', '']],
  },
  {
    name: 'closes-twice',
    check: '5.13',
    actual: /ERR_SERVER_NOT_RUNNING/,
    edits: [
      [
        "closed = once(server, 'close')\n      server.close() // waits for every connection, and an idle one might stay for ever",
        'closed = new Promise<void>((done, reject) => {\n        server.close((error) => (error ? reject(error) : done()))\n      })',
      ],
      ['    if (closed === undefined) {\n', '    {\n'],
    ],
  },
  {
    name: 'ignores-the-port-option',
    check: '5.14',
    actual: '"no error"',
    edits: [["server.listen(port, '127.0.0.1')", "server.listen(0, '127.0.0.1')"]],
  },
  {
    name: 'has-a-port-for-all',
    check: '5.14',
    actual: /^\[".*", "EADDRINUSE"\]$/,
    edits: [['startFileServer({ dir, port = 0, onTransfer }', 'startFileServer({ dir, port = 15_055, onTransfer }']],
  },
  {
    name: 'listens-everywhere',
    check: '5.14',
    actual: /^"\d+\.\d+\.\d+\.\d+, too"$/,
    edits: [
      ["server.listen(port, '127.0.0.1')", "server.listen(port, '0.0.0.0')"],
      [
        'return { address: { host, port: bound }, close }',
        "return { address: { host: host.replace('0.0.0.0', '127.0.0.1'), port: bound }, close }",
      ],
    ],
  },
  {
    name: 'serves-its-own-connections-only',
    check: '5.15',
    actual: '[]',
    edits: [
      [
        '  serve(stream, dir, onTransfer).then(',
        "  if (!('server' in stream && stream.server)) return\n  serve(stream, dir, onTransfer).then(",
      ],
    ],
  },
]

const changing: readonly Mistake[] = []

const fetching: readonly Mistake[] = [
  {
    name: 'takes-an-event-for-a-list',
    check: '5.16',
    actual: /^it rejected with Error PROTOCOL/,
    edits: [
      [
        'const { type, files } = await answerFrom(reader)',
        "reader.release()\n    const [piece] = (await once(stream, 'data')) as [Buffer]\n    const { type, files } = parse(piece.subarray(4))",
      ],
    ],
  },
  {
    name: 'takes-an-end-for-an-empty-list',
    check: '5.17',
    actual: /"ends at once": "it resolves"|ends at once: "it resolves"/,
    edits: [
      [
        "if (type !== 'files' || !isFileList(files))",
        "if (type === 'nothing') return []\n    if (type !== 'files' || !isFileList(files))",
      ],
      ['  if (message === undefined) throw incomplete()\n', "  if (message === undefined) return { type: 'nothing' }\n"],
    ],
  },
  {
    name: 'swallows-the-refused-connection',
    check: '5.17',
    actual: /is not there: "it resolves"/,
    edits: [
      [
        'return withConnection(server, undefined, listOver)',
        "return withConnection(server, undefined, listOver).catch((error) => (error.code === 'ECONNREFUSED' ? [] : Promise.reject(error)))",
      ],
    ],
  },
  {
    name: 'takes-an-event-for-a-file',
    check: '5.18',
    actual: /^it rejected with Error PROTOCOL|bytes; from/,
    edits: [
      [
        "      yield piece\n      bytes += piece.length\n      report('active')\n",
        "      yield piece\n      bytes = size\n      report('active')\n      return\n",
      ],
    ],
  },
  {
    name: 'takes-more-than-the-size',
    check: '5.18',
    actual: /^it rejected with Error (INCOMPLETE|PROTOCOL)/,
    edits: [
      [
        'const piece = await take(() => Math.min(left, stream.readableLength))',
        'const piece = await take(() => stream.readableLength)',
      ],
    ],
  },
  {
    name: 'writes-text',
    check: '5.18',
    actual: /^\d+ bytes; from .*\(first difference at \d+\)$/,
    edits: [['      yield piece\n      bytes', '      yield Buffer.from(piece.toString())\n      bytes']],
  },
  {
    name: 'appends-to-what-is-there',
    check: '5.18',
    actual: /^1256 bytes/,
    edits: [
      ['const part = join(dirname(target), `.${randomUUID()}.part`)', 'const part = target'],
      ["flags: 'wx'", "flags: 'a'"],
    ],
  },
  {
    name: 'wants-the-length-in-one-piece',
    check: '5.19',
    actual: /^it rejected with Error INCOMPLETE/,
    edits: [['const header = await take(() => 4)', 'const header = await take(() => Math.min(4, stream.readableLength))']],
  },
  {
    name: 'rejects-for-a-missing-file',
    check: '5.20',
    actual: /^it rejected with Error ENOENT/,
    edits: [
      [
        "  if (type === 'missing' || type === 'refused') return type",
        "  if (type === 'missing') throw coded('ENOENT', name)\n  if (type === 'refused') return type",
      ],
    ],
  },
  {
    name: 'writes-an-empty-file-for-a-missing-one',
    check: '5.20',
    actual: /^\[("[a-z]+-[a-z]{8}"(, )?){3,4}\]$/,
    edits: [
      [
        "  if (type === 'missing' || type === 'refused') return type",
        "  if (type === 'missing') await (await open(resolve(into, name), 'w')).close()\n  if (type === 'missing' || type === 'refused') return type",
      ],
    ],
  },
  {
    name: 'says-ok-for-everything',
    check: '5.20',
    actual: /name: "nope-[a-z]{8}", status: "ok"/,
    edits: [["status: statuses.get(name) ?? 'refused'", "status: 'ok'"]],
  },
  {
    name: 'knows-text-for-not-found',
    check: '5.20',
    actual: /name: "a-[a-z]{8}", status: "missing"/,
    edits: [["  report('done')\n  return 'ok'", "  report('done')\n  return size === 14 ? 'missing' : 'ok'"]],
  },
  {
    name: 'believes-any-length',
    check: '5.21',
    actual: /code: "(ERR_OUT_OF_RANGE|an error without a code.*|INCOMPLETE)" \}$|nothing within/,
    edits: [['sizeBytes === 0 || sizeBytes > MAX_FRAME_BYTES', 'sizeBytes === 0']],
  },
  {
    name: 'lets-json-parse-speak',
    check: '5.21',
    actual: /^\{ what: "a frame without JSON", code: "an error without a code: /,
    edits: [['  } catch {\n    // Not UTF-8, or not JSON.\n  }', '  } catch (error) {\n    throw error\n  }']],
  },
  {
    name: 'takes-frames-of-any-length',
    check: '5.21',
    actual: '{ what: "a frame of 65537 bytes", code: "no error" }',
    edits: [['sizeBytes > MAX_FRAME_BYTES', 'sizeBytes > 2 ** 31']],
  },
  {
    name: 'waits-for-an-empty-answer',
    check: '5.21',
    actual: 'nothing within 2000 ms',
    edits: [['sizeBytes === 0 || ', '']],
  },
  {
    name: 'takes-an-error-for-no-files',
    check: '5.22',
    actual: '"it resolves"',
    edits: [
      [
        'return withConnection(server, wanted.signal, (socket) => fetchOver(socket, wanted))',
        "return withConnection(server, wanted.signal, (socket) => fetchOver(socket, wanted)).catch((error) => (error.code === 'PROTOCOL' ? [] : Promise.reject(error)))",
      ],
    ],
  },
  {
    name: 'takes-no-server-for-no-files',
    check: '5.22',
    actual: '"it resolves"',
    edits: [
      [
        'return withConnection(server, wanted.signal, (socket) => fetchOver(socket, wanted))',
        'return withConnection(server, wanted.signal, (socket) => fetchOver(socket, wanted)).catch(() => [])',
      ],
    ],
  },
  {
    name: 'has-one-entry-for-a-name',
    check: '5.23',
    actual: /^\[(\{[^}]*\}, ){199}\{[^}]*\}\]$|…/,
    edits: [['  return names.map((name) => ({', '  return [...new Set(names)].map((name) => ({']],
  },
  {
    name: 'keeps-statuses-in-an-object',
    check: '5.23',
    actual: /^\[\{ name: "\d+", status: "(ok|missing)" \}/,
    edits: [
      [
        "  return names.map((name) => ({ name, status: statuses.get(name) ?? 'refused' }))",
        "  const all = Object.fromEntries(names.map((name) => [name, statuses.get(name) ?? ('refused' as const)]))\n  return Object.entries(all).map(([name, status]) => ({ name, status }))",
      ],
    ],
  },
  {
    name: 'leaves-out-what-is-missing',
    check: '5.23',
    actual: /status: "ok" \}, .*\]$/,
    edits: [["?? 'refused' }))", "?? 'refused' })).filter(({ status }) => status === 'ok')"]],
  },
  {
    name: 'takes-the-end-for-success',
    check: '5.24',
    actual: '"no error"',
    edits: [
      ['        if (piece.length === 0) throw incomplete()\n', '        if (piece.length === 0) return\n'],
      ['  if (message === undefined) throw incomplete()\n', "  if (message === undefined) return { type: 'end' }\n"],
    ],
  },
  {
    name: 'takes-silence-for-missing',
    check: '5.24',
    actual: '{ ends: "before the answer", outcome: "it resolves" }',
    edits: [
      ['  if (message === undefined) throw incomplete()\n', "  if (message === undefined) return { type: 'end' }\n"],
      ['  if (answered !== name) throw', "  if (type === 'end') return 'missing'\n  if (answered !== name) throw"],
    ],
  },
  {
    name: 'writes-under-the-final-name',
    check: '5.24',
    actual: '"a part of it, as if it were all"',
    edits: [
      [
        'const part = join(dirname(target), `.${randomUUID()}.part`)',
        'const part = randomUUID() === dirname(target) ? join(into) : target',
      ],
      ["flags: 'wx', ", ''],
      ['    await rm(part, { force: true })\n', '    await rm(`${part}.part`, { force: true })\n'],
    ],
  },
  {
    name: 'says-done-whatever-has-come',
    check: '5.24',
    actual: '1',
    edits: [
      [
        "    await rm(part, { force: true })\n    report('failed')\n",
        "    await rm(part, { force: true })\n    report('done')\n",
      ],
    ],
  },
  {
    name: 'fails-for-ever-after',
    check: '5.24',
    actual: /^\{ code: "EEXIST", sizeBytes: undefined \}$/,
    edits: [
      ['`.${randomUUID()}.part`', '`.${name}.part`'],
      ['    await rm(part, { force: true })\n', ''],
    ],
  },
  {
    name: 'renames-what-has-failed',
    check: '5.25',
    actual: '"a part of it, as if it were all"',
    edits: [['    await rm(part, { force: true })\n', '    await rename(part, target)\n    await rm(part, { force: true })\n']],
  },
  {
    name: 'passes-the-reset-on',
    check: '5.25',
    actual: '"ECONNRESET"',
    edits: [
      [
        '      if (stream.readableEnded || stream.destroyed) return',
        '      if (stream.errored) throw stream.errored\n      if (stream.readableEnded || stream.destroyed) return',
      ],
    ],
  },
  {
    name: 'believes-the-name-in-the-answer',
    check: '5.26',
    actual: /^\{ evil: "\.\.\/\.\.\/[a-z]{8}\.txt", outside: \["a\/[a-z]{8}\.txt"\] \}$/,
    edits: [
      ['  if (answered !== name) throw', "  if (typeof answered !== 'string') throw"],
      ['const target = resolve(into, name)', 'const target = resolve(into, answered)'],
    ],
  },
  {
    name: 'takes-a-folder-beside-for-its-own',
    check: '5.26',
    actual: /^\{ evil: "\.\.\/into2\/[a-z]{8}\.txt", outside: \["a\/b\/into2\/[a-z]{8}\.txt"\] \}$/,
    edits: [
      [
        'names.filter((name) => pathIn(into, name) !== undefined)',
        'names.filter((name) => resolve(into, name).startsWith(resolve(into)))',
      ],
    ],
  },
  {
    name: 'believes-the-name-in-the-list',
    check: '5.26',
    actual: /^\{ evil: "\.\.\/\.\.\/[a-z]{8}\.txt", outside: \["a\/[a-z]{8}\.txt"\] \}$/,
    edits: [['names.filter((name) => pathIn(into, name) !== undefined)', 'names']],
  },
]

const reporting: readonly Mistake[] = [
  {
    name: 'never-says-that-it-is-done',
    check: '5.27',
    actual: /state: "active" \}$/,
    edits: [["has become shorter`)\n    report('done')\n", 'has become shorter`)\n']],
  },
  {
    name: 'tells-the-last-server-of-all-transfers',
    check: '5.27',
    actual: '"a report"',
    edits: [
      ['export async function startFileServer(', 'let tell: OnTransfer\n\nexport async function startFileServer('],
      ['  const connections = new Set<Socket>()\n', '  const connections = new Set<Socket>()\n  tell = onTransfer\n'],
      ['    serveConnection(socket, dir, onTransfer)\n', '    serveConnection(socket, dir, tell)\n'],
    ],
  },
  {
    name: 'goes-on-counting-with-the-next-file',
    check: '5.27',
    actual: /bytes: 1001006, size: 1000003, state: "done" \}$/,
    edits: [
      ['async function sendFile(', 'let passed = 0\n\nasync function sendFile('],
      ["direction: 'send', bytes, size, state })", "direction: 'send', bytes: passed, size, state })"],
      ['      bytes += chunk.length\n', '      bytes += chunk.length\n      passed += chunk.length\n'],
    ],
  },
  {
    name: 'reports-the-last-piece',
    check: '5.28',
    actual: /bytes: \d+, size: 1000003, state: "done" \}$/,
    edits: [['      bytes += piece.length\n', '      bytes = piece.length\n']],
  },
  {
    name: 'reports-what-is-left',
    check: '5.28',
    actual: /bytes: 0, size: \d+, state: "done" \}$|after more than that/,
    edits: [["direction: 'receive', bytes, size, state })", "direction: 'receive', bytes: size - bytes, size, state })"]],
  },
  {
    name: 'starts-again-with-every-tenth',
    check: '5.28',
    actual: /^"\d+ bytes after more than that"$/,
    edits: [
      [
        "direction: 'receive', bytes, size, state })",
        "direction: 'receive', bytes: state === 'done' ? bytes : bytes % 100_000, size, state })",
      ],
    ],
  },
  {
    name: 'says-done-after-each-piece',
    check: '5.28',
    actual: /^"done at \d+ bytes"$|bytes: \d+, size: \d+, state: "done" \}$|^\d+$/,
    edits: [["      bytes += piece.length\n      report('active')\n", "      bytes += piece.length\n      report('done')\n"]],
  },
  {
    name: 'has-words-of-its-own',
    check: '5.28',
    actual: '"running"',
    edits: [
      [
        "      bytes += piece.length\n      report('active')\n",
        "      bytes += piece.length\n      report('running' as 'active')\n",
      ],
    ],
  },
  {
    name: 'reports-as-the-sender',
    check: '5.28',
    actual: /direction: "send"/,
    edits: [["direction: 'receive', bytes", "direction: 'send', bytes"]],
  },
  {
    name: 'goes-on-when-aborted',
    check: '5.29',
    actual: '{ what: "nothing has come", outcome: "it waits for ever" }',
    edits: [['    if (signal !== undefined) addAbortSignal(signal, stream)\n', '']],
  },
  {
    name: 'hears-of-an-abort-in-mid-file-only',
    check: '5.29',
    actual: '{ what: "nothing has come", outcome: "it waits for ever" }',
    edits: [
      ['    if (signal !== undefined) addAbortSignal(signal, stream)\n', ''],
      ['await receive(reader, name, into, onTransfer)', 'await receive(reader, name, into, onTransfer, signal)'],
      [
        'into: string, onTransfer: OnTransfer): Promise<',
        'into: string, onTransfer: OnTransfer, signal?: AbortSignal): Promise<',
      ],
      [
        "createWriteStream(part, { flags: 'wx', highWaterMark: CHUNK_BYTES }))",
        "createWriteStream(part, { flags: 'wx', highWaterMark: CHUNK_BYTES }), { signal })",
      ],
    ],
  },
  {
    name: 'goes-on-behind-the-back-of-its-caller',
    check: '5.29',
    actual: '{ what: "nothing has come", connection: "still open" }',
    edits: [
      [
        'return withConnection(server, wanted.signal, (socket) => fetchOver(socket, wanted))',
        "const { signal, ...rest } = wanted\n  const work = withConnection(server, undefined, (socket) => fetchOver(socket, rest))\n  if (signal === undefined) return work\n  work.catch(() => undefined)\n  return Promise.race([work, once(signal, 'abort').then(() => Promise.reject(new Error('given up')))])",
      ],
    ],
  },
  {
    name: 'keeps-half-when-aborted',
    check: '5.29',
    actual: 'true',
    edits: [['    await rm(part, { force: true })\n', '    await rename(part, target)\n    await rm(part, { force: true })\n']],
  },
  {
    name: 'has-one-name-for-all-that-is-not-whole',
    check: '5.30',
    actual: /^it rejected with Error (EEXIST|ENOENT)|sha256/,
    edits: [['`.${randomUUID()}.part`', "'.part'"]],
  },
  {
    name: 'answers-in-text-both-ways',
    check: '5.30',
    actual: /sha256/,
    edits: [['await write(stream, chunk)', 'await write(stream, chunk.map((byte) => byte & 0x7f))']],
  },
]

const closing: readonly Mistake[] = [
  {
    name: 'leaves-its-connections-open',
    check: '5.31',
    actual: '{ call: "listFiles()", connection: "still open" }',
    edits: [['  } finally {\n    socket.destroy()\n  }', '  } finally {\n    socket.unref()\n  }']],
  },
  {
    name: 'leaves-it-open-when-it-fails',
    check: '5.31',
    actual: '{ call: "fetchFiles() that fails", connection: "still open" }',
    edits: [
      ['    return await work(socket)\n', '    const result = await work(socket)\n    socket.destroy()\n    return result\n'],
      ['  } finally {\n    socket.destroy()\n  }', '  } finally {\n    socket.unref()\n  }'],
    ],
  },
]

export const mistakes: readonly Mistake[] = [...serving, ...surviving, ...changing, ...fetching, ...reporting, ...closing]
