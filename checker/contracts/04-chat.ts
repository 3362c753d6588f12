import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable }

/** One line of the chat. */
export interface ChatMessage {
  /** Chosen by the speaker's program and never used again by anyone, in this program or another: `crypto.randomUUID()`. */
  id: string
  /** Who said it, as the server knows them. */
  name: string
  /** Any text; it may hold line ends. */
  text: string
  /** When it was said, by the speaker's clock: ISO 8601 in UTC, as `Date.prototype.toISOString()` writes it. */
  at: string
}

export interface ChatServerOptions {
  /** Port to listen on, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /**
   * How long a member may be silent, in milliseconds; 60,000 by default. Whoever talks stays. Who is silent for `idleMs` is
   * no member any more, at once or a little later, whatever the others do: their names are free, they hear nothing more, and
   * when they speak again they are strangers.
   */
  idleMs?: number
  /**
   * Called for every message that is passed on, with one line that tells who said what when: `name`, `text` and the time, in
   * any layout. Other lines, about who comes and goes, are welcome.
   */
  log?(line: string): void
}

export interface ChatServer extends Closable {
  /** Where the server really listens: the host is 127.0.0.1, the port is never 0. */
  address: Address
  /** The names of all members, in any order. */
  members(): Promise<string[]> | string[]
}

export interface JoinOptions {
  server: Address
  /** How the others shall know this member. It is not empty. */
  name: string
  /** The clock for `at`; the machine's by default. */
  now?(): Date
  /**
   * How long to wait for the server's answer, in milliseconds; 2,000 by default. A join that stays unanswered is sent again
   * within this time.
   */
  timeoutMs?: number
  /** Called once for every message of the others: two messages with the same `id` are one. */
  onMessage(message: ChatMessage): void
}

/** A member of the chat. `close()` says goodbye to the server first; without an answer to wait for. */
export interface ChatClient extends Closable {
  /**
   * Says something to all others, in one datagram.
   * @returns once the operating system has taken the datagram; that it arrives is nobody's promise
   * @throws Error with the system's code, such as 'EMSGSIZE'
   */
  say(text: string): Promise<void>
}

export interface RunChatOptions {
  server: Address
  name: string
  /** What the user types. */
  lines: AsyncIterable<string>
  /** Shows one line on the screen. */
  print(line: string): void
}

/**
 * What `exercises/04-chat.ts` exports.
 *
 * On the wire one datagram is one JSON object in UTF-8. All fields are strings. Fields that are not listed here are ignored,
 * and so is every datagram that is no JSON object or has another `type`.
 *
 * | to the server | |
 * |---|---|
 * | `{type:"join",name}` | answered with `joined`, or `error` with BAD_NAME or NAME_TAKEN |
 * | `{type:"say",id,text,at}` | passed on to each other member once; answered with `error` NOT_JOINED if the sender is none |
 * | `{type:"leave"}` | not answered |
 *
 * | from the server | |
 * |---|---|
 * | `{type:"joined",name}` | also to a member that joins again |
 * | `{type:"error",code}` | |
 * | `{type:"message",id,name,text,at}` | `name` from the server's own table, the rest as the speaker sent it |
 *
 * A member is an address, and a name belongs to one member at a time. An empty name is a BAD_NAME. A server may refuse others,
 * too, but no ordinary short one, in whatever language. A join that is refused changes nothing: nobody loses a name by it, and
 * whoever was a member is one still. Everything that a server sends comes from the port at which it is joined.
 * @see RFC 8259 (JSON), RFC 3339 and ISO 8601 (times), and "UDP/datagram sockets" in the Node.js manual
 */
export interface Chat {
  /**
   * Listens on 127.0.0.1 only and passes on what members say. Each server has members, names and an `idleMs` of its own.
   * @returns once datagrams can arrive
   * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
   */
  startChatServer(options: ChatServerOptions): Promise<ChatServer>

  /**
   * Joins the chat, from one socket for everything that is sent and received. Once the server has answered, `timeoutMs` is of no
   * importance any more.
   * @returns once the server has answered `joined`; nothing else is a yes
   * @throws Error with code 'NAME_TAKEN' or 'BAD_NAME' when the server answers so, or 'JOIN_TIMEOUT' when no answer comes
   *   within `timeoutMs`, whether the server is silent or not there at all
   */
  joinChat(options: JoinOptions): Promise<ChatClient>

  /**
   * Writes a message as a line for a screen: `[14:05:09] 민수: 안녕`.
   * @param timeZone an IANA name, such as `Asia/Seoul`; this machine's by default
   */
  format(message: ChatMessage, timeZone?: string): string

  /**
   * Joins, prints every message with `format`, and says each line, until a line that is `q`, which is not said, or until the
   * lines end. Leaves the chat then, or when anything goes wrong.
   * @returns once it has left
   * @throws Error whatever `joinChat` or `say` rejects with
   */
  runChat(options: RunChatOptions): Promise<void>
}

/** What each export resolves to. */
export const shapes: ExportShapes<Chat> = {
  startChatServer: { fields: { address: 'address', members: 'function', close: 'function' } },
  joinChat: { fields: { say: 'function', close: 'function' } },
  format: 'text',
  runChat: 'nothing',
}
