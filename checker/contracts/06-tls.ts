import type { FetchOptions, Fetched, FileServer, FileServerOptions, ListedFile, Transfer } from './05-file-transfer.ts'
import type { Address } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Fetched, FileServer, ListedFile, Transfer }

/** How a server proves who it is. Both are text in PEM, as a file of that kind holds it. */
export interface ServerTls {
  /** The private key: `-----BEGIN PRIVATE KEY-----`, RSA or EC. */
  key: string
  /** The certificate that belongs to it: `-----BEGIN CERTIFICATE-----`. */
  cert: string
}

/** Whom a client believes. */
export interface ClientTls {
  /** The certificate of the authority, in PEM. A server is believed when this authority vouches for it, and no other counts. */
  ca: string
  /**
   * The name that has to stand in the server's certificate, as a whole. By default it is `host` of the server's address, which is
   * an IPv4 address, and no other name will do.
   */
  servername?: string
}

/** As in lesson 5, and how the server proves who it is. */
export interface TlsFileServerOptions extends FileServerOptions {
  tls: ServerTls
}

/** As in lesson 5, and whom to believe. */
export interface TlsFetchOptions extends FetchOptions {
  tls: ClientTls
}

/**
 * What `exercises/06-tls.ts` exports: lesson 5 over TLS, version 1.2 or 1.3. Inside of TLS there are the frames of lesson 5,
 * unchanged. As there, a client closes its connections when the call is over, well or badly. Each call verifies the server anew, and
 * asks it for nothing before.
 * @see RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 8996 (why not older); RFC 9525 (whose certificate it is); "TLS (SSL)" in the
 *   Node.js manual
 */
export interface TlsFileTransfer {
  /**
   * Listens on 127.0.0.1 only and serves the files of a folder over TLS. Who does not speak TLS, breaks off, or never ends the
   * handshake gets nothing and harms nobody else.
   * @returns once clients can connect. `close()` breaks off all connections of this server, also those that are still shaking
   *   hands.
   * @throws Error with a code when the port cannot be bound, or when key and certificate do not belong together (at least if both
   *   are RSA or both EC: Node does not notice otherwise)
   */
  startFileServer(options: TlsFileServerOptions): Promise<FileServer>

  /**
   * Asks a server which files it has, once it has proved who it is.
   * @throws Error with any code when it has not: another authority vouches for it or none, the certificate is for another host or
   *   not valid today, or it speaks no TLS from 1.2 on
   * @throws Error as in lesson 5: 'INCOMPLETE', 'PROTOCOL', or the system's
   */
  listFiles(server: Address, options: { tls: ClientTls }): Promise<ListedFile[]>

  /**
   * Fetches files into a folder, once the server has proved who it is; else nothing is written.
   * @throws Error with any code when it has not, as for `listFiles`, or when something that comes was changed on the way
   * @throws Error with code 'INCOMPLETE' when the connection ends before the answer does, whether or not TLS was told of the end
   */
  fetchFiles(options: TlsFetchOptions): Promise<Fetched[]>
}

/** What each export resolves to. */
export const shapes: ExportShapes<TlsFileTransfer> = {
  startFileServer: { fields: { address: 'address', close: 'function' } },
  listFiles: { list: { fields: { name: 'text', size: 'number' } } },
  fetchFiles: { list: { fields: { name: 'text', status: 'text' } } },
}
