// Odd but right: WebCrypto in the receiver, with every step of it awaited. It looks for a copy first, opens the token then,
// and remembers its digest last, by the token's own time; what is too old is called a replay.

import { createHmac, createCipheriv, createDecipheriv, sign as signed, verify as verified, webcrypto } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import type {
  Address,
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

const { subtle } = webcrypto

class Refused extends Error {
  readonly code = 'INVALID_TOKEN'
  readonly untimely: boolean

  constructor(untimely = false) {
    super('refused')
    this.untimely = untimely
  }
}

export async function generateKey(): Promise<string> {
  return write(Buffer.from(webcrypto.getRandomValues(new Uint8Array(32))))
}

export async function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): Promise<string> {
  const iv = options.iv ?? webcrypto.getRandomValues(new Uint8Array(16))
  const cipher = createCipheriv('aes-128-cbc', read(key).subarray(16), iv)
  const head = Buffer.alloc(9, 0x80)
  head.writeBigUInt64BE(BigInt(options.now ?? Math.floor(Date.now() / 1000)), 1)
  const body = Buffer.concat([head, iv, cipher.update(message), cipher.final()])
  return write(Buffer.concat([body, createHmac('sha256', read(key).subarray(0, 16)).update(body).digest()]))
}

export async function decrypt(key: string, token: string, options: DecryptOptions = {}): Promise<Uint8Array> {
  return (await open(key, token, options)).message
}

async function open(key: string, token: string, { ttl, now = Date.now() / 1000 }: DecryptOptions) {
  if (/[^\w=-]/.test(token)) throw new Refused()
  const bytes = read(token)
  const body = bytes.subarray(0, Math.max(0, bytes.length - 32))
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const secret = await subtle.importKey('raw', read(key).subarray(0, 16), hmac, false, ['verify'])
  const isGenuine = await subtle.verify('HMAC', secret, bytes.subarray(body.length), body)
  if (!isGenuine || body[0] !== 0x80 || body.length < 41 || body.length % 16 !== 9) throw new Refused()
  const time = Number(body.readBigUInt64BE(1))
  if (ttl !== undefined && (now - time > ttl || time - now > 60)) throw new Refused(true)
  const decipher = createDecipheriv('aes-128-cbc', read(key).subarray(16), body.subarray(9, 25))
  try {
    return { time, message: Buffer.concat([decipher.update(body.subarray(25)), decipher.final()]) }
  } catch {
    throw new Refused()
  }
}

export async function sign(privateKeyPem: string, message: Uint8Array): Promise<Uint8Array> {
  return signed(null, message, privateKeyPem)
}

export async function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return Promise.resolve()
    .then(() => verified(null, message, publicKeyPem, signature))
    .catch(() => false)
}

export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { ttl, now = () => Math.floor(Date.now() / 1000) } = options
  const events = new EventEmitter()
  events.on('accept', options.onMessage)
  if (options.onReject) events.on('reject', options.onReject)
  const goodUntil = new Map<string, number>()

  async function take(bytes: Buffer, from: Address): Promise<void> {
    const present = now()
    for (const [digest, time] of goodUntil) if (time < present) goodUntil.delete(digest)
    const digest = Buffer.from(await subtle.digest('SHA-256', bytes)).toString('hex')
    if (goodUntil.has(digest)) return void events.emit('reject', 'replay', from)
    try {
      const { time, message } = await open(options.key, bytes.toString('latin1'), { ttl, now: present })
      if (options.allow?.every((host) => host !== from.host)) return void events.emit('reject', 'address', from)
      goodUntil.set(digest, time + (ttl ?? Infinity))
      events.emit('accept', message.toString(), from)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      events.emit('reject', error.untimely ? 'replay' : 'token', from)
    }
  }

  const socket = createSocket('udp4')
  socket.on('message', (bytes, { address: host, port }) => void take(bytes, { host, port }))
  socket.bind(options.port, '127.0.0.1')
  await once(socket, 'listening')
  const closed = once(socket, 'close')
  const closeOnce = { now: () => socket.close() }
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async close() {
      closeOnce.now()
      closeOnce.now = () => socket
      await closed
    },
  }
}

export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const token = await encrypt(key, Buffer.from(text))
  const socket = createSocket('udp4')
  const [error] = await new Promise<[Error | null]>((resolve) => {
    socket.send(token, to.port, to.host, (failure) => resolve([failure]))
  })
  socket.close()
  if (error !== null) throw error
}

function read(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

function write(bytes: Buffer): string {
  const text = bytes.toString('base64url')
  return text + '='.repeat(-text.length & 3)
}
