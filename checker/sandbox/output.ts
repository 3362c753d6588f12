import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'

/** How much of an attempt's output is kept, in bytes. */
const OUTPUT_KEPT_BYTES = 64 * 1024
/** How much an attempt may print before it is stopped, in bytes. */
export const OUTPUT_SEEN_BYTES = 4 * 1024 * 1024

export interface Output {
  text(): string
}

/** Collects what the attempt prints on both streams. Tells once when it is too much. */
export function collectOutput(streams: readonly Readable[], onTooMuch: () => void): Output {
  let kept = ''
  let keptBytes = 0
  let seenBytes = 0
  for (const stream of streams) {
    const decoder = new StringDecoder('utf8')
    stream.on('data', (chunk: Buffer) => {
      const before = seenBytes
      seenBytes += chunk.length
      if (before <= OUTPUT_SEEN_BYTES && seenBytes > OUTPUT_SEEN_BYTES) onTooMuch()
      const room = chunk.subarray(0, OUTPUT_KEPT_BYTES - keptBytes)
      keptBytes += room.length
      kept += decoder.write(room)
    })
    stream.on('error', () => undefined)
  }
  return { text: () => kept }
}
