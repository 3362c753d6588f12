import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '../contracts/endpoint.ts'
import type { DecryptOptions, Encryption, SecureReceiverOptions } from '../contracts/03-encryption.ts'
import type { Bench } from '../grading/check.ts'
import type { Advice } from '../lab/expectation.ts'
import { type Inbox, openInbox } from '../lab/inbox.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { networkOf } from '../lab/platform.ts'
import { show } from '../lab/show.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { addressOf, closeUdp, sendDatagram } from '../lab/udp-socket.ts'
import { PATIENCE_MS } from '../lab/within.ts'
import { CallRejected, type Learner } from '../sandbox/learner.ts'
import { drawKey } from './03-tokens.ts'

export type Stage = Pick<Bench<Encryption>, 'learner' | 'lab'>

export const MAX_CLOCK_SKEW_S = 60

export const AN_HOUR_S = 3600

export const TEN_YEARS_S = 10 * 365 * 24 * AN_HOUR_S

/** Other addresses of this machine, as far as it has them. */
export const SEPARATE_SOURCES = networkOf().wholeLoopback ? ['127.0.0.10'] : []

/** What may become of a token that is too old, too far ahead or spelt otherwise, and may have been delivered before. */
export const UNTIMELY = ['refused: token', 'refused: replay']

/** What a receiver handed over. The fields come from the attempt: nothing is known about them. */
export type Handed = { readonly from?: Address } & ({ readonly text: string } | { readonly refusal: string })

/** A receiver of the attempt, a peer that sends to it, and what becomes of each datagram. */
export interface Scene {
  readonly key: string
  readonly receiver: { readonly address: Address; close(): Promise<unknown> }
  readonly peer: UdpPeer
  readonly seen: Inbox<Handed>
  /**
   * Sends a datagram and requires what becomes of it, before the next one is sent.
   * @param becomes when it is a list, one of it
   * @param from another peer, or another address of this machine
   */
  send(datagram: string | Uint8Array, becomes: string | readonly string[], advice: Advice, from?: UdpPeer | string): Promise<void>
  /** Sends a datagram and tells what becomes of it. */
  outcomeOf(datagram: string | Uint8Array, from?: UdpPeer | string): Promise<string>
  /** Sends a few datagrams at once and requires that each of them `becomes` this, in whatever order. */
  sendAll(datagrams: readonly (string | Uint8Array)[], becomes: string, advice: Advice): Promise<void>
}

export async function openScene(
  { learner, lab }: Stage,
  purpose: string,
  options: Partial<SecureReceiverOptions> = {},
): Promise<Scene> {
  const key = drawKey(lab, purpose)
  const seen = openInbox<Handed>((handed) => {
    lab.trace.mark(YOU, 'text' in handed ? `onMessage(${show(handed.text)})` : `onReject(${show(handed.refusal)})`)
  })
  const receiver = await learner.startSecureReceiver({
    key,
    onMessage: (text, from) => seen.push({ text, from }),
    onReject: (refusal, from) => seen.push({ refusal, from }),
    ...options,
  })
  const peer = await lab.udpPeer()
  let judged = 0
  const outcomes = async (count: number) => {
    await seen.atLeast(judged + count, PATIENCE_MS * Math.min(count, 3))
    await learner.settle()
    const handed = seen.all.slice(judged)
    judged = seen.all.length
    return handed
  }
  const outcomeOfDatagram: Scene['outcomeOf'] = async (datagram, from = peer) => {
    if (typeof from === 'string') await sendFrom(lab, from, datagram, receiver.address)
    else await from.send(datagram, receiver.address)
    return words(await outcomes(1))
  }
  return {
    key,
    receiver,
    peer,
    seen,
    outcomeOf: outcomeOfDatagram,
    async send(datagram, becomes, advice, from) {
      const outcome = await outcomeOfDatagram(datagram, from)
      const right = [becomes].flat()
      expectWords(lab, outcome, right.includes(outcome) ? outcome : right.join(', or '), advice)
    },
    async sendAll(datagrams, becomes, advice) {
      for (const datagram of datagrams) await peer.send(datagram, receiver.address)
      expectWords(lab, tally(await outcomes(datagrams.length)), `${datagrams.length} × ${becomes}`, advice)
    },
  }
}

/** Sends one datagram from another address of this machine than 127.0.0.1. */
async function sendFrom(lab: Lab, host: string, datagram: string | Uint8Array, to: Address): Promise<void> {
  const socket = createSocket('udp4')
  lab.cleanUp(() => closeUdp(socket))
  socket.bind(0, host)
  await once(socket, 'listening')
  const bytes = typeof datagram === 'string' ? Buffer.from(datagram) : datagram
  lab.trace.datagram({ from: addressOf(socket).host, to: YOU, bytes })
  await sendDatagram(socket, bytes, to)
}

export function words(handed: readonly Handed[]): string {
  return handed.map((each) => ('text' in each ? delivered(each.text) : refused(each.refusal))).join(', ') || 'nothing happened'
}

/** What became of several datagrams: `9 × delivered, 1 × refused: token`. */
function tally(handed: readonly Handed[]): string {
  const kinds = handed.map((each) => ('text' in each ? 'delivered' : refused(each.refusal)))
  const counted = [...new Set(kinds)].map((kind) => `${kinds.filter((each) => each === kind).length} × ${kind}`)
  return counted.join(', ') || 'nothing happened'
}

/** Texts that are easily damaged on the way: not ASCII, empty, blank, the q of lesson 1, and a long one. */
export function oddTexts(lab: Lab, purpose: string): string[] {
  const word = (index: number) => lab.chance.word(purpose, index)
  return [word(1), `안녕 👋 ${word(2)}`, '', ' \t\r\n', 'q', `${word(3).repeat(500)} and ${word(4)}`]
}

export function delivered(text: string): string {
  return `delivered ${show(text)}`
}

export function refused(why: string): string {
  return `refused: ${show(why).replaceAll('"', '')}`
}

export type DecryptArgs = readonly [key: string, token: string, options?: DecryptOptions]

/** Requires what was seen, told in words, to be what was expected. Words are shown as they are, without quotes. */
export function expectWords(lab: Lab, actual: string, expected: string, advice: Advice): void {
  if (actual !== expected) lab.fail(expected, actual, advice)
}

/** What becomes of a token, in words: `opened "hi"`, or the code of the error. */
export async function outcomeOf(learner: Learner<Encryption>, args: DecryptArgs): Promise<string> {
  const answer = await answerOf(learner.decrypt(...args))
  return typeof answer === 'string' ? answer : `opened ${show(Buffer.from(answer).toString())}`
}

/** What a call resolves to, or the code of the error that it rejects with. */
export async function answerOf<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call
  } catch (error) {
    if (error instanceof CallRejected) return error.code ?? `an error without a code: ${error.thrown.message}`
    throw error
  }
}

/** Whether a call rejects; with which code is its own affair. */
export async function rejection(call: Promise<unknown>): Promise<'an error' | 'no error'> {
  try {
    await call
    return 'no error'
  } catch (error) {
    if (error instanceof CallRejected) return 'an error'
    throw error
  }
}

export function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}
