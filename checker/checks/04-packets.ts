import type { ChatMessage } from '../contracts/04-chat.ts'
import { show } from '../lab/show.ts'
import { describeText } from '../lab/trace.ts'

/** What a datagram holds, if it is a JSON object; none of it can be relied on. */
export type Packet = Readonly<Record<string, unknown>>

/** Names a datagram for the ladder: `say "안녕"`, `message 민수: "안녕"`. */
export function describe(bytes: Uint8Array): string {
  const { type, name, text, code } = read({ bytes })
  switch (type) {
    case 'join':
    case 'joined':
      return `${type} ${show(name)}`
    case 'say':
      return `say ${show(text)}`
    case 'leave':
      return 'leave'
    case 'error':
      return `error ${String(code)}`
    case 'message':
      return `message ${String(name)}: ${show(text)}`
    default:
      return describeText(bytes)
  }
}

/** What is no packet of the chat, in any direction. */
export const RUBBISH: readonly (string | Uint8Array)[] = [
  '',
  'hello',
  '{"type":"join"',
  '[]',
  'null',
  '7',
  '"join"',
  '{"type":1}',
  '{"type":"dance"}',
  Uint8Array.of(0xff, 0xfe, 0x00),
]

/** The time in scripted packets. */
export const NOW = '2026-03-04T05:05:09.000Z'

export function pack(packet: Packet): string {
  return JSON.stringify(packet)
}

export function read({ bytes }: { readonly bytes: Uint8Array }): Packet {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof value === 'object' && value !== null ? (value as Packet) : {}
  } catch {
    return {}
  }
}

export function isPacket(type: string): (datagram: { readonly bytes: Uint8Array }) => boolean {
  return (datagram) => read(datagram).type === type
}

export function inWords({ type, name, code }: Packet): string {
  return `${String(type)} ${String(type === 'error' ? code : name)}`
}

/** The fields of a message, out of something that may not be one. */
export function fieldsOf(value: unknown): ChatMessage {
  const { id, name, text, at } = (typeof value === 'object' && value !== null ? value : {}) as ChatMessage
  return { id, name, text, at }
}

export function lineOf({ name, text }: ChatMessage): string {
  return `${name}: ${text}`
}

/** The moment that a time in ISO 8601 and UTC means, however it is written; anything else as it stands. */
export function momentOf(at: unknown): string {
  const isUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]00(:?00)?)$/
  if (!isUtc.test(String(at))) return String(at)
  return `${String(at).slice(0, 19)}Z`
}

/** Whether there are digits in a line beside its known parts and an address on loopback: some form of a time. */
export function hasNumbers(line: unknown, known: readonly string[]): boolean {
  const rest = known.reduce((text, part) => text.replaceAll(part, ''), String(line))
  return /\d/.test(rest.replaceAll(/127\.0\.0\.1(\D\d+)?/g, ''))
}

/** Sorted, because a network may change the order. */
export function textsOf(messages: readonly ChatMessage[]): string[] {
  return messages.map(({ text }) => text).toSorted()
}
