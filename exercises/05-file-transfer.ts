// Lesson 5: a server for files, and its client, over TCP.
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
    // TODO 2: answer what is no request with `error`, and close.
    const request = JSON.parse(piece.subarray(4).toString())
    if (request.type === 'list') void sendList(stream, dir)
    // TODO 9: tell onTransfer how far each file is.
    if (request.type === 'get') void sendFiles(stream, dir, request.names)
  })
}

/** The client's side of `listFiles` over a connection that is open already. */
export async function listOver(stream: Duplex): Promise<ListedFile[]> {
  stream.write(encodeFrame({ type: 'list' }))
  // TODO 6: read the whole answer, and make sure that it is one.
  const [piece] = await once(stream, 'data')
  return JSON.parse(piece.subarray(4).toString()).files
}

/** The client's side of `fetchFiles` over a connection that is open already. */
export async function fetchOver(stream: Duplex, { names, into, onTransfer }: Omit<FetchOptions, 'server'>): Promise<Fetched[]> {
  stream.write(encodeFrame({ type: 'get', names }))
  const fetched: Fetched[] = []
  for (const name of names) {
    // TODO 7: read the frame of each answer, and then as many bytes as it announces.
    const [piece] = await once(stream, 'data')
    const bodyAt = 4 + piece.readUInt32BE()
    const answer = JSON.parse(piece.subarray(4, bodyAt).toString())
    const content = piece.subarray(bodyAt, bodyAt + answer.size)
    // TODO 8: put the file under its name when it is whole, and write nothing outside of `into`.
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
    // TODO 3: say `missing` for a file that is not there, send the others piece by piece, and finish with `end`.
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
