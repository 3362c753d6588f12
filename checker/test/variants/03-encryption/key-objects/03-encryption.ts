// Odd but right: KeyObjects, a cipher as a stream, WebCrypto for the MAC alone; replays are forgotten by a sweep.

import * as crypto from 'node:crypto'
import dgram from 'node:dgram'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

const { webcrypto } = crypto

export function generateKey(): Promise<string> {
  return new Promise((resolve, reject) => {
    crypto.randomBytes(32, (error, bytes) => (error ? reject(error) : resolve(spell(bytes))))
  })
}

export async function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): Promise<string> {
  const { aes, hmac } = readKey(key)
  const iv = options.iv ?? webcrypto.getRandomValues(new Uint8Array(16))
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(options.now === undefined ? BigInt(Date.now()) / 1000n : BigInt(options.now))
  const ciphertext = await through(crypto.createCipheriv('aes-128-cbc', aes, iv), message)
  const signed = Buffer.concat([Uint8Array.of(0x80), time, iv, ciphertext])
  const signature = await webcrypto.subtle.sign('HMAC', await hmac, signed)
  return spell(Buffer.concat([signed, Buffer.from(signature)]))
}

export async function decrypt(key: string, token: string, options: DecryptOptions = {}): Promise<Uint8Array> {
  const bytes = Buffer.from(token, 'base64url')
  if (spell(bytes) !== token) return refuse('spelling')
  const { aes, hmac } = readKey(key)
  const signed = bytes.subarray(0, Math.max(bytes.length - 32, 0))
  const genuine = await webcrypto.subtle.verify('HMAC', await hmac, bytes.subarray(signed.length), signed)
  if (!genuine) return refuse('MAC')
  if (signed.length < 25 || signed[0] !== 0x80) return refuse('head')
  if (options.ttl !== undefined) {
    const now = BigInt(Math.floor(options.now ?? Date.now() / 1000))
    const age = now - signed.readBigUInt64BE(1)
    if (age > BigInt(options.ttl) || age < -60n) return refuse('age')
  }
  const ciphertext = signed.subarray(25)
  if (ciphertext.length === 0) return refuse('nothing in it')
  const decipher = crypto.createDecipheriv('aes-128-cbc', aes, signed.subarray(9, 25))
  return through(decipher, ciphertext).catch(() => refuse('padding'))
}

export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  const key = crypto.createPrivateKey({ key: Buffer.from(privateKeyPem), format: 'pem' })
  return crypto.sign(null, Buffer.from(message), { key })
}

export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = crypto.createPublicKey({ key: Buffer.from(publicKeyPem), format: 'pem' })
    return crypto.verify(null, Buffer.from(message), { key }, Buffer.from(signature))
  } catch {
    return false
  }
}

export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const ttl = options.ttl ?? 60
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const remembered = new Map<string, number>()
  const socket = dgram.createSocket('udp4')
  socket.addListener('message', (datagram, info) => void take(datagram, info))
  async function take(datagram: Buffer, info: dgram.RemoteInfo): Promise<void> {
    const from = { host: info.address, port: info.port }
    // Later, and in a turn of its own: nobody waits for an answer.
    await nextTurn()
    if (options.allow !== undefined && !options.allow.some((host) => host === from.host)) {
      options.onReject?.('address', from)
      return
    }
    const present = now()
    const token = datagram.toString('latin1')
    const opened = await decrypt(options.key, token, { ttl, now: present }).then(Buffer.from, () => undefined)
    const text = opened?.toString('utf8')
    if (opened === undefined || text === undefined || !Buffer.from(text, 'utf8').equals(opened)) {
      options.onReject?.('token', from)
      return
    }
    const id = crypto.createHash('sha1').update(token).digest('base64')
    if (remembered.has(id)) options.onReject?.('replay', from)
    else {
      remembered.set(id, present)
      options.onMessage(text, from)
    }
    sweep(remembered, present - ttl - 61)
  }
  await new Promise<void>((resolve, reject) => {
    socket.addListener('error', reject)
    socket.bind(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = { host: '127.0.0.1', port: socket.address().port }
  const closed = new Promise<void>((resolve) => {
    socket.addListener('close', () => resolve())
  })
  return {
    address,
    async close() {
      try {
        socket.close()
      } catch {
        // It was closed before.
      }
      await closed
    },
  }
}

export async function sendSecure(text: string, options: SendSecureOptions): Promise<void> {
  const token = await encrypt(options.key, Buffer.from(text, 'utf8'))
  const socket = dgram.createSocket('udp4')
  const failure = await new Promise<Error | null>((resolve) => {
    socket.send(token, options.to.port, options.to.host, resolve)
  })
  socket.close()
  if (failure !== null && failure !== undefined) throw failure
}

function readKey(key: string) {
  const bytes = Buffer.from(key, 'base64url')
  return {
    aes: crypto.createSecretKey(bytes.subarray(16)),
    hmac: webcrypto.subtle.importKey('raw', bytes.subarray(0, 16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']),
  }
}

async function through(transform: crypto.Cipher, bytes: Uint8Array): Promise<Buffer> {
  const source = Readable.from(bytes.length === 0 ? [] : [Buffer.from(bytes)])
  const result = buffer(transform)
  source.pipe(transform)
  return result
}

function sweep(remembered: Map<string, number>, before: number): void {
  for (const [id, time] of remembered) if (time < before) remembered.delete(id)
}

function spell(bytes: Buffer): string {
  const text = bytes.toString('base64url')
  return text + '=='.slice(0, (4 - (text.length % 4)) % 4)
}

function refuse(reason: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(reason), { code: 'INVALID_TOKEN' }))
}
