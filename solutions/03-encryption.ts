// Lesson 3: datagrams nobody else can read or change.
// Read first: lessons/03-encryption.md

import * as crypto from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type {
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../checker/contracts/03-encryption.ts'

const VERSION = 0x80
/** How far ahead of ours the clock of a sender may be, in seconds. */
const MAX_CLOCK_SKEW_S = 60

/** Where the parts of a token begin, in bytes; the MAC is at its end. */
const TIME_AT = 1
const IV_AT = 9
const CIPHERTEXT_AT = 25
const BLOCK_BYTES = 16
const MAC_BYTES = 32
const SHORTEST_TOKEN_BYTES = CIPHERTEXT_AT + BLOCK_BYTES + MAC_BYTES

/** Makes a key: 32 random bytes in base64url with padding. */
export function generateKey(): string {
  return toBase64url(crypto.randomBytes(32))
}

/** Seals a message in a Fernet token. */
export function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): string {
  const { now = unixTime(), iv = crypto.randomBytes(16) } = options
  const header = Buffer.alloc(IV_AT)
  header.writeUInt8(VERSION)
  header.writeBigUInt64BE(BigInt(now), TIME_AT)

  const cipher = crypto.createCipheriv('aes-128-cbc', encryptionHalf(key), iv)
  const signed = Buffer.concat([header, iv, cipher.update(message), cipher.final()])
  return toBase64url(Buffer.concat([signed, macOf(key, signed)]))
}

/**
 * Opens a Fernet token.
 * @throws Error with code 'INVALID_TOKEN' for every token that is refused, whatever is wrong with it
 */
export function decrypt(key: string, token: string, options: DecryptOptions = {}): Uint8Array {
  const { ttl, now = unixTime() } = options
  const bytes = fromBase64url(token)
  if (bytes === undefined || bytes.length < SHORTEST_TOKEN_BYTES) throw invalidToken()

  const signed = bytes.subarray(0, -MAC_BYTES)
  const mac = bytes.subarray(-MAC_BYTES)
  if (!crypto.timingSafeEqual(mac, macOf(key, signed))) throw invalidToken()
  if (signed[0] !== VERSION) throw invalidToken()
  if (ttl !== undefined && !isTimely(Number(signed.readBigUInt64BE(TIME_AT)), now, ttl)) throw invalidToken()

  const decipher = crypto.createDecipheriv('aes-128-cbc', encryptionHalf(key), signed.subarray(IV_AT, CIPHERTEXT_AT))
  try {
    return Buffer.concat([decipher.update(signed.subarray(CIPHERTEXT_AT)), decipher.final()])
  } catch (cause) {
    throw invalidToken(cause) // not whole blocks, or wrong padding
  }
}

/** Signs a message with an Ed25519 private key. */
export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  return crypto.sign(null, message, privateKeyPem)
}

/** Tells whether the owner of the private key signed exactly this message. Never throws. */
export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return crypto.verify(null, message, publicKeyPem, signature)
  } catch {
    return false
  }
}

/**
 * Listens on 127.0.0.1 and delivers the text of every genuine token once.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { key, allow, ttl, now = unixTime, onMessage, onReject } = options
  const remember = openMemory(ttl === undefined ? Infinity : ttl + MAX_CLOCK_SKEW_S)
  const socket = createSocket('udp4')
  let open = true
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })

  socket.on('message', (bytes, sender) => {
    if (!open) return
    const from = { host: sender.address, port: sender.port }
    if (allow !== undefined && !allow.includes(from.host)) return onReject?.('address', from)
    const token = bytes.toString('latin1')
    const present = now()
    const text = readText(key, token, { ttl, now: present })
    if (text === undefined) return onReject?.('token', from)
    if (!remember(token, present)) return onReject?.('replay', from)
    onMessage(text, from)
  })

  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening') // rejects when 'error' comes first
  const { address: host, port } = socket.address()
  return {
    address: { host, port },
    close() {
      if (open) socket.close()
      open = false
      return closed
    },
  }
}

/**
 * Sends a text as one token.
 * @throws Error with the system's code, such as 'EMSGSIZE' when the token is longer than 65,507 bytes
 */
export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const token = encrypt(key, Buffer.from(text))
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send(token, to.port, to.host, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

/** The text in a token; undefined when the token is refused or its message is not UTF-8. */
function readText(key: string, token: string, options: DecryptOptions): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(decrypt(key, token, options))
  } catch {
    return undefined
  }
}

/**
 * Remembers tokens for as long as a copy of them could be valid. A token may come from a clock that is ahead, so that is
 * longer than the ttl. Without a ttl it is for ever.
 * @returns takes a token; false when it is known already
 */
function openMemory(seconds: number): (token: string, now: number) => boolean {
  const forgetAfter = new Map<string, number>() // the oldest first
  return (token, now) => {
    for (const [old, time] of forgetAfter) {
      if (time >= now) break
      forgetAfter.delete(old)
    }
    if (forgetAfter.has(token)) return false
    forgetAfter.set(token, now + seconds)
    return true
  }
}

function isTimely(time: number, now: number, ttl: number): boolean {
  return time + ttl >= now && time <= now + MAX_CLOCK_SKEW_S
}

function macOf(key: string, signed: Uint8Array): Buffer {
  return crypto.createHmac('sha256', signingHalf(key)).update(signed).digest()
}

function signingHalf(key: string): Buffer {
  return Buffer.from(key, 'base64url').subarray(0, 16)
}

function encryptionHalf(key: string): Buffer {
  return Buffer.from(key, 'base64url').subarray(16)
}

/** Base64url with padding. Node's own 'base64url' leaves the padding out. */
function toBase64url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/** Undefined for every text that is not the one spelling of its bytes. Node's decoder skips what it does not know. */
function fromBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return toBase64url(bytes) === text ? bytes : undefined
}

function invalidToken(cause?: unknown): Error {
  return Object.assign(new Error('The token is not valid.', { cause }), { code: 'INVALID_TOKEN' })
}

/** Whole seconds since 1970. */
function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}
