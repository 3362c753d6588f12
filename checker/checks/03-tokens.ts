import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto'
import type { EncryptOptions } from '../contracts/03-encryption.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { describeText } from '../lab/trace.ts'
import * as reference from '../../solutions/03-encryption.ts'
import type { GenerateVector } from './03-fernet-vectors.ts'

/** The parts of a token, in order: from and to which byte, and what a learner has to know about each. */
export const PARTS = [
  { name: 'version', from: 0, to: 1, why: 'The first byte of a token says which kind it is: 0x80.' },
  { name: 'time', from: 1, to: 9, why: 'The time is 8 bytes, big-endian: whole seconds since 1970, and no end in 2038 or 2106.' },
  {
    name: 'IV',
    from: 9,
    to: 25,
    why: 'The IV is 16 bytes and stands in the token as it is: the other side needs it to decrypt.',
  },
  {
    name: 'ciphertext',
    from: 25,
    to: -32,
    why: 'The message is encrypted with AES-128 in CBC mode, padded to whole blocks, under the second half of the key.',
  },
  {
    name: 'MAC',
    from: -32,
    to: undefined,
    why: 'The MAC is HMAC-SHA256 over all the bytes before it, and its key is the first half of the key.',
  },
] as const

export const HEAD_BYTES = 25
export const MAC_BYTES = 32
const BLOCK_BYTES = 16

/** Names a datagram in the ladder: `TOKEN of 2023-11-14 22:13:20, 1 block`. */
export function describe(datagram: Uint8Array): string {
  const text = Buffer.from(datagram).toString('latin1')
  const bytes = toBytes(text)
  const blocks = (bytes.length - HEAD_BYTES - MAC_BYTES) / BLOCK_BYTES
  if (toText(bytes) !== text || bytes[0] !== 0x80 || blocks < 1 || !Number.isInteger(blocks)) return describeText(datagram)
  const made = new Date(timeOf(bytes) * 1000)
  const time = Number.isNaN(made.getTime()) ? 'no date' : made.toISOString().slice(0, 19).replace('T', ' ')
  return `TOKEN of ${time}, ${blocks} ${blocks === 1 ? 'block' : 'blocks'}`
}

/** A genuine token, made by the solution. */
export function seal(key: string, message: string | Uint8Array, options?: EncryptOptions): string {
  return reference.encrypt(key, typeof message === 'string' ? Buffer.from(message) : message, options)
}

export interface DrawnToken {
  readonly key: string
  readonly token: string
  readonly sealed: Buffer
  readonly now: number
  readonly text: string
}

/** A token of one block that no attempt can know. */
export function drawnToken(lab: Lab, purpose: string): DrawnToken {
  const key = drawKey(lab, purpose)
  const now = drawTime(lab, purpose)
  const text = lab.chance.word(purpose, 'text')
  const token = seal(key, text, { now, iv: drawBytes(lab, 16, purpose, 'iv') })
  return { key, token, sealed: toBytes(token), now, text }
}

/** Tokens with drawn parts: messages around the size of a block and one near that of a datagram, and times beyond 32 bits. */
export function drawnVectors(lab: Lab, purpose: string): GenerateVector[] {
  return [0, 1, 15, 16, 17, 40, 49_000].map((size, index) => {
    const piece = drawBytes(lab, Math.min(size, 251), purpose, 'message', size)
    const drawn = {
      name: `a token for a message of ${size} bytes`,
      key: drawKey(lab, purpose, size),
      now: index % 2 === 0 ? drawTime(lab, purpose, size) : lab.chance.integer(2 ** 32, 2 ** 34, purpose, size),
      iv: drawBytes(lab, 16, purpose, 'iv', size),
      message: Uint8Array.from({ length: size }, (_byte, at) => piece[at % piece.length] ?? 0),
    }
    return { ...drawn, token: seal(drawn.key, drawn.message, drawn) }
  })
}

export function drawTime(lab: Lab, ...purpose: (string | number)[]): number {
  return lab.chance.integer(1_000_000_000, 2_000_000_000, 'time', ...purpose)
}

export function drawKey(lab: Lab, ...purpose: (string | number)[]): string {
  return toText(Buffer.from(drawBytes(lab, 32, 'key', ...purpose)))
}

export function drawBytes(lab: Lab, size: number, ...purpose: (string | number)[]): Uint8Array {
  return Uint8Array.from({ length: size }, (_byte, index) => lab.chance.integer(0, 255, ...purpose, index))
}

/** An Ed25519 key pair in PEM, drawn from the seed. */
export function drawKeyPair(lab: Lab, ...purpose: (string | number)[]): { privatePem: string; publicPem: string } {
  // RFC 8410: a PKCS #8 wrapper of fixed length, then the 32 bytes of the key.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), drawBytes(lab, 32, 'pair', ...purpose)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return {
    privatePem: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    publicPem: String(createPublicKey(privateKey).export({ format: 'pem', type: 'spki' })),
  }
}

