import { show } from '../lab/show.ts'
import type { StreamReader } from '../lab/trace.ts'
import { MAX_FRAME_BYTES, type Message, openReader as openFileReader, readObject } from './05-frames.ts'

/** A file as it is announced. */
export interface Announced {
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/**
 * Reads one direction of a connection for the ladder and for the picture of a flood. A connection that begins with `hello` is a
 * link; all else is told as in lesson 5.
 */
export function openReader(): StreamReader {
  let kept: Uint8Array = new Uint8Array()
  let isLink = false
  let fileReader: StreamReader | undefined
  return (piece) => {
    if (fileReader !== undefined) return fileReader(piece)
    kept = Buffer.concat([kept, piece])
    const { messages, left } = takeFrames(kept)
    isLink ||= messages[0]?.type === 'hello'
    if (isLink) {
      kept = left
      return messages.map(linkInWords).join(', ')
    }
    if (messages.length === 0 && !isEndless(left)) return ''
    fileReader = openFileReader()
    return fileReader(kept)
  }
}

/** The messages in one direction of a link, as far as it has come: all, or those of a type. */
export function messagesIn(stream: Uint8Array, type?: string): Message[] {
  return takeFrames(stream).messages.filter((message) => type === undefined || message.type === type)
}

/** Takes whole frames off the beginning. What holds no JSON object counts as an empty message. */
function takeFrames(stream: Uint8Array): { messages: Message[]; left: Uint8Array } {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length)
  const messages: Message[] = []
  let at = 0
  while (bytes.length - at >= 4) {
    const endsAt = at + 4 + bytes.readUInt32BE(at)
    if (endsAt > bytes.length) break
    messages.push(readObject(bytes.subarray(at + 4, endsAt)) ?? {})
    at = endsAt
  }
  return { messages, left: bytes.subarray(at) }
}

function isEndless(frame: Uint8Array): boolean {
  return frame.length >= 4 && Buffer.from(frame.buffer, frame.byteOffset, frame.length).readUInt32BE() > MAX_FRAME_BYTES
}

/** A message on a link in words: `query "x" ttl=3 hops=1 (3f2a)`. */
function linkInWords({ type, id, name, files, qid, ttl, hops }: Message): string {
  switch (type) {
    case 'hello':
      return `hello ${short(id)} with ${countOf(files)}`
    case 'files':
      return `files: ${countOf(files)}`
    case 'query':
      return `query ${show(name)} ttl=${String(ttl)} hops=${String(hops)} (${short(qid)})`
    case 'hit':
      return `hit ${show(name)} at ${short(id)} (${short(qid)})`
    case 'bye':
      return 'bye'
    default:
      return `type ${show(type)}`
  }
}

/** The beginning of an id tells it from the few others in a check. */
function short(id: unknown): string {
  return String(id).slice(0, 4)
}

function countOf(files: unknown): string {
  if (!Array.isArray(files)) return show(files)
  return files.length === 1 ? '1 file' : `${files.length} files`
}
