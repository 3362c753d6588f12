// Odd but right: classes for keys, tokens and the receiver; what was delivered is kept by second, in sets.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomFillSync,
  sign as signWith,
  timingSafeEqual,
  verify as verifyWith,
} from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type {
  Address,
  DecryptOptions,
  EncryptOptions,
  RejectReason,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

class TokenError extends Error {
  override readonly name = 'TokenError'
  get code(): string {
    return 'INVALID_TOKEN'
  }
}

class Refusal extends Error {
  readonly reason: RejectReason

  constructor(reason: RejectReason) {
    super(reason)
    this.reason = reason
  }
}

const base64url = {
  write(bytes: Buffer): string {
    const text = bytes.toString('base64url')
    return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
  },
  read(text: string): Buffer {
    const bytes = Buffer.from(text, 'base64url')
    if (base64url.write(bytes) !== text) throw new TokenError('It is not base64url.')
    return bytes
  },
}

class Key {
  readonly #bytes: Buffer

  constructor(text: string) {
    this.#bytes = base64url.read(text)
  }

  mac(data: Buffer): Buffer {
    return createHmac('sha256', this.#bytes.subarray(0, 16)).update(data).digest()
  }

  seal(iv: Uint8Array, message: Uint8Array): Buffer {
    const cipher = createCipheriv('aes-128-cbc', this.#bytes.subarray(16, 32), iv)
    return Buffer.concat([cipher.update(message), cipher.final()])
  }

  open(iv: Buffer, ciphertext: Buffer): Buffer {
    const decipher = createDecipheriv('aes-128-cbc', this.#bytes.subarray(16, 32), iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  }
}

class Token {
  readonly time: number
  readonly message: Buffer
  readonly id: string

  constructor(key: Key, text: string) {
    const bytes = base64url.read(text)
    const end = bytes.length - 32
    if (end < 41 || end % 16 !== 9) throw new TokenError('It has a strange length.')
    const mac = bytes.subarray(end)
    if (!timingSafeEqual(mac, key.mac(bytes.subarray(0, end)))) throw new TokenError('Its MAC is wrong.')
    if (bytes[0] !== 0x80) throw new TokenError('It has another version.')
    this.id = mac.toString('hex')
    this.time = bytes.readUInt32BE(1) * 2 ** 32 + bytes.readUInt32BE(5)
    try {
      this.message = key.open(bytes.subarray(9, 25), bytes.subarray(25, end))
    } catch (cause) {
      throw new TokenError('Its padding is wrong.', { cause })
    }
  }

  requireAge(ttl: number, now: number): void {
    const age = now - this.time
    if (age < -60 || age > ttl) throw new TokenError('It is too old or too young.')
  }
}

class Receiver implements SecureReceiver {
  address: Address = { host: '127.0.0.1', port: 0 }
  readonly #options: SecureReceiverOptions
  readonly #key: Key
  readonly #socket: Socket = createSocket('udp4')
  readonly #deliveredAt = new Map<number, Set<string>>()
  #closed: Promise<void> | undefined

  constructor(options: SecureReceiverOptions) {
    this.#options = options
    this.#key = new Key(options.key)
    this.#socket.on('message', this.#receive)
  }

  listen(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind({ port: this.#options.port ?? 0, address: '127.0.0.1', exclusive: true }, () => {
        this.address = { host: '127.0.0.1', port: this.#socket.address().port }
        resolve(this)
      })
    })
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(resolve))
    return this.#closed
  }

  readonly #receive = (bytes: Buffer, { address: host, port }: RemoteInfo): void => {
    const from = { host, port }
    let text: string
    try {
      text = this.#admit(bytes.toString('latin1'), host)
    } catch (error) {
      this.#options.onReject?.(error instanceof Refusal ? error.reason : 'token', from)
      return
    }
    this.#options.onMessage(text, from)
  }

  #admit(datagram: string, host: string): string {
    const { allow, ttl = 60 } = this.#options
    if (allow && !new Set(allow).has(host)) throw new Refusal('address')
    const now = this.#options.now?.() ?? Math.trunc(Date.now() / 1000)
    const token = new Token(this.#key, datagram)
    token.requireAge(ttl, now)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(token.message)
    for (const second of this.#deliveredAt.keys()) if (second + ttl < now) this.#deliveredAt.delete(second)
    const others = this.#deliveredAt.get(token.time) ?? new Set()
    if (others.has(token.id)) throw new Refusal('replay')
    this.#deliveredAt.set(token.time, others.add(token.id))
    return text
  }
}

class Sender {
  readonly #socket = createSocket('udp4').unref()

  send(token: string, to: Address): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(Buffer.from(token, 'ascii'), to.port, to.host, (error) => (error === null ? resolve() : reject(error)))
    })
  }
}

let sender: Sender | undefined

export const generateKey = (): string => base64url.write(randomFillSync(Buffer.alloc(32)))

export const encrypt = (key: string, message: Uint8Array, options?: EncryptOptions): string => {
  const head = Buffer.alloc(25)
  const now = options?.now ?? Math.trunc(Date.now() / 1000)
  head[0] = 0x80
  head.writeUInt32BE(Math.floor(now / 2 ** 32), 1)
  head.writeUInt32BE(now % 2 ** 32, 5)
  head.set(options?.iv ?? randomFillSync(new Uint8Array(16)), 9)
  const signed = Buffer.concat([head, new Key(key).seal(head.subarray(9), message)])
  return base64url.write(Buffer.concat([signed, new Key(key).mac(signed)]))
}

export const decrypt = (key: string, text: string, options?: DecryptOptions): Uint8Array => {
  const token = new Token(new Key(key), text)
  if (options?.ttl !== undefined) token.requireAge(options.ttl, options.now ?? Math.trunc(Date.now() / 1000))
  return token.message
}

export const sign = (key: string, message: Uint8Array): Uint8Array => signWith(undefined, message, key)

export const verify = (key: string, message: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return verifyWith(undefined, message, key, signature)
  } catch {
    return false
  }
}

export const startSecureReceiver = (options: SecureReceiverOptions): Promise<SecureReceiver> => new Receiver(options).listen()

export const sendSecure = (text: string, { to, key }: SendSecureOptions): Promise<void> => {
  sender ??= new Sender()
  return sender.send(encrypt(key, Buffer.from(text)), to)
}
