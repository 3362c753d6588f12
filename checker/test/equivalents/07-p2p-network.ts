import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const HELLO_MS = 2000', '2000 → 2001'],
      ['', 'const HELLO_MS = 2000', '2000 → 1999'],
      ['', 'const FAREWELL_MS = 200', '200 → 201'],
      ['', 'const FAREWELL_MS = 200', '200 → 199'],
      ['', 'const REMEMBERED = 10_000', '10_000 → 10001'],
      ['', 'const REMEMBERED = 10_000', '10_000 → 9999'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1023'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '* → /'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025 (no. 2)'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1023 (no. 2)'],
      ['', 'const MAX_LIST_BYTES = 60_000', '60_000 → 60001'],
      ['', 'const MAX_LIST_BYTES = 60_000', '60_000 → 59999'],
      ['', 'const MAX_WAITING_BYTES = 1024 * 1024', '1024 → 1025'],
      ['startNode › remember', 'if (seen.size > REMEMBERED) seen.delete(oldest)', '> → >='],
    ],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [
      [
        'startNode',
        "const { dir, id = randomBytes(16).toString('hex'), port = 0, peers = [], ttl = 7, onTransfer } = options",
        'without = 0',
      ],
    ],
  },
  {
    reason: 'Variants count as right with other numbers; the check wants a line of four to be crossed.',
    mutants: [
      [
        'startNode',
        "const { dir, id = randomBytes(16).toString('hex'), port = 0, peers = [], ttl = 7, onTransfer } = options",
        '7 → 8',
      ],
      [
        'startNode',
        "const { dir, id = randomBytes(16).toString('hex'), port = 0, peers = [], ttl = 7, onTransfer } = options",
        '7 → 6',
      ],
    ],
  },
  {
    reason: 'It decides when a segment leaves, and loopback is too quick to show it.',
    mutants: [
      [
        'startNode',
        'const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {',
        '{ allowHalfOpen: true, noDelay: true } → {}',
      ],
      ['startNode › dial', 'const socket = connect({ host, port: peerPort, noDelay: true, timeout: HELLO_MS })', 'true → false'],
      ['startNode', 'const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {', 'true → false (no. 2)'],
    ],
  },
  {
    reason: 'The reader of lesson 5 comes to the end only when it asks for more, and by then all has been answered.',
    mutants: [['startNode', 'const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {', 'true → false']],
  },
  {
    reason: 'What never becomes a link may stay open until the other end goes; the contract speaks of links.',
    mutants: [
      ['startNode', 'welcome(socket).catch(() => socket.destroy())', 'socket.destroy() → undefined'],
      ['startNode › dial', '} catch {', '{ socket.destroy() // peers come and go } → {}'],
    ],
  },
  {
    reason: 'A destroyed socket that stays in the set is destroyed once more, which shows nothing.',
    mutants: [
      [
        'startNode › hold',
        "socket.once('close', () => connections.delete(socket))",
        "without socket.once('close', () => connections.delete(socket))",
      ],
      ['startNode › hold', "socket.once('close', () => connections.delete(socket))", "'close' → ''"],
      ['startNode › hold', "socket.once('close', () => connections.delete(socket))", 'connections.delete(socket) → undefined'],
    ],
  },
  {
    reason:
      'Whoever reads from the connection listens for its errors as well, and what is not in the set is ended by other means.',
    mutants: [
      [
        'startNode › hold',
        "socket.on('error', () => undefined) // whoever reads is told by 'close'",
        "without socket.on('error', () => undefined)",
      ],
      ['startNode › hold', "socket.on('error', () => undefined) // whoever reads is told by 'close'", "'error' → ''"],
      ['startNode › dial', 'hold(socket)', 'without hold(socket)'],
    ],
  },
  {
    reason: 'What follows throws then or finds nothing, and what has thrown is let go as well.',
    mutants: [
      ['startNode › welcome', "if (first?.type === 'hello') return talk(socket, first, (peer) => peer)", '?. → .'],
      ['startNode › welcome', 'if (first === undefined) return void socket.destroy()', '(first === undefined) → (false)'],
      ['startNode › dial', "if (first === undefined) throw new Error('No hello')", '(first === undefined) → (false)'],
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        'without greeting === undefined ||',
      ],
      ['startNode › onHit', 'if (known === false) found?.push(hit)', '?. → .'],
    ],
  },
  {
    reason: 'A reader that is not let go wakes up now and then, and reads nothing by itself.',
    mutants: [['startNode › welcome', 'reader.release()', 'without reader.release()']],
  },
  {
    reason: 'What is written earlier waits in the socket until it is connected, and what cannot be connected ends the reading.',
    mutants: [
      [
        'startNode › dial',
        "await once(socket, 'connect', { signal: closing.signal })",
        "without await once(socket, 'connect', { signal: closing.signal })",
      ],
    ],
  },
  {
    reason: 'The contract does not say what becomes of a search when the node closes.',
    mutants: [
      ['startNode › dial', "await once(socket, 'connect', { signal: closing.signal })", '{ signal: closing.signal } → {}'],
      ['startNode › shutDown', 'closing.abort()', 'without closing.abort()'],
      [
        'startNode',
        'await delay(timeoutMs, undefined, { signal: closing.signal }).catch(() => undefined)',
        '{ signal: closing.signal } → {}',
      ],
    ],
  },
  {
    reason: 'The link that ends destroys its connection, whatever else is done about it.',
    mutants: [
      ['startNode › dial', 'talk(socket, first, () => id).catch(() => socket.destroy())', 'socket.destroy() → undefined'],
    ],
  },
  {
    reason:
      'A link with itself has the same opener at both ends, and each end then replaces the other, until none is left: mostly before 7.10 looks.',
    mutants: [
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        'without greeting === undefined || greeting.id === id ||',
      ],
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        'without || greeting.id === id',
      ],
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        '|| → &&',
      ],
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        '|| → && (no. 2)',
      ],
    ],
  },
  {
    reason: 'Whoever says hello while the node closes is cut off a moment later, as all connections are.',
    mutants: [
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        'without || closing.signal.aborted',
      ],
    ],
  },
  {
    reason:
      'The lesson says so: a goodbye is not checked. The end of the connection follows, and all are ended when a node closes.',
    mutants: [
      ['startNode › talk', "if (message.type === 'bye') break", "(message.type === 'bye') → (false)"],
      ['startNode › talk', "if (message.type === 'bye') break", "'bye' → ''"],
      ['startNode › talk', "if (message.type === 'bye') break", 'without break'],
      [
        'startNode › shutDown',
        'const byes = [...links.values()].map(({ socket }) => farewell(socket))',
        '[...links.values()] → []',
      ],
      [
        'startNode › shutDown',
        'const byes = [...links.values()].map(({ socket }) => farewell(socket))',
        'farewell(socket) → undefined',
      ],
      ['startNode › shutDown', 'links.clear()', 'without links.clear()'],
      ['startNode › shutDown', 'await Promise.all(byes)', 'without await'],
      ['startNode › shutDown', 'await Promise.all(byes)', 'without await Promise.all(byes)'],
      [
        'farewell',
        'async function farewell(socket: Socket): Promise<void> {',
        "{ send(socket, { type: 'bye' }) const timer = setTimeout(() => socket.destroy(), FAREWELL_… → {}",
      ],
      ['farewell', "send(socket, { type: 'bye' })", "without send(socket, { type: 'bye' })"],
      ['farewell', "send(socket, { type: 'bye' })", "{ type: 'bye' } → {}"],
      ['farewell', "send(socket, { type: 'bye' })", "'bye' → ''"],
      ['farewell', 'const timer = setTimeout(() => socket.destroy(), FAREWELL_MS)', 'socket.destroy() → undefined'],
      ['farewell', 'socket.destroySoon()', 'without socket.destroySoon()'],
      [
        'farewell',
        "if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))",
        '(!socket.closed) → (true)',
      ],
      [
        'farewell',
        "if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))",
        '(!socket.closed) → (false)',
      ],
      ['farewell', "if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))", 'without !'],
      ['farewell', "if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))", 'without await'],
      [
        'farewell',
        "if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))",
        "without await new Promise((resolve) => socket.once('close', resolve))",
      ],
      ['farewell', 'clearTimeout(timer)', 'without clearTimeout(timer)'],
    ],
  },
  {
    reason: 'The contract does not say what becomes of a connection whose other end never says a word.',
    mutants: [
      [
        'startNode › dial',
        "socket.once('timeout', () => socket.destroy())",
        "without socket.once('timeout', () => socket.destroy())",
      ],
      ['startNode › dial', "socket.once('timeout', () => socket.destroy())", "'timeout' → ''"],
      ['startNode › dial', "socket.once('timeout', () => socket.destroy())", 'socket.destroy() → undefined'],
    ],
  },
  {
    reason: 'The contract does not say what becomes of a connection whose first message is no hello in every field.',
    mutants: [
      [
        'startNode › talk',
        'if (greeting === undefined || greeting.id === id || closing.signal.aborted) return void socket.destroy()',
        '(greeting === undefined || greeting.id === id || closing.signal.aborted) → (false)',
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        "(type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) → (false)",
      ],
    ],
  },
  {
    reason: 'Which of two links stays is up to the node, as long as both ends see it alike.',
    mutants: [
      ['startNode › add', 'if (other !== undefined && other.opener < link.opener) return false', '< → <='],
      ['startNode › add', 'if (other !== undefined && other.opener < link.opener) return false', '< → >='],
    ],
  },
  {
    reason: 'Two nodes that dial each other at the very same moment are good to know of, and not checked.',
    mutants: [
      [
        'startNode › add',
        'if (other !== undefined && other.opener < link.opener) return false',
        '(other !== undefined && other.opener < link.opener) → (false)',
      ],
      [
        'startNode › add',
        'if (other !== undefined && other.opener < link.opener) return false',
        'without && other.opener < link.opener',
      ],
      ['startNode › welcome', "if (first?.type === 'hello') return talk(socket, first, (peer) => peer)", 'peer → undefined'],
    ],
  },
  {
    reason: 'A variant counts as right that keeps the second connection, listens to both, and speaks over one.',
    mutants: [
      ['startNode › add', 'if (other !== undefined && other.opener < link.opener) return false', 'false → true'],
      ['startNode › add', 'other?.socket.destroy()', 'without other?.socket.destroy()'],
    ],
  },
  {
    reason: 'A message of another type lacks the fields, and is ignored for that.',
    mutants: [
      ['startNode › hear', "if (message.type === 'query') onQuery(from, message)", "(message.type === 'query') → (true)"],
      ['startNode › hear', "if (message.type === 'hit') onHit(message)", "(message.type === 'hit') → (true)"],
    ],
  },
  {
    reason:
      'The contract lets a node do with such a message what it likes, as long as the others go on: four variants take the fields as they come.',
    mutants: [
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        "(!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) → (false)",
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        'without !isQid(qid) ||',
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        "without !isQid(qid) || typeof name !== 'string' ||",
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        "without !isQid(qid) || typeof name !== 'string' || !isCount(left) ||",
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        "without || typeof name !== 'string'",
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        '|| → &&',
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        'without || !isCount(left)',
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        '|| → && (no. 2)',
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        'without || !isCount(hops)',
      ],
      [
        'startNode › onQuery',
        "if (!isQid(qid) || typeof name !== 'string' || !isCount(left) || !isCount(hops)) return",
        '|| → && (no. 3)',
      ],
      ['startNode › onHit', 'if (!isQid(qid) || hit === undefined) return', 'without !isQid(qid) ||'],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        "without type !== 'hello' ||",
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        "without type !== 'hello' || !isId(id) ||",
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        "without type !== 'hello' || !isId(id) || typeof host !== 'string' ||",
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        'without || !isId(id)',
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        '|| → &&',
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        "without || typeof host !== 'string'",
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        '|| → && (no. 2)',
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        'without || !isPort(port)',
      ],
      [
        'readHello',
        "if (type !== 'hello' || !isId(id) || typeof host !== 'string' || !isPort(port)) return undefined",
        '|| → && (no. 3)',
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        "(!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) → (false)",
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        'without !isId(id) ||',
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        "without !isId(id) || typeof host !== 'string' ||",
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        "without !isId(id) || typeof host !== 'string' || !isPort(port) ||",
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        "without || typeof host !== 'string'",
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        '|| → &&',
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        'without || !isPort(port)',
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        '|| → && (no. 2)',
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        'without || file === undefined',
      ],
      [
        'readHit',
        "if (!isId(id) || typeof host !== 'string' || !isPort(port) || file === undefined) return undefined",
        '|| → && (no. 3)',
      ],
      ['readFiles', 'if (!Array.isArray(value)) return []', '(!Array.isArray(value)) → (false)'],
      [
        'readFiles',
        'return value.filter(',
        "without .filter( (file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha…",
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        "without typeof file?.name === 'string' &&",
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        "without typeof file?.name === 'string' && isCount(file.size) &&",
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        '?. → .',
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        'without && isCount(file.size)',
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        '&& → ||',
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        "without && typeof file.sha256 === 'string'",
      ],
      [
        'readFiles',
        "(file) => typeof file?.name === 'string' && isCount(file.size) && typeof file.sha256 === 'string',",
        '&& → || (no. 2)',
      ],
      ['isQid', "return typeof value === 'string' || typeof value === 'number'", "without || typeof value === 'number'"],
      ['isQid', "return typeof value === 'string' || typeof value === 'number'", '=== → !== (no. 2)'],
      ['isQid', "return typeof value === 'string' || typeof value === 'number'", "'number' → ''"],
      ['isId', "return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)", "without typeof value === 'string' &&"],
      ['isId', "return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)", 'without && /^[0-9a-f]{32}$/i.test(value)'],
      ['isId', "return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)", '&& → ||'],
      ['isId', "return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)", '/^[0-9a-f]{32}$/i → /[0-9a-f]{32}$/i'],
      ['isId', "return typeof value === 'string' && /^[0-9a-f]{32}$/i.test(value)", '/^[0-9a-f]{32}$/i → /^[0-9a-f]{32}/i'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', 'without isCount(value) &&'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', 'without isCount(value) && value > 0 &&'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', 'without && value > 0'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '&& → ||'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '> → >='],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '0 → 1'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '0 → (-1)'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', 'without && value < 65_536'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '&& → || (no. 2)'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '< → <='],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '65_536 → 65537'],
      ['isPort', 'return isCount(value) && value > 0 && value < 65_536', '65_536 → 65535'],
      ['isCount', 'return Number.isSafeInteger(value) && Number(value) >= 0', 'without Number.isSafeInteger(value) &&'],
      ['isCount', 'return Number.isSafeInteger(value) && Number(value) >= 0', 'without && Number(value) >= 0'],
      ['isCount', 'return Number.isSafeInteger(value) && Number(value) >= 0', '&& → ||'],
      ['isCount', 'return Number.isSafeInteger(value) && Number(value) >= 0', '0 → (-1)'],
    ],
  },
  {
    reason: 'The lesson says so: that hops are counted is not checked.',
    mutants: [
      [
        'startNode › onQuery',
        "if (left > 1) flood({ type: 'query', qid, name, ttl: left - 1, hops: hops + 1 }, from)",
        '1 → 2 (no. 3)',
      ],
      [
        'startNode › onQuery',
        "if (left > 1) flood({ type: 'query', qid, name, ttl: left - 1, hops: hops + 1 }, from)",
        '1 → 0 (no. 3)',
      ],
      ['startNode', "flood({ type: 'query', qid, name, ttl, hops: 0 })", '0 → 1'],
    ],
  },
  {
    reason: "No query of a node's own is remembered with a way back.",
    mutants: [
      [
        'startNode › onHit',
        'if (found === undefined && wayBack !== undefined) send(wayBack.socket, message)',
        'without found === undefined &&',
      ],
    ],
  },
  {
    reason: 'Nobody promises that a hit that comes twice is listed once: three variants list it twice.',
    mutants: [
      [
        'startNode › onHit',
        'const known = found?.some((other) => other.id === hit.id && other.name === hit.name)',
        'other.id === hit.id && other.name === hit.name → undefined',
      ],
      ['startNode › onHit', 'if (known === false) found?.push(hit)', '(known === false) → (true)'],
    ],
  },
  {
    reason: 'All hits for one query bear the same name.',
    mutants: [
      [
        'startNode › onHit',
        'const known = found?.some((other) => other.id === hit.id && other.name === hit.name)',
        'without && other.name === hit.name',
      ],
      [
        'startNode › onHit',
        'const known = found?.some((other) => other.id === hit.id && other.name === hit.name)',
        '=== → !== (no. 2)',
      ],
    ],
  },
  {
    reason: 'The lesson says so: how long a query is remembered is not checked.',
    mutants: [
      ['startNode › remember', 'if (seen.size > REMEMBERED) seen.delete(oldest)', '(seen.size > REMEMBERED) → (false)'],
      ['startNode › remember', 'if (seen.size > REMEMBERED) seen.delete(oldest)', 'without seen.delete(oldest)'],
    ],
  },
  {
    reason: 'Node gives a port back before it says so.',
    mutants: [['startNode › shutDown', 'await freed', 'without await']],
  },
  {
    reason: 'Variants count as right that link with their peers a little later.',
    mutants: [['startNode', 'await Promise.allSettled(peers.map(dial))', 'without await']],
  },
  {
    reason: 'One millisecond cannot be told on a busy machine.',
    mutants: [
      ['startNode', 'async search(name, { timeoutMs = 1000 } = {}) {', '1000 → 1001'],
      ['startNode', 'async search(name, { timeoutMs = 1000 } = {}) {', '1000 → 999'],
    ],
  },
  {
    reason: "Whether a file of the node's own is found is up to it.",
    mutants: [
      [
        'startNode',
        'const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]',
        'own === undefined → true',
      ],
      [
        'startNode',
        'const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]',
        '[{ id, address: options.advertise ?? address, ...own }] → []',
      ],
      [
        'startNode',
        'const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]',
        '{ id, address: options.advertise ?? address, ...own } → {}',
      ],
      [
        'startNode',
        'const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]',
        'without options.advertise ??',
      ],
      [
        'startNode',
        'const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]',
        'without ?? address',
      ],
      [
        'startNode',
        'const found: Hit[] = own === undefined ? [] : [{ id, address: options.advertise ?? address, ...own }]',
        '?? → &&',
      ],
    ],
  },
  {
    reason: 'What comes later goes to a list that nobody looks at any more.',
    mutants: [['startNode', 'searches.delete(qid)', 'without searches.delete(qid)']],
  },
  {
    reason: 'A server of Node that is closed twice says so twice.',
    mutants: [['startNode', 'close: () => (closed ??= shutDown()),', '??= → =']],
  },
  {
    reason: 'Lesson 5 makes the folder that is missing.',
    mutants: [
      ['download', 'await mkdir(box)', 'without await'],
      ['download', 'await mkdir(box)', 'without await mkdir(box)'],
    ],
  },
  {
    reason: 'A fetch of lesson 5 takes an undefined onTransfer for none.',
    mutants: [
      [
        'download',
        'const [fetched] = await fetchFiles(onTransfer === undefined ? options : { ...options, onTransfer })',
        'onTransfer === undefined → false',
      ],
    ],
  },
  {
    reason: 'Five variants tell nothing of a download and count as right: the task names `onTransfer` and says no more.',
    mutants: [
      [
        'download',
        'const [fetched] = await fetchFiles(onTransfer === undefined ? options : { ...options, onTransfer })',
        'onTransfer === undefined → true',
      ],
      [
        'download',
        'const [fetched] = await fetchFiles(onTransfer === undefined ? options : { ...options, onTransfer })',
        '=== → !==',
      ],
      [
        'download',
        'const [fetched] = await fetchFiles(onTransfer === undefined ? options : { ...options, onTransfer })',
        '{ ...options, onTransfer } → {}',
      ],
    ],
  },
  {
    reason: 'Who asks for one file gets one answer.',
    mutants: [
      [
        'download',
        "if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)",
        "(fetched?.status !== 'ok') → (false)",
      ],
      [
        'download',
        "if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)",
        '?. → .',
      ],
      [
        'download',
        "if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)",
        "without throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)",
      ],
      [
        'download',
        "if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)",
        '?. → . (no. 2)',
      ],
    ],
  },
  {
    reason: 'The contract lets download reject with any code.',
    mutants: [
      [
        'download',
        "if (fetched?.status !== 'ok') throw coded('MISSING', `The owner of ${name} says: ${fetched?.status}`)",
        "'MISSING' → ''",
      ],
      [
        'download',
        "if ((await hash(join(box, name))) !== sha256) throw coded('CORRUPT', `What came is not the ${name} that was found`)",
        "'CORRUPT' → ''",
      ],
      [
        'coded',
        'function coded(code: string, message: string): Error {',
        '{ return Object.assign(new Error(message), { code }) } → {}',
      ],
      ['coded', 'return Object.assign(new Error(message), { code })', '{ code } → {}'],
    ],
  },
  {
    reason: 'The folder is there already, and the name leads to no other.',
    mutants: [
      ['download', 'await mkdir(dirname(target), { recursive: true })', 'without await'],
      [
        'download',
        'await mkdir(dirname(target), { recursive: true })',
        'without await mkdir(dirname(target), { recursive: true })',
      ],
    ],
  },
  {
    reason: 'A rename takes less time than the answer on its way.',
    mutants: [['download', 'await rename(join(box, name), target)', 'without await']],
  },
  {
    reason: 'The lesson says so: what is left under other names is not checked.',
    mutants: [
      ['download', '} finally {', '{ await rm(box, { recursive: true, force: true }) } → {}'],
      ['download', 'await rm(box, { recursive: true, force: true })', 'without await'],
      ['download', 'await rm(box, { recursive: true, force: true })', 'true → false (no. 2)'],
    ],
  },
  {
    reason: 'A folder has no hash, and is left out for that.',
    mutants: [
      [
        'scan',
        'for (const { name } of entries.filter((entry) => entry.isFile())) {',
        'without .filter((entry) => entry.isFile())',
      ],
    ],
  },
  {
    reason: 'The lesson says so: how many files fit into a hello is not checked.',
    mutants: [
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        'without .filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '-= → +=',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '+ → -',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '1 → 2',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '1 → 0',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '> → >=',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '0 → 1',
      ],
      [
        'announced',
        'return [...shared.values()].filter((file) => (left -= Buffer.byteLength(JSON.stringify(file)) + 1) > 0)',
        '0 → (-1)',
      ],
    ],
  },
  {
    reason: 'A socket of Node that has ended takes the bytes and drops them, and its error has a listener.',
    mutants: [['send', 'if (!socket.writable) return', '(!socket.writable) → (false)']],
  },
  {
    reason: 'The lesson says so: what becomes of a peer that never reads is not checked.',
    mutants: [
      [
        'send',
        'if (socket.writableLength > MAX_WAITING_BYTES) return void socket.destroy()',
        '(socket.writableLength > MAX_WAITING_BYTES) → (false)',
      ],
      ['send', 'if (socket.writableLength > MAX_WAITING_BYTES) return void socket.destroy()', '> → >='],
    ],
  },
  {
    reason: 'There is always an oldest one: the qid was added just before.',
    mutants: [['startNode › remember', 'const [oldest = qid] = seen.keys()', 'without = qid']],
  },
]
