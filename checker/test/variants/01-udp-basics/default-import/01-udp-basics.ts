// Odd but right: the default import of node:dgram, arrow functions, other names inside, and one export list at the end.

import dgram from 'node:dgram'
import events from 'node:events'
import buffer from 'node:buffer'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

const HOST = '127.0.0.1'

const listen = async (port: number | undefined) => {
  const socket = dgram.createSocket({ type: 'udp4', reuseAddr: false })
  socket.bind({ address: HOST, ...(port === undefined ? {} : { port }) })
  await events.once(socket, 'listening')
  return socket
}

const open = async ({ port, ...handlers }: ReceiverOptions): Promise<Receiver> => {
  const socket = await listen(port)
  const over = Object.assign(new AbortController(), { closed: events.once(socket, 'close') })
  over.signal.addEventListener('abort', () => socket.close(), { once: true })

  socket.on('message', (bytes, sender) => {
    if (bytes.length === 1 && bytes.readUInt8() === 'q'.charCodeAt(0)) over.abort()
    else if (buffer.isUtf8(bytes)) handlers.onMessage(bytes.toString(), { host: sender.address, port: sender.port })
    else handlers.onError?.(new Error('unreadable'))
  })

  const done = over.closed.then(() => undefined)
  const close = async () => {
    over.abort()
    await done
  }
  return Object.freeze({ address: Object.freeze({ host: HOST, port: socket.address().port }), done, close })
}

const send = async (text: string, to: Address) => {
  const socket = dgram.createSocket('udp4')
  const error = await new Promise<Error | null>((settle) => socket.send(text, to.port, to.host, settle))
  socket.close()
  if (error) throw error
}

const sendAll = async (lines: AsyncIterable<string>, to: Address) => {
  let count = 0
  for await (const line of lines) {
    await send(line, to)
    count++
    if (line === 'q') break
  }
  return count
}

export { open as startReceiver, send as sendText, sendAll as sendLines }
