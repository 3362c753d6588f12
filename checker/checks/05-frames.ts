import type { Received } from '../lab/received.ts'
import { show } from '../lab/show.ts'
import type { StreamReader } from '../lab/trace.ts'

/** What a frame holds, if it holds a JSON object; none of it can be relied on. */
export type Message = Readonly<Record<string, unknown>>

/** A frame, with the bytes that it announces. */
export interface Answer {
  readonly message: Message
  /** Only behind a `file`. */
  readonly body?: Uint8Array
}

export const MAX_FRAME_BYTES = 65_536

/** Lays a message out for the wire. A text is taken as it stands, whatever it is. */
export function pack(message: Message | string): Buffer {
  const json = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
  const frame = Buffer.alloc(4 + json.length)
  frame.writeUInt32BE(json.length)
  frame.set(json, 4)
  return frame
}

/** A frame of so many bytes: spaces behind the JSON are JSON, too. */
export function packPadded(message: Message, sizeBytes: number): Buffer {
  const json = JSON.stringify(message)
  return pack(json + ' '.repeat(sizeBytes - Buffer.byteLength(json)))
}

/** A file as a server sends it. */
export function packFile(name: string, content: string | Uint8Array): Buffer {
  const body = Buffer.from(content)
  return Buffer.concat([pack({ type: 'file', name, size: body.length }), body])
}

/** The length of a frame that nobody should wait for. */
export const ENDLESS_FRAME = Uint8Array.of(0xff, 0xff, 0xff, 0xff)

/** The length of a frame that is longer than a frame may be, by one byte. */
export const LONG_FRAME = Uint8Array.of(0, 1, 0, 1)

/** A frame that holds nothing, and so no JSON. */
export const EMPTY_FRAME = Uint8Array.of(0, 0, 0, 0)

/**
 * Takes a stream apart as it comes.
 * @returns a function that tells all answers that have arrived so far; what follows bytes that are no frame is left
 */
export function openAnswers(received: Received): () => readonly Answer[] {
  const answers: Answer[] = []
  let at = 0
  return () => {
    const stream = received.bytes()
    const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length)
    for (let next = answerAt(bytes, at); next !== undefined; next = answerAt(bytes, at)) {
      answers.push(next.answer)
      at = next.endsAt
    }
    return [...answers]
  }
}

/** The answer that begins at a place, if it is there as a whole. */
function answerAt(bytes: Buffer, at: number): { answer: Answer; endsAt: number } | undefined {
  if (bytes.length - at < 4) return undefined
  const bodyAt = at + 4 + bytes.readUInt32BE(at)
  if (bytes.length < bodyAt) return undefined
  const message = readObject(bytes.subarray(at + 4, bodyAt))
  if (message === undefined) return undefined
  const endsAt = bodyAt + sizeOf(message)
  if (bytes.length < endsAt) return undefined
  const body = message.type === 'file' ? { body: new Uint8Array(bytes.subarray(bodyAt, endsAt)) } : {}
  return { answer: { message, ...body }, endsAt }
}

/** An answer in words: `file "a" 5 bytes`, `missing "b"`, `end`. */
export function inWords({ message, body }: Answer): string {
  if (body !== undefined) return `file ${show(message.name)} ${body.length} bytes`
  // What exactly it counts is nobody's business.
  return message.type === 'end' ? 'end' : answerInWords(message)
}

/** Reads one direction of a connection for the ladder: `get ["a","b"]`, `file "a" 5 bytes, body of "a"`. */
export function openReader(): StreamReader {
  let kept = Buffer.alloc(0)
  let file = { name: '', left: 0 }
  let lost = false

  function* labels(): Generator<string> {
    for (;;) {
      if (file.left > 0) {
        const taken = Math.min(file.left, kept.length)
        kept = kept.subarray(taken)
        file.left -= taken
        if (file.left > 0) return
        yield `body of ${file.name}`
      }
      if (kept.length < 4) return
      const length = kept.readUInt32BE()
      if (length > MAX_FRAME_BYTES) {
        lost = true
        return yield `a frame of ${length} bytes`
      }
      if (kept.length < 4 + length) return
      const json = kept.subarray(4, 4 + length)
      kept = kept.subarray(4 + length)
      const message = readObject(json)
      file = { name: show(message?.name), left: message === undefined ? 0 : sizeOf(message) }
      yield message === undefined ? `a frame that holds ${show(json.toString())}` : messageInWords(message)
    }
  }

  return (piece) => {
    if (lost) return ''
    kept = kept.length === 0 ? Buffer.from(piece) : Buffer.concat([kept, piece])
    return [...labels()].join(', ')
  }
}

function messageInWords(message: Message): string {
  switch (message.type) {
    case 'list':
      return 'list'
    case 'get':
      return `get ${show(message.names)}`
    case 'file':
      return `file ${show(message.name)} ${String(message.size)} bytes`
    default:
      return answerInWords(message)
  }
}

function answerInWords({ type, name, files, message, count }: Message): string {
  switch (type) {
    case 'files':
      return `files ${show(files)}`
    case 'missing':
    case 'refused':
      return `${type} ${show(name)}`
    case 'end':
      return `end ${String(count)}`
    case 'error':
      return `error ${show(message)}`
    default:
      return `type ${show(type)}`
  }
}

/** How many bytes follow a message. */
function sizeOf({ type, size }: Message): number {
  return type === 'file' && Number.isSafeInteger(size) ? Math.max(0, Number(size)) : 0
}

/** The JSON object in some bytes; undefined where there is none. */
export function readObject(json: Uint8Array): Message | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(json).toString())
    return typeof value === 'object' && value !== null ? (value as Message) : undefined
  } catch {
    return undefined
  }
}
