// Odd but right: Node's callbacks are turned into promises with util.promisify, and nothing else is used.

import { createSocket } from 'node:dgram'
import { promisify } from 'node:util'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  const closeOnce = promisify((callback: () => void) => socket.close(callback))
  let closing: Promise<void> | undefined
  let reportDone: () => void
  const done = new Promise<void>((resolve) => {
    reportDone = resolve
  })

  const close = () => (closing ??= closeOnce().then(reportDone))

  socket.on('message', (bytes, { address, port }) => {
    const text = bytes.toString('utf8')
    if (!Buffer.from(text, 'utf8').equals(bytes)) options.onError?.(new Error('what was read is not what was written'))
    else if (text !== 'q') options.onMessage(text, { host: address, port })
    else void close()
  })

  await promisify((callback: (error?: Error) => void) => {
    socket.once('error', callback)
    socket.bind(options.port, '127.0.0.1', () => {
      socket.off('error', callback)
      callback()
    })
  })()

  const { address: host, port } = socket.address()
  return { address: { host, port }, done, close }
}

export async function sendText(text: string, { host, port }: Address): Promise<void> {
  const socket = createSocket('udp4')
  const send = promisify((bytes: Uint8Array, callback: (error: Error | null) => void) => {
    socket.send(bytes, port, host, callback)
  })
  const close = promisify((callback: () => void) => socket.close(callback))
  try {
    await send(Buffer.from(text))
  } finally {
    await close()
  }
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const iterator = lines[Symbol.asyncIterator]()

  async function sendRest(sent: number): Promise<number> {
    const { done, value } = await iterator.next()
    if (done === true) return sent
    await sendText(value, to)
    return value === 'q' ? sent + 1 : sendRest(sent + 1)
  }

  return sendRest(0)
}