/** A public key of the same size as one of Ed25519, but for X25519: to agree on a secret, not to verify. In PEM, drawn. */
export function drawAgreementKey(lab: Lab, ...purpose: (string | number)[]): string {
  // RFC 8410: a wrapper of fixed length, then 32 bytes, any of which will do.
  const der = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), drawBytes(lab, 32, 'agreement', ...purpose)])
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`
}

export function withMac(key: string, signed: Buffer): Buffer {
  const signing = toBytes(key).subarray(0, 16)
  return Buffer.concat([signed, createHmac('sha256', signing).update(signed).digest()])
}

export function timeOf(token: Buffer): number {
  return token.length < 9 ? Number.NaN : Number(token.readBigUInt64BE(1))
}

export function toBytes(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}

export function toText(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/** Tells of a text in base64 what its bytes do not show. */
export function spellingOf(text: string): string {
  const strange = [...new Set(text.replaceAll(/[A-Za-z0-9_=-]/g, ''))].join('')
  const padding = /=*$/.exec(text)?.[0].length ?? 0
  return `${text.length} characters, ${padding} of them padding${strange === '' ? '' : `, with ${show(strange)}`}`
}

export const EVERY_BYTE_CHANGES = 'every byte changes'

/** Tells whether any place has the same byte in all of several byte strings. */
export function standingStill(many: readonly Uint8Array[]): string {
  const first = many[0] ?? new Uint8Array()
  const still = [...first.keys()].filter((at) => many.every((each) => each[at] === first[at])).length
  return still === 0 ? EVERY_BYTE_CHANGES : `${still} of ${first.length} bytes never change`
}

export const MANY_VALUES = 'bytes of all kinds'
/** Of 512 random bytes, about 221 are different ones, give or take 5. Of characters there are at most 128. */
const FEW_VALUES = 160

/** Tells whether 512 bytes or more look like bytes or like characters. */
export function kindsIn(many: readonly Uint8Array[]): string {
  const kinds = new Set(Buffer.concat(many)).size
  return kinds > FEW_VALUES ? MANY_VALUES : `only ${kinds} of the 256 values that a byte can have`
}

export function partAt(token: Uint8Array, at: number): string {
  if (at >= token.length - MAC_BYTES) return 'the MAC'
  const part = PARTS.findLast(({ from }) => from >= 0 && from <= at)
  return `the ${part?.name}`
}

export const WITH_BOTH_SIGNS = 'pay 100'

/** A token with `-` and `_` in it, so that the other alphabet is at stake. */
export function tokenWithBothSigns(lab: Lab, key: string, now?: number): string {
  const iv = Buffer.from(`fbefbe`.repeat(2) + 'ffffff'.repeat(2) + Buffer.from(drawBytes(lab, 4, 'iv')).toString('hex'), 'hex')
  return seal(key, WITH_BOTH_SIGNS, { iv, now })
}

/**
 * Other texts that a lenient decoder takes for the same token, each with a name. All of them hold characters that are not
 * base64url. Four of one keep the length a multiple of four, so that counting alone does not tell.
 */
export function respellings(token: string): [string, string][] {
  const within = (strange: string) => withInside(token, strange)
  return [
    ['a blank within it', within(' ')],
    ['a line end within it', within('\n')],
    ['a % within it', within('%')],
    ['a . within it', within('.')],
    ['four ! within it', within('!!!!')],
    ['four blanks within it', within('    ')],
    ['a [ within it', within('[')],
    ['the letter ſ within it', within('ſ')],
    ['a blank before it', ` ${token}`],
    ['a line end behind it', `${token}\n`],
    ['a zero byte behind it', `${token}\0`],
    ['+ and / for - and _', token.replaceAll('-', '+').replaceAll('_', '/')],
    ['+ for -', token.replaceAll('-', '+')],
    ['/ for _', token.replaceAll('_', '/')],
  ]
}

/** A token with each ASCII character in it that is not base64url, one at a time. */
export function withStrangeCharacters(token: string): [string, string][] {
  const ascii = Array.from({ length: 128 }, (_code, code) => String.fromCharCode(code))
  return ascii.filter((each) => /[^\w=-]/.test(each)).map((each) => [`${show(each)} within it`, withInside(token, each)])
}

function withInside(token: string, strange: string): string {
  return token.slice(0, 40) + strange + token.slice(40)
}

/** Forged MACs that a comparison of a single sum over all bytes takes for the right one. */
export function forgedSums(sealed: Buffer): [string, string][] {
  const [first, second] = [sealed.length - MAC_BYTES, sealed.length - 1]
  const alike = Buffer.from(sealed)
  for (const at of [first, second]) alike.writeUInt8(alike.readUInt8(at) ^ 0x10, at)
  const reversed = Buffer.concat([sealed.subarray(0, first), Uint8Array.from(sealed.subarray(first)).toReversed()])
  return [
    ['the same bit of two bytes of the MAC changed', toText(alike)],
    ['the MAC backwards', toText(reversed)],
  ]
}
