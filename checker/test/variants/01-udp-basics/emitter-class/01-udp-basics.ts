// Odd but right: the receiver is an instance of an EventEmitter class; its address and `done` are getters.

import { EventEmitter, once } from 'node:events'
import { createSocket } from 'node:dgram'
import type { Address, Receiver, ReceiverOptions } from '../../../../contracts/01-udp-basics.ts'

interface Events {
  text: [text: string, from: Address]
  damage: [error: Error]
  end: []
}

class UdpReceiver extends EventEmitter<Events> implements Receiver {
  private readonly socket = createSocket('udp4')
  readonly #end = once(this, 'end')
  #closing = false

  constructor() {
    super()
    this.socket.on('message', (bytes, sender) => this.#take(bytes, { host: sender.address, port: sender.port }))
    this.socket.on('close', () => this.emit('end'))
  }

  get address(): Address {
    const { address, port } = this.socket.address()
    return { host: address, port }
  }

  get done(): Promise<void> {
    return this.#end.then(() => undefined)
  }

  async listen(port = 0): Promise<this> {
    this.socket.bind(port, '127.0.0.1')
    await once(this.socket, 'listening')
    return this
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.socket.close()
    }
    return this.done
  }

  #take(bytes: Uint8Array, from: Address): void {
    if (this.#closing) return
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (cause) {
      this.emit('damage', new Error('not UTF-8', { cause }))
      return
    }
    if (text === 'q') void this.close()
    else this.emit('text', text, from)
  }
}

export async function startReceiver({ port, onMessage, onError = () => undefined }: ReceiverOptions): Promise<Receiver> {
  const receiver = new UdpReceiver()
  receiver.on('text', onMessage)
  receiver.on('damage', onError)
  return receiver.listen(port)
}

class UdpSender {
  readonly #to: Address
  sent = 0

  constructor(to: Address) {
    this.#to = to
  }

  async send(text: string): Promise<void> {
    const socket = createSocket('udp4')
    const { promise, settle } = settled()
    socket.send(text, this.#to.port, this.#to.host, settle)
    await promise.finally(() => socket.close())
    this.sent += 1
  }
}

function settled() {
  let settle!: (error: Error | null) => void
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === null ? resolve() : reject(error))
  })
  return { promise, settle }
}

export async function sendText(text: string, to: Address): Promise<void> {
  await new UdpSender(to).send(text)
}

export async function sendLines(lines: AsyncIterable<string>, to: Address): Promise<number> {
  const sender = new UdpSender(to)
  for await (const line of lines) {
    await sender.send(line)
    if (line === 'q') break
  }
  return sender.sent
}
