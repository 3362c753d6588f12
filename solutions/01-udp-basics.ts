// Lesson 1: a UDP receiver and a UDP sender.
// Read first: lessons/01-udp-basics.md

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address, Receiver, ReceiverOptions } from '../checker/contracts/01-udp-basics.ts'

/**
 * Listens for datagrams on 127.0.0.1 until a `q` arrives or `close()` is called.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  let open = true
  const done = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })

  function close(): Promise<void> {
    if (open) {
      open = false
      socket.close()
    }
    return done
  }

  socket.on('message', (bytes, sender) => {
    if (!open) return
    const text = decode(bytes)
    if (text === 'q') void close()
    else if (text === undefined) options.onError?.(new Error(`${bytes.length} bytes that are not UTF-8`))
    else options.onMessage(text, { host: sender.address, port: sender.port })
  })

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first
  const { address: host, port } = socket.address()
  return { address: { host, port }, done, close }
}

/** Undefined when the bytes are not valid UTF-8. A leading byte order mark is part of the text. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Sends one datagram.
 * @throws Error with the system's code, such as 'EMSGSIZE' for more than 65,507 bytes
 */
export async function sendText(text: string, to: Address): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send(text, to.port, to.host, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

/**
 * Sends each line as one datagram, up to and including a line that is exactly `q`.
 * @returns how many datagrams were sent
 */
export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  let sent = 0
  for await (const line of lines) {
    await sendText(line, to)
    sent += 1
    if (line === 'q') break
  }
  return sent
}
