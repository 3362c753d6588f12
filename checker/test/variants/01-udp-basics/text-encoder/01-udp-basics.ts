// Odd but right: only Uint8Array and the web's own encoder and decoder, no Buffer; a datagram leaves in two pieces.

import { createSocket } from 'node:dgram'
import type { Address, Receiver, ReceiverOptions, UdpBasics } from '../../../../contracts/01-udp-basics.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Decoded = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'end' } | { readonly kind: 'damaged' }

function read(bytes: Uint8Array): Decoded {
  try {
    const text = decoder.decode(bytes)
    return text === 'q' ? { kind: 'end' } : { kind: 'text', text }
  } catch {
    return { kind: 'damaged' }
  }
}

export const startReceiver: UdpBasics['startReceiver'] = (options: ReceiverOptions) =>
  new Promise<Receiver>((resolve, reject) => {
    const socket = createSocket({ type: 'udp4' }, (bytes, sender) => {
      const decoded = read(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      switch (decoded.kind) {
        case 'text':
          return options.onMessage(decoded.text, { host: sender.address, port: sender.port })
        case 'damaged':
          return options.onError?.(new SyntaxError('a datagram that is not UTF-8'))
        case 'end':
          return void close()
      }
    })
    const done = new Promise<void>((ended) => socket.once('close', () => ended()))
    let close = (): Promise<void> => {
      close = () => done
      socket.close()
      return done
    }
    socket.once('error', reject)
    socket.bind(options.port ?? 0, '127.0.0.1', () => {
      const { address, port } = socket.address()
      resolve({ address: { host: address, port }, done, close: () => close() })
    })
  })

export const sendText: UdpBasics['sendText'] = (text: string, to: Address) =>
  new Promise<void>((resolve, reject) => {
    const socket = createSocket('udp4')
    const bytes = encoder.encode(text)
    const middle = bytes.length >> 1
    socket.send([bytes.subarray(0, middle), bytes.subarray(middle)], to.port, to.host, (error) => {
      socket.close(() => (error === null ? resolve() : reject(error)))
    })
  })

export const sendLines: UdpBasics['sendLines'] = async (lines, to) => {
  let [sent, ended] = [0, false]
  const reader = lines[Symbol.asyncIterator]()
  while (!ended) {
    const { value, done } = await reader.next()
    if (done === true) break
    await sendText(value, to)
    sent += 1
    ended = value === 'q'
  }
  return sent
}
