// Lesson 1: a UDP receiver and a UDP sender.
// Read first: lessons/01-udp-basics.md
// Then work through TODO 1 to 8, and after each one run: npm run check lesson-1

import { createSocket } from 'node:dgram'
import type { Address, Receiver, ReceiverOptions } from '../checker/contracts/01-udp-basics.ts'

/**
 * Listens for datagrams on 127.0.0.1 until a `q` arrives or `close()` is called.
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
    // TODO 4: end when the datagram is exactly `q`: close the socket and deliver nothing more.
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
 * Sends each line as one datagram, up to and including a line that is exactly `q`.
 * @returns how many datagrams were sent
 */
export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  let sent = 0
  for await (const line of lines) {
    // TODO 8: send the `q` too, or the receiver never learns that you have stopped.
    if (line === 'q') break
    await sendText(line, to)
    sent += 1
  }
  return sent
}
