// Odd but right: hands over and closes a little later, counts bytes before the system does, and reads lines by hand.

import { createSocket } from 'node:dgram'
import { isUtf8 } from 'node:buffer'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

const MOST = 65_507

export function startReceiver({ port = 0, onMessage, onError }: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  let handedOver = Promise.resolve()
  let ending: Promise<void> | undefined

  async function end(): Promise<void> {
    await handedOver
    await sleep(50)
    await new Promise<void>((resolve) => {
      socket.close(resolve)
    })
  }
  const close = () => (ending ??= end())

  async function handOver(earlier: Promise<void>, bytes: Buffer, from: Address): Promise<void> {
    await earlier
    if (isUtf8(bytes)) onMessage(bytes.toString(), from)
    else onError?.(new TypeError('not UTF-8'))
  }

  let ended: () => void
  const done = new Promise<void>((resolve) => {
    ended = resolve
  })
  socket.on('close', () => ended())

  socket.on('message', (bytes, sender) => {
    if (ending !== undefined) return
    if (bytes.equals(Buffer.from('q'))) {
      void close()
      return
    }
    handedOver = handOver(handedOver, bytes, { ...sender, host: sender.address })
  })

  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ port, address: '127.0.0.1', exclusive: true })
    socket.once('listening', () => {
      const { address: host, port: bound } = socket.address()
      resolve(Object.freeze({ address: { host, port: bound }, done, close }))
    })
  })
}

export function sendText(text: string, { host, port }: Address): Promise<void> {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > MOST) return Promise.reject(Object.assign(new RangeError('too long'), { code: 'EMSGSIZE' }))
  const socket = createSocket('udp4')
  const closeLater = () => setTimeout(() => socket.close(), 100)
  return new Promise<void>((resolve, reject) => {
    socket.send([bytes], port, host, (error) => (error === null ? resolve() : reject(error)))
  }).finally(closeLater)
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const typed = lines[Symbol.asyncIterator]()
  for (let sent = 0; ;) {
    const { value: line, done } = await typed.next()
    if (done === true) return sent
    await sendText(line, to)
    sent += 1
    if (line === 'q') {
      await typed.return?.()
      return sent
    }
  }
}
