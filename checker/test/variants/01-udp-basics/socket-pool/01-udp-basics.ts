// Odd but right: a pool of three sockets, handed round; who finds none idle waits in line.

import { createSocket, type Socket } from 'node:dgram'
import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

class Pool {
  readonly #idle: Socket[]
  readonly #queue: ((socket: Socket) => void)[] = []

  constructor(size: number) {
    this.#idle = Array.from({ length: size }, () => createSocket('udp4').unref())
  }

  async use<T>(work: (socket: Socket) => Promise<T>): Promise<T> {
    const socket = this.#idle.shift() ?? (await new Promise<Socket>((resolve) => this.#queue.push(resolve)))
    try {
      return await work(socket)
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#idle.push(socket)
      else next(socket)
    }
  }
}

const pool = new Pool(3)

export async function sendText(text: string, { host, port }: Address): Promise<void> {
  await pool.use(
    (socket) =>
      new Promise<void>((resolve, reject) => {
        socket.send(text, port, host, (error) => (error === null ? resolve() : reject(error)))
      }),
  )
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  let sent = 0
  for await (const line of lines) {
    await sendText(line, to)
    sent += 1
    if (line === 'q') return sent
  }
  return sent
}

export async function startReceiver({ port, onMessage, onError }: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  const done = new Promise<void>((resolve) => socket.once('close', resolve))

  const isOpen = () => socket.listenerCount('message') > 0
  const close = async () => {
    if (isOpen()) socket.removeAllListeners('message').close()
    await done
  }

  socket.on('message', (bytes, { address, port: senderPort }) => {
    const text = bytes.toString()
    if (text === 'q') void close()
    else if (isUtf8(bytes)) onMessage(text, { host: address, port: senderPort })
    else onError?.(new Error(`not UTF-8: ${bytes.toString('hex')}`))
  })
  const listening = once(socket, 'listening')
  socket.bind(port, '127.0.0.1')
  await listening
  const bound = socket.address()
  return { address: { host: bound.address, port: bound.port }, done, close }
}
