// Odd but right: the receiver's socket is closed through the `signal` that it was created with.

import { createSocket } from 'node:dgram'
import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const end = new AbortController()
  const socket = createSocket({ type: 'udp4', signal: end.signal })

  socket.on('message', (bytes, sender) => {
    if (bytes.toString('latin1') === 'q') end.abort()
    else if (isUtf8(bytes)) options.onMessage(bytes.toString(), { host: sender.address, port: sender.port })
    else options.onError?.(new Error('not UTF-8'))
  })

  socket.bind(options.port, '127.0.0.1')
  await once(socket, 'listening')
  const closed = once(socket, 'close')
  const { address: host, port } = socket.address()
  return new (class {
    readonly address = { host, port }
    readonly done = closed.then(() => undefined)
    close = async () => {
      end.abort()
      await closed
    }
  })()
}

export async function sendText(text: string, { host, port }: Address): Promise<void> {
  const end = new AbortController()
  const socket = createSocket({ type: 'udp4', signal: end.signal })
  socket.bind(0, '0.0.0.0')
  await once(socket, 'listening')
  try {
    await new Promise<void>((resolve, reject) => {
      const bytes = Buffer.from(text)
      socket.send(bytes, 0, bytes.length, port, host, (error) => (error === null ? resolve() : reject(error)))
    })
  } finally {
    end.abort()
  }
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  let sent = 0
  for await (const line of Readable.from(lines)) {
    await sendText(line, to)
    sent += 1
    if (line === 'q') break
  }
  return sent
}
