import type { Equivalent } from './equivalent.ts'

export const equivalents: readonly Equivalent[] = [
  {
    reason: 'The number is our own choice; the contract names none.',
    mutants: [
      ['', 'const HANDSHAKE_MS = 10_000', '10_000 → 10001'],
      ['', 'const HANDSHAKE_MS = 10_000', '10_000 → 9999'],
    ],
  },
  {
    reason: 'Without a port Node takes a free one, as with 0.',
    mutants: [['startFileServer', 'const { dir, port = 0, tls, onTransfer } = options', 'without = 0']],
  },
  {
    reason: 'The lesson says so: half-close over TLS is good to know and not checked.',
    mutants: [['startFileServer', 'allowHalfOpen: true,', 'true → false']],
  },
  {
    reason: 'It decides when a segment leaves, and loopback is too quick to show it.',
    mutants: [['startFileServer', 'noDelay: true,', 'true → false']],
  },
  {
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
    reason: 'A server of Node that is closed twice says so twice.',
    mutants: [['startFileServer › close', 'if (closed === undefined) {', '(closed === undefined) → (true)']],
  },
  {
    reason: 'Node gives a port back before it says so.',
    mutants: [
      ['startFileServer › close', "closed = once(server, 'close')", "without closed = once(server, 'close')"],
      ['startFileServer › close', 'await closed', 'without await'],
    ],
  },
  {
    reason: 'The lesson says so: giving up while the handshake goes on is not checked. Eight variants do not.',
    mutants: [
      [
        'withConnection',
        "await once(socket, 'secureConnect', { signal }) // rejects when 'error' comes first",
        '{ signal } → {}',
      ],
    ],
  },
  {
    reason: 'What is written to a TLS socket earlier waits for the handshake, and is dropped when it fails.',
    mutants: [
      [
        'withConnection',
        "await once(socket, 'secureConnect', { signal }) // rejects when 'error' comes first",
        "without await once(socket, 'secureConnect', { signal })",
      ],
    ],
  },
]
