// Odd but right: datagrams and lines flow through web streams, and every end of a stream is the end of a socket.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isUtf8 } from 'node:buffer'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

interface Arrival {
  readonly bytes: Buffer
  readonly from: Address
}

function arrivals(socket: Socket): ReadableStream<Arrival> {
  return new ReadableStream({
    start(controller) {
      socket.on('message', (bytes, { address, port }) => controller.enqueue({ bytes, from: { host: address, port } }))
      socket.on('close', () => controller.close())
    },
  })
}

export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening')
  const { address: host, port } = socket.address()
  const closed = once(socket, 'close')
  let open = true

  const close = async () => {
    if (open) socket.close()
    open = false
    await closed
  }
  const mailbox = new WritableStream<Arrival>({
    write({ bytes, from }) {
      if (!open) return
      if (bytes.length === 1 && bytes.at(0) === 113) void close()
      else if (isUtf8(bytes)) options.onMessage(bytes.toString(), from)
      else options.onError?.(new Error('not UTF-8'))
    },
  })
  const done = arrivals(socket).pipeTo(mailbox)
  return { address: { host, port }, done, close }
}

export async function sendText(text: string, to: Address): Promise<void> {
  const writer = outlet(to).getWriter()
  try {
    await writer.write(text)
  } finally {
    await writer.close().catch(() => undefined)
  }
}

/** A stream whose every chunk leaves as one datagram, from one socket. */
function outlet({ host, port }: Address): WritableStream<string> {
  const socket = createSocket('udp4')
  return new WritableStream({
    write: (text) =>
      new Promise((resolve, reject) => {
        socket.send(text, port, host, (error) => {
          if (error === null) return resolve()
          socket.close()
          return reject(error)
        })
      }),
    close: () => void socket.close(),
  })
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const writer = outlet(to).getWriter()
  let sent = 0
  for await (const line of lines) {
    await writer.write(line)
    sent += 1
    if (line === 'q') break
  }
  await writer.close()
  return sent
}
