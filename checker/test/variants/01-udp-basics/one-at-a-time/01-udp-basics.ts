// Odd but right: everything goes through queues. Messages are handed over a turn later than they come, and sends wait
// for one another.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

let lastSend: Promise<unknown> = Promise.resolve()

export async function startReceiver({ port = 0, onMessage, onError }: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  const queue: { readonly bytes: Uint8Array; readonly from: Address }[] = []
  const done = new Promise<void>((resolve) => socket.once('close', resolve))
  let open = true

  async function close(): Promise<void> {
    if (open) {
      open = false
      queue.length = 0
      socket.close()
    }
    await done
  }

  function handOver(): void {
    const datagram = queue.shift()
    if (datagram === undefined) return
    const text = Buffer.from(datagram.bytes).toString()
    if (text === 'q') void close()
    else if (Buffer.compare(Buffer.from(text), datagram.bytes) !== 0) onError?.(new Error('not UTF-8'))
    else onMessage(text, datagram.from)
  }

  socket.on('message', (bytes, { address, port: senderPort }) => {
    queue.push({ bytes, from: { host: address, port: senderPort } })
    setImmediate(handOver)
  })
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return { address: { host: '127.0.0.1', port: socket.address().port }, done, close }
}

export function sendText(text: string, to: Address): Promise<void> {
  const sending = lastSend.then(() => sendNow(text, to))
  lastSend = sending.catch(() => undefined)
  return sending
}

async function sendNow(text: string, { host, port }: Address): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send(Buffer.from(text), port, host, (error) => (error === null ? resolve() : reject(error)))
    })
  } finally {
    socket.close()
    await once(socket, 'close')
  }
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const sends: Promise<void>[] = []
  for await (const line of lines) {
    sends.push(sendText(line, to))
    if (line === 'q') break
  }
  await Promise.all(sends)
  return sends.length
}
