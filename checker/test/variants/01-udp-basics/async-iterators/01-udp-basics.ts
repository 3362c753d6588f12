// Odd but right: no callbacks at all inside; datagrams and lines are pulled with `for await`.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isUtf8 } from 'node:buffer'
import { on, once } from 'node:events'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

const Q = Buffer.from('q')

async function* datagrams(socket: Socket, signal: AbortSignal): AsyncGenerator<[bytes: Buffer, sender: RemoteInfo]> {
  try {
    for await (const event of on(socket, 'message', { signal })) yield event as [Buffer, RemoteInfo]
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const socket = createSocket('udp4')
  const stop = new AbortController()
  const incoming = datagrams(socket, stop.signal)

  async function receive(): Promise<void> {
    const closed = once(socket, 'close')
    for await (const [bytes, { address: host, port }] of incoming) {
      if (bytes.equals(Q)) break
      if (isUtf8(bytes)) options.onMessage(bytes.toString(), { host, port })
      else options.onError?.(new RangeError('not UTF-8'))
    }
    socket.close()
    await closed
  }

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening')
  const done = receive()
  const { address: host, port } = socket.address()
  return {
    address: { host, port },
    done,
    async close() {
      stop.abort()
      await done
    },
  }
}

async function* upToQ(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) {
    yield line
    if (line === 'q') return
  }
}

export async function sendText(text: string, to: Address): Promise<void> {
  const sent = new EventTarget()
  const socket = createSocket('udp4')
  socket.send(text, to.port, to.host, (detail) => sent.dispatchEvent(new CustomEvent('sent', { detail })))
  const [{ detail: error }] = (await once(sent, 'sent')) as [CustomEvent<Error | null>]
  socket.close()
  if (error !== null) throw error
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  let count = 0
  for await (const line of upToQ(lines)) {
    await sendText(line, to)
    count += 1
  }
  return count
}
