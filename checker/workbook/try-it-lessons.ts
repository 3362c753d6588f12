import { randomUUID } from 'node:crypto'
import { laidOut } from '../checks/02-packets.ts'
import { pack } from '../checks/04-packets.ts'
import type { Address, UdpBasics } from '../contracts/01-udp-basics.ts'
import type { RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import type { Chat } from '../contracts/04-chat.ts'
import { show } from '../lab/show.ts'
import { poke as udpMessages } from '../play/01-udp-basics.poke.ts'
import { poke as packetMessages } from '../play/02-retransmit-ack.poke.ts'
import { poke as chatMessages } from '../play/04-chat.poke.ts'
import type { CannedMessage } from '../play/poke.ts'
import type { Learner } from '../sandbox/learner.ts'

/** What can be tried out in a lesson, with a program of the learner on the other side of a bad network. */
export interface TryItLesson<Contract> {
  /** What the learner's program is here: `receiver`. */
  readonly noun: string
  /** The export that is called; it is the place to look at when it fails. */
  readonly about: keyof Contract & string
  /** Who can send, by the names in the picture. */
  readonly senders: readonly [string, ...string[]]
  /** One sentence on what to try. */
  readonly advice: string
  /** Starts the program on any port. @param tell is told of every callback: `onMessage("hi")` */
  start(learner: Learner<Contract>, tell: (event: string) => void): Promise<Started>
  /** What a typed text is sent as. */
  pack(text: string, turn: Turn): Uint8Array
  /** Messages that are ready, good and bad ones, by name. */
  ready(sender: string): Readonly<Record<string, CannedMessage>>
}

export interface Started {
  /** As the program claims it. */
  readonly address: Address
  /** Resolves when the program is over by itself; asked again when it takes long. */
  done?(): Promise<unknown>
}

/** Which of the typed texts it is. */
export interface Turn {
  /** Drawn when the program was started. */
  readonly session: number
  /** Counted from 0. */
  readonly number: number
}

const receiver: TryItLesson<UdpBasics> = {
  noun: 'receiver',
  about: 'startReceiver',
  senders: ['page'],
  advice: 'Send a few texts. Then let the network lose some of them: nobody notices, neither the sender nor your receiver.',
  start: (learner, tell) =>
    learner.startReceiver({
      onMessage: (text, from) => tell(`onMessage(${show(text)}) from ${where(from)}`),
      onError: (error) => tell(`onError(${show(error instanceof Error ? error.message : error)})`),
    }),
  pack: (text) => Buffer.from(text),
  ready: () => udpMessages.messages,
}

const server: TryItLesson<RetransmitAck> = {
  noun: 'server',
  about: 'startServer',
  senders: ['page'],
  advice:
    'Here you are the client. A text goes out as the next DATA packet. Did its ACK not come? Then send the packet again, as your client will have to.',
  start: (learner, tell) =>
    learner.startServer({ onMessage: (text, from) => tell(`onMessage(${show(text)}) from ${where(from)}`) }),
  pack: (text, { session, number }) => laidOut(1, session, number, text),
  ready: () => packetMessages.messages,
}

const chat: TryItLesson<Chat> = {
  noun: 'chat server',
  about: 'startChatServer',
  senders: ['ann', 'bob'],
  advice: 'Let ann join, and let bob join. Then what one of them says comes to the other, unless the network loses it.',
  start: (learner, tell) => learner.startChatServer({ log: (line) => tell(`log(${show(line)})`) }),
  pack: (text) => Buffer.from(pack({ type: 'say', id: randomUUID(), text, at: new Date().toISOString() })),
  ready: (sender) => ({
    ...chatMessages.messages,
    join: { about: 'join under the name of the sender; answered with joined', make: () => pack({ type: 'join', name: sender }) },
  }),
}

/** By the lesson's id. */
export const tryItLessons: ReadonlyMap<string, TryItLesson<never>> = new Map<string, TryItLesson<never>>([
  ['lesson-1', receiver],
  ['lesson-2', server],
  ['lesson-4', chat],
])

/** What a program says about a sender may be anything. */
function where(from: unknown): string {
  const { host, port } = (from ?? {}) as Partial<Address>
  return host === undefined && port === undefined ? show(from) : `${String(host)}:${String(port)}`
}
