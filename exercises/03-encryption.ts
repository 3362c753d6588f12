// Lesson 3: datagrams nobody else can read or change.
// Read first: lessons/03-encryption.md
// Then work through TODO 1 to 10, and after each one run: npm run check lesson-3

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

/** Where the parts of a token begin, in bytes. */
const TIME_AT = 1
const IV_AT = 9
const CIPHERTEXT_AT = 25

/** Makes a key: 32 random bytes in base64url with padding. */
export function generateKey(): string {
  // TODO 1: keep the padding. Node's 'base64url' leaves it out.
  return crypto.randomBytes(32).toString('base64url')
}

/** Seals a message in a Fernet token. */
export function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): string {
  // TODO 2: take 16 new random bytes for each token. These are all zero.
  const { now = unixTime(), iv = Buffer.alloc(16) } = options
  const header = Buffer.alloc(IV_AT)
  header.writeUInt8(VERSION)
  header.writeBigUInt64BE(BigInt(now), TIME_AT)

  const cipher = crypto.createCipheriv('aes-128-cbc', encryptionHalf(key), iv)
  const signed = Buffer.concat([header, iv, cipher.update(message), cipher.final()])
  // TODO 3: put the MAC behind it, an HMAC-SHA256 over all of these bytes, and keep the padding here, too.
  return signed.toString('base64url')
}

/**
 * Opens a Fernet token.
 * @throws Error with code 'INVALID_TOKEN' for every token that is refused, whatever is wrong with it
 */
export function decrypt(key: string, token: string, options: DecryptOptions = {}): Uint8Array {
  // TODO 4: take nothing but base64url, and refuse whatever is wrong with one and the same error.
  const bytes = Buffer.from(token, 'base64url')
  // TODO 5: check the MAC before you use anything else of the token.
  // TODO 6: with options.ttl, refuse tokens that are too old, or too far ahead.
  const decipher = crypto.createDecipheriv('aes-128-cbc', encryptionHalf(key), bytes.subarray(IV_AT, CIPHERTEXT_AT))
  return Buffer.concat([decipher.update(bytes.subarray(CIPHERTEXT_AT)), decipher.final()])
}

/** Signs a message with an Ed25519 private key. */
export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  // TODO 7: a hash is no signature, because everyone can compute it. Sign with the key, and verify with its other half.
  return crypto.createHash('sha256').update(message).digest()
}

/** Tells whether the owner of the private key signed exactly this message. Never throws. */
export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  return crypto.createHash('sha256').update(message).digest().equals(signature)
}

/**
 * Listens on 127.0.0.1 and delivers the text of every genuine token once.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const { key, onMessage } = options
  const socket = createSocket('udp4')
  let open = true
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })

  socket.on('message', (bytes, sender) => {
    if (!open) return
    const from = { host: sender.address, port: sender.port }
    // TODO 8: noise makes decrypt() throw. Give it to onReject as a 'token', and live on.
    const text = Buffer.from(decrypt(key, bytes.toString('latin1'))).toString()
    // TODO 9: with options.allow, refuse other addresses: 'address'.
    // TODO 10: go by options.ttl and options.now, and refuse what was delivered before: 'replay'.
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

function encryptionHalf(key: string): Buffer {
  return Buffer.from(key, 'base64url').subarray(16)
}

/** Whole seconds since 1970. */
function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}
