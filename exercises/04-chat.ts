// Lesson 4: a chat server and its clients.
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
    // `sender` is a new object each time. Refuse a name that is empty or taken.
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

    // TODO 4: remove a member that leaves, and one that was silent for `idleMs`.
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
  return { address: { host, port }, members: () => [...clients].map((client) => `${client.address}:${client.port}`), close }
}

/**
 * Joins the chat and stays a member until `close()`.
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
      // TODO 7: give the message an id of its own and the time of `options.now`.
      await send({ type: 'say', id: '', text, at: '' })
    },
    // TODO 8: say goodbye first, and make a second close() harmless.
    async close() {
      socket.close()
    },
  }
}

/**
 * Writes a message as one line: `[14:05:09] 민수: 안녕`.
 * @param timeZone an IANA name, such as `Asia/Seoul`; this machine's by default
 */
export function format(message: ChatMessage, timeZone?: string): string {
  // TODO 9: put the time in front, in the time zone of whoever reads it.
  return `${message.name}: ${message.text}`
}

/**
 * Chats: prints what others say and says what is typed, until `q` or the end of the input.
 * @throws Error whatever joining or saying rejects with
 */
export async function runChat({ server, name, lines, print }: RunChatOptions): Promise<void> {
  const chat = await joinChat({ server, name, onMessage: (message) => print(format(message)) })
  // TODO 10: stop at a `q` without saying it, and leave the chat however this function ends.
  for await (const line of lines) {
    await chat.say(line)
    if (line === 'q') return
  }
}
