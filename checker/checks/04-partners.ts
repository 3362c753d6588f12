import type { Chat, ChatMessage, JoinOptions } from '../contracts/04-chat.ts'
import type { Address } from '../contracts/endpoint.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import type { Received, UdpPeer } from '../lab/udp-peer.ts'
import type { Learner } from '../sandbox/learner.ts'
import { fieldsOf, inWords, isPacket, lineOf, NOW, pack, type Packet, read } from './04-packets.ts'
import { Inconclusive } from '../lab/expectation.ts'

/** How long the attempt's clients are to wait for an answer that is sure to come. */
export const TIMEOUT_MS = 2000

/** A scripted user at the attempt's server: a plain socket that speaks the wire format. */
export interface Guest {
  readonly peer: UdpPeer
  send(packet: Packet): Promise<void>
  /** Sends, and resolves to the answer in words: `joined 민수`, `error NOT_JOINED`. */
  ask(packet: Packet): Promise<string>
  join(name: string): Promise<string>
  /** Says a line. Resolves to the message that the others should get. @param claims fields to send besides or instead */
  say(text: string, claims?: Partial<ChatMessage>): Promise<ChatMessage>
  /** Waits for messages as long as patience lasts. */
  hears(...messages: readonly ChatMessage[]): Promise<void>
  has(message: ChatMessage): boolean
  /** All messages received so far. */
  heard(): Promise<readonly ChatMessage[]>
}

export type Member = Guest & { readonly name: string }

export async function openGuest(lab: Lab, server: { readonly address: Address }, party: string): Promise<Guest> {
  const peer = await lab.udpPeer(party)
  let joinedAs = ''
  let lines = 0
  const send = (packet: Packet) => peer.send(pack(packet), server.address)
  const isThis = (message: ChatMessage) => (datagram: Received) =>
    isPacket('message')(datagram) && read(datagram).id === message.id

  async function ask(packet: Packet): Promise<string> {
    const known = new Set(peer.received.all)
    const isAnswer = (datagram: Received) => !known.has(datagram) && (isPacket('joined')(datagram) || isPacket('error')(datagram))
    await send(packet)
    await patiently(peer.received, isAnswer)
    const answer = peer.received.all.find(isAnswer)
    return answer === undefined ? 'no answer' : inWords(read(answer))
  }

  return {
    peer,
    send,
    ask,
    join(name) {
      joinedAs = name
      return ask({ type: 'join', name })
    },
    async say(text, claims = {}) {
      lines += 1
      const message = { id: drawUuid(lab, party, lines), text, at: NOW, ...claims }
      await send({ type: 'say', ...message })
      return { ...message, name: joinedAs }
    },
    async hears(...messages) {
      await Promise.all(messages.map((message) => patiently(peer.received, isThis(message))))
    },
    has: (message) => peer.received.all.some(isThis(message)),
    heard: async () => (await peer.receivedBySentinel()).filter(isPacket('message')).map((datagram) => fieldsOf(read(datagram))),
  }
}

/** Has guests join, one after the other, under names drawn by chance. */
export async function enterAll<const Parties extends readonly string[]>(
  lab: Lab,
  server: { readonly address: Address },
  parties: Parties,
): Promise<{ [Index in keyof Parties]: Member }> {
  const members: Member[] = []
  for (const party of parties) {
    const guest = await openGuest(lab, server, party)
    const name = lab.chance.word('name of', party)
    lab.expect(await guest.join(name), `joined ${name}`, {
      why: `${party} asked to join as ${name}, a free name, and has to hear that it worked.`,
    })
    members.push({ ...guest, name })
  }
  return members as { [Index in keyof Parties]: Member }
}

/** Has the attempt join, and does not wait for it. The answer is on its way, so there is all the time in the world. */
export function startJoin(
  learner: Learner<Chat>,
  lab: Lab,
  server: { readonly address: Address },
  options: Partial<JoinOptions>,
) {
  const name = options.name ?? lab.chance.word('name of ours')
  const messages = lab.inbox<ChatMessage>('onMessage', lineOf)
  const onMessage = (message: ChatMessage) => messages.push(fieldsOf(message))
  const joining = learner.joinChat({ server: server.address, name, timeoutMs: 10_000, onMessage, ...options })
  // When the check ends before this is awaited, its failure is no news.
  joining.catch(() => undefined)
  return { joining, messages, name }
}

