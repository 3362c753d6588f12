import type { Duplex } from 'node:stream'
import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable }

/** How far a file is on its way. */
export interface Transfer {
  /** As it was asked for. */
  name: string
  /** Seen from the program that reports it. */
  direction: 'send' | 'receive'
  /** How many bytes of the file have passed so far. */
  bytes: number
  /** How many bytes the file has in all. */
  size: number
  /** `done` when all bytes have passed, and nothing about this file comes after it; `failed` when that will never be. */
  state: 'active' | 'done' | 'failed'
}

export interface FileServerOptions {
  /** The folder with the files, or a link to it. Nothing outside is ever sent. */
  dir: string
  /** Port to listen on, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /** Called again and again while a file is sent. `bytes` never gets less. */
  onTransfer?(transfer: Transfer): void
}

/** `close()` does not wait for clients that ask for nothing. What becomes of a file on its way then is up to you. */
export interface FileServer extends Closable {
  /** Where the server really listens: the host is 127.0.0.1, the port is never 0. */
  address: Address
}

/** A file that a server has. */
export interface ListedFile {
  /** Its path in the folder. */
  name: string
  /** In bytes. */
  size: number
}

export interface FetchOptions {
  server: Address
  /** Which files, in which order: at most 1,000, as many as fit into one request. */
  names: string[]
  /** The folder for them. It is there already. Nothing outside is ever written, nor a file under a name that is not in `names`. */
  into: string
  /** Called again and again while a file is received. `bytes` never gets less, and is `size` in the end. */
  onTransfer?(transfer: Transfer): void
  /** Gives up when it aborts: the call rejects, with any code. */
  signal?: AbortSignal
}

/** What came of one name. */
export interface Fetched {
  name: string
  /** `ok`: it lies in `into` under its name, whole. `missing`: the server has no such file. `refused`: it may not be asked for. */
  status: 'ok' | 'missing' | 'refused'
}

/**
 * What `exercises/05-file-transfer.ts` exports.
 *
 * A connection carries frames, in both directions. A frame is a length H, as a u32 in network order and at most 65,536, then H
 * bytes of JSON in UTF-8: an object with a `type`. After a `file` come the bytes of the file, `size` of them, and then the next
 * frame.
 *
 * | from the client | |
 * |---|---|
 * | `{type:"list"}` | answered with `files` |
 * | `{type:"get",names}` | at most 1,000 names; answered for each name, in order, with `file`, `missing` or `refused`, then `end` |
 *
 * | from the server | |
 * |---|---|
 * | `{type:"files",files}` | each `{name,size}` |
 * | `{type:"file",name,size}` | and the bytes |
 * | `{type:"missing",name}` | there is no such file, perhaps a folder of that name |
 * | `{type:"refused",name}` | the name does not stay in the folder, or means something else on another system |
 * | `{type:"end",count}` | `count` names have been answered |
 * | `{type:"error",message}` | the request was a bad one; then the connection closes |
 *
 * A client may send several requests over one connection, even before the first is answered, and may end its direction when it
 * has asked for everything; the server ends its own when it has answered. Answers come in the order of the requests. Refused are names that are empty, absolute or `.`, that lead out of the folder, by `..` or by a
 * symbolic link, and that hold a `\` or a NUL. When a file cannot be read to its end, or has become shorter, the server destroys
 * the connection. A client closes its connections when the call is over.
 * @see RFC 9293 (TCP), sections 3.6 and 3.9.1; RFC 8259 (JSON); "Net" and "Stream" in the Node.js manual
 */
export interface FileTransfer {
  /**
   * Listens on 127.0.0.1 only and serves the files of a folder to any number of clients at once. What one client sends, or fails
   * to read, is no other client's trouble.
   * @returns once clients can connect
   * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
   */
  startFileServer(options: FileServerOptions): Promise<FileServer>

  /**
   * Asks a server which files it has now, in any order.
   * @throws Error when there is no connection, when it ends before the answer does, or when what comes is no answer
   */
  listFiles(server: Address): Promise<ListedFile[]>

  /**
   * Fetches files into a folder. When it rejects, no file that was on its way is left there under its name, as if it were whole.
   * @returns once the server has answered for all of them: one entry for each name, in the order of the names
   * @throws Error with the system's code, such as 'ECONNREFUSED', when there is no connection; with code 'INCOMPLETE' when it ends
   *   before the answer does; with code 'PROTOCOL' when what comes is no answer
   */
  fetchFiles(options: FetchOptions): Promise<Fetched[]>

  /**
   * Serves one connection, with everything that can be read from it, until the client ends it or sends a bad request. Lessons 6
   * and 7 hand it connections of their own. It ends the stream, handles its errors, and never throws.
   * @param stream an open connection, such as a socket made with `allowHalfOpen`, so that it may still write when the client has
   *   ended
   * @param dir the folder with the files
   */
  serveConnection(stream: Duplex, dir: string, onTransfer?: (transfer: Transfer) => void): void
}

/** What each export resolves to. */
export const shapes: ExportShapes<FileTransfer> = {
  startFileServer: { fields: { address: 'address', close: 'function' } },
  listFiles: { list: { fields: { name: 'text', size: 'number' } } },
  fetchFiles: { list: { fields: { name: 'text', status: 'text' } } },
  serveConnection: 'nothing',
}
