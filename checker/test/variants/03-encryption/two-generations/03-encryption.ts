// Odd but right: slow, one thing after another; tokens are remembered in two generations that take turns, and a sweep by a
// real timer forgets them as well. The last look is at the address, and what is sent goes out of a connected socket.

import * as crypto from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as later } from 'node:timers/promises'
import type {
  Address,
  DecryptOptions,
  EncryptOptions,
  RejectReason,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function generateKey(): string {
  return spelt(crypto.generateKeySync('aes', { length: 256 }).export())
}

export async function encrypt(key: string, message: Uint8Array, { now, iv }: EncryptOptions = {}): Promise<string> {
  await later(2)
  const keys = Buffer.from(key, 'base64')
  const token = Buffer.alloc(25)
  token.writeUIntBE(now ?? Math.round(Date.now() / 1000), 3, 6)
  token.writeUInt8(0x80)
  token.set(iv ?? crypto.webcrypto.getRandomValues(new Uint8Array(16)), 9)
  const cipher = crypto.createCipheriv('aes-128-cbc', keys.subarray(16), token.subarray(9))
  const signed = Buffer.concat([token, cipher.update(message), cipher.final()])
  return spelt(Buffer.concat([signed, macOf(keys, signed)]))
}

export async function decrypt(key: string, token: string, { ttl, now }: DecryptOptions = {}): Promise<Uint8Array> {
  await later(2)
  const keys = Buffer.from(key, 'base64')
  const bytes = Buffer.from(token, 'base64')
  const body = bytes.subarray(0, -32)
  const mac = bytes.subarray(-32)
  let wrong = Array.from(token).some((digit) => digit !== '=' && !DIGITS.includes(digit)) || body.length < 41 ? 1 : 0
  for (const [at, byte] of macOf(keys, body).entries()) wrong |= byte ^ (mac[at] ?? 256)
  if (wrong !== 0 || body[0] !== 0x80) throw refusal()
  const age = BigInt(Math.floor(now ?? Date.now() / 1000)) - body.readBigUInt64BE(1)
  if (ttl !== undefined && (age > ttl || age < -60n)) throw refusal()
  const decipher = crypto.createDecipheriv('aes-128-cbc', keys.subarray(16), body.subarray(9, 25))
  try {
    return Buffer.concat([decipher.update(body.subarray(25)), decipher.final()])
  } catch {
    throw refusal()
  }
}

export function sign(privateKeyPem: string, message: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    crypto.sign(null, message, privateKeyPem, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}

export async function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    const key = crypto.createPublicKey(publicKeyPem)
    return signature.length === 64 && key.asymmetricKeyType === 'ed25519' && crypto.verify(null, message, key, signature)
  } catch {
    return false
  }
}

export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { key, allow, ttl = Infinity, now = () => Math.floor(Date.now() / 1000), onMessage, onReject } = options
  let [young, old] = [new Set<string>(), new Set<string>()]
  let turnedAt = now()
  let queue = Promise.resolve()

  async function judge(datagram: Buffer, host: string): Promise<RejectReason | { text: string }> {
    const token = datagram.toString('ascii')
    const present = now()
    if (present - turnedAt > ttl + 60) [young, old, turnedAt] = [new Set(), young, present]
    let message
    try {
      message = await decrypt(key, token, { now: present, ...(options.ttl === undefined ? {} : { ttl }) })
    } catch {
      return 'token'
    }
    if (young.has(token) || old.has(token)) return 'replay'
    if (allow && !allow.some((each) => each === host)) return 'address'
    young.add(token)
    if (ttl < 1_000_000) {
      setTimeout(() => {
        young.delete(token)
        old.delete(token)
      }, ttl * 1000).unref()
    }
    return { text: Buffer.from(message).toString() }
  }

  async function take(datagram: Buffer, from: Address): Promise<void> {
    const verdict = await judge(datagram, from.host)
    if (typeof verdict === 'string') onReject?.(verdict, from)
    else onMessage(verdict.text, from)
  }

  const socket = createSocket('udp4', (datagram: Buffer, { address: host, port }: RemoteInfo) => {
    queue = queue.then(() => take(datagram, { host, port }))
  })
  socket.bind(options.port, '127.0.0.1')
  await once(socket, 'listening')
  const closed = new Promise<void>((resolve) => {
    socket.once('close', resolve)
  })
  const closing = { isOver: false }
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async close() {
      if (!closing.isOver) socket.close()
      closing.isOver = true
      await closed
    },
  }
}

export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const socket = createSocket('udp4')
  try {
    socket.connect(to.port, to.host)
    await once(socket, 'connect')
    const token = await encrypt(key, new TextEncoder().encode(text))
    await new Promise<void>((resolve, reject) => {
      socket.send(token, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

function macOf(keys: Buffer, signed: Uint8Array): Buffer {
  return crypto.createHmac('sha256', keys.subarray(0, 16)).update(signed).digest()
}

function spelt(bytes: Buffer): string {
  const text = bytes.toString('base64url')
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

function refusal(): Error {
  return Object.assign(new RangeError('refused'), { code: 'INVALID_TOKEN' })
}
