// Odd but right: senders connect() their socket first, and sendLines sends all lines from a single one.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isUtf8 } from 'node:buffer'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

export async function startReceiver({ port = 0, onMessage, onError }: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  const done = new Promise<void>((resolve) => socket.once('close', resolve))
  let closing = false

  const close = () => {
    if (!closing) socket.close()
    closing = true
    return done
  }

  socket.on('message', (bytes, { address: host, port: from }) => {
    if (bytes.length === 1 && bytes[0] === 0x71) void close()
    else if (isUtf8(bytes)) onMessage(bytes.toString('utf8'), { host, port: from })
    else onError?.(new TypeError('a datagram that is not UTF-8'))
  })

  socket.bind({ port, address: '127.0.0.1', exclusive: true })
  await once(socket, 'listening')
  return { address: { host: '127.0.0.1', port: socket.address().port }, done, close }
}

export async function sendText(text: string, to: Address): Promise<void> {
  const socket = await connect(to)
  try {
    await sendOver(socket, text)
  } finally {
    socket.close()
  }
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const socket = await connect(to)
  let sent = 0
  try {
    for await (const line of lines) {
      await sendOver(socket, line)
      sent += 1
      if (line === 'q') return sent
    }
    return sent
  } finally {
    socket.close()
  }
}

async function connect({ host, port }: Address): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.connect(port, host)
  await once(socket, 'connect')
  // A connected socket is told when nobody listens at the other end. That loses a datagram and is no error here.
  socket.on('error', () => undefined)
  return socket
}

function sendOver(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(text, (error) => {
      // So is its next send.
      if (error === null || ('code' in error && error.code === 'ECONNREFUSED')) resolve()
      else reject(error)
    })
  })
}
