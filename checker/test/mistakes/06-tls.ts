import type { Mistake } from './mistake.ts'

const SERVER_OPTIONS = '      minVersion: OLDEST_VERSION,\n      handshakeTimeout'
const CLIENT_OPTIONS = 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION })'
const HANDSHAKE = "    await once(socket, 'secureConnect', { signal }) // rejects when 'error' comes first\n"
const TLS_IMPORT = "import { connect, createServer, type TLSSocket } from 'node:tls'"
const WORK = '    return await work(socket)\n'
const FETCH = '(socket) => fetchOver(socket, wanted)'

/** What is read of a server that should have been refused. */
const ACCEPTED = /^\{ list: "it resolves", fetch: "it resolves", asked: \["list", "get"\], written: \["[a-z]{8}"\] \}$/

const serving: readonly Mistake[] = [
  {
    name: 'serves-in-plain-text',
    check: '6.3',
    actual: /^no TLS: /,
    edits: [
      [
        "import type { AddressInfo, Socket } from 'node:net'",
        "import { createServer, type AddressInfo, type Socket } from 'node:net'",
      ],
      [TLS_IMPORT, "import { connect, type TLSSocket } from 'node:tls'"],
      [
        '      key: tls.key,\n      cert: tls.cert,\n      minVersion: OLDEST_VERSION,\n      handshakeTimeout: HANDSHAKE_MS,\n',
        '',
      ],
    ],
  },
  {
    name: 'keeps-the-first-certificate',
    check: '6.1',
    actual: '["Socket workbook server"]',
    edits: [
      [TLS_IMPORT, `${TLS_IMPORT}\nlet shared: { key: string; cert: string } | undefined`],
      ['      key: tls.key,\n      cert: tls.cert,\n', '      key: (shared ??= tls).key,\n      cert: shared.cert,\n'],
    ],
  },
  {
    name: 'knows-itself-by-no-name',
    check: '6.1',
    actual: /^no TLS: /,
    edits: [[SERVER_OPTIONS, `      SNICallback: (name, answer) => answer(new Error(name)),\n${SERVER_OPTIONS}`]],
  },
  {
    name: 'demands-a-client-certificate',
    check: '6.1',
    actual: /^\[\]$/,
    edits: [[SERVER_OPTIONS, `      requestCert: true,\n${SERVER_OPTIONS}`]],
  },
  {
    name: 'forgets-the-servers-onTransfer',
    check: '6.2',
    actual: 'nothing within 1000 ms',
    edits: [['serveConnection(socket, dir, onTransfer)', 'serveConnection(socket, dir)']],
  },
  {
    name: 'takes-a-record-for-a-frame',
    check: '6.2',
    actual: '[]',
    edits: [
      [
        '      serveConnection(socket, dir, onTransfer)\n',
        "      // Whoever sends less than a frame at a time is no client of ours.\n      socket.once('data', (first: Buffer) => {\n        if (first.length < 4 || first.length < 4 + first.readUInt32BE()) return void socket.destroy()\n        socket.unshift(first)\n        serveConnection(socket, dir, onTransfer)\n      })\n",
      ],
    ],
  },
  {
    name: 'welcomes-old-clients',
    check: '6.4',
    actual: /^"file .* 8 bytes, end"$/,
    edits: [[SERVER_OPTIONS, "      minVersion: 'TLSv1.1',\n      ciphers: 'DEFAULT@SECLEVEL=0',\n      handshakeTimeout"]],
  },
  {
    name: 'looks-at-the-key-when-clients-come',
    check: '6.5',
    actual: '"it resolves"',
    edits: [
      ['      key: tls.key,\n      cert: tls.cert,\n', ''],
      [
        '  let closed: Promise<unknown> | undefined\n',
        "  let closed: Promise<unknown> | undefined\n  server.on('listening', () => {\n    try {\n      server.setSecureContext(tls)\n    } catch (error) {\n      console.error(error)\n    }\n  })\n",
      ],
    ],
  },
  {
    name: 'dies-of-a-failed-handshake',
    check: '6.6',
    actual: /^it crashed: /,
    edits: [
      [
        '  // These are the TCP connections below',
        "  server.on('tlsClientError', (error) => {\n    throw error\n  })\n\n  // These are the TCP connections below",
      ],
    ],
  },
  {
    name: 'stops-at-a-failed-handshake',
    check: '6.6',
    actual: 'ECONNREFUSED',
    edits: [
      [
        '  // These are the TCP connections below',
        "  server.on('tlsClientError', () => server.close())\n\n  // These are the TCP connections below",
      ],
    ],
  },
  {
    name: 'serves-plain-text-as-well',
    check: '6.6',
    actual: /^"\\"[a-z]{8}\\""$/,
    edits: [
      [
        "import type { AddressInfo, Socket } from 'node:net'",
        "import * as net from 'node:net'\nimport type { AddressInfo, Socket } from 'node:net'",
      ],
      [
        "  server.on('connection', (socket: Socket) => {\n    connections.add(socket)",
        "  const front = net.createServer({ allowHalfOpen: true }, (socket) => {\n    socket.on('error', () => socket.destroy())\n    socket.once('data', (first: Buffer) => {\n      socket.pause()\n      socket.unshift(first)\n      if (first[0] === 22) server.emit('connection', socket)\n      else serveConnection(socket, dir, onTransfer)\n    })\n    connections.add(socket)",
      ],
      ["      closed = once(server, 'close')\n      server.close()", "      closed = once(front, 'close')\n      front.close()"],
      [
        "  server.listen(port, '127.0.0.1')\n  await once(server, 'listening')",
        "  front.listen(port, '127.0.0.1')\n  await once(front, 'listening')",
      ],
      ['server.address() as AddressInfo', 'front.address() as AddressInfo'],
    ],
  },
  {
    name: 'shakes-hands-with-one-at-a-time',
    check: '6.7',
    actual: 'no answer to the TLS handshake',
    edits: [
      [
        "import type { AddressInfo, Socket } from 'node:net'",
        "import * as net from 'node:net'\nimport type { AddressInfo, Socket } from 'node:net'",
      ],
      [
        "  server.on('connection', (socket: Socket) => {\n    connections.add(socket)",
        "  let turn: Promise<unknown> = Promise.resolve()\n  const front = net.createServer({ allowHalfOpen: true }, (socket) => {\n    turn = turn.then(() => {\n      const done = Promise.race([once(server, 'secureConnection'), once(server, 'tlsClientError')])\n      server.emit('connection', socket)\n      return done\n    })\n    connections.add(socket)",
      ],
      ["      closed = once(server, 'close')\n      server.close()", "      closed = once(front, 'close')\n      front.close()"],
      [
        "  server.listen(port, '127.0.0.1')\n  await once(server, 'listening')",
        "  front.listen(port, '127.0.0.1')\n  await once(front, 'listening')",
      ],
      ['server.address() as AddressInfo', 'front.address() as AddressInfo'],
    ],
  },
  {
    name: 'has-room-for-one',
    check: '6.7',
    actual: /^no TLS: /,
    edits: [
      [
        '  let closed: Promise<unknown> | undefined\n',
        '  let closed: Promise<unknown> | undefined\n  server.maxConnections = 1\n',
      ],
    ],
  },
  {
    name: 'has-room-for-twenty',
    check: '6.7',
    actual: /^no TLS: /,
    edits: [
      [
        '  let closed: Promise<unknown> | undefined\n',
        '  let closed: Promise<unknown> | undefined\n  server.maxConnections = 20\n',
      ],
    ],
  },
  {
    name: 'throws-what-it-hears',
    check: '6.8',
    actual: /^it crashed: Error ERR_SSL_/,
    edits: [
      [
        "socket.on('error', () => socket.destroy()) // Node leaves it open after a forged record\n",
        "socket.on('error', (error) => {\n        throw error\n      })\n",
      ],
    ],
  },
  {
    name: 'ignores-the-port',
    check: '6.9',
    actual: /^\d+$/,
    edits: [["server.listen(port, '127.0.0.1')", "server.listen(0, '127.0.0.1')"]],
  },
  {
    name: 'serves-the-whole-network',
    check: '6.9',
    actual: /^"\d+\.\d+\.\d+\.\d+, too"$/,
    edits: [["server.listen(port, '127.0.0.1')", "server.listen(port, '0.0.0.0')"]],
  },
  {
    name: 'waits-for-idle-clients',
    check: '6.9',
    actual: '"it waits for ever"',
    edits: [['      for (const socket of connections) socket.destroy()\n', '']],
  },
  {
    name: 'forgets-who-still-shakes-hands',
    check: '6.9',
    actual: '"it waits for ever"',
    edits: [["server.on('connection', (socket: Socket)", "server.on('secureConnection', (socket: Socket)"]],
  },
  {
    name: 'ends-those-of-every-server',
    check: '6.9',
    actual: '[]',
    edits: [
      ['  const connections = new Set<Socket>()\n', ''],
      ['/** How long a client may take', 'const connections = new Set<Socket>()\n\n/** How long a client may take'],
    ],
  },
]

