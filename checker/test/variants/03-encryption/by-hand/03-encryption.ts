// Odd but right: HMAC, PKCS #7 and base64url by hand, one block at a time; replays are found in a sorted list.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomInt,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { createSocket } from 'node:dgram'
import type {
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function toText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3)
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63)
    text += b === undefined ? '=' : ALPHABET.charAt((bits >> 6) & 63)
    text += c === undefined ? '=' : ALPHABET.charAt(bits & 63)
  }
  return text
}

function toBytes(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new Error('not in groups of four')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3)
  for (let at = 0; at < text.length; at += 4) {
    let bits = 0
    for (let index = at; index < at + 4; index += 1) {
      const isPadding = index >= text.length - padding
      const value = isPadding ? 0 : ALPHABET.indexOf(text.charAt(index))
      if (value < 0) throw new Error('a character that is not in the alphabet')
      bits = (bits << 6) | value
    }
    bytes.set([bits >> 16, (bits >> 8) & 255, bits & 255], (at / 4) * 3)
  }
  if (bytes.subarray(bytes.length - padding).some((byte) => byte !== 0)) throw new Error('unused bits are set')
  return bytes.slice(0, bytes.length - padding)
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 2104. The key is shorter than a block of SHA-256. */
function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(64)
  block.set(key)
  const inner = block.map((byte) => byte ^ 0x36)
  const outer = block.map((byte) => byte ^ 0x5c)
  return sha256(outer, sha256(inner, message))
}

function differ(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((difference, byte, at) => difference | (byte ^ (b[at] ?? 256)), a.length ^ b.length)
}

function aes(key: Uint8Array, direction: 'in' | 'out', block: Uint8Array): Uint8Array {
  const make = direction === 'in' ? createCipheriv : createDecipheriv
  const cipher = make('aes-128-ecb', key, null).setAutoPadding(false)
  return Uint8Array.from(cipher.update(block))
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ (b[at] ?? 0))
}

export function generateKey(): string {
  return toText(Uint8Array.from({ length: 32 }, () => randomInt(256)))
}

export function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): string {
  const keys = toBytes(key)
  let time = options.now ?? Math.floor(Date.now() / 1000)
  const head = new Uint8Array(25)
  head[0] = 0x80
  for (let at = 8; at >= 1; at -= 1) {
    head[at] = time % 256
    time = Math.floor(time / 256)
  }
  head.set(options.iv ?? Uint8Array.from({ length: 16 }, () => randomInt(256)), 9)

  const padding = 16 - (message.length % 16)
  const padded = [...message, ...Array.from({ length: padding }, () => padding)]
  const signed = [...head]
  let previous = head.slice(9)
  for (let at = 0; at < padded.length; at += 16) {
    previous = aes(keys.subarray(16), 'in', xor(Uint8Array.from(padded.slice(at, at + 16)), previous)) as Uint8Array<ArrayBuffer>
    signed.push(...previous)
  }
  return toText(Uint8Array.from([...signed, ...hmac(keys.subarray(0, 16), Uint8Array.from(signed))]))
}

export function decrypt(key: string, token: string, options: DecryptOptions = {}): Uint8Array {
  try {
    return open(key, token, options)
  } catch (cause) {
    const error = new Error('INVALID_TOKEN', { cause }) as Error & { code: string }
    error.code = 'INVALID_TOKEN'
    throw error
  }
}

function open(key: string, token: string, { ttl, now = Date.now() / 1000 }: DecryptOptions): Uint8Array {
  const keys = toBytes(key)
  const bytes = toBytes(token)
  const signed = bytes.slice(0, Math.max(0, bytes.length - 32))
  if (differ(hmac(keys.subarray(0, 16), signed), bytes.slice(signed.length)) !== 0) throw new Error('MAC')
  if (signed[0] !== 0x80 || signed.length < 41 || (signed.length - 25) % 16 !== 0) throw new Error('layout')
  const time = signed.subarray(1, 9).reduce((sum, byte) => sum * 256 + byte, 0)
  if (ttl !== undefined && !(now - ttl <= time && time <= now + 60)) throw new Error('time')

  const plain: number[] = []
  for (let at = 25; at < signed.length; at += 16) {
    plain.push(...xor(aes(keys.subarray(16), 'out', signed.subarray(at, at + 16)), signed.subarray(at - 16, at)))
  }
  const padding = plain.at(-1) ?? 0
  const tail = plain.slice(-padding)
  if (padding < 1 || padding > 16 || tail.some((byte) => byte !== padding)) throw new Error('padding')
  return Uint8Array.from(plain.slice(0, -padding))
}

export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  return signBytes(null, message, createPrivateKey(privateKeyPem))
}

export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  let key
  try {
    key = createPublicKey(publicKeyPem)
  } catch {
    return false
  }
  return key.asymmetricKeyType === 'ed25519' && verifyBytes(null, message, key, signature)
}

export function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const ttl = options.ttl ?? 60
  /** Sorted by time; each is a time and the token that was made then. */
  let delivered: { time: number; token: string }[] = []
  const socket = createSocket('udp4')

  socket.on('message', (bytes, info) => {
    const from = { host: info.address, port: info.port }
    const present = now()
    const token = [...bytes].map((byte) => String.fromCharCode(byte)).join('')
    let text
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decrypt(options.key, token, { ttl, now: present }))
    } catch {
      options.onReject?.('token', from)
      return
    }
    const permitted = options.allow === undefined || options.allow.indexOf(from.host) >= 0
    const isCopy = delivered.some((each) => each.token === token)
    if (!permitted) options.onReject?.('address', from)
    else if (isCopy) options.onReject?.('replay', from)
    else {
      const time = toBytes(token.slice(0, 12))
        .subarray(1)
        .reduce((sum, byte) => sum * 256 + byte, 0)
      const young = delivered.filter((each) => each.time + ttl >= present)
      delivered = [...young, { time, token }].toSorted((a, b) => a.time - b.time)
      options.onMessage(text, from)
    }
  })

  let closing: Promise<void> | undefined
  function close(): Promise<void> {
    closing ??= new Promise((resolve) => {
      socket.once('close', resolve)
      socket.close()
    })
    return closing
  }
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(options.port ?? 0, '127.0.0.1', () => {
      socket.off('error', reject)
      resolve({ address: { host: '127.0.0.1', port: socket.address().port }, close })
    })
  })
}

export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const bytes = Buffer.from(encrypt(key, new TextEncoder().encode(text)), 'latin1')
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.send(bytes, 0, bytes.length, to.port, to.host, (error) => {
      if (error) reject(error)
      else resolve()
    })
  }).finally(() => socket.close())
}
