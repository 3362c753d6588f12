// Odd but right: all messages leave from one socket that stays open, without keeping the program alive.

import { createSocket, type Socket } from 'node:dgram'
import { isUtf8 } from 'node:buffer'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

let outbox: Socket | undefined

export function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const done = new Promise<void>((ended) => socket.on('close', ended))
    let state: 'opening' | 'open' | 'closed' = 'opening'

    function close(): Promise<void> {
      if (state !== 'closed') {
        state = 'closed'
        socket.close()
      }
      return done
    }

    socket.on('error', (error) => {
      if (state === 'opening') reject(error)
      else options.onError?.(error)
    })
    socket.on('listening', () => {
      state = 'open'
      const { address: host, port } = socket.address()
      resolve({ address: { host, port }, done, close })
    })
    socket.on('message', (bytes, sender) => {
      if (bytes.equals(Buffer.of(0x71))) return void close()
      if (!isUtf8(bytes)) return options.onError?.(new Error('damaged text'))
      return options.onMessage(String(bytes), { host: sender.address, port: sender.port })
    })
    socket.bind(options.port, '127.0.0.1')
  })
}

export function sendText(text: string, to: Address): Promise<void> {
  outbox ??= createSocket('udp4').unref()
  const socket = outbox
  return new Promise((resolve, reject) => {
    socket.send(Buffer.from(text, 'utf8'), to.port, to.host, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const iterator = lines[Symbol.asyncIterator]()
  for (let sent = 0; ; sent += 1) {
    const next = await iterator.next()
    if (next.done === true) return sent
    await sendText(next.value, to)
    if (next.value === 'q') {
      void iterator.return?.()
      return sent + 1
    }
  }
}