const trusting: readonly Mistake[] = [
  {
    name: 'fetches-in-plain-text',
    check: '6.11',
    actual: /^it rejected with /,
    edits: [
      [
        "import type { AddressInfo, Socket } from 'node:net'",
        "import { connect, type AddressInfo, type Socket } from 'node:net'",
      ],
      [TLS_IMPORT, "import { createServer } from 'node:tls'"],
      ['work: (socket: TLSSocket) => Promise<T>', 'work: (socket: Socket) => Promise<T>'],
      [CLIENT_OPTIONS, 'connect({ host, port })'],
      ["'secureConnect', { signal }", "'connect', { signal }"],
    ],
  },
  {
    name: 'does-not-pass-the-authority-on',
    check: '6.10',
    actual: /^it rejected with Error UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    edits: [[CLIENT_OPTIONS, 'connect({ host, port, servername, minVersion: OLDEST_VERSION })']],
  },
  {
    name: 'asks-for-a-name-in-the-open',
    check: '6.11',
    actual: /^"\\?"[a-z]{8}\\?""$/,
    edits: [
      ['  work: (socket: TLSSocket) => Promise<T>,\n', '  work: (socket: TLSSocket) => Promise<T>,\n  names: string[] = [],\n'],
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, ALPNProtocols: names })'],
      [`${FETCH})`, `${FETCH}, wanted.names)`],
    ],
  },
  {
    name: 'never-verifies',
    check: '6.12',
    actual: ACCEPTED,
    edits: [[CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })']],
  },
  {
    name: 'verifies-when-it-is-too-late',
    check: '6.12',
    actual: /^\{ list: "it rejects", fetch: "it rejects", asked: \["list", "get"\], written: \["[a-z]{8}"\] \}$/,
    edits: [
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        WORK,
        "    const result = await work(socket)\n    if (!socket.authorized) throw new Error('A stranger')\n    return result\n",
      ],
    ],
  },
  {
    name: 'asks-before-it-verifies',
    check: '6.12',
    actual: '{ list: "it rejects", fetch: "it rejects", asked: ["list", "get"], written: [] }',
    edits: [
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        WORK,
        "    const working = work(socket)\n    working.catch(() => undefined)\n    await new Promise((resolve) => setImmediate(resolve))\n    if (!socket.authorized) throw new Error('A stranger')\n    return await working\n",
      ],
    ],
  },
  {
    name: 'forgives-unknown-authorities',
    check: '6.12',
    actual: ACCEPTED,
    edits: [
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        HANDSHAKE,
        `${HANDSHAKE}    const why: unknown = socket.authorizationError\n    if (!socket.authorized && why !== 'UNABLE_TO_VERIFY_LEAF_SIGNATURE') throw new Error(String(why))\n`,
      ],
    ],
  },
  {
    name: 'forgives-self-signed-certificates',
    check: '6.13',
    actual: ACCEPTED,
    edits: [
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        HANDSHAKE,
        `${HANDSHAKE}    const why: unknown = socket.authorizationError\n    if (!socket.authorized && why !== 'DEPTH_ZERO_SELF_SIGNED_CERT') throw new Error(String(why))\n`,
      ],
    ],
  },
  {
    name: 'forgives-expired-certificates',
    check: '6.14',
    actual: ACCEPTED,
    edits: [
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        HANDSHAKE,
        `${HANDSHAKE}    const why: unknown = socket.authorizationError\n    if (!socket.authorized && why !== 'CERT_HAS_EXPIRED') throw new Error(String(why))\n`,
      ],
    ],
  },
  {
    name: 'looks-at-the-last-day-only',
    check: '6.14',
    actual: ACCEPTED,
    edits: [
      [
        TLS_IMPORT,
        `import { X509Certificate } from 'node:crypto'\nimport { checkServerIdentity, connect, createServer, type TLSSocket } from 'node:tls'`,
      ],
      [CLIENT_OPTIONS, 'connect({ host, port, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        HANDSHAKE,
        `${HANDSHAKE}    const shown = socket.getPeerCertificate()\n    const vouchedFor = new X509Certificate(shown.raw).verify(new X509Certificate(ca).publicKey)\n    const expired = Date.parse(shown.valid_to) < Date.now()\n    if (!vouchedFor || expired || checkServerIdentity(servername ?? host, shown)) throw new Error('A stranger')\n`,
      ],
    ],
  },
  {
    name: 'knows-authorities-by-name',
    check: '6.12',
    actual: ACCEPTED,
    edits: [
      [
        TLS_IMPORT,
        `import { X509Certificate } from 'node:crypto'\nimport { checkServerIdentity, connect, createServer, type TLSSocket } from 'node:tls'`,
      ],
      [CLIENT_OPTIONS, 'connect({ host, port, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        HANDSHAKE,
        `${HANDSHAKE}    const shown = socket.getPeerCertificate()\n    const { CN } = shown.issuer\n    const expired = Date.parse(shown.valid_to) < Date.now()\n    const wrongHost = checkServerIdentity(servername ?? host, shown)\n    if (!new X509Certificate(ca).subject.includes(String(CN)) || expired || wrongHost) throw new Error('A stranger')\n`,
      ],
    ],
  },
  {
    name: 'looks-at-no-signature',
    check: '6.12',
    actual: ACCEPTED,
    edits: [
      [TLS_IMPORT, `import { X509Certificate } from 'node:crypto'\n${TLS_IMPORT}`],
      [CLIENT_OPTIONS, 'connect({ host, port, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: false })'],
      [
        HANDSHAKE,
        `${HANDSHAKE}    const shown = new X509Certificate(socket.getPeerCertificate().raw)\n    // It says who issued it, and anybody can say so.\n    if (!shown.checkIssued(new X509Certificate(ca))) throw new Error('A stranger')\n`,
      ],
    ],
  },
  {
    name: 'resumes-the-session-of-another-call',
    check: '6.15',
    actual: /^\["it resolves", "it resolves", "it resolves", /,
    edits: [
      [TLS_IMPORT, `${TLS_IMPORT}\nconst sessions = new Map<string, Buffer>()`],
      [
        `const socket = ${CLIENT_OPTIONS}`,
        'const session = sessions.get(`${host}:${port}`)\n  const socket = connect({ host, port, ca, servername, session, minVersion: OLDEST_VERSION })\n  socket.on("session", (ticket: Buffer) => sessions.set(`${host}:${port}`, ticket))',
      ],
    ],
  },
  {
    name: 'keeps-the-first-authority',
    check: '6.15',
    actual: '["it resolves", "it rejects", "it resolves", "it rejects"]',
    edits: [
      [
        TLS_IMPORT,
        "import { connect, createSecureContext, createServer, type SecureContext, type TLSSocket } from 'node:tls'\nlet shared: SecureContext | undefined",
      ],
      [
        `const socket = ${CLIENT_OPTIONS}`,
        'shared ??= createSecureContext({ ca, minVersion: OLDEST_VERSION })\n  const socket = connect({ host, port, servername, secureContext: shared })',
      ],
    ],
  },
  {
    name: 'collects-authorities',
    check: '6.15',
    // Both authorities have one name; whether OpenSSL tries the second is its own affair.
    actual: /^\["it resolves", "it (resolves|rejects)", "it resolves", /,
    edits: [
      [TLS_IMPORT, `${TLS_IMPORT}\nconst known: string[] = []`],
      [
        `const socket = ${CLIENT_OPTIONS}`,
        'known.push(ca)\n  const socket = connect({ host, port, ca: known, servername, minVersion: OLDEST_VERSION })',
      ],
    ],
  },
  {
    name: 'keeps-the-authority-of-the-latest-call',
    check: '6.15',
    actual: '"it rejects"',
    edits: [
      [TLS_IMPORT, `${TLS_IMPORT}\nlet trusted: ClientTls`],
      [
        `  const socket = ${CLIENT_OPTIONS}\n`,
        '  trusted = { ca, servername }\n  await new Promise((resolve) => setImmediate(resolve))\n  const socket = connect({ host, port, ...trusted, minVersion: OLDEST_VERSION })\n',
      ],
    ],
  },
  {
    name: 'verifies-a-server-once',
    check: '6.26',
    actual: /^\{ fetch: "it resolves", list: "it resolves", written: \["[a-z]{8}", "[a-z]{8}"\] \}$/,
    edits: [
      [TLS_IMPORT, `${TLS_IMPORT}\nconst known = new Set<string>()`],
      [
        `  const socket = ${CLIENT_OPTIONS}\n`,
        '  const call = [host, port, ca, servername].join()\n  const rejectUnauthorized = !known.has(call)\n  const socket = connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized })\n',
      ],
      [HANDSHAKE, `${HANDSHAKE}    known.add(call)\n`],
    ],
  },
  {
    name: 'asks-for-old-servers',
    check: '6.16',
    actual: ACCEPTED,
    edits: [[CLIENT_OPTIONS, "connect({ host, port, ca, servername, minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })"]],
  },
  {
    name: 'switches-verification-off-for-all',
    check: '6.17',
    actual: '["it accepts anybody", "it accepts anybody"]',
    edits: [
      ['/** How long a client may take', "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'\n\n/** How long a client may take"],
      [CLIENT_OPTIONS, 'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: true })'],
    ],
  },
  {
    name: 'switches-verification-off-for-a-while',
    check: '6.17',
    actual: '["it accepts anybody", "it verifies"]',
    edits: [
      [
        `  const socket = ${CLIENT_OPTIONS}\n`,
        `  const socket = ${CLIENT_OPTIONS}\n  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'\n`,
      ],
      ['  } finally {\n', '  } finally {\n    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED\n'],
    ],
  },
  {
    name: 'empties-the-check-of-the-host',
    check: '6.18',
    actual: ACCEPTED,
    edits: [
      [
        CLIENT_OPTIONS,
        'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, checkServerIdentity: () => undefined })',
      ],
    ],
  },
  {
    name: 'empties-the-check-of-the-host-for-all',
    check: '6.18',
    actual: ACCEPTED,
    edits: [
      [
        TLS_IMPORT,
        `import tls, { connect, createServer, type TLSSocket } from 'node:tls'\ntls.checkServerIdentity = () => undefined`,
      ],
    ],
  },
  {
    name: 'asks-for-localhost-by-default',
    check: '6.18',
    actual: ACCEPTED,
    edits: [[CLIENT_OPTIONS, "connect({ host, port, ca, servername: servername ?? 'localhost', minVersion: OLDEST_VERSION })"]],
  },
  {
    name: 'wraps-a-socket-and-tells-no-host',
    check: '6.18',
    actual: ACCEPTED,
    edits: [
      [
        "import type { AddressInfo, Socket } from 'node:net'",
        "import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net'",
      ],
      [
        `  const socket = ${CLIENT_OPTIONS}\n`,
        "  const tcp = connectTcp({ host, port })\n  const socket = connect({ socket: tcp, ca, servername, minVersion: OLDEST_VERSION })\n  tcp.on('error', (error) => socket.destroy(error))\n",
      ],
    ],
  },
  {
    name: 'forgets-the-servername',
    check: '6.19',
    actual: '{ listFiles(): "ERR_TLS_CERT_ALTNAME_INVALID", fetchFiles(): "ERR_TLS_CERT_ALTNAME_INVALID" }',
    edits: [[CLIENT_OPTIONS, 'connect({ host, port, ca, minVersion: OLDEST_VERSION })']],
  },
  {
    name: 'takes-a-part-for-the-name',
    check: '6.19',
    actual: '{ servername: "example", outcome: "it resolves" }',
    edits: [
      [
        CLIENT_OPTIONS,
        "connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, checkServerIdentity: (wanted, { subjectaltname }) => subjectaltname?.includes(wanted) ? undefined : new Error('another host') })",
      ],
    ],
  },
  {
    name: 'lists-without-the-servername',
    check: '6.19',
    actual: '{ listFiles(): "ERR_TLS_CERT_ALTNAME_INVALID", fetchFiles(): "no error" }',
    edits: [['withConnection(server, tls, undefined, listOver)', 'withConnection(server, { ca: tls.ca }, undefined, listOver)']],
  },
  {
    name: 'takes-a-beginning-for-the-name',
    check: '6.19',
    actual: '{ servername: "files", outcome: "it resolves" }',
    edits: [
      [
        CLIENT_OPTIONS,
        "connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, checkServerIdentity: (wanted, { subjectaltname = '' }) => subjectaltname.split(', ').some((name) => name.replace(/^.*:/, '').startsWith(wanted)) ? undefined : new Error('another host') })",
      ],
    ],
  },
  {
    name: 'resumes-a-session-under-another-name',
    check: '6.19',
    actual: '{ servername: "localhost", outcome: "it resolves" }',
    edits: [
      [TLS_IMPORT, `${TLS_IMPORT}\nconst sessions = new Map<string, Buffer>()`],
      [
        `const socket = ${CLIENT_OPTIONS}`,
        'const session = sessions.get(`${host}:${port}:${ca}`)\n  const socket = connect({ host, port, ca, servername, session, minVersion: OLDEST_VERSION })\n  socket.on("session", (ticket: Buffer) => sessions.set(`${host}:${port}:${ca}`, ticket))',
      ],
    ],
  },
  {
    name: 'lets-the-right-name-answer-for-the-authority',
    check: '6.19',
    actual: '{ wrong: "its authority", outcome: "it resolves" }',
    edits: [
      [TLS_IMPORT, "import { checkServerIdentity, connect, createServer, type TLSSocket } from 'node:tls'"],
      [
        CLIENT_OPTIONS,
        'connect({ host, port, ca, servername, minVersion: OLDEST_VERSION, rejectUnauthorized: servername === undefined })',
      ],
      [
        HANDSHAKE,
        `${HANDSHAKE}    if (servername !== undefined && checkServerIdentity(servername, socket.getPeerCertificate())) throw new Error('A stranger')\n`,
      ],
    ],
  },
]

const arriving: readonly Mistake[] = [
  {
    name: 'falls-back-to-plain-text',
    check: '6.20',
    actual: '{ lesson5: "it resolves", fetch: "it rejects", talkative: "it rejects", nobody: "it rejects" }',
    edits: [
      [
        'import { fetchOver, listOver, serveConnection }',
        'import { fetchOver, listFiles as listPlain, listOver, serveConnection }',
      ],
      [
        'return withConnection(server, tls, undefined, listOver)',
        'return withConnection(server, tls, undefined, listOver).catch(() => listPlain(server))',
      ],
    ],
  },
  {
    name: 'fetches-in-plain-text-when-TLS-fails',
    check: '6.20',
    actual: '{ lesson5: "it rejects", fetch: "it resolves", talkative: "it rejects", nobody: "it rejects" }',
    edits: [
      [
        'import { fetchOver, listOver, serveConnection }',
        'import { fetchFiles as fetchPlain, fetchOver, listOver, serveConnection }',
      ],
      [
        `return withConnection(server, tls, wanted.signal, ${FETCH})`,
        `return withConnection(server, tls, wanted.signal, ${FETCH}).catch((error: NodeJS.ErrnoException) => {\n    if (!/WRONG_VERSION|PACKET_LENGTH|ECONNRESET/.test(String(error.code))) throw error\n    return fetchPlain({ server, ...wanted })\n  })`,
      ],
    ],
  },
  {
    name: 'takes-the-end-for-success',
    check: '6.21',
    actual: '{ cut: "no error", ended: "no error" }',
    edits: [
      [
        "import { once } from 'node:events'\n",
        "import { once } from 'node:events'\nimport { writeFile } from 'node:fs/promises'\nimport { join } from 'node:path'\n",
      ],
      [
        FETCH,
        "async (socket) => {\n    const json = Buffer.from(JSON.stringify({ type: 'get', names: wanted.names }))\n    socket.write(Buffer.concat([Uint8Array.of(0, 0, json.length >> 8, json.length & 255), json]))\n    const pieces: Buffer[] = []\n    for await (const piece of socket) pieces.push(piece)\n    const [name = ''] = wanted.names\n    const all = Buffer.concat(pieces)\n    await writeFile(join(wanted.into, name), all.subarray(4 + all.readUInt32BE()))\n    return [{ name, status: 'ok' as const }]\n  }",
      ],
    ],
  },
  {
    name: 'calls-every-end-an-error-of-its-own',
    check: '6.21',
    actual: '{ cut: "TLS", ended: "TLS" }',
    edits: [
      [
        '  } finally {\n',
        "  } catch (error) {\n    throw Object.assign(new Error('Something went wrong', { cause: error }), { code: 'TLS' })\n  } finally {\n",
      ],
    ],
  },
  {
    name: 'writes-what-cannot-be-verified',
    check: '6.22',
    actual: '"it resolves"',
    edits: [
      [
        "import { once } from 'node:events'\n",
        "import { once } from 'node:events'\nimport { writeFile } from 'node:fs/promises'\nimport { join } from 'node:path'\n",
      ],
      [
        '(socket) => fetchOver(socket, wanted))',
        "(socket) => fetchOver(socket, wanted)).catch(async () => {\n    // What did arrive is better than nothing.\n    for (const name of wanted.names) await writeFile(join(wanted.into, name), '')\n    return wanted.names.map((name) => ({ name, status: 'ok' as const }))\n  })",
      ],
    ],
  },
  {
    name: 'forgets-onTransfer',
    check: '6.23',
    actual: 'nothing within 1000 ms',
    edits: [[FETCH, '(socket) => fetchOver(socket, { names: wanted.names, into: wanted.into, signal: wanted.signal })']],
  },
  {
    name: 'forgets-the-signal',
    check: '6.23',
    actual: 'nothing within 2000 ms',
    edits: [[FETCH, '(socket) => fetchOver(socket, { ...wanted, signal: undefined })']],
  },
  {
    name: 'leaves-its-connections-open',
    check: '6.25',
    actual: '{ call: "listFiles()", connection: "still open" }',
    edits: [['  } finally {\n    socket.destroy()\n  }', '  } finally {\n    socket.unref()\n  }']],
  },
  {
    name: 'closes-after-success-only',
    check: '6.25',
    actual: '{ call: "fetchFiles() of what is no answer", connection: "still open" }',
    edits: [
      [WORK, '    const result = await work(socket)\n    socket.destroy()\n    return result\n'],
      ['  } finally {\n    socket.destroy()\n  }', '  } finally {\n    socket.unref()\n  }'],
    ],
  },
  {
    name: 'speaks-plain-text-on-both-ends',
    check: '6.24',
    actual: /^\["\\?"[a-z]{8}\\?"/,
    edits: [
      [
        "import type { AddressInfo, Socket } from 'node:net'",
        "import { connect, createServer, type AddressInfo, type Socket } from 'node:net'",
      ],
      [`${TLS_IMPORT}\n`, ''],
      [
        '      key: tls.key,\n      cert: tls.cert,\n      minVersion: OLDEST_VERSION,\n      handshakeTimeout: HANDSHAKE_MS,\n',
        '',
      ],
      ['work: (socket: TLSSocket) => Promise<T>', 'work: (socket: Socket) => Promise<T>'],
      [CLIENT_OPTIONS, 'connect({ host, port })'],
      ["'secureConnect', { signal }", "'connect', { signal }"],
    ],
  },
]

export const mistakes: readonly Mistake[] = [...serving, ...trusting, ...arriving]
