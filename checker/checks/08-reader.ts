import { show } from '../lab/show.ts'
import type { StreamReader } from '../lab/trace.ts'
import { openReader as openNodeReader } from './07-frames.ts'

/** Reads one direction of a connection for the ladder: what begins like HTTP in the words of HTTP, all else as in lesson 7. */
export function openReader(): StreamReader {
  let reader: StreamReader | undefined
  return (piece) => {
    reader ??= /^(HTTP\/1|[A-Z]+ \/)/.test(start(piece)) ? httpInWords : openNodeReader()
    return reader(piece)
  }
}

function httpInWords(piece: Uint8Array): string {
  const text = Buffer.from(piece).toString()
  const [, request] = /^([A-Z]+ \S+) HTTP\/1/.exec(text) ?? []
  if (request !== undefined) return request
  const [, answer] = /^HTTP\/1\.\d (.*)/.exec(text) ?? []
  const events = [...text.matchAll(/^data: ?(.*)$/gm)].map(([, data = '']) => eventInWords(data))
  return [answer, ...events].filter((each) => each !== undefined).join(', ')
}

function eventInWords(data: string): string {
  try {
    const { name, state, bytes, size } = JSON.parse(data) as Record<string, unknown>
    if (name === undefined) return 'an event'
    return `${show(name)} ${String(state)} ${String(bytes)} of ${String(size)}`
  } catch {
    return 'an event'
  }
}

function start(piece: Uint8Array): string {
  return Buffer.from(piece.subarray(0, 16)).toString('latin1')
}
