import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const CHUNK_BYTES = 256 * 1024', '256 → 257'],
      ['', 'const CHUNK_BYTES = 256 * 1024', '256 → 255'],
      ['', 'const CHUNK_BYTES = 256 * 1024', '1024 → 1025'],
      ['', 'const LINGER_MS = 1000', '1000 → 1001'],
      ['', 'const LINGER_MS = 1000', '1000 → 999'],
      ['', 'const CHUNK_BYTES = 256 * 1024', '1024 → 1023'],
    ],
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
    mutants: [
      ['listOver', '} finally {', '{ reader.release() } → {}'],

      ['serve', '} finally {', '{ reader.release() } → {}'],
      ['openReader', 'release() {', '{ for (const event of events) stream.off(event, onEvent) } → {}'],
      ['openReader', 'for (const event of events) stream.off(event, onEvent)', 'without stream.off(event, onEvent)'],
      ['fetchOver', '} finally {', '{ reader.release() } → {}'],
    ],
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
    mutants: [
      ['hangUp', "stream.once('close', () => clearTimeout(timer))", "without stream.once('close', () => clearTimeout(timer))"],
      ['hangUp', "stream.once('close', () => clearTimeout(timer))", "'close' → ''"],
      ['hangUp', "stream.once('close', () => clearTimeout(timer))", 'clearTimeout(timer) → undefined'],
    ],
  },
  {
    reason: 'It differs only for a file that grows while it is sent, and the contract does not speak of that.',
    mutants: [
      [
        'sendFile',
        'size === 0 ? [] : file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })',
        '- → +',
      ],
      [
        'sendFile',
        'size === 0 ? [] : file.createReadStream({ start: 0, end: size - 1, highWaterMark: CHUNK_BYTES, autoClose: false })',
        '1 → 0',
      ],

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
    mutants: [
      ['sendFile', 'await file.close()', 'without await'],
      ['sendFile', '} finally {', '{ await file.close() } → {}'],
    ],
  },
  {
    reason: 'A variant counts as right that does not look whether a frame holds an object.',
    mutants: [
      [
        'parse',
        "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message",
        "(typeof value === 'object' && value !== null && !Array.isArray(value)) → (true)",
      ],
      [
        'parse',
        "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message",
        "without typeof value === 'object' &&",
      ],
      [
        'parse',
        "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message",
        'without && value !== null',
      ],
      ['parse', "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message", '&& → ||'],
      [
        'parse',
        "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message",
        'without && !Array.isArray(value)',
      ],
      [
        'parse',
        "if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message",
        '&& → || (no. 2)',
      ],

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
        'serve',
        "else if (type === 'get' && isNameList(names)) await sendFiles(stream, dir, names, onTransfer)",
        'without && isNameList(names)',
      ],
      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        'without Array.isArray(value) &&',
      ],
      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        '&& → || (no. 2)',
      ],

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
  {
    reason: 'Whether a file is told of before its first byte is left open.',
    mutants: [
      ['sendFile', "report('active')", "without report('active')"],
      ['receive', "report('active')", "without report('active')"],
    ],
  },
  {
    reason: 'No variant but one says that a file has failed: the call rejects, or the client is gone.',
    mutants: [
      ['sendFile', "report('failed')", "without report('failed')"],
      ['sendFile', "report('failed')", "'failed' → ''"],
      ['receive', "report('failed')", "without report('failed')"],
      ['receive', "report('failed')", "'failed' → ''"],
    ],
  },
  {
    reason: 'A variant counts as right that goes by the order of the answers alone, and writes under the name it asked for.',
    mutants: [
      [
        'receive',
        'if (answered !== name) throw protocolError(`Expected the answer for ${name}, got ${String(type)} for ${String(answered)}`)',
        '(answered !== name) → (false)',
      ],
    ],
  },
  {
    reason: 'Variants count as right that do not look at the size before they count.',
    mutants: [
      [
        'receive',
        "if (type !== 'file' || !isSize(size)) throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)",
        'without || !isSize(size)',
      ],
      [
        'receive',
        "if (type !== 'file' || !isSize(size)) throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)",
        '|| → &&',
      ],
    ],
  },
  {
    reason: 'Whether a client takes names with a folder in them is its own affair, and for the others the folder is there.',
    mutants: [
      ['receive', 'await mkdir(dirname(target), { recursive: true })', 'without await'],
      [
        'receive',
        'await mkdir(dirname(target), { recursive: true })',
        'without await mkdir(dirname(target), { recursive: true })',
      ],
    ],
  },
  {
    reason: 'A name drawn at random is new, and the size of the pieces is our own choice.',
    mutants: [
      [
        'receive',
        "await pipeline(counted, createWriteStream(part, { flags: 'wx', highWaterMark: CHUNK_BYTES }))",
        "{ flags: 'wx', highWaterMark: CHUNK_BYTES } → {}",
      ],
    ],
  },
  {
    reason: 'What a failed download leaves under another name than its own is litter, and the contract does not forbid it.',
    mutants: [
      ['receive', 'await rm(part, { force: true })', 'without await'],
      ['receive', 'await rm(part, { force: true })', 'without await rm(part, { force: true })'],
      ['receive', 'await rm(part, { force: true })', '{ force: true } → {}'],
      ['receive', 'await rm(part, { force: true })', 'true → false'],
    ],
  },
  {
    reason: 'It differs only for a file that is there and cannot be opened, and the contract does not say what that is.',
    mutants: [['openIn', "return (await stat(real)).isFile() ? await open(real) : 'missing'", 'without await (no. 2)']],
  },
  {
    reason: 'Node destroys a socket by itself when it has an error.',
    mutants: [
      [
        'serveConnection',
        "stream.on('error', () => stream.destroy()) // 'close' follows, and whoever reads or writes is told then",
        'stream.destroy() → undefined',
      ],
    ],
  },
  {
    reason:
      'A variant counts as right that never ends: on Node 20 a web stream is not told that the other end has ended its direction.',
    mutants: [
      ['serveConnection', '() => stream.end(),', 'stream.end() → undefined'],
      [
        'openReader › take',
        'if (stream.readableEnded || stream.destroyed) return Buffer.alloc(0)',
        'without stream.readableEnded ||',
      ],
    ],
  },
  {
    reason: 'What the message of an error says is left open.',
    mutants: [
      [
        'serveConnection',
        '(error: unknown) => hangUp(stream, error instanceof Error ? error.message : String(error)),',
        'error instanceof Error → true',
      ],
      [
        'serveConnection',
        '(error: unknown) => hangUp(stream, error instanceof Error ? error.message : String(error)),',
        'error instanceof Error → false',
      ],
    ],
  },
  {
    reason: 'It decides when a segment leaves, and loopback is too quick to show it.',
    mutants: [
      ['withConnection', 'const socket = connect({ host, port, noDelay: true })', 'true → false'],
      [
        'startFileServer',
        'const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {',
        'true → false (no. 2)',
      ],
    ],
  },
  {
    reason: 'The lesson says so: where no task names a code, any error will do, and INCOMPLETE follows.',
    mutants: [
      [
        'withConnection',
        "await once(socket, 'connect', { signal }) // rejects when 'error' comes first",
        "without await once(socket, 'connect', { signal })",
      ],
    ],
  },
  {
    reason: 'On loopback a connection is there at once: there is no time to abort it in.',
    mutants: [
      ['withConnection', "await once(socket, 'connect', { signal }) // rejects when 'error' comes first", '{ signal } → {}'],
    ],
  },
  {
    reason: 'Whoever reads listens for the same event, and somebody reads as long as the socket lives.',
    mutants: [
      [
        'withConnection',
        "socket.on('error', () => undefined) // whoever reads is told by 'close'",
        "without socket.on('error', () => undefined)",
      ],
      ['withConnection', "socket.on('error', () => undefined) // whoever reads is told by 'close'", "'error' → ''"],
    ],
  },
  {
    reason: 'It differs on Windows alone, where there may be no way from one disk to another.',
    mutants: [
      [
        'isInside',
        "return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)",
        'without && !isAbsolute(way)',
      ],
    ],
  },
  {
    reason: 'The server has ended its direction, as a right one does. How long it waits for a client that does not is left open.',
    mutants: [['hangUp', 'const timer = setTimeout(() => stream.destroy(), LINGER_MS)', 'stream.destroy() → undefined']],
  },
  {
    reason: 'What is written to a connection that is gone is dropped, and whoever reads from it finds the end.',
    mutants: [
      [
        'write',
        "stream.write(bytes, (error) => (error ? failed(coded('INCOMPLETE', 'The connection broke', error)) : taken()))",
        'error → false',
      ],
    ],
  },
  {
    reason: 'For the client, a connection would have to break between its opening and the request.',
    mutants: [
      [
        'write',
        "stream.write(bytes, (error) => (error ? failed(coded('INCOMPLETE', 'The connection broke', error)) : taken()))",
        "'INCOMPLETE' → ''",
      ],
    ],
  },
  {
    reason: 'A connection would have to break between its opening and the request.',
    mutants: [
      ['fetchOver', "await send(stream, { type: 'get', names: asked })", 'without await'],
      ['listOver', "await send(stream, { type: 'list' })", 'without await'],
      ['listOver', "await send(stream, { type: 'list' })", "{ type: 'list' } → {}"],
      ['listOver', "await send(stream, { type: 'list' })", "'list' → ''"],
    ],
  },
  {
    reason: 'A variant counts as right that does not wait for the end behind the last answer.',
    mutants: [
      [
        'fetchOver',
        "if (type !== 'end') throw protocolError(`Expected the end of the answer, got ${String(type)}`)",
        "(type !== 'end') → (false)",
      ],
    ],
  },
  {
    reason: 'What becomes of a name that leads out is left open: variants reject, or write it under another name.',
    mutants: [['fetchOver', "return names.map((name) => ({ name, status: statuses.get(name) ?? 'refused' }))", "'refused' → ''"]],
  },
  {
    reason: 'Of these events two come together, and one of them is enough to look again.',
    mutants: [
      ['openReader', "const events = ['readable', 'end', 'close', 'error'] as const", "'end' → ''"],
      ['openReader', "const events = ['readable', 'end', 'close', 'error'] as const", "'close' → ''"],
      ['openReader', "const events = ['readable', 'end', 'close', 'error'] as const", "'error' → ''"],
    ],
  },
  {
    reason: 'An error has no name and holds no list, so it is refused like any other answer that is none.',
    mutants: [
      [
        'answerFrom',
        "if (message.type === 'error') throw protocolError(`The server says: ${String(message.message)}`)",
        "(message.type === 'error') → (false)",
      ],
      [
        'answerFrom',
        "if (message.type === 'error') throw protocolError(`The server says: ${String(message.message)}`)",
        "'error' → ''",
      ],
      [
        'answerFrom',
        "if (message.type === 'error') throw protocolError(`The server says: ${String(message.message)}`)",
        'without throw protocolError(`The server says: ${String(message.message)}`)',
      ],
    ],
  },
  {
    reason: 'With which code an aborted call rejects is left open.',
    mutants: [
      [
        'orAborted',
        "return signal?.aborted === true ? coded('ABORTED', 'Given up', error) : error",
        'signal?.aborted === true → false',
      ],
      ['orAborted', "return signal?.aborted === true ? coded('ABORTED', 'Given up', error) : error", 'true → false'],
      ['orAborted', "return signal?.aborted === true ? coded('ABORTED', 'Given up', error) : error", "'ABORTED' → ''"],
    ],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [
      [
        'startFileServer',
        'export async function startFileServer({ dir, port = 0, onTransfer }: FileServerOptions): Promise<FileServer> {',
        'without = 0',
      ],
    ],
  },
  {
    reason: 'A destroyed socket that stays in the set is destroyed once more, which shows nothing.',
    mutants: [
      [
        'startFileServer',
        "socket.once('close', () => connections.delete(socket))",
        "without socket.once('close', () => connections.delete(socket))",
      ],
      ['startFileServer', "socket.once('close', () => connections.delete(socket))", "'close' → ''"],
      ['startFileServer', "socket.once('close', () => connections.delete(socket))", 'connections.delete(socket) → undefined'],
    ],
  },
  {
    reason: 'Node gives a port back before it says so.',
    mutants: [
      ['startFileServer › close', "closed = once(server, 'close')", "without closed = once(server, 'close')"],
      ['startFileServer › close', 'await closed', 'without await'],
    ],
  },
  {
    reason: 'Whether a list holds a name that may not be asked for is left open.',
    mutants: [
      [
        'filesIn',
        'for (const { name } of entries.filter((entry) => entry.isFile() && pathIn(dir, entry.name) !== undefined)) {',
        'without && pathIn(dir, entry.name) !== undefined',
      ],
    ],
  },
  {
    reason: 'A file would have to go between two steps of making the list.',
    mutants: [['filesIn', 'if (info !== undefined) files.push({ name, size: info.size })', '(info !== undefined) → (true)']],
  },
  {
    reason: 'A connection would have to break between the last answer and the end behind it.',
    mutants: [['sendFiles', "await send(stream, { type: 'end', count: names.length })", 'without await']],
  },
  {
    reason: 'The lesson leaves open what becomes of a list that does not fit into a frame.',
    mutants: [
      [
        'encodeFrame',
        "if (json.length > MAX_FRAME_BYTES) throw coded('TOO_LONG', `${json.length} bytes, at most ${MAX_FRAME_BYTES} fit into a frame`)",
        '(json.length > MAX_FRAME_BYTES) → (false)',
      ],
      [
        'encodeFrame',
        "if (json.length > MAX_FRAME_BYTES) throw coded('TOO_LONG', `${json.length} bytes, at most ${MAX_FRAME_BYTES} fit into a frame`)",
        '> → >=',
      ],
      [
        'encodeFrame',
        "if (json.length > MAX_FRAME_BYTES) throw coded('TOO_LONG', `${json.length} bytes, at most ${MAX_FRAME_BYTES} fit into a frame`)",
        "without throw coded('TOO_LONG', `${json.length} bytes, at most ${MAX_FRAME_BYTES} fit into a frame…",
      ],
      [
        'encodeFrame',
        "if (json.length > MAX_FRAME_BYTES) throw coded('TOO_LONG', `${json.length} bytes, at most ${MAX_FRAME_BYTES} fit into a frame`)",
        "'TOO_LONG' → ''",
      ],
    ],
  },
  {
    reason: 'The contract does not say what becomes of JSON that is not UTF-8.',
    mutants: [
      [
        'parse',
        "const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))",
        '{ fatal: true } → {}',
      ],
      ['parse', "const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))", 'true → false'],
    ],
  },
  {
    reason: 'Variants count as right that serve more than a thousand names.',
    mutants: [
      ['', 'const MAX_NAMES = 1000', '1000 → 1001'],

      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        'without Array.isArray(value) && value.length <= MAX_NAMES &&',
      ],
      [
        'isNameList',
        "return Array.isArray(value) && value.length <= MAX_NAMES && value.every((name) => typeof name === 'string')",
        'without && value.length <= MAX_NAMES',
      ],
    ],
  },
  {
    reason: 'The contract does not say what becomes of a list whose entries are none; variants hand it on.',
    mutants: [
      [
        'listOver',
        "if (type !== 'files' || !isFileList(files)) throw protocolError(`Expected a list of files, got ${String(type)}`)",
        '|| → &&',
      ],

      [
        'listOver',
        "if (type !== 'files' || !isFileList(files)) throw protocolError(`Expected a list of files, got ${String(type)}`)",
        'without || !isFileList(files)',
      ],

      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        'without Array.isArray(value) &&',
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        "without && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        '&& → ||',
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        'every → some',
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        "without typeof file?.name === 'string' &&",
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        '?. → .',
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        'without && isSize(file.size)',
      ],
      [
        'isFileList',
        "return Array.isArray(value) && value.every((file) => typeof file?.name === 'string' && isSize(file.size))",
        '&& → || (no. 2)',
      ],
      ['isSize', 'return Number.isSafeInteger(value) && Number(value) >= 0', 'without Number.isSafeInteger(value) &&'],
      ['isSize', 'return Number.isSafeInteger(value) && Number(value) >= 0', 'without && Number(value) >= 0'],
      ['isSize', 'return Number.isSafeInteger(value) && Number(value) >= 0', '&& → ||'],
      ['isSize', 'return Number.isSafeInteger(value) && Number(value) >= 0', '0 → (-1)'],
    ],
  },
  {
    reason: 'Who looks at the cause of an error is no check.',
    mutants: [['coded', 'return Object.assign(new Error(message, { cause }), { code })', '{ cause } → {}']],
  },
  {
    reason: 'The connection is destroyed by then, and whatever follows on it fails.',
    mutants: [['sendFile', 'throw error', 'without throw error']],
  },
  {
    reason: 'What is no file has no size, and is refused for that.',
    mutants: [
      [
        'receive',
        "if (type !== 'file' || !isSize(size)) throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)",
        "without type !== 'file' ||",
      ],
    ],
  },
  {
    reason: 'The task has listFiles reject an answer that is `error`. What becomes of any other that is no list is left open.',
    mutants: [
      [
        'listOver',
        "if (type !== 'files' || !isFileList(files)) throw protocolError(`Expected a list of files, got ${String(type)}`)",
        "(type !== 'files' || !isFileList(files)) → (false)",
      ],
      [
        'listOver',
        "if (type !== 'files' || !isFileList(files)) throw protocolError(`Expected a list of files, got ${String(type)}`)",
        'without throw protocolError(`Expected a list of files, got ${String(type)}`)',
      ],
    ],
  },
  {
    reason:
      'Where a connection ends in the middle of a frame, the error may have any code. To read what is not there throws, too.',
    mutants: [
      ['openReader', 'if (header.length < 4) throw incomplete()', '(header.length < 4) → (false)'],
      ['openReader', 'if (header.length < 4) throw incomplete()', '4 → 3'],
      ['openReader', 'if (header.length < 4) throw incomplete()', 'without throw incomplete()'],
      ['openReader', 'if (json.length < sizeBytes) throw incomplete()', '(json.length < sizeBytes) → (false)'],
      ['openReader', 'if (json.length < sizeBytes) throw incomplete()', 'without throw incomplete()'],
    ],
  },
  {
    reason: 'The new name is there before anybody outside of the program can look.',
    mutants: [['receive', 'await rename(part, target)', 'without await']],
  },
  {
    reason: 'What a server answers for the name of a folder is left open, as long as the others are served.',
    mutants: [
      ['openIn', "return (await stat(real)).isFile() ? await open(real) : 'missing'", '(await stat(real)).isFile() → true'],
      ['openIn', "return (await stat(real)).isFile() ? await open(real) : 'missing'", "'missing' → ''"],
    ],
  },
  {
    reason:
      'It shows only with a file that becomes shorter while it is sent: the task speaks of a read error, and no check can bring one about.',
    mutants: [
      ['sendFile', 'if (bytes < size) throw new Error(`${name} has become shorter`)', '(bytes < size) → (false)'],
      [
        'sendFile',
        'if (bytes < size) throw new Error(`${name} has become shorter`)',
        'without throw new Error(`${name} has become shorter`)',
      ],
      [
        'sendFile',
        '} catch (error) {',
        '{ stream.destroy() // the client waits for the rest of the file and would take any word fr… → {}',
      ],
      [
        'sendFile',
        'stream.destroy() // the client waits for the rest of the file and would take any word from us for it',
        'without stream.destroy()',
      ],
    ],
  },
  {
    reason: 'A variant counts as right that takes any other answer than missing and refused for a file.',
    mutants: [
      [
        'receive',
        "if (type !== 'file' || !isSize(size)) throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)",
        "(type !== 'file' || !isSize(size)) → (false)",
      ],
      [
        'receive',
        "if (type !== 'file' || !isSize(size)) throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)",
        'without throw protocolError(`Expected a file, got ${String(type)} of ${String(size)} bytes`)',
      ],
    ],
  },
  {
    reason: 'How often a file is told of before its end is left open.',
    mutants: [
      ['sendFile', "report('active')", "without report('active') (no. 2)"],
      ['receive › counted', "report('active')", "without report('active')"],
    ],
  },
  {
    reason: 'Where a connection ends before the answer, the error may have any code, and what comes next throws one.',
    mutants: [
      ['answerFrom', 'const message = await reader.message()', 'without await'],
      ['answerFrom', 'if (message === undefined) throw incomplete()', '(message === undefined) → (false)'],
    ],
  },
  {
    reason:
      'An absolute name leads out of the folder, and is refused for that, or means a file that may be had by its plain name, too.',
    mutants: [
      ['pathIn', String.raw`if (/[\\\0]/.test(name) || isAbsolute(name)) return undefined`, 'without || isAbsolute(name)'],
    ],
  },
]
