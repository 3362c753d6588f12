import { Buffer } from 'node:buffer'
import type { Packet } from './ip-packet.ts'

/**
 * The blocks a capture file is made of.
 * @see draft-ietf-opsawg-pcapng, section 4
 */

/** Block and option codes of the format. */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const DECRYPTION_SECRETS = 0x0a
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const OPTION_END = 0
const OPTION_COMMENT = 1
const OPTION_NAME = 2
const OPTION_DESCRIPTION = 3

/** The packet begins with its IP header. @see LINKTYPE_RAW in the list of link-layer header types */
const LINKTYPE_RAW = 101
/** The secrets are a TLS key log. */
const TLS_KEY_LOG = 0x544c534b

export function sectionHeader(comment: string): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0)
  body.writeUInt16LE(1, 4)
  // The length of the section is not given: readers go on to the end of the file.
  body.writeBigInt64LE(-1n, 8)
  return block(SECTION_HEADER, Buffer.concat([body, options([OPTION_COMMENT, comment])]))
}

export function interfaceDescription(name: string, description: string): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(LINKTYPE_RAW, 0)
  return block(INTERFACE_DESCRIPTION, Buffer.concat([body, options([OPTION_NAME, name], [OPTION_DESCRIPTION, description])]))
}

/** What a reader needs to decrypt the packets that follow. @param lines of a TLS key log, see RFC 9850 */
export function decryptionSecrets(lines: readonly string[]): Buffer {
  const secrets = Buffer.from(lines.map((line) => `${line.trim()}\n`).join(''))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(TLS_KEY_LOG, 0)
  head.writeUInt32LE(secrets.length, 4)
  return block(DECRYPTION_SECRETS, Buffer.concat([head, padded(secrets)]))
}

/** @param interfaceIndex counts the interface descriptions from 0 */
export function enhancedPacket(interfaceIndex: number, atMs: number, { bytes, originalBytes }: Packet, comment = ''): Buffer {
  const microseconds = BigInt(Math.round(atMs * 1000))
  const head = Buffer.alloc(20)
  head.writeUInt32LE(interfaceIndex, 0)
  head.writeUInt32LE(Number(microseconds >> 32n), 4)
  head.writeUInt32LE(Number(microseconds & 0xffffffffn), 8)
  head.writeUInt32LE(bytes.length, 12)
  head.writeUInt32LE(originalBytes, 16)
  const remarks = comment === '' ? Buffer.alloc(0) : options([OPTION_COMMENT, comment])
  return block(ENHANCED_PACKET, Buffer.concat([head, padded(bytes), remarks]))
}

/** A block: type, length, body, length again. */
function block(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  const tail = Buffer.alloc(4)
  const length = head.length + body.length + tail.length
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(length, 4)
  tail.writeUInt32LE(length, 0)
  return Buffer.concat([head, body, tail])
}

function options(...pairs: readonly [code: number, text: string][]): Buffer {
  const written = pairs.map(([code, text]) => {
    const value = Buffer.from(text)
    const head = Buffer.alloc(4)
    head.writeUInt16LE(code, 0)
    head.writeUInt16LE(value.length, 2)
    return Buffer.concat([head, padded(value)])
  })
  return Buffer.concat([...written, Buffer.alloc(4, OPTION_END)])
}

/** Filled up with zeros to a multiple of four bytes. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
