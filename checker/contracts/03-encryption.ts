import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable }

/**
 * A value or a promise of it. `node:crypto` answers at once, WebCrypto answers later; whoever calls awaits, so that
 * either will do.
 */
export type Awaitable<T> = T | Promise<T>

export interface EncryptOptions {
  /** When the token is made, in whole seconds since 1970. The default is the present, read anew for every token. */
  now?: number
  /** The initialisation vector, 16 bytes. The default is 16 fresh random bytes; only tests have a reason to give one. */
  iv?: Uint8Array
}

export interface DecryptOptions {
  /**
   * The longest age of a token, in seconds. With it, a token is refused that is older than that, or that was made more
   * than 60 seconds ahead of `now`. Without it, the time in the token is not looked at.
   */
  ttl?: number
  /** The present, in seconds since 1970. The default is the clock of this machine, read anew for every token. */
  now?: number
}

/**
 * Why a receiver does not deliver a datagram: it comes from an address that is not on the list, it is not a genuine
 * token of the right age, or it was delivered before.
 */
export type RejectReason = 'address' | 'token' | 'replay'

export interface SecureReceiverOptions {
  /** The key shared with the senders, as `generateKey` makes it. */
  key: string
  /** Port to listen on, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /**
   * IPv4 addresses in dotted form that may send. They are compared whole: 127.0.0.1 is not 127.0.0.10.
   * Without a list everybody may.
   */
  allow?: string[]
  /** The longest age of a token, in seconds, as in `decrypt`. Without it, the time in the token need not be looked at. */
  ttl?: number
  /**
   * Tells the present, in seconds since 1970, and is asked anew for every datagram. The default is the clock of this
   * machine, which is asked anew as well.
   */
  now?(): number
  /**
   * Called once for every token that is accepted.
   * @param text the message, decoded from UTF-8; may be empty
   * @param from where the datagram came from
   */
  onMessage(text: string, from: Address): void
  /** Called once for every datagram that is refused. When several reasons apply, any of them may be named. */
  onReject?(why: RejectReason, from: Address): void
}

export interface SecureReceiver extends Closable {
  /** Where the receiver really listens: the host is 127.0.0.1, the port is never 0. */
  address: Address
}

/** Where a message goes, and how it is sealed. */
export interface SendSecureOptions {
  to: Address
  /** The key shared with the receiver. */
  key: string
}

/**
 * What `exercises/03-encryption.ts` exports.
 *
 * On the wire one datagram is one Fernet token in ASCII. A token is these bytes in base64url with its padding (RFC 4648,
 * section 5), numbers big-endian:
 *
 * ```
 *   0        1                9                 25                           n-32            n
 *   │ 0x80   │ time, u64      │ IV              │ ciphertext                │ HMAC-SHA256    │
 *   │ 1 byte │ 8 bytes        │ 16 bytes        │ AES-128-CBC, PKCS #7      │ of all before  │
 * ```
 *
 * A key is 32 bytes in padded base64url: bytes 0 to 15 sign, bytes 16 to 31 encrypt.
 * @see https://github.com/fernet/spec, RFC 2104 (HMAC), RFC 8032 (Ed25519), and "Crypto" in the Node.js manual
 */
export interface Encryption {
  /** Makes a key: 32 bytes from the system's source of randomness, in base64url with padding, 44 characters. */
  generateKey(): Awaitable<string>

  /**
   * Seals a message, anew each time: two tokens never have the same IV unless they are given one.
   * @param key a key that `generateKey` made
   * @returns the token
   */
  encrypt(key: string, message: Uint8Array, options?: EncryptOptions): Awaitable<string>

  /**
   * Opens a token, as often as it is given. Nothing in it is used before its MAC is found right.
   * @param token in base64url; refused when any other character is in it or at one of its ends, be it a blank or the + and /
   *   of plain base64
   * @throws Error with code 'INVALID_TOKEN' for every token that is refused, whatever is wrong with it
   */
  decrypt(key: string, token: string, options?: DecryptOptions): Awaitable<Uint8Array>

  /**
   * Signs a message with Ed25519.
   * @param privateKeyPem PKCS #8 in PEM: `-----BEGIN PRIVATE KEY-----`
   * @returns 64 bytes
   */
  sign(privateKeyPem: string, message: Uint8Array): Awaitable<Uint8Array>

  /**
   * Tells whether the owner of the private key signed exactly this message. Never throws: a signature of another length,
   * a public key that is none and one of another kind are answered with false.
   * @param publicKeyPem SubjectPublicKeyInfo in PEM: `-----BEGIN PUBLIC KEY-----`
   */
  verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>

  /**
   * Listens on 127.0.0.1 only and delivers the text of every token that comes from an allowed address, that `decrypt`
   * opens, and that has not been delivered before: no copy is delivered, whoever sends it, until `ttl` seconds have passed
   * since the token was made, however many tokens come in between. Whatever is refused does no harm and is not remembered.
   * Several receivers in one program know nothing of each other.
   * @returns once datagrams can arrive
   * @throws Error with a code, such as the system's 'EADDRINUSE', when the port cannot be bound
   */
  startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver>

  /**
   * Sends a text as one token made now. Calls at the same time do not disturb each other.
   * @returns once the operating system has taken the datagram
   * @throws Error with a code, such as the system's 'EMSGSIZE', when the token is longer than 65,507 bytes
   */
  sendSecure(text: string, options: SendSecureOptions): Promise<void>
}

/** What each export resolves to. */
export const shapes: ExportShapes<Encryption> = {
  generateKey: 'text',
  encrypt: 'text',
  decrypt: 'bytes',
  sign: 'bytes',
  verify: 'boolean',
  startSecureReceiver: { fields: { address: 'address', close: 'function' } },
  sendSecure: 'nothing',
}
