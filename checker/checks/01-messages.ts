import { once } from 'node:events'
import type { Address } from '../contracts/endpoint.ts'
import type { UdpBasics } from '../contracts/01-udp-basics.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { addressOf, bindUdp, closeUdp, sendDatagram } from '../lab/udp-socket.ts'
import { PATIENCE_MS, within } from '../lab/within.ts'
import type { Learner } from '../sandbox/learner.ts'

export interface Message {
  readonly text: string
  readonly from: Address
}

/** The attempt's receiver on a free port, and what it hands over. */
export async function startReceiver(learner: Learner<UdpBasics>, lab: Lab, event = 'onMessage') {
  const messages = openMessages(lab, event)
  const receiver = await learner.startReceiver(into(messages))
  return { receiver, messages }
}

export function openMessages(lab: Lab, event = 'onMessage'): Inbox<Message> {
  return lab.inbox(event, ({ text }) => show(text))
}

export function into(messages: Inbox<Message>): { onMessage(text: string, from: Address): void } {
  return { onMessage: (text, from) => messages.push({ text, from }) }
}

export function texts(messages: readonly Message[]): string[] {
  return messages.map(({ text }) => text)
}

/** The most that a datagram holds, in bytes. */
export const MOST = 65_507

/** Some systems draw the line earlier: macOS at 9,216 bytes. */
const MOST_EVERYWHERE = 9_000

/** A text as long as a datagram can be on this machine, in ASCII. */
export async function longestText(mark: string): Promise<string> {
  const length = (await travels(MOST)) ? MOST : MOST_EVERYWHERE
  return `${mark} ${'long '.repeat(length)}`.slice(0, length)
}

/** @param ascii a text in which each character is a byte */
export function sizeOf(ascii: string): string {
  return `${ascii.length.toLocaleString('en')} bytes`
}

/** Whether a datagram of this size gets from one socket of the checker to another. */
async function travels(sizeBytes: number): Promise<boolean> {
  const [from, to] = [await bindUdp(), await bindUdp()]
  try {
    const arrival = within(PATIENCE_MS, 'a datagram of its own', once(to, 'message'))
    await Promise.all([arrival, sendDatagram(from, new Uint8Array(sizeBytes), addressOf(to))])
    return true
  } catch {
    return false
  } finally {
    await Promise.all([closeUdp(from), closeUdp(to)])
  }
}

/** What some programs take for a goodbye; ㅂ is what the key of q types on a Korean keyboard. */
export const OTHER_GOODBYES = ['quit', 'exit', ':q', '/q', '"q"', 'ㅂ']

/** Texts that a program may be tempted to change: letters in parts, control characters, code, numbers, the same once more. */
export function oddTexts(word: string): string[] {
  return [
    `${'한글 é'.normalize('NFD')} ${word}`,
    `\u001B[1m${word}\0${word}\r\n`,
    `<b>${word}</b> &amp; %20 \\n`,
    '007',
    '{"n": 1.0}',
    word,
    word,
  ]
}
