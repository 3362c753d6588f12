// Written by npm run verify -- --write-starters. Edit exercises/ instead.

/** The starters as they were shipped, by lesson and by the file's name in exercises/. */
export const starters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'lesson-1': {
    '01-udp-basics.ts': `// Lesson 1: a UDP receiver and a UDP sender.
// Read first: lessons/01-udp-basics.md
// Then work through TODO 1 to 8, and after each one run: npm run check lesson-1

import { createSocket } from 'node:dgram'
import type { Address, Receiver, ReceiverOptions } from '../checker/contracts/01-udp-basics.ts'

/**
 * Listens for datagrams on 127.0.0.1 until a \`q\` arrives or \`close()\` is called.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')

  socket.on('message', (bytes) => {
    // TODO 1: report where the datagram really came from. The handler has a second argument.
    const from: Address = { host: '127.0.0.1', port: 0 }
    // TODO 2: hand over the whole datagram. This line keeps the first 1024 bytes.
    const text = bytes.subarray(0, 1024).toString()
    // TODO 3: give bytes that are not valid UTF-8 to onError.
    // TODO 4: end when the datagram is exactly \`q\`: close the socket and deliver nothing more.
    options.onMessage(text, from)
  })

  // TODO 5: listen on 127.0.0.1 only, and reject when the port cannot be bound.
  await new Promise<void>((resolve) => {
    socket.bind(options.port ?? 0, resolve)
  })

  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    done: new Promise<void>(() => {}),
    // TODO 6: make a second close() harmless, and resolve only when the port is free again.
    close: async () => {
      socket.close()
    },
  }
}

/**
 * Sends one datagram.
 * @throws Error with the system's code, such as 'EMSGSIZE' for more than 65,507 bytes
 */
export async function sendText(text: string, to: Address): Promise<void> {
  const socket = createSocket('udp4')
  // TODO 7: resolve once the datagram has left, reject when it cannot leave, and close the socket after either.
  socket.send(text, to.port, to.host)
}

/**
 * Sends each line as one datagram, up to and including a line that is exactly \`q\`.
 * @returns how many datagrams were sent
 */
export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  let sent = 0
  for await (const line of lines) {
    // TODO 8: send the \`q\` too, or the receiver never learns that you have stopped.
    if (line === 'q') break
    await sendText(line, to)
    sent += 1
  }
  return sent
}
`,
  },
  'lesson-2': {
    '02-retransmit-ack.ts': `// Lesson 2: delivery exactly once, over a network that loses, repeats and reorders.
// Read first: lessons/02-retransmit-ack.md
// Then work through TODO 1 to 10, and after each one run: npm run check lesson-2

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Client,
  ClientOptions,
  Packet,
  SendOptions,
  Sent,
  Server,
  ServerOptions,
} from '../checker/contracts/02-retransmit-ack.ts'

const MAX_TEXT_BYTES = 1200

/**
 * Lays a packet out for the wire.
 * @throws Error with code 'TOO_LONG' when the text is longer than MAX_TEXT_BYTES
 */
export function encodePacket(packet: Packet): Uint8Array {
  // TODO 1: put the header before the text: type, session, number.
  return Buffer.from(packet.type === 'DATA' ? packet.text : '')
}

/** Reads a packet off the wire. Undefined when the bytes are no packet of ours. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  // TODO 2: read the header, and return undefined for whatever is no packet.
  return { type: 'DATA', session: 0, seq: 0, text: Buffer.from(bytes).toString() }
}

/**
 * Receives messages on 127.0.0.1, and hands each over exactly once, in the order of its session.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const socket = createSocket('udp4')
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  let open = true

  socket.on('message', (bytes, sender) => {
    const packet = decodePacket(bytes)
    if (packet?.type !== 'DATA') return
    // TODO 3: hand over only the packet that is expected next, and answer it and every older one with its ACK.
    // TODO 4: count each session for itself, and send the ACK to where the packet came from.
    options.onMessage(packet.text, { host: sender.address, port: sender.port })
  })

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first

  const { address: host, port } = socket.address()
  return {
    address: { host, port },
    close() {
      if (open) socket.close()
      open = false
      return closed
    },
  }
}

/** Opens a client with a session of its own. It resends a packet after each \`timeoutMs\` without its ACK. */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { to, timeoutMs = 200, maxRetries = 5 } = options
  const socket = createSocket('udp4')
  // TODO 8: draw the session at random.
  const session = 0

  function transmit(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(bytes, to.port, to.host, (error) => (error ? reject(error) : resolve()))
    })
  }

  // TODO 7: let messages wait for their turn, give each the next number, and look for the ACK of that very packet.
  // TODO 9: give a message up when its signal aborts.
  async function send(text: string, _options: SendOptions = {}): Promise<Sent> {
    const bytes = encodePacket({ type: 'DATA', session, seq: 0, text })
    for (let attempts = 1; ; attempts += 1) {
      try {
        await transmit(bytes)
        // TODO 5: that it was sent does not mean that it arrived. Wait for its ACK, and send again after timeoutMs without one.
        return { attempts }
      } catch (error) {
        // TODO 6: give up with code 'RETRY_LIMIT' when maxRetries copies were of no use.
        if (attempts > maxRetries) throw error
        await sleep(timeoutMs)
      }
    }
  }

  // TODO 10: a server that is not there yet must not end the client: what does a socket emit then?
  return {
    send,
    // TODO 9: give up whatever has no ACK yet, make a second close() harmless, and resolve when the port is free.
    close: async () => {
      socket.close()
    },
  }
}
`,
  },
  'lesson-3': {
    '03-encryption.ts': `// Lesson 3: datagrams nobody else can read or change.
// Read first: lessons/03-encryption.md
// Then work through TODO 1 to 10, and after each one run: npm run check lesson-3

import * as crypto from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type {
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../checker/contracts/03-encryption.ts'

const VERSION = 0x80

/** Where the parts of a token begin, in bytes. */
const TIME_AT = 1
const IV_AT = 9
const CIPHERTEXT_AT = 25

/** Makes a key: 32 random bytes in base64url with padding. */
export function generateKey(): string {
  // TODO 1: keep the padding. Node's 'base64url' leaves it out.
  return crypto.randomBytes(32).toString('base64url')
}

/** Seals a message in a Fernet token. */
export function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): string {
  // TODO 2: take 16 new random bytes for each token. These are all zero.
  const { now = unixTime(), iv = Buffer.alloc(16) } = options
  const header = Buffer.alloc(IV_AT)
  header.writeUInt8(VERSION)
  header.writeBigUInt64BE(BigInt(now), TIME_AT)

  const cipher = crypto.createCipheriv('aes-128-cbc', encryptionHalf(key), iv)
  const signed = Buffer.concat([header, iv, cipher.update(message), cipher.final()])
  // TODO 3: put the MAC behind it, an HMAC-SHA256 over all of these bytes, and keep the padding here, too.
  return signed.toString('base64url')
}

/**
 * Opens a Fernet token.
 * @throws Error with code 'INVALID_TOKEN' for every token that is refused, whatever is wrong with it
 */
export function decrypt(key: string, token: string, options: DecryptOptions = {}): Uint8Array {
  // TODO 4: take nothing but base64url, and refuse whatever is wrong with one and the same error.
  const bytes = Buffer.from(token, 'base64url')
  // TODO 5: check the MAC before you use anything else of the token.
  // TODO 6: with options.ttl, refuse tokens that are too old, or too far ahead.
  const decipher = crypto.createDecipheriv('aes-128-cbc', encryptionHalf(key), bytes.subarray(IV_AT, CIPHERTEXT_AT))
  return Buffer.concat([decipher.update(bytes.subarray(CIPHERTEXT_AT)), decipher.final()])
}

/** Signs a message with an Ed25519 private key. */
export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  // TODO 7: a hash is no signature, because everyone can compute it. Sign with the key, and verify with its other half.
  return crypto.createHash('sha256').update(message).digest()
}

/** Tells whether the owner of the private key signed exactly this message. Never throws. */
export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  return crypto.createHash('sha256').update(message).digest().equals(signature)
}

/**
 * Listens on 127.0.0.1 and delivers the text of every genuine token once.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { key, onMessage } = options
  const socket = createSocket('udp4')
  let open = true
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })

  socket.on('message', (bytes, sender) => {
    if (!open) return
    const from = { host: sender.address, port: sender.port }
    // TODO 8: noise makes decrypt() throw. Give it to onReject as a 'token', and live on.
    const text = Buffer.from(decrypt(key, bytes.toString('latin1'))).toString()
    // TODO 9: with options.allow, refuse other addresses: 'address'.
    // TODO 10: go by options.ttl and options.now, and refuse what was delivered before: 'replay'.
    onMessage(text, from)
  })

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first
  const { address: host, port } = socket.address()
  return {
    address: { host, port },
    close() {
      if (open) socket.close()
      open = false
      return closed
    },
  }
}

/**
 * Sends a text as one token.
 * @throws Error with the system's code, such as 'EMSGSIZE' when the token is longer than 65,507 bytes
 */
export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const token = encrypt(key, Buffer.from(text))
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send(token, to.port, to.host, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

function encryptionHalf(key: string): Buffer {
  return Buffer.from(key, 'base64url').subarray(16)
}

/** Whole seconds since 1970. */
function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}
`,
  },
  'lesson-4': {
    '04-chat.ts': `// Lesson 4: a chat server and its clients.
// Read first: lessons/04-chat.md
// Then work through TODO 1 to 10, and after each one run: npm run check lesson-4

import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type {
  ChatClient,
  ChatMessage,
  ChatServer,
  ChatServerOptions,
  JoinOptions,
  RunChatOptions,
} from '../checker/contracts/04-chat.ts'

/**
 * Listens on 127.0.0.1 and passes on what each member says to all others.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const socket = createSocket('udp4')
  const clients = new Set<RemoteInfo>()
  let closed: Promise<unknown> | undefined

  socket.on('message', (bytes, sender) => {
    // TODO 1: ignore every datagram that is no packet of the chat. Here, one that is not JSON ends the server.
    const packet = JSON.parse(bytes.toString())

    // TODO 2: keep the members in a table, by address, with their names. The Set takes every datagram for a new client:
    // \`sender\` is a new object each time. Refuse a name that is empty or taken.
    if (!clients.has(sender)) clients.add(sender)
    if (packet.type === 'join') {
      socket.send(JSON.stringify({ type: 'joined', name: packet.name }), sender.port, sender.address)
    }

    // TODO 3: pass on what members say, and only members, under the name from your table. Log who said what when.
    if (packet.type === 'say') {
      options.log?.(packet.text)
      const message = JSON.stringify({ ...packet, type: 'message', name: packet.name ?? 'somebody' })
      for (const client of clients) {
        if (client !== sender) socket.send(message, client.port, client.address)
      }
    }

    // TODO 4: remove a member that leaves, and one that was silent for \`idleMs\`.
  })

  async function close(): Promise<void> {
    if (closed === undefined) {
      closed = once(socket, 'close')
      socket.close()
    }
    await closed
  }

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first
  const { address: host, port } = socket.address()
  return { address: { host, port }, members: () => [...clients].map((client) => \`\${client.address}:\${client.port}\`), close }
}

/**
 * Joins the chat and stays a member until \`close()\`.
 * @throws Error with code 'NAME_TAKEN', 'BAD_NAME' or 'JOIN_TIMEOUT'
 */
export async function joinChat(options: JoinOptions): Promise<ChatClient> {
  const { server, name } = options
  const socket = createSocket('udp4')

  function send(packet: object): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(JSON.stringify(packet), server.port, server.host, (error) => (error ? reject(error) : resolve()))
    })
  }

  socket.on('message', (bytes) => {
    // TODO 5: ignore what is no message, and show the copies of a message once.
    const packet = JSON.parse(bytes.toString())
    if (packet.type === 'message') options.onMessage(packet)
  })

  // TODO 6: wait for the answer. Send the join again while there is none, reject when it is no, or when it never comes.
  await send({ type: 'join', name })

  return {
    async say(text) {
      // TODO 7: give the message an id of its own and the time of \`options.now\`.
      await send({ type: 'say', id: '', text, at: '' })
    },
    // TODO 8: say goodbye first, and make a second close() harmless.
    async close() {
      socket.close()
    },
  }
}

/**
 * Writes a message as one line: \`[14:05:09] 민수: 안녕\`.
 * @param timeZone an IANA name, such as \`Asia/Seoul\`; this machine's by default
 */
export function format(message: ChatMessage, timeZone?: string): string {
  // TODO 9: put the time in front, in the time zone of whoever reads it.
  return \`\${message.name}: \${message.text}\`
}

/**
 * Chats: prints what others say and says what is typed, until \`q\` or the end of the input.
 * @throws Error whatever joining or saying rejects with
 */
export async function runChat({ server, name, lines, print }: RunChatOptions): Promise<void> {
  const chat = await joinChat({ server, name, onMessage: (message) => print(format(message)) })
  // TODO 10: stop at a \`q\` without saying it, and leave the chat however this function ends.
  for await (const line of lines) {
    await chat.say(line)
    if (line === 'q') return
  }
}
`,
  },
  'lesson-5': {
    '05-file-transfer.ts': `// Lesson 5: a server for files, and its client, over TCP.
// Read first: lessons/05-file-transfer.md
// Then work through TODO 1 to 9, and after each one run: npm run check lesson-5

import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type {
  Address,
  Fetched,
  FetchOptions,
  FileServer,
  FileServerOptions,
  ListedFile,
  Transfer,
} from '../checker/contracts/05-file-transfer.ts'

/** What a frame carries: a JSON object. Whatever is in it was chosen by the other end. */
type Message = Readonly<Record<string, unknown>>

/**
 * Listens on 127.0.0.1 and serves the files of a folder.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startFileServer({ dir, port = 0, onTransfer }: FileServerOptions): Promise<FileServer> {
  // TODO 5: serve clients that end their direction after asking.
  const server = createServer((socket) => serveConnection(socket, dir, onTransfer))

  async function close(): Promise<void> {
    // TODO 5: end the connections that are still open, or this waits for them. Make a second close() harmless.
    server.close()
    await once(server, 'close')
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  const { address: host, port: bound } = server.address() as AddressInfo
  return { address: { host, port: bound }, close }
}

/**
 * Asks a server which files it has.
 * @throws Error with code 'INCOMPLETE' or 'PROTOCOL', or the system's when there is no connection
 */
export async function listFiles(server: Address): Promise<ListedFile[]> {
  return withConnection(server, listOver)
}

/**
 * Fetches files into a folder, each of them whole or not at all.
 * @throws Error with code 'INCOMPLETE' or 'PROTOCOL', or the system's when there is no connection
 */
export async function fetchFiles({ server, ...wanted }: FetchOptions): Promise<Fetched[]> {
  // TODO 9: give up when the signal aborts.
  return withConnection(server, (socket) => fetchOver(socket, wanted))
}

/** Serves one connection until the client ends it. Handles the stream's errors, and never throws. */
export function serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void {
  // TODO 5: survive a client that breaks the connection off.
  stream.on('data', (piece: Buffer) => {
    // TODO 1: a piece is not a request. Collect what comes, and take one frame after another out of it.
    // TODO 2: answer what is no request with \`error\`, and close.
    const request = JSON.parse(piece.subarray(4).toString())
    if (request.type === 'list') void sendList(stream, dir)
    // TODO 9: tell onTransfer how far each file is.
    if (request.type === 'get') void sendFiles(stream, dir, request.names)
  })
}

/** The client's side of \`listFiles\` over a connection that is open already. */
export async function listOver(stream: Duplex): Promise<ListedFile[]> {
  stream.write(encodeFrame({ type: 'list' }))
  // TODO 6: read the whole answer, and make sure that it is one.
  const [piece] = await once(stream, 'data')
  return JSON.parse(piece.subarray(4).toString()).files
}

/** The client's side of \`fetchFiles\` over a connection that is open already. */
export async function fetchOver(stream: Duplex, { names, into, onTransfer }: Omit<FetchOptions, 'server'>): Promise<Fetched[]> {
  stream.write(encodeFrame({ type: 'get', names }))
  const fetched: Fetched[] = []
  for (const name of names) {
    // TODO 7: read the frame of each answer, and then as many bytes as it announces.
    const [piece] = await once(stream, 'data')
    const bodyAt = 4 + piece.readUInt32BE()
    const answer = JSON.parse(piece.subarray(4, bodyAt).toString())
    const content = piece.subarray(bodyAt, bodyAt + answer.size)
    // TODO 8: put the file under its name when it is whole, and write nothing outside of \`into\`.
    await writeFile(join(into, answer.name), content)
    onTransfer?.({ name, direction: 'receive', bytes: answer.size, size: answer.size, state: 'done' })
    fetched.push({ name, status: 'ok' })
  }
  return fetched
}

/** Lays a message out for the wire. */
function encodeFrame(message: Message): Buffer {
  const json = Buffer.from(JSON.stringify(message))
  const frame = Buffer.alloc(4 + json.length)
  frame.writeUInt32BE(json.length)
  frame.set(json, 4)
  return frame
}

async function sendList(stream: Duplex, dir: string): Promise<void> {
  const files: ListedFile[] = []
  for (const name of await readdir(dir)) files.push({ name, size: (await stat(join(dir, name))).size })
  stream.write(encodeFrame({ type: 'files', files }))
}

async function sendFiles(stream: Duplex, dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    // TODO 4: refuse every name that leads out of the folder.
    const content = await readFile(join(dir, name)).catch(() => 'File not found')
    // TODO 3: say \`missing\` for a file that is not there, send the others piece by piece, and finish with \`end\`.
    stream.write(Buffer.concat([encodeFrame({ type: 'file', name, size: content.length }), Buffer.from(content)]))
  }
}

async function withConnection<T>({ host, port }: Address, work: (socket: Socket) => Promise<T>): Promise<T> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect') // rejects when 'error' comes first
    return await work(socket)
  } finally {
    socket.destroy()
  }
}
`,
  },
  'lesson-6': {
    '06-tls.ts': `// Lesson 6: the file server and its client over TLS.
// Read first: lessons/06-tls.md
// Then work through TODO 1 to 6, and after each one run: npm run check lesson-6

import { on, once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import type {
  Address,
  ClientTls,
  Fetched,
  FileServer,
  ListedFile,
  ServerTls,
  TlsFetchOptions,
  TlsFileServerOptions,
} from '../checker/contracts/06-tls.ts'
// Your own lesson 5. If you skipped it, take ours: '../solutions/05-file-transfer.ts'
import { fetchOver, listOver, serveConnection } from './05-file-transfer.ts'

// TODO 1: a server needs a context of its own, made from its own key and certificate. This one is made once, serves both ends
// of all connections, and welcomes versions of TLS that were given up long ago.
let context: SecureContext | undefined

function contextFor(tls: ServerTls | ClientTls): SecureContext {
  context ??= createSecureContext({ ...tls, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })
  return context
}

/**
 * Listens on 127.0.0.1 and serves the files of a folder over TLS.
 * @throws Error with a code when the port cannot be bound, or when key and certificate do not belong together
 */
export async function startFileServer(options: TlsFileServerOptions): Promise<FileServer> {
  const { dir, port = 0, tls, onTransfer } = options
  const server = createServer({ allowHalfOpen: true })

  async function accept(): Promise<void> {
    for await (const [socket] of on(server, 'connection')) {
      // TODO 2: shake hands with all clients at once, and survive whoever does not speak TLS or breaks off.
      const secured = new TLSSocket(socket, { isServer: true, secureContext: contextFor(tls) })
      await once(secured, 'secure')
      serveConnection(secured, dir, onTransfer)
    }
  }

  async function close(): Promise<void> {
    // TODO 3: end the connections that are still open, also those that are still shaking hands. Make a second close() harmless.
    server.close()
    await once(server, 'close')
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  void accept()
  const { address: host, port: bound } = server.address() as AddressInfo
  return { address: { host, port: bound }, close }
}

/**
 * Asks a server which files it has, once it has proved who it is.
 * @throws Error when it has not, or as in lesson 5
 */
export async function listFiles(server: Address, { tls }: { tls: ClientTls }): Promise<ListedFile[]> {
  return withConnection(server, tls, listOver)
}

/**
 * Fetches files into a folder, once the server has proved who it is.
 * @throws Error when it has not, with code 'INCOMPLETE' when the connection ends too early, or as in lesson 5
 */
export async function fetchFiles({ server, tls, ...wanted }: TlsFetchOptions): Promise<Fetched[]> {
  return withConnection(server, tls, (socket) => fetchOver(socket, wanted))
}

async function withConnection<T>({ host, port }: Address, tls: ClientTls, work: (socket: TLSSocket) => Promise<T>): Promise<T> {
  const socket = connect({
    host,
    port,
    // TODO 4: believe whom the authority in \`tls.ca\` vouches for, and nobody else.
    secureContext: contextFor(tls),
    rejectUnauthorized: false,
    // TODO 5: make sure that the certificate is for this host, or for \`tls.servername\` if there is one.
    checkServerIdentity: () => undefined,
  })
  // TODO 4: a refusal comes as 'error'. Reject then.
  // TODO 6: reject as well when TLS does not come about, and give up when the signal aborts.
  await new Promise<void>((resolve) => socket.once('secureConnect', resolve))
  try {
    return await work(socket)
  } finally {
    socket.destroy()
  }
}
`,
  },
  'lesson-7': {
    '07-p2p-network.ts': `// Lesson 7: nodes that find each other's files, without a centre.
// Read first: lessons/07-p2p-network.md
// Then work through TODO 1 to 11, and after each one run: npm run check lesson-7

import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Address, Hit, Node, NodeOptions } from '../checker/contracts/07-p2p-network.ts'
// If you have left out lesson 5, take ours: '../solutions/05-file-transfer.ts'
import { fetchFiles, serveConnection } from './05-file-transfer.ts'

/** What a frame carries: a JSON object. Whatever is in it was chosen by the other end. */
type Message = Readonly<Record<string, unknown>>

/** A connection to another node, once both have said hello. */
interface Link {
  readonly id: string
  readonly address: Address
  readonly socket: Socket
  files: readonly string[]
}

/**
 * Starts a node on 127.0.0.1, and links it with the peers that are there.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  // TODO 3: draw an id that no other node has. Nodes that are started in the same moment have the same clock.
  const { dir, id = Date.now().toString(16).padStart(32, '0'), port = 0, peers = [], ttl = 7, onTransfer } = options
  let shared = await readdir(dir)
  // TODO 4: one link for each other node, and none with this one.
  const links: Link[] = []
  const searches = new Map<string, (hit: Hit) => void>()

  const server = createServer((socket) => welcome(socket))

  /** Finds out what somebody else has connected for. */
  function welcome(socket: Socket): void {
    socket.once('data', (piece: Buffer) => {
      // TODO 2: wait for the whole first frame, whatever its pieces. And serve clients that end their direction after asking.
      const first = readMessage(piece)
      if (first.type === 'hello') {
        send(socket, hello())
        return talk(socket, first)
      }
      socket.unshift(piece)
      serveConnection(socket, dir, onTransfer)
    })
  }

  /** Connects to a node. Resolves when it has said hello. */
  async function dial({ host, port: peerPort }: Address): Promise<void> {
    const socket = connect({ host, port: peerPort })
    await once(socket, 'connect')
    send(socket, hello())
    const [piece] = (await once(socket, 'data')) as [Buffer]
    talk(socket, readMessage(piece))
  }

  /** Makes a link of a connection, and listens. */
  function talk(socket: Socket, greeting: Message): void {
    // TODO 3: a peer is reached where its hello says, and not where its connection comes from.
    const address = { host: String(socket.remoteAddress), port: Number(socket.remotePort) }
    const link: Link = { id: String(greeting.id), address, socket, files: [] }
    links.push(link)
    // TODO 1: a piece is not a frame. Read frames as in lesson 5, and close the link at what is none.
    socket.on('data', (piece: Buffer) => hear(link, readMessage(piece)))
    // TODO 11: when the connection ends or breaks, or the peer says bye, the link is gone.
  }

  function hear(from: Link, message: Message): void {
    // TODO 10: keep what a peer announces.
    if (message.type === 'query') onQuery(from, message)
    if (message.type === 'hit') onHit(from, message)
  }

  function onQuery(from: Link, { qid, name }: Message): void {
    // TODO 5: a name is no pattern, and a hit says who has the file, where, and what it is.
    const file = shared.find((each) => new RegExp(String(name)).test(each))
    if (file !== undefined) send(from.socket, { type: 'hit', qid, id, name: file })
    // TODO 6: pass the query on.
  }

  function onHit(from: Link, { qid, name }: Message): void {
    const hit = { id: from.id, address: from.address, name: String(name), size: 0, sha256: '' }
    searches.get(String(qid))?.(hit)
    // TODO 7: if others search for it, send it back the way the query came.
  }

  function hello(): Message {
    // TODO 3: tell the address that is to be told, and all files with size and hash.
    return { type: 'hello', id, host, port: bound, files: [] }
  }

  async function close(): Promise<void> {
    // TODO 11: end the links, or this waits for them. Make a second close() harmless.
    server.close()
    await once(server, 'close')
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects when 'error' comes first
  const { address: host, port: bound } = server.address() as AddressInfo
  await Promise.allSettled(peers.map(dial))

  return {
    id,
    address: { host, port: bound },
    peers: () => links.map((link) => ({ id: link.id, address: link.address, files: [...link.files] })),
    search(name, { timeoutMs = 1000 } = {}) {
      // TODO 8: ask under a new qid, with the TTL of this node, and collect all hits until the time is over.
      const qid = name
      for (const { socket } of links) send(socket, { type: 'query', qid, name, ttl: 1, hops: 0 })
      return new Promise((resolve) => {
        searches.set(qid, (hit) => resolve([hit]))
        setTimeout(() => resolve([]), timeoutMs)
      })
    },
    async download({ address, name }, into) {
      await fetchFiles({ server: address, names: [name], into })
      // TODO 9: make sure that a file came, and that it is the one that was found.
      return join(into, name)
    },
    async rescan() {
      shared = await readdir(dir)
      // TODO 10: tell all peers.
    },
    close,
  }
}

/** Takes a piece for a frame. */
function readMessage(piece: Buffer): Message {
  return JSON.parse(piece.subarray(4).toString()) as Message
}

/** Lays a message out for the wire, and sends it. */
function send(socket: Socket, message: Message): void {
  const json = Buffer.from(JSON.stringify(message))
  const frame = Buffer.alloc(4 + json.length)
  frame.writeUInt32BE(json.length)
  frame.set(json, 4)
  socket.write(frame)
}
`,
  },
  'lesson-8': {
    '08-gui.html': `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>My node</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <h1>My node</h1>

    <h2>What I share</h2>
    <ul id="files"></ul>

    <script type="module">
      const list = document.getElementById('files')

      async function showFiles() {
        const response = await fetch('/api/files')
        const files = await response.json()
        list.replaceChildren()
        for (const { name, size } of files) {
          // TODO 9: a name is a text, and not a piece of this page.
          list.insertAdjacentHTML('beforeend', \`<li>\${name}, \${size} bytes</li>\`)
        }
      }
      showFiles()

      // TODO 10: let people choose a file and share it. The list shows it then.
      // TODO 11: let them search for a file and fetch it, with a bar that shows how far it is, and words when it fails.
      // TODO 12: whatever another page has changed shows here, too.
    </script>
  </body>
</html>
`,
    '08-gui.ts': `// Lesson 8: a page for the node. It shares, searches, fetches, and shows how far it is.
// Read first: lessons/08-gui.md
// Then work through TODO 1 to 8 here, and 9 to 12 in 08-gui.html. After each one run: npm run check lesson-8

import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Gui, GuiOptions } from '../checker/contracts/08-gui.ts'
// If you have left out lesson 7, take ours: '../solutions/07-p2p-network.ts'
import { startNode } from './07-p2p-network.ts'

/**
 * Starts a node, and a page for it on 127.0.0.1.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {
  const page = await readFile(new URL('08-gui.html', import.meta.url))
  // TODO 5: hear from the node how far its transfers are, and tell it at /api/events.
  const node = await startNode({ dir, peers })

  const server = createServer((request, response) => {
    void answer(request, response)
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // TODO 6: answer this page only, and nobody who comes from another one.
    if (request.url === '/api/files') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(await list(dir)))
      return
    }
    // TODO 1: PUT /api/files/NAME makes a file of the body.
    // TODO 2: a name comes from outside. Decode it, and refuse what is more than a name.
    // TODO 3: GET /api/search asks the network.
    // TODO 4: POST /api/download fetches a file that was found.
    // TODO 7: the page is at \`/\`, and not everywhere. Say so with 404, and with 405.
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page)
  }

  // TODO 6: who can reach this? Only programs on this machine should.
  server.listen(port)
  // TODO 8: when this rejects, the node is still running.
  await once(server, 'listening') // rejects when 'error' comes first
  const { port: bound } = server.address() as AddressInfo

  return {
    url: \`http://127.0.0.1:\${bound}/\`,
    node: node.address,
    async close() {
      // TODO 8: end what is open, the node too, and make a second close() harmless.
      server.close()
      await once(server, 'close')
    },
  }
}

/** The files that lie in a folder directly. */
async function list(dir: string): Promise<{ name: string; size: number }[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  return Promise.all(names.map(async (name) => ({ name, size: (await stat(join(dir, name))).size })))
}
`,
  },
}
