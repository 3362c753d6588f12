// Odd but right: WebCrypto throughout, so that everything answers with a promise.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type {
  Address,
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

const { subtle } = globalThis.crypto
type Bytes = Uint8Array<ArrayBuffer>
type Key = Awaited<ReturnType<typeof subtle.importKey>>

class InvalidToken extends Error {
  readonly code = 'INVALID_TOKEN'
}

export async function generateKey(): Promise<string> {
  const aes = await subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, ['encrypt'])
  const mac = globalThis.crypto.getRandomValues(new Uint8Array(16))
  return toText(join(mac, await subtle.exportKey('raw', aes)))
}

export async function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): Promise<string> {
  const { now = Math.floor(Date.now() / 1000), iv = globalThis.crypto.getRandomValues(new Uint8Array(16)) } = options
  const { aes, mac } = await keysOf(key)
  const head = new Uint8Array(9)
  const view = new DataView(head.buffer)
  view.setUint8(0, 0x80)
  view.setBigUint64(1, BigInt(now))
  const vector = new Uint8Array(iv)
  const signed = join(head, vector, await subtle.encrypt({ name: 'AES-CBC', iv: vector }, aes, new Uint8Array(message)))
  return toText(join(signed, await subtle.sign('HMAC', mac, signed)))
}

export async function decrypt(key: string, token: string, { ttl, now }: DecryptOptions = {}): Promise<Uint8Array> {
  const bytes = fromText(token)
  if (bytes === undefined || bytes.length < 73) throw new InvalidToken('It is no token.')
  const { aes, mac } = await keysOf(key)
  const signed = bytes.slice(0, -32)
  if (!(await subtle.verify('HMAC', mac, bytes.slice(-32), signed))) throw new InvalidToken('Its MAC is wrong.')
  if (signed[0] !== 0x80) throw new InvalidToken('It has another version.')
  if (ttl !== undefined) {
    const age = (now ?? Date.now() / 1000) - Number(new DataView(signed.buffer).getBigUint64(1))
    if (age > ttl || age < -60) throw new InvalidToken('It is not of this time.')
  }
  try {
    return new Uint8Array(await subtle.decrypt({ name: 'AES-CBC', iv: signed.slice(9, 25) }, aes, signed.slice(25)))
  } catch (cause) {
    throw new InvalidToken('It cannot be decrypted.', { cause })
  }
}

export async function sign(privateKeyPem: string, message: Uint8Array): Promise<Uint8Array> {
  const key = await subtle.importKey('pkcs8', fromPem(privateKeyPem), 'Ed25519', false, ['sign'])
  return new Uint8Array(await subtle.sign('Ed25519', key, new Uint8Array(message)))
}

export async function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    const key = await subtle.importKey('spki', fromPem(publicKeyPem), 'Ed25519', false, ['verify'])
    return await subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message))
  } catch {
    return false
  }
}

export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { ttl = 60, now = () => Date.now() / 1000 } = options
  const delivered = new Map<string, number>()
  const socket = createSocket('udp4')

  async function take(token: string, from: Address): Promise<void> {
    const present = now()
    let text: string
    try {
      const message = await decrypt(options.key, token, { ttl, now: present })
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(message)
    } catch {
      return options.onReject?.('token', from)
    }
    // Nothing is awaited between looking and remembering.
    if (delivered.has(token)) return options.onReject?.('replay', from)
    delivered.set(token, present + ttl + 60)
    for (const [old, until] of delivered) if (until < present) delivered.delete(old)
    options.onMessage(text, from)
  }

  socket.on('message', (bytes, { address: host, port }) => {
    const from = { host, port }
    if (options.allow?.includes(host) ?? true) void take(bytes.toString(), from)
    else options.onReject?.('address', from)
  })
  socket.bind(options.port, '127.0.0.1')
  await once(socket, 'listening')
  const closed = once(socket, 'close')
  let closing = false
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async close() {
      if (!closing) socket.close()
      closing = true
      await closed
    },
  }
}

export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const token = await encrypt(key, new TextEncoder().encode(text))
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.send(token, to.port, to.host, (error) => {
      socket.close()
      if (error) reject(error)
      else resolve()
    })
  })
}

async function keysOf(key: string): Promise<{ aes: Key; mac: Key }> {
  const bytes = fromText(key) ?? new Uint8Array()
  const [mac, aes] = await Promise.all([
    subtle.importKey('raw', bytes.slice(0, 16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']),
    subtle.importKey('raw', bytes.slice(16), 'AES-CBC', false, ['encrypt', 'decrypt']),
  ])
  return { aes, mac }
}

function fromPem(pem: string): Bytes {
  const body = /-----BEGIN [A-Z ]+-----([^-]+)-----END/.exec(pem)?.[1] ?? ''
  return Uint8Array.from(atob(body.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0))
}

function toText(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

function fromText(text: string): Bytes | undefined {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0))
    return bytes.length < 60_000 && toText(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

function join(...parts: (Bytes | ArrayBuffer)[]): Bytes {
  const all = parts.flatMap((part) => [...new Uint8Array(part)])
  return Uint8Array.from(all)
}
