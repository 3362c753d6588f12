import type { MutantName } from './mutants.ts'

/** A mutant that no check catches, and need not. */
export interface EquivalentMutant extends MutantName {
  /** The id of the lesson. */
  readonly lesson: string
  /** Why no right program can be told from it: nothing on the wire differs, or the contract leaves it open. */
  readonly reason: string
}

/** Mutants of one lesson that may survive for the same reason. */
interface Group {
  readonly lesson: string
  readonly reason: string
  readonly mutants: readonly (readonly [place: string, line: string, change: string])[]
}

const groups: readonly Group[] = [
  {
    lesson: 'lesson-1',
    reason: 'A closed socket of Node hands over nothing any more; the question makes that plain.',
    mutants: [['startReceiver', 'if (!open) return', '(!open) → (false)']],
  },
  {
    lesson: 'lesson-1',
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startReceiver', "socket.bind(options.port ?? 0, '127.0.0.1')", 'without ?? 0']],
  },
  {
    lesson: 'lesson-1',
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['decode', '} catch {', '{ return undefined } → {}']],
  },
  {
    lesson: 'lesson-2',
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
    lesson: 'lesson-2',
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
    lesson: 'lesson-2',
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
    lesson: 'lesson-2',
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['decodeText', '} catch {', '{ return undefined } → {}']],
  },
  {
    lesson: 'lesson-2',
    reason: "Whatever is not 'DATA' is laid out as an ACK.",
    mutants: [
      ['startServer', "socket.send(encodePacket({ type: 'ACK', session, seq }), sender.port, sender.address)", "'ACK' → ''"],
    ],
  },
  {
    lesson: 'lesson-2',
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startServer', "socket.bind(options.port ?? 0, '127.0.0.1')", 'without ?? 0']],
  },
  {
    lesson: 'lesson-2',
    reason: 'The contract of this lesson does not forbid to listen elsewhere, too; lesson 1 does.',
    mutants: [['startServer', "socket.bind(options.port ?? 0, '127.0.0.1')", "'127.0.0.1' → ''"]],
  },
  {
    lesson: 'lesson-2',
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
    lesson: 'lesson-2',
    reason: 'One millisecond cannot be told on a busy machine.',
    mutants: [
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', '200 → 201'],
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', '200 → 199'],
    ],
  },
  {
    lesson: 'lesson-2',
    reason: 'Later waits may be longer, so a check would have to wait too long for the sixth copy.',
    mutants: [
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', 'without = 5'],
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', '5 → 6'],
      ['openClient', 'const { to, timeoutMs = 200, maxRetries = 5 } = options', '5 → 4'],
    ],
  },
  {
    lesson: 'lesson-2',
    reason: 'The contract does not speak of an ACK for a packet that was never sent.',
    mutants: [['openClient', "if (message === undefined || packet?.type !== 'ACK') return", 'without message === undefined ||']],
  },
  {
    lesson: 'lesson-2',
    reason: 'By then nobody listens to the signal of a message that has ended.',
    mutants: [['openClient › abandon', 'if (!queue.includes(message)) return', '(!queue.includes(message)) → (false)']],
  },
  {
    lesson: 'lesson-2',
    reason: 'The lesson says so: what the messages behind one that was sent and given up come to is not checked.',
    mutants: [
      ['openClient › abandon', 'if (message.attempts > 0) {', '(message.attempts > 0) → (false)'],
      ['openClient › abandon', 'if (message.attempts > 0) {', '0 → 1'],
      ['openClient › abandon', 'session = randomSession()', 'without session = randomSession()'],
      ['openClient › abandon', 'seq = 0', 'without seq = 0'],
      ['openClient › abandon', 'seq = 0', '0 → 1'],
      ['openClient › abandon', 'seq = 0', '0 → (-1)'],
    ],
  },
  {
    lesson: 'lesson-2',
    reason: 'What is sent on a closed socket rejects as well, and the contract names no code for it.',
    mutants: [
      ['openClient › send', "if (!open) throw failure('CLOSED', 'the client is closed')", '(!open) → (false)'],
      ['openClient › send', "if (!open) throw failure('CLOSED', 'the client is closed')", "'CLOSED' → ''"],
    ],
  },
  {
    lesson: 'lesson-2',
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
    lesson: 'lesson-2',
    reason: 'A message that has ended is not in the queue, and giving it up then does nothing.',
    mutants: [
      ['openClient › send', '} finally {', "{ signal?.removeEventListener('abort', giveUp) } → {}"],
      ['openClient › send', "signal?.removeEventListener('abort', giveUp)", "'abort' → ''"],
    ],
  },
  {
    lesson: 'lesson-2',
    reason: 'What is sent earlier waits until the socket is connected.',
    mutants: [
      ['openClient', "await once(socket, 'connect')", 'without await'],
      ['openClient', "await once(socket, 'connect')", "without await once(socket, 'connect')"],
    ],
  },
  {
    lesson: 'lesson-2',
    reason: 'Half of the numbers are many enough to draw from at random.',
    mutants: [['randomSession', 'return randomInt(2 ** 32)', '32 → 31']],
  },
  {
    lesson: 'lesson-3',
    reason: 'A token with less than a whole block in it cannot be decrypted and is refused for that.',
    mutants: [['', 'const BLOCK_BYTES = 16', '16 → 15']],
  },
  {
    lesson: 'lesson-3',
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
    lesson: 'lesson-3',
    reason: 'A closed socket of Node hands over nothing any more; the question makes that plain.',
    mutants: [['startSecureReceiver', 'if (!open) return', '(!open) → (false)']],
  },
  {
    lesson: 'lesson-3',
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startSecureReceiver', "socket.bind(options.port ?? 0, '127.0.0.1')", 'without ?? 0']],
  },
  {
    lesson: 'lesson-3',
    reason:
      'A socket that stays open shows nothing on the wire, and the contract of this lesson does not speak of it; lesson 1 asks for it.',
    mutants: [['sendSecure', '} finally {', '{ socket.close() } → {}']],
  },
  {
    lesson: 'lesson-3',
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
    lesson: 'lesson-3',
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['readText', '} catch {', '{ return undefined } → {}']],
  },
  {
    lesson: 'lesson-3',
    reason: 'The contract leaves open what happens in the very second in which the ttl ends.',
    mutants: [['openMemory', 'if (time >= now) break', '>= → >']],
  },
  {
    lesson: 'lesson-3',
    reason: 'The cause of an error is for people; no contract fixes it.',
    mutants: [
      [
        'invalidToken',
        "return Object.assign(new Error('The token is not valid.', { cause }), { code: 'INVALID_TOKEN' })",
        '{ cause } → {}',
      ],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The lesson says so: what becomes of a packet whose fields are missing is not checked.',
    mutants: [
      ['', "['join', ['name']],", "['name'] → []"],
      ['', "['joined', ['name']],", "['name'] → []"],
      ['', "['say', ['id', 'text', 'at']],", "['id', 'text', 'at'] → []"],
      ['', "['error', ['code']],", "['code'] → []"],
      ['', "['message', ['id', 'name', 'text', 'at']],", "['id', 'name', 'text', 'at'] → []"],
      ['readPacket', "const timely = !fields?.includes('at') || !Number.isNaN(Date.parse(String(packet.at)))", "'at' → ''"],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', 'without complete &&'],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', 'complete && timely → true'],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', 'without && timely'],
      ['readPacket', 'return complete && timely ? (packet as Packet) : undefined', '&& → ||'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const JOIN_TRIES = 5', '5 → 6'],
      ['', 'const JOIN_TRIES = 5', '5 → 4'],
      ['', 'const REFRESH_MS = 10_000', '10_000 → 10001'],
      ['', 'const REFRESH_MS = 10_000', '10_000 → 9999'],
      ['', 'const REMEMBERED_IDS = 1000', '1000 → 1001'],
      ['', 'const REMEMBERED_IDS = 1000', '1000 → 999'],
      ['joinChat › show', 'if (seen.size > REMEMBERED_IDS) seen.delete(oldest)', '(seen.size > REMEMBERED_IDS) → (false)'],
      ['joinChat › show', 'if (seen.size > REMEMBERED_IDS) seen.delete(oldest)', '> → >='],
      ['joinChat › show', 'if (seen.size > REMEMBERED_IDS) seen.delete(oldest)', 'without seen.delete(oldest)'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startChatServer', 'const { port = 0, idleMs = 60_000, log } = options', 'without = 0']],
  },
  {
    lesson: 'lesson-4',
    reason: 'One millisecond cannot be told on a busy machine.',
    mutants: [
      ['startChatServer', 'const { port = 0, idleMs = 60_000, log } = options', '60_000 → 60001'],
      ['startChatServer', 'const { port = 0, idleMs = 60_000, log } = options', '60_000 → 59999'],
      ['joinChat', 'const { server, name, now = () => new Date(), timeoutMs = 2000 } = options', '2000 → 2001'],
      ['joinChat', 'const { server, name, now = () => new Date(), timeoutMs = 2000 } = options', '2000 → 1999'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'A timer that stays behind finds nothing to do and shows nothing on the wire.',
    mutants: [
      ['startChatServer › close', 'for (const key of members.keys()) remove(key)', 'without remove(key)'],
      ['joinChat › leave', 'clearInterval(repeating)', 'without clearInterval(repeating)'],
      ['joinChat', '} finally {', '{ clearTimeout(deadline) } → {}'],
      ['joinChat', 'clearInterval(repeating)', 'without clearInterval(repeating)'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'Node gives the port of a UDP socket back before it says so.',
    mutants: [
      ['startChatServer › close', 'await closed', 'without await'],
      ['joinChat › leave', "await once(socket, 'close')", 'without await'],
      ['joinChat › leave', "await once(socket, 'close')", "without await once(socket, 'close')"],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The event comes on Windows only.',
    mutants: [
      [
        'startChatServer',
        "socket.on('error', () => undefined) // on Windows, that a member's port is closed",
        "without socket.on('error', () => undefined)",
      ],
      ['startChatServer', "socket.on('error', () => undefined) // on Windows, that a member's port is closed", "'error' → ''"],
      [
        'joinChat',
        "socket.on('error', () => undefined) // a server that is away now may be back later",
        "without socket.on('error', () => undefined)",
      ],
      ['joinChat', "socket.on('error', () => undefined) // a server that is away now may be back later", "'error' → ''"],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The contract does not say that a client has to look who sends it a datagram.',
    mutants: [
      [
        'joinChat',
        'if (sender.address !== server.host || sender.port !== server.port) return',
        '(sender.address !== server.host || sender.port !== server.port) → (false)',
      ],
      [
        'joinChat',
        'if (sender.address !== server.host || sender.port !== server.port) return',
        'without sender.address !== server.host ||',
      ],
      [
        'joinChat',
        'if (sender.address !== server.host || sender.port !== server.port) return',
        'without || sender.port !== server.port',
      ],
      ['joinChat', 'if (sender.address !== server.host || sender.port !== server.port) return', '|| → &&'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The contract lets a server answer a join with these two codes and no other.',
    mutants: [
      [
        'joinChat',
        "if (packet?.type === 'error' && isRefusal(packet.code)) reject(coded(packet.code, `The server refused ${name}`))",
        'without && isRefusal(packet.code)',
      ],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'There is always an oldest one: the id was added just before.',
    mutants: [['joinChat › show', 'const [oldest = id] = seen', 'without = id']],
  },
  {
    lesson: 'lesson-4',
    reason: 'Two variants count as right that say nothing of a line too long to be sent.',
    mutants: [
      [
        'joinChat › send',
        'socket.send(JSON.stringify(packet), server.port, server.host, (error) => (error ? reject(error) : resolve()))',
        'error → false',
      ],
      ['joinChat', "await send({ type: 'say', id: randomUUID(), text, at: now().toISOString() })", 'without await'],
      ['runChat', 'await chat.say(line)', 'without await'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The contract does not say what becomes of a client whose join has failed.',
    mutants: [
      ['joinChat', 'await close() // the server may know us although its answer got lost', 'without await'],
      ['joinChat', 'await close() // the server may know us although its answer got lost', 'without await close()'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The contract does not ask a silent client to show that it is there.',
    mutants: [['joinChat', 'repeating = setInterval(join, REFRESH_MS)', 'without repeating = setInterval(join, REFRESH_MS)']],
  },
  {
    lesson: 'lesson-4',
    reason: 'By then the goodbye is on its way.',
    mutants: [['runChat', 'await chat.close()', 'without await']],
  },
  {
    lesson: 'lesson-4',
    reason: 'Without a return the function returns undefined as well.',
    mutants: [['readPacket', '} catch {', '{ return undefined } → {}']],
  },
  {
    lesson: 'lesson-4',
    reason: 'A number and a text have no type either, and are ignored for that.',
    mutants: [
      ['readPacket', "if (typeof value !== 'object' || value === null) return undefined", "without typeof value !== 'object' ||"],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'A server may refuse names, and the contract does not say which but the empty one.',
    mutants: [
      ['isName', 'return /^\\P{Cc}{1,32}$/u.test(name)', '/^\\P{Cc}{1,32}$/u → /\\P{Cc}{1,32}$/u'],
      ['isName', 'return /^\\P{Cc}{1,32}$/u.test(name)', '/^\\P{Cc}{1,32}$/u → /^\\P{Cc}{1,32}/u'],
    ],
  },
  {
    lesson: 'lesson-4',
    reason: 'The contract does not say what becomes of a line end in a line that is shown.',
    mutants: [['oneLine', "return text.replaceAll(/\\p{Cc}/gu, ' ')", "' ' → ''"]],
  },
  {
    lesson: 'lesson-5',
    reason: 'The number is our own choice; the contract names none.',
    mutants: [['', 'const CHUNK_BYTES = 256 * 1024', '1024 → 1023']],
  },
  {
    lesson: 'lesson-5',
    reason: 'A server of Node that is closed twice says so twice.',
    mutants: [['startFileServer › close', 'if (closed === undefined) {', '(closed === undefined) → (true)']],
  },
  {
    lesson: 'lesson-5',
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
    lesson: 'lesson-5',
    reason: 'Nobody reads from the connection afterwards.',
    mutants: [['fetchOver', '} finally {', '{ reader.release() } → {}']],
  },
  {
    lesson: 'lesson-5',
    reason: 'A destroyed stream takes the last words and drops them.',
    mutants: [['hangUp', 'if (stream.destroyed) return', '(stream.destroyed) → (false)']],
  },
  {
    lesson: 'lesson-5',
    reason: 'Whether a reset overtakes the last words is up to the system; no check can bring it about.',
    mutants: [['hangUp', 'stream.resume()', 'without stream.resume()']],
  },
  {
    lesson: 'lesson-5',
    reason: 'A timer that stays behind finds nothing to do and shows nothing on the wire.',
    mutants: [['hangUp', "stream.once('close', () => clearTimeout(timer))", 'clearTimeout(timer) → undefined']],
  },
  {
    lesson: 'lesson-5',
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
    lesson: 'lesson-5',
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
    lesson: 'lesson-5',
    reason: 'An open handle shows nothing on the wire until the system has no more of them.',
    mutants: [['sendFile', '} finally {', '{ await file.close() } → {}']],
  },
  {
    lesson: 'lesson-5',
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
    lesson: 'lesson-5',
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
  {
    lesson: 'lesson-6',
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const HANDSHAKE_MS = 10_000', '10_000 → 10001'],
      ['', 'const HANDSHAKE_MS = 10_000', '10_000 → 9999'],
    ],
  },
  {
    lesson: 'lesson-6',
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startFileServer', 'const { dir, port = 0, tls, onTransfer } = options', 'without = 0']],
  },
  {
    lesson: 'lesson-6',
    reason: 'The lesson says so: half-close over TLS is good to know and not checked.',
    mutants: [['startFileServer', 'allowHalfOpen: true,', 'true → false']],
  },
  {
    lesson: 'lesson-6',
    reason: 'It decides when a segment leaves, and loopback is too quick to show it.',
    mutants: [['startFileServer', 'noDelay: true,', 'true → false']],
  },
  {
    lesson: 'lesson-6',
    reason: 'serveConnection of lesson 5 listens for the same event and does the same.',
    mutants: [
      [
        'startFileServer',
        "socket.on('error', () => socket.destroy()) // Node leaves it open after a forged record",
        "without socket.on('error', () => socket.destroy())",
      ],
      [
        'startFileServer',
        "socket.on('error', () => socket.destroy()) // Node leaves it open after a forged record",
        "'error' → ''",
      ],
      [
        'startFileServer',
        "socket.on('error', () => socket.destroy()) // Node leaves it open after a forged record",
        'socket.destroy() → undefined',
      ],
      ['withConnection', "socket.on('error', () => socket.destroy())", "without socket.on('error', () => socket.destroy())"],
      ['withConnection', "socket.on('error', () => socket.destroy())", "'error' → ''"],
      ['withConnection', "socket.on('error', () => socket.destroy())", 'socket.destroy() → undefined'],
    ],
  },
  {
    lesson: 'lesson-6',
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
    lesson: 'lesson-6',
    reason: 'A server of Node that is closed twice says so twice.',
    mutants: [['startFileServer › close', 'if (closed === undefined) {', '(closed === undefined) → (true)']],
  },
  {
    lesson: 'lesson-6',
    reason: 'Node gives a port back before it says so.',
    mutants: [
      ['startFileServer › close', "closed = once(server, 'close')", "without closed = once(server, 'close')"],
      ['startFileServer › close', 'await closed', 'without await'],
    ],
  },
  {
    lesson: 'lesson-6',
    reason: 'What is written to a TLS socket earlier waits for the handshake, and is dropped when it fails.',
    mutants: [
      [
        'withConnection',
        "await once(socket, 'secureConnect', { signal }) // rejects when 'error' comes first",
        "without await once(socket, 'secureConnect', { signal })",
      ],
    ],
  },
  {
    lesson: 'lesson-7',
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025'],
      ['startNode › remember', 'if (seen.size > REMEMBERED) seen.delete(oldest)', '> → >='],
    ],
  },
  {
    lesson: 'lesson-7',
    reason: 'It decides when a segment leaves, and loopback is too quick to show it.',
    mutants: [
      ['startNode', 'const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {', 'true → false (no. 2)'],
    ],
  },
  {
    lesson: 'lesson-7',
    reason: 'There is always an oldest one: the qid was added just before.',
    mutants: [['startNode › remember', 'const [oldest = qid] = seen.keys()', 'without = qid']],
  },
  {
    lesson: 'lesson-8',
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const MAX_HIT_BYTES = 64 * 1024', '1024 → 1025'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025'],
    ],
  },
]

export const equivalentMutants: readonly EquivalentMutant[] = groups.flatMap(({ lesson, reason, mutants }) =>
  mutants.map(([place, line, change]) => ({ lesson, reason, place, line, change })),
)
