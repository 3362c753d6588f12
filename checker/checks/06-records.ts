import type { StreamReader } from '../lab/trace.ts'
import { openReader as openFrameReader } from './05-frames.ts'

/** Types of TLS records. @see RFC 8446, section 5.1, and RFC 5246, section 6.2.1 */
const RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const
const HEADER_BYTES = 5

/** Handshake messages that are sent in the open. @see RFC 8446, section 4 */
const HELLOS = new Map([
  [1, 'ClientHello'],
  [2, 'ServerHello'],
])

/** What an alert says, as long as alerts are sent in the open. @see RFC 8446, section 6 */
const ALERTS = new Map([
  [0, 'close notify'],
  [10, 'unexpected message'],
  [20, 'bad record MAC'],
  [40, 'handshake failure'],
  [42, 'bad certificate'],
  [45, 'certificate expired'],
  [46, 'certificate unknown'],
  [48, 'unknown authority'],
  [50, 'decode error'],
  [70, 'protocol version'],
  [80, 'internal error'],
  [116, 'certificate required'],
])

/**
 * Reads one direction of a connection for the ladder: TLS as its records, `ClientHello`, `application data, 123 bytes`, and
 * anything else as the frames of lesson 5. The first byte tells which: no frame is so long that its length begins with 22.
 */
export function openReader(): StreamReader {
  let reader: StreamReader | undefined
  return (piece) => {
    if (piece.length === 0) return ''
    reader ??= piece[0] === RECORD.handshake || piece[0] === RECORD.alert ? openRecordReader() : openFrameReader()
    return reader(piece)
  }
}

function openRecordReader(): StreamReader {
  let kept = Buffer.alloc(0)
  // From here on, records of this direction hold what only the other end can read.
  let sealed = false

  return (piece) => {
    kept = Buffer.concat([kept, piece])
    const labels: string[] = []
    let dataBytes = 0
    while (kept.length >= HEADER_BYTES && kept.length >= HEADER_BYTES + kept.readUInt16BE(3)) {
      const end = HEADER_BYTES + kept.readUInt16BE(3)
      const [type, body] = [kept.readUInt8(0), kept.subarray(HEADER_BYTES, end)]
      if (type === RECORD.applicationData) dataBytes += body.length
      else labels.push(labelOf(type, body, sealed))
      sealed ||= type === RECORD.changeCipherSpec
      kept = kept.subarray(end)
    }
    if (dataBytes > 0) labels.push(`application data, ${dataBytes} bytes`)
    return [...new Set(labels)].join(', ')
  }
}

function labelOf(type: number, body: Buffer, sealed: boolean): string {
  switch (type) {
    case RECORD.handshake:
      return (sealed ? undefined : HELLOS.get(body[0] ?? 0)) ?? 'handshake'
    case RECORD.alert:
      return sealed ? 'alert' : `alert: ${ALERTS.get(body[1] ?? -1) ?? `number ${body[1]}`}`
    case RECORD.changeCipherSpec:
      return 'change of keys'
    default:
      return `no TLS record: its type is ${type}`
  }
}

/** How a client begins to shake hands, and no more: a record that is announced with 512 bytes, and 48 of them. */
export const HALF_A_HELLO = Buffer.concat([
  Uint8Array.of(RECORD.handshake, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3),
  Buffer.alloc(42, 0x2a),
])
