// Odd but right: asks for no more than it must. Padding may be missing, a ttl of 0 or an empty list counts as none, damage
// in a text is shown as �, errors have codes of its own, and a token is forgotten ttl seconds after it came.

import * as crypto from 'node:crypto'
import { createSocket } from 'node:dgram'
import type {
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

const ONLY_BASE64URL = /^[\w-]+=*$/

export function generateKey(): string {
  return padded(crypto.randomBytes(32))
}

export function encrypt(key: string, message: Uint8Array, { now, iv }: EncryptOptions = {}): string {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(now ?? clock()))
  const vector = iv ?? crypto.randomBytes(16)
  const cipher = crypto.createCipheriv('aes-128-cbc', Buffer.from(key, 'base64url').subarray(16), vector)
  const signed = Buffer.concat([Buffer.of(0x80), time, vector, cipher.update(message), cipher.final()])
  return padded(Buffer.concat([signed, mac(key, signed)]))
}

/** Whatever goes wrong in here, for whatever reason, is an invalid token. */
export function decrypt(key: string, token: string, { ttl, now }: DecryptOptions = {}): Uint8Array {
  try {
    if (!ONLY_BASE64URL.test(token)) throw new Error('characters')
    const bytes = Buffer.from(token, 'base64url')
    const signed = bytes.subarray(0, -32)
    if (!crypto.timingSafeEqual(bytes.subarray(-32), mac(key, signed))) throw new Error('MAC')
    if (signed[0] !== 0x80) throw new Error('version')
    const age = (now ?? clock()) - Number(signed.readBigUInt64BE(1))
    if (ttl && (age > ttl || age < -60)) throw new Error('age')
    const decipher = crypto.createDecipheriv('aes-128-cbc', Buffer.from(key, 'base64url').subarray(16), signed.subarray(9, 25))
    return Buffer.concat([decipher.update(signed.subarray(25)), decipher.final()])
  } catch {
    throw withCode('INVALID_TOKEN')
  }
}

export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  return crypto.sign(null, message, privateKeyPem)
}

export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return crypto.verify(null, message, publicKeyPem, signature)
  } catch {
    return false
  }
}

export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { key, allow, ttl, now = clock, onMessage, onReject } = options
  const cameAt = new Map<string, number>()
  const socket = createSocket('udp4', (bytes, { address: host, port }) => {
    const from = { host, port }
    const present = now()
    const token = bytes.toString()
    for (const [old, time] of cameAt) if (ttl !== undefined && present - time >= ttl) cameAt.delete(old)
    // A copy is a copy, even of a token that is too old by now or that comes from a stranger.
    if (cameAt.has(token)) return onReject?.('replay', from)
    let text
    try {
      text = Buffer.from(decrypt(key, token, { ttl, now: present })).toString()
    } catch {
      return onReject?.('token', from)
    }
    if (allow?.length && !allow.includes(host)) return onReject?.('address', from)
    cameAt.set(token, present)
    onMessage(text, from)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', () => reject(withCode('CANNOT_LISTEN')))
    socket.bind(options.port, '127.0.0.1', resolve)
  })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', resolve)
  })
  let close = async () => {
    close = async () => closed
    socket.close()
    return closed
  }
  return { address: { host: '127.0.0.1', port: socket.address().port }, close: () => close() }
}

export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const token = encrypt(key, Buffer.from(text))
  if (token.length > 8_000) throw withCode('TOO_LONG')
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.send(token, to.port, to.host, (error) => (error ? reject(error) : resolve()))
  })
  socket.close()
}

function mac(key: string, bytes: Uint8Array): Buffer {
  return crypto.createHmac('sha256', Buffer.from(key, 'base64url').subarray(0, 16)).update(bytes).digest()
}

function padded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function clock(): number {
  return Math.floor(Date.now() / 1000)
}
