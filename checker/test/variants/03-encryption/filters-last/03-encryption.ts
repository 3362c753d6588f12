// Odd but right: a chain of small functions, of which the last looks at the address; expired tokens are never forgotten.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomUUID,
  randomBytes,
  sign as edSign,
  timingSafeEqual,
  verify as edVerify,
} from 'node:crypto'
import { createSocket } from 'node:dgram'
import type {
  Address,
  DecryptOptions,
  EncryptOptions,
  RejectReason,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

type Result<T, E> = { readonly ok: T } | { readonly no: E }
const ok = <T>(value: T) => ({ ok: value })
const no = <E>(reason: E) => ({ no: reason })

const pad = (text: string) => text + '='.repeat((4 - (text.length % 4)) % 4)
const encode = (bytes: Buffer) => pad(bytes.toString('base64url'))
const decode = (text: string) => Buffer.from(text, 'base64url')
const isCanonical = (text: string) => /^[A-Za-z0-9_-]*={0,2}$/.test(text) && !text.endsWith('\n') && encode(decode(text)) === text
const split = (key: string) => ({ signing: decode(key).subarray(0, 16), encrypting: decode(key).subarray(16, 32) })
const seconds = () => Math.round(Date.now() / 1000 - 0.5)
const big64 = (value: number) => Buffer.from(value.toString(16).padStart(16, '0'), 'hex')
const hmac = (key: Buffer, data: Buffer) => createHmac('sha256', key).update(data).digest()

function open(key: string, token: string, ttl: number | undefined, now: number): Result<Buffer, 'INVALID_TOKEN'> {
  if (!isCanonical(token)) return no('INVALID_TOKEN')
  const bytes = decode(token)
  if (bytes.length < 73 || bytes[0] !== 128) return no('INVALID_TOKEN')
  const [signed, mac] = [bytes.subarray(0, bytes.length - 32), bytes.subarray(bytes.length - 32)]
  if (!timingSafeEqual(hmac(split(key).signing, signed), mac)) return no('INVALID_TOKEN')
  const time = Number.parseInt(bytes.toString('hex', 1, 9), 16)
  if (ttl !== undefined && (now - time > ttl || time - now > 60)) return no('INVALID_TOKEN')
  try {
    const decipher = createDecipheriv('AES-128-CBC', split(key).encrypting, bytes.subarray(9, 25))
    return ok(Buffer.from(decipher.update(signed.subarray(25), undefined, 'hex') + decipher.final('hex'), 'hex'))
  } catch {
    return no('INVALID_TOKEN')
  }
}

export function generateKey(): string {
  // 122 random bits each: four of them, hashed down to the 32 bytes of a key.
  const uuids = [randomUUID(), randomUUID(), randomUUID(), randomUUID()].join('')
  return encode(createHmac('sha256', randomBytes(32)).update(uuids).digest())
}

export function encrypt(key: string, message: Uint8Array, options: EncryptOptions = {}): string {
  const iv = Buffer.from(options.iv ?? randomBytes(16))
  const cipher = createCipheriv('AES-128-CBC', split(key).encrypting, iv)
  const sealed = cipher.update(message, undefined, 'hex') + cipher.final('hex')
  const signed = Buffer.concat([Buffer.of(128), big64(options.now ?? seconds()), iv, Buffer.from(sealed, 'hex')])
  return encode(Buffer.concat([signed, hmac(split(key).signing, signed)]))
}

export function decrypt(key: string, token: string, { ttl, now = seconds() }: DecryptOptions = {}): Uint8Array {
  const result = open(key, token, ttl, now)
  if ('ok' in result) return new Uint8Array(result.ok)
  throw Object.assign(new Error('refused'), { code: result.no })
}

export function sign(privateKeyPem: string, message: Uint8Array): Uint8Array {
  return Uint8Array.from(edSign(null, message, { key: privateKeyPem, format: 'pem' }))
}

export function verify(publicKeyPem: string, message: Uint8Array, signature: Uint8Array): boolean {
  if (!publicKeyPem.includes('PUBLIC KEY') || signature.length !== 64) return false
  try {
    return edVerify(null, message, { key: publicKeyPem, format: 'pem' }, signature)
  } catch {
    return false
  }
}

export function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const delivered: string[] = []
  const { allow } = options

  function judge(datagram: Buffer, from: Address): Result<string, RejectReason> {
    const token = datagram.toString('utf8')
    const message = open(options.key, token, options.ttl ?? 60, options.now === undefined ? seconds() : options.now())
    if ('no' in message) return no('token')
    const text = message.ok.toString()
    if (!Buffer.from(text).equals(message.ok)) return no('token')
    if (delivered.includes(token)) return no('replay')
    if (allow !== undefined && allow.every((host) => host !== from.host)) return no('address')
    delivered.push(token)
    return ok(text)
  }

  const socket = createSocket({ type: 'udp4' }, (datagram, info) => {
    const from = { host: info.address, port: info.port }
    const verdict = judge(datagram, from)
    if ('ok' in verdict) options.onMessage(verdict.ok, from)
    else options.onReject?.(verdict.no, from)
  })
  let closed: Promise<void> | undefined
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('listening', () => {
      resolve({
        address: { host: socket.address().address, port: socket.address().port },
        close: () => (closed ??= new Promise((done) => socket.close(() => done()))),
      })
    })
    socket.bind({ address: '127.0.0.1', port: options.port ?? 0 })
  })
}

export function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise<void>((resolve, reject) => {
    socket.send([Buffer.from(encrypt(key, Buffer.from(text)))], to.port, to.host, (error) => (error ? reject(error) : resolve()))
  }).finally(() => socket.close())
}
