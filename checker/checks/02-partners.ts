import type { AckPacket, Address, Client, DataPacket, Packet, RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import type { Advice } from '../lab/expectation.ts'
import type { Rule } from '../lab/faults.ts'
import { type Inbox, openInbox } from '../lab/inbox.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import type { Received, UdpPeer } from '../lab/udp-peer.ts'
import type { UdpRelay } from '../lab/udp-relay.ts'
import { addressOf, bindUdp, canBindUdp, closeUdp, freeUdpPort, LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue, PATIENCE_MS, WaitedInVain, within } from '../lab/within.ts'
import type { Bench as AnyBench } from '../grading/check.ts'
import { CallRejected, type Learner, type Remote } from '../sandbox/learner.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'
import { ackOf } from './02-packets.ts'

type Bench = Pick<AnyBench<RetransmitAck>, 'learner' | 'lab'>
type RemoteClient = { readonly [Name in keyof Client]: Remote<Client[Name]> }

interface Message {
  readonly text: string
  readonly from: Address
}

/** Our own side in traces and ladders. */
export const CHECKER = 'checker'

/** A timeout for checks that wait for copies: the client's own retransmissions are their clock. */
export const SHORT_MS = 30
/** A timeout for checks that listen whether anything is sent after the end. */
export const SILENCE_MS = 3 * SHORT_MS
/** The timeout of our own client: a ladder shows all it sends while we wait for an answer. */
const CALM_MS = 200
/** A timeout for checks in which no packet gets lost: no machine is so slow that a copy is sent. */
export const LONG_MS = 20_000
/** More retries than any slow machine uses up, and few enough for a client that makes all its timers at once. */
export const TIRELESS = 2000

export const WAITS = 'send() still waits'
export const RESOLVED = 'send() resolved'
export const NO_ERROR = 'no error'
const SENT_AGAIN = 'it is sent again'

/** The attempt's server, and what it hands over. */
export async function startServer({ learner, lab }: Bench, party = YOU) {
  const messages = openMessages(lab, party)
  const server = await learner.startServer(into(messages))
  return { server, messages }
}

/** Our server behind a network with these faults, and what it hands over. */
export async function ourServer(lab: Lab, rules: readonly Rule[] = []) {
  const messages = openMessages(lab, CHECKER)
  const server = await reference.startServer(into(messages))
  lab.cleanUp(() => server.close())
  const relay = await lab.udpRelay(server.address, { rules })
  return { address: relay.address, messages }
}

export function openMessages(lab: Lab, party: string): Inbox<Message> {
  return lab.inbox('onMessage', ({ text }) => show(text), party)
}

export function into(messages: Inbox<Message>): { onMessage(text: string, from: Address): void } {
  return { onMessage: (text, from) => messages.push({ text, from }) }
}

export function texts(messages: readonly Message[]): string[] {
  return messages.map(({ text }) => text)
}

/** Has `open` use an address where nobody listens, then starts a server there; on another port if somebody else was faster. */
export async function beforeItsServer<Opened, Server>(
  lab: Lab,
  open: (to: Address) => Promise<{ opened: Opened; start: () => Promise<Server> }>,
): Promise<{ opened: Opened; server: Server }> {
  for (let tries = 1; ; tries += 1) {
    const { opened, start } = await open({ host: LOOPBACK, port: await freeUdpPort() })
    try {
      const server = await start()
      lab.trace.mark(CHECKER, 'starts to listen')
      return { opened, server }
    } catch (error) {
      if (tries === 3 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}

/** Our client, which never gives up by itself. */
export async function ourClient(lab: Lab, to: UdpRelay): Promise<Client> {
  const client = await reference.openClient({ to: to.address, timeoutMs: CALM_MS, maxRetries: TIRELESS })
  lab.cleanUp(() => client.close())
  return client
}

/**
 * Has our client send the last of the `wanted` messages. Fails the check unless the attempt's server has then handed over all of
 * them, nothing else, and sent the ACK. Ends early when something else was handed over.
 */
export async function expectDelivered(
  { learner, lab }: Bench,
  client: Client,
  messages: Inbox<Message>,
  wanted: readonly string[],
  { twice = DELIVERY, noAck = NO_ACK }: { readonly twice?: Advice; readonly noAck?: Advice } = {},
): Promise<void> {
  let end = 'no ACK came'
  async function deliver(): Promise<void> {
    await within(PATIENCE_MS, 'the ACK', client.send(wanted.at(-1) ?? ''))
    end = 'the ACK came'
  }
  await handled(learner, messages, wanted, deliver().catch(unlessInVain), messages.atLeast(wanted.length))
  lab.expect(texts(messages.all), wanted, twice)
  lab.expect(end, 'the ACK came', noAck)
}

const DELIVERY: Advice = { why: 'Each message is handed over once, and in order.' }
const NO_ACK: Advice = { why: 'The client learns only from an ACK that its message arrived.' }

/** Waits for everything in `awaited`, but no longer once the attempt's server has handed over something else than `wanted`. */
export async function handled(
  learner: Learner<RetransmitAck>,
  messages: Inbox<Message>,
  wanted: readonly string[],
  ...awaited: readonly Promise<unknown>[]
): Promise<void> {
  const all = Promise.all(awaited)
  const spoilt = messages.next('a wrong message', () => texts(messages.all).some((text, index) => text !== wanted[index]))
  await Promise.race([all, spoilt.catch(() => all)])
  await learner.settle()
}

/** How long each of these sends took to end, when they begin now, and how it ended. */
export async function timed(sending: Sending): Promise<{ end: string; elapsedMs: number }> {
  const startedAt = performance.now()
  const end = await ending(sending)
  return { end, elapsedMs: performance.now() - startedAt }
}

/** Lets a wait that ended in vain be judged by what is there. */
function unlessInVain(error: unknown): void {
  if (!(error instanceof WaitedInVain)) throw error
}

/** A call of the attempt's send() that may still be under way. */
export interface Sending {
  /** WAITS, RESOLVED, or `send() rejected: CODE`. */
  readonly state: string
  /** What it resolved to; an attempt may say anything. */
  attempts(): unknown
  /** Resolves when the call is over, either way; rejects when the attempt does not answer or is gone. */
  readonly ended: Promise<void>
}

export function send(lab: Lab, client: RemoteClient, text: string, options?: { signal?: AbortSignal }): Sending {
  let state = WAITS
  let attempts: unknown
  async function run(): Promise<void> {
    try {
      const sent: unknown = await (options === undefined ? client.send(text) : client.send(text, options))
      attempts = (sent as { attempts?: unknown } | null | undefined)?.attempts
      state = RESOLVED
    } catch (error) {
      state = rejected(codeOf(error))
    }
    lab.trace.mark(YOU, state.replace('send()', `send(${show(text.slice(0, 20))})`))
  }
  const ended = run()
  // A check may be over before the call is.
  ended.catch(() => undefined)
  return {
    get state() {
      return state
    },
    attempts: () => attempts,
    ended,
  }
}

/** Aborts a send that was started before. The attempt hears of a signal only once its side has asked for it, so that is waited for. */
export async function giveUp(learner: Learner<RetransmitAck>, abort: AbortController): Promise<void> {
  await learner.settle()
  abort.abort()
}

/** The code of an error of the attempt's, in words where it has none. Other errors are thrown on. */
function codeOf(error: unknown): string {
  if (error instanceof CallRejected) return error.code ?? `no code, but ${error.thrown.name}`
  throw error
}

/** How a call ends: the code of its error, or that there is none. */
export async function endOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return NO_ERROR
  } catch (error) {
    return codeOf(error)
  }
}

/** How a send has ended, or that it still waits when the patience is over. */
export async function ending(sending: Sending): Promise<string> {
  await sending.ended.catch(unlessInVain)
  return sending.state
}

export function rejected(code: string): string {
  return `send() rejected: ${code}`
}

/** A DATA packet that reached a peer. */
interface Copy {
  readonly packet: DataPacket
  readonly bytes: Uint8Array
  readonly from: Address
}

/** The DATA packets at a peer, all of them or those with this text, in the order they came. */
export function dataAt(peer: UdpPeer, text?: string): Copy[] {
  return peer.received.all.flatMap((received) => {
    const packet = packetIn(received)
    return packet?.type === 'DATA' && (text === undefined || packet.text === text) ? [{ ...received, packet }] : []
  })
}

/** What was read of a datagram. Waits look at all of them whenever one arrives, and a program that floods sends thousands. */
const packetsRead = new WeakMap<Received, Packet | undefined>()

function packetIn(received: Received): Packet | undefined {
  if (!packetsRead.has(received)) packetsRead.set(received, reference.decodePacket(received.bytes))
  return packetsRead.get(received)
}

/**
 * Waits for the packets of a message. A send that is over ends the wait early, for then no more come.
 * @returns those that are there by then
 */
export async function copiesAt(peer: UdpPeer, text: string, count: number, sending?: Sending): Promise<Copy[]> {
  const enough = arrived(peer, () => dataAt(peer, text).length >= count)
  await Promise.race([enough, ...(sending === undefined ? [] : [ending(sending)])])
  await peer.receivedBySentinel()
  return dataAt(peer, text)
}

/** The first packet of a message. Fails the check when none comes. */
export async function firstPacket(lab: Lab, peer: UdpPeer, text: string, sending: Sending): Promise<Copy> {
  const [first] = await copiesAt(peer, text, 1, sending)
  return (
    first ??
    lab.fail(`DATA ${show(text)}`, `no such packet; ${sending.state}`, {
      why: 'A message leaves as a DATA packet as soon as it is its turn.',
    })
  )
}

/** ACKs the latest packet of a message, and the next copies as a server does. Fails the check when send() does not resolve. */
export async function answer({ learner, lab }: Bench, peer: UdpPeer, text: string, sending: Sending): Promise<void> {
  let answered = 0
  for (let rounds = 0; rounds < 4 && dataAt(peer, text).length > answered; rounds += 1) {
    answered = dataAt(peer, text).length
    for (const { packet, from } of dataAt(peer, text).slice(-1)) await peer.send(reference.encodePacket(ackOf(packet)), from)
    await learner.settle()
    await copiesAt(peer, text, answered + 1, sending)
  }
  lab.expect(sending.state, RESOLVED, {
    why: 'The ACK came, with the session and the number of the packet. That is the news that send() was waiting for.',
  })
}

/** What the client was just sent must not complete the message; its real ACK then must. */
export async function expectNoEffect(
  bench: Bench,
  peer: UdpPeer,
  text: string,
  sending: Sending,
  advice: { why: string },
): Promise<void> {
  const more = await threeMore(bench, peer, text, sending)
  bench.lab.expect(sending.state, WAITS, advice)
  bench.lab.expect(more > 0 ? SENT_AGAIN : 'it is not sent any more', SENT_AGAIN, {
    why: `${advice.why} So the message goes on being sent until its own ACK comes.`,
    hint: 'What you do not wait for leaves the timer alone: it neither rings earlier nor later for it.',
  })
  await answer(bench, peer, text, sending)
}

/** Waits until the send is over, or three more packets show that what the client received before changed nothing. */
async function threeMore({ learner }: Bench, peer: UdpPeer, text: string, sending: Sending): Promise<number> {
  await learner.settle()
  const { length } = await copiesAt(peer, text, 0)
  return (await copiesAt(peer, text, length + 3, sending)).length - length
}

/** Has so many timeouts of SHORT_MS pass in the attempt's own process: a client of its own that nobody answers is the clock. */
export async function passTime({ learner, lab }: Bench, timeouts: number): Promise<void> {
  const socket = await bindUdp()
  lab.cleanUp(() => closeUdp(socket))
  const ticks = openInbox<number>()
  socket.on('message', (bytes) => ticks.push(bytes.length))
  const client = await learner.openClient({ to: addressOf(socket), timeoutMs: SHORT_MS, maxRetries: TIRELESS })
  client.send('tick').catch(() => undefined)
  await ticks.atLeast(1 + timeouts)
}

/**
 * Nothing more may come from a client with a timeout of SILENCE_MS, once what was on its way has arrived. A timer that still runs
 * rings while we listen, for we listen longer than it.
 */
export async function expectSilence(bench: Bench, peer: UdpPeer): Promise<void> {
  await passTime(bench, 1)
  const before = (await peer.receivedBySentinel()).length
  await passTime(bench, SILENCE_MS / SHORT_MS + 1)
  const after = (await peer.receivedBySentinel()).length
  bench.lab.expect(after === before ? 'silence' : `${packetCount(after - before)} more`, 'silence', {
    why: 'The message was over, but a timer was still running and sent its packet again.',
    hint: 'Whoever starts a timer stops it, however things end.',
  })
}

export function acksAt(peer: UdpPeer): AckPacket[] {
  return peer.received.all.flatMap(({ bytes }) => {
    const packet = reference.decodePacket(bytes)
    return packet?.type === 'ACK' ? [packet] : []
  })
}

/** Waits until the ACKs of all these packets are at the peer, or the patience ends. */
export async function acksOf(peer: UdpPeer, ...sent: readonly DataPacket[]): Promise<void> {
  await arrived(peer, () =>
    sent.every((packet) => acksAt(peer).some(({ session, seq }) => session === packet.session && seq === packet.seq)),
  )
}

/** Resolves when `enough` says yes to what the peer has received, or when the patience ends. */
async function arrived(peer: UdpPeer, enough: () => boolean): Promise<void> {
  if (enough()) return
  await peer.received.next('a packet', enough).catch(unlessInVain)
}

export function packetCount(count: number): string {
  return count === 1 ? '1 packet' : `${count} packets`
}

export async function expectPortsFree(lab: Lab, ports: readonly number[]): Promise<void> {
  const free = await becomesTrue(async () =>
    (await Promise.all(ports.map((port) => canBindUdp({ host: LOOPBACK, port })))).every(Boolean),
  )
  lab.expect(free ? 'the port is free' : `port ${ports.join(' or ')} is still taken`, 'the port is free', {
    why: 'close() resolved, but the socket is still open. The program cannot end, and nobody else can have the port.',
  })
}

export const ONE_CONTENT = 'the same packet each time'

/** A letter of two code points, a zero byte, and a character of two UTF-16 units: what is easily changed on the way. */
export const ODD = 'e\u0301 \0 👋'

/** As many words as the caller takes. */
export function words(lab: Lab, purpose: string): [string, string, string, string] {
  const word = (index: number) => lab.chance.word(purpose, index)
  return [word(0), word(1), word(2), word(3)]
}

export function inTimes(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/** Timers may fire up to a millisecond early, so a little is allowed for. */
export function notBefore(dueMs: number, elapsedMs: number): string {
  return elapsedMs >= dueMs * 0.95 - 2 ? `not before ${dueMs} ms` : `after ${elapsedMs.toFixed(0)} ms`
}