/** Has the attempt join at a scripted server, which is given as a peer. */
export async function joinOurs(learner: Learner<Chat>, lab: Lab, options: Partial<JoinOptions>, party = 'server') {
  const server = await lab.udpPeer(party)
  const { joining, messages, name } = startJoin(learner, lab, server, options)
  answerJoins(server, name)
  const { from } = await server.received.next('a join', isPacket('join'))
  return { server, from, name, messages, client: await joining }
}

/** A scripted server that says yes, and the name to join with. */
export async function openAnswering(lab: Lab) {
  const [server, name] = [await lab.udpPeer('server'), lab.chance.word('name of ours')]
  answerJoins(server, name)
  return { server, name }
}

/** Answers every join, however often it is sent. */
function answerJoins(server: UdpPeer, name: string): void {
  const answered = new Set<Received>()
  const answer = async () => {
    for (;;) {
      const join = await server.received.next('a join', (datagram) => isPacket('join')(datagram) && !answered.has(datagram))
      answered.add(join)
      await server.send(pack({ type: 'joined', name }), join.from)
    }
  }
  answer().catch(() => undefined)
}

/** Waits for an item as long as patience lasts; the check judges what is there. */
export async function patiently<T>(inbox: Inbox<T>, matches: (item: T) => boolean, patienceMs?: number): Promise<void> {
  await inbox.next('this', matches, patienceMs).catch(() => undefined)
}

/** Waits for that many packets of a type, and returns all there are. */
export async function gather(peer: UdpPeer, type: string, count: number, patienceMs?: number): Promise<Received[]> {
  const all = () => peer.received.all.filter(isPacket(type))
  await patiently(peer.received, () => all().length >= count, patienceMs)
  return all()
}

/** The ports that packets of a type came from, each once. */
export function portsOf(type: string, ...guests: readonly Guest[]): number[] {
  const packets = guests.flatMap(({ peer }) => peer.received.all.filter(isPacket(type)))
  return [...new Set(packets.map(({ from }) => from.port))]
}

/** From how many sockets a scripted server was sent something, in words. */
export function socketsOf({ received }: UdpPeer): string {
  return `${new Set(received.all.map(({ from }) => from.port)).size} sockets`
}

export async function namesIn(server: { members(): Promise<unknown> }): Promise<string[]> {
  const names = await server.members()
  return Array.isArray(names) ? names.map(String).toSorted() : [`no list, but ${show(names)}`]
}

/** An id as `crypto.randomUUID()` draws them: what a careful program takes for one. */
export function drawUuid(lab: Lab, ...purpose: readonly (string | number)[]): string {
  const hex = (part: number) =>
    lab.chance
      .integer(0, 2 ** 32 - 1, 'uuid', ...purpose, part)
      .toString(16)
      .padStart(8, '0')
  const digits = [1, 2, 3, 4].map(hex).join('')
  const groups = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, `a${digits.slice(17, 20)}`]
  return [...groups, digits.slice(20)].join('-')
}

export function messageOf(lab: Lab, purpose: string): ChatMessage {
  const word = (part: string) => lab.chance.word(purpose, part)
  return { id: drawUuid(lab, purpose), name: word('speaker'), text: `안녕 "${word('text')}"\n👋`, at: NOW }
}

/**
 * Measures with more and more time until a busy machine does not matter.
 * @throws Inconclusive when it does every time
 */
export async function untilConclusive<T>(
  limitsMs: readonly number[],
  measure: (limitMs: number) => Promise<T | undefined>,
): Promise<T> {
  for (const limitMs of limitsMs) {
    const result = await measure(limitMs)
    if (result !== undefined) return result
  }
  throw new Inconclusive('This machine is so busy that a short pause cannot be told from a long one.')
}

/** Waits for the goodbye of a client. Resolves to `leave`, or to what came last instead. */
export async function goodbye(server: UdpPeer): Promise<unknown> {
  await patiently(server.received, isPacket('leave'))
  const types = (await server.receivedBySentinel()).map((datagram) => read(datagram).type)
  return types.includes('leave') ? 'leave' : types.at(-1)
}
