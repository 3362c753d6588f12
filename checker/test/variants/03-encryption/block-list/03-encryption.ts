// Odd but right: a net.BlockList for the addresses, a for-await loop over datagrams, a connected socket to send.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeySync,
  randomBytes,
  sign as signOnce,
  timingSafeEqual,
  verify as verifyOnce,
} from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { on, once } from 'node:events'
import { BlockList } from 'node:net'
import { promisify } from 'node:util'
import type {
  Address,
  DecryptOptions,
  EncryptOptions,
  SecureReceiver,
  SecureReceiverOptions,
  SendSecureOptions,
} from '../../../../contracts/03-encryption.ts'

export async function generateKey(): Promise<string> {
  const halves = [generateKeySync('hmac', { length: 128 }), generateKeySync('aes', { length: 128 })]
  return padded(Buffer.concat(halves.map((half) => half.export())).toString('base64url'))
}

export async function encrypt(key: string, message: Uint8Array, { now, iv }: EncryptOptions = {}): Promise<string> {
  const secret = Buffer.from(key, 'base64')
  const token = Buffer.alloc(25 + 16 * Math.floor(message.length / 16 + 1) + 32)
  token.writeUInt8(0x80, 0)
  token.writeBigInt64BE(BigInt(now ?? Math.floor(Date.now() / 1000)), 1)
  token.set(iv ?? randomBytes(16), 9)
  const cipher = createCipheriv('aes128', secret.subarray(16), token.subarray(9, 25))
  const first = cipher.update(message)
  token.set(first, 25)
  token.set(cipher.final(), 25 + first.length)
  token.set(createHmac('sha256', secret.subarray(0, 16)).update(token.subarray(0, -32)).digest(), token.length - 32)
  return padded(token.toString('base64url'))
}

export async function decrypt(key: string, text: string, { ttl, now }: DecryptOptions = {}): Promise<Uint8Array> {
  const secret = Buffer.from(key, 'base64')
  const token = Buffer.from(text, 'base64')
  const present = now ?? Math.floor(Date.now() / 1000)
  const refusals = [
    () => padded(token.toString('base64url')) !== text,
    () => token.length < 32,
    () =>
      !timingSafeEqual(token.subarray(-32), createHmac('sha256', secret.subarray(0, 16)).update(token.subarray(0, -32)).digest()),
    () => token.at(0) !== 0x80 || token.length < 73,
    () => ttl !== undefined && token.readBigInt64BE(1) < BigInt(Math.ceil(present - ttl)),
    () => ttl !== undefined && token.readBigInt64BE(1) > BigInt(Math.floor(present + 60)),
  ]
  if (refusals.some((applies) => applies())) return Promise.reject(Object.assign(new TypeError('no'), { code: 'INVALID_TOKEN' }))
  const decipher = createDecipheriv('aes128', secret.subarray(16), token.subarray(9, 25))
  try {
    return Buffer.concat([decipher.update(token.subarray(25, -32)), decipher.final()])
  } catch {
    throw Object.assign(new TypeError('no'), { code: 'INVALID_TOKEN' })
  }
}

export const sign = promisify((pem: string, message: Uint8Array, done: (error: Error | null, signature: Uint8Array) => void) => {
  signOnce(null, message, pem, done)
})

export async function verify(pem: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      verifyOnce(null, message, pem, signature, (error, good) => resolve(error === null && good))
    } catch {
      resolve(false)
    }
  })
}

export async function startSecureReceiver(options: SecureReceiverOptions): Promise<SecureReceiver> {
  const allowed = new BlockList()
  for (const host of options.allow ?? []) allowed.addAddress(host)
  const ending = new AbortController()
  const socket = createSocket({ type: 'udp4', signal: ending.signal })
  socket.bind(options.port ?? 0, '127.0.0.1')
  await once(socket, 'listening')
  const closed = once(socket, 'close')
  void run(on(socket, 'message', { signal: ending.signal }), options, allowed)
  return {
    address: { host: '127.0.0.1', port: socket.address().port },
    async close() {
      ending.abort()
      await closed
    },
  }
}

/** One datagram after another: the next one waits until the one before has been dealt with. */
async function run(datagrams: AsyncIterable<unknown[]>, options: SecureReceiverOptions, allowed: BlockList): Promise<void> {
  const { key, ttl = 60, onMessage, onReject = () => undefined } = options
  const seen = new Map<string, bigint>()
  try {
    for await (const [bytes, info] of datagrams as AsyncIterable<[Buffer, RemoteInfo]>) {
      const from: Address = { host: info.address, port: info.port }
      const now = options.now?.() ?? Math.floor(Date.now() / 1000)
      const text = await readText(key, bytes.toString('latin1'), { ttl, now })
      if (options.allow !== undefined && !allowed.check(info.address)) onReject('address', from)
      else if (text === undefined) onReject('token', from)
      else if (isCopy(seen, bytes)) onReject('replay', from)
      else onMessage(text, from)
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
  }
}

/** Tells whether a token with the same IV and time was here before. It is genuine, so it is ASCII and long enough. */
function isCopy(seen: Map<string, bigint>, token: Buffer): boolean {
  const head = Buffer.from(token.toString('latin1'), 'base64url').subarray(0, 25)
  const [iv, time] = [head.toString('hex', 9), head.readBigUInt64BE(1)]
  if (seen.get(iv) === time) return true
  seen.set(iv, time)
  return false
}

async function readText(key: string, token: string, options: DecryptOptions): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await decrypt(key, token, options))
  } catch {
    return undefined
  }
}

export async function sendSecure(text: string, { to, key }: SendSecureOptions): Promise<void> {
  const socket = createSocket('udp4')
  try {
    socket.connect(to.port, to.host)
    await once(socket, 'connect')
    const token = await encrypt(key, Buffer.from(text))
    await new Promise<void>((resolve, reject) => {
      socket.send(token, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    socket.close()
  }
}

function padded(text: string): string {
  return text.concat(['', '', '==', '='][text.length % 4] ?? '')
}
