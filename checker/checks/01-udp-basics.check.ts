import type { Address } from '../contracts/endpoint.ts'
import { shapes, type UdpBasics } from '../contracts/01-udp-basics.ts'
import { type Check, lessonChecks } from '../grading/check.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { describeText } from '../lab/trace.ts'
import { canBindUdp, LOOPBACK, OTHER_LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import type { Learner } from '../sandbox/learner.ts'
import { codeOf, expectPortFree, onFreePort, otherAddresses } from './outcomes.ts'

interface Message {
  readonly text: string
  readonly from: Address
}

/** How many sockets a sender may keep open to use again. */
const FEW_SOCKETS = 10
const A_FEW = `at most ${FEW_SOCKETS} sockets stay open`

const ONLY_LOOPBACK = 'it can be reached at 127.0.0.1 only'
const EVERYWHERE = 'it can be reached at every address of this machine'

const receives: Check<UdpBasics>[] = [
  {
    id: '1.1',
    title: 'a datagram sent to the receiver reaches onMessage',
    task: 1,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const text = lab.chance.word('1.1')

      await peer.send(text, receiver.address)

      lab.expect(texts(await messages.atLeast(1)), [text], {
        why: 'startReceiver() had resolved, so your receiver was expected to be ready, and to give onMessage the text of the datagram.',
      })
    },
  },
  {
    id: '1.2',
    title: "the sender's real address is reported",
    task: 1,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const [first, second] = [await lab.udpPeer(), await lab.udpPeer('another', OTHER_LOOPBACK)]

      await first.send(lab.chance.word('1.2', 1), receiver.address)
      await messages.atLeast(1)
      await second.send(lab.chance.word('1.2', 2), receiver.address)

      const received = await messages.atLeast(2)
      lab.expect(
        received.map(({ from }) => ({ host: from?.host, port: from?.port })),
        [first.address, second.address],
        {
          why: 'Whoever wants to answer must know where a datagram came from. Node hands that over with every datagram.',
          hint: 'It is the second argument of the message handler.',
        },
      )
    },
  },
  {
    id: '1.3',
    title: 'Korean, emoji, blanks and odd signs arrive as they were written',
    task: 2,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const word = lab.chance.word('1.3')
      const sent = [`안녕 ${word}`, `👩‍🚀🌏 ${word}`, `\uFFFD ${word}`, `  ${word}\t\n`]

      for (const text of sent) await peer.send(text, receiver.address)

      lab.expect(texts(await messages.atLeast(sent.length)), sent, {
        why: 'The bytes on the wire are UTF-8, and all of them belong to the message: blanks, line ends, and the sign � where somebody wrote it.',
      })
    },
  },
  {
    id: '1.4',
    title: 'a message of 8,000 bytes arrives whole',
    task: 2,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const text = Array.from({ length: 1000 }, (_, index) => lab.chance.word('1.4', index).slice(0, 8)).join('')

      await peer.send(text, receiver.address)

      const received = await messages.atLeast(1)
      lab.expect(received[0]?.text, text, {
        why: 'A datagram arrives whole or not at all. UDP does not cut it at 1,024 bytes; only a program does.',
      })
    },
  },
  {
    id: '1.5',
    title: 'an empty datagram is a message',
    task: 2,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const sentinel = lab.chance.word('1.5')

      await peer.send('', receiver.address)
      await peer.send(sentinel, receiver.address)

      lab.expect(texts(await messages.atLeast(2)), ['', sentinel], {
        why: 'A datagram may carry 0 bytes. It has a sender and it was sent, so it is a message: the empty text.',
      })
    },
  },
  {
    id: '1.6',
    title: 'bytes that are not UTF-8 go to onError, and the next message is fine',
    task: 3,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const errors = lab.inbox<unknown>('onError', kindOfError)
      const messages = openMessages(lab)
      const receiver = await learner.startReceiver({ ...into(messages), onError: (error) => errors.push(error) })
      const peer = await lab.udpPeer()
      const word = lab.chance.word('1.6')

      for (const bytes of damaged(word)) await peer.send(bytes, receiver.address)
      await peer.send(word, receiver.address)

      await messages.atLeast(1)
      await errors.atLeast(damaged(word).length)
      await learner.settle()
      lab.expect(texts(messages.all), [word], {
        why: 'Decoding put the sign � where bytes made no sense, and the damage went on as if it were a message.',
        hint: 'A TextDecoder can be told to be fatal, and node:buffer has isUtf8().',
      })
      const expected = damaged(word).map(() => AN_ERROR)
      lab.expect(errors.all.map(kindOfError), expected, {
        why: 'Each datagram with damaged text is an error that somebody wants to know about: one call of onError, with an Error.',
      })
    },
  },
  {
    id: '1.7',
    title: 'without onError, damaged bytes harm nobody',
    task: 3,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const word = lab.chance.word('1.7')

      for (const bytes of damaged(word)) await peer.send(bytes, receiver.address)
      await peer.send(word, receiver.address)

      lab.expect(texts(await messages.atLeast(1)), [word], {
        why: 'onError is optional. Without it, a damaged datagram is dropped and the receiver goes on.',
      })
    },
  },
  {
    id: '1.8',
    title: 'what is nearly a q does not end the receiver',
    task: 4,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const sent = ['Q', 'qq', ' q', 'q\n', 'q\0', 'ｑ', lab.chance.word('1.8')]

      for (const text of sent) await peer.send(text, receiver.address)

      lab.expect(texts(await messages.atLeast(sent.length)), sent, {
        why: 'Only the single byte 0x71 means the end. Someone may well want to write "Q" or "q" with a line end.',
      })
    },
  },
  {
    id: '1.9',
    title: 'q ends one receiver: it is done, its port is free, nothing more is delivered',
    task: 4,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const another = await startReceiver(learner, lab, 'another onMessage')
      const [before, after, elsewhere] = [1, 2, 3].map((index) => lab.chance.word('1.9', index)) as [string, string, string]

      await Promise.all([before, 'q', after].map((text) => peer.send(text, receiver.address)))

      await receiver.done()
      await expectPortFree('udp', lab, receiver.address, '`done` resolved')
      await receiver.close()
      await learner.settle()
      lab.expect(texts(messages.all), [before], {
        why: 'The q ends the receiver: it is no message itself, and what comes behind it is not delivered.',
      })
      await peer.send(elsewhere, another.receiver.address)
      lab.expect(texts(await another.messages.atLeast(1)), [elsewhere], {
        why: 'Another receiver of the same program got no q, so it goes on. What belongs to one receiver is kept inside startReceiver().',
      })
    },
  },
  {
    id: '1.10',
    title: 'a taken port rejects with EADDRINUSE',
    task: 5,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const holder = await lab.udpPeer()
      const messages = openMessages(lab)

      const code = await codeOf(learner.startReceiver({ ...into(messages), port: holder.address.port }))

      lab.expect(code, 'EADDRINUSE', {
        why: `Port ${holder.address.port} was taken. Binding fails later, as an 'error' event; the promise has to reject with it.`,
        hint: "Wait for 'listening' or 'error', whichever comes first.",
      })

      const { receiver } = await startReceiver(learner, lab)
      const ofItsOwn = await codeOf(learner.startReceiver({ ...into(messages), port: receiver.address.port }))
      lab.expect(ofItsOwn, 'EADDRINUSE', {
        why: 'Two receivers of yours got the same port. The system gives each datagram to only one of them.',
        hint: 'A socket with reuseAddr shares its port. It is not needed here.',
      })
    },
  },
  {
    id: '1.11',
    title: 'the port that was asked for is the port it listens on',
    task: 5,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const messages = openMessages(lab)
      const peer = await lab.udpPeer()
      const text = lab.chance.word('1.11')

      const { server: receiver, port } = await onFreePort('udp', (wanted) =>
        learner.startReceiver({ ...into(messages), port: wanted }),
      )
      await peer.send(text, { host: LOOPBACK, port })

      lab.expect(receiver.address.port, port, {
        why: 'Whoever sends must know the port beforehand, so the receiver has to take the one it is given.',
      })
      lab.expect(texts(await messages.atLeast(1)), [text], { why: `A datagram to port ${port} did not reach onMessage.` })
    },
  },
  {
    id: '1.12',
    title: 'it listens on 127.0.0.1 only',
    task: 5,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const sentinel = lab.chance.word('1.12')
      const others = otherAddresses().map((host) => ({ host, port: receiver.address.port }))

      // On Windows the port of a wildcard socket can be bound again, so a datagram has to show it as well.
      for (const other of others) await peer.send(`to ${other.host}`, other).catch(() => undefined)
      await peer.send(sentinel, receiver.address)
      await messages.next('the datagram to 127.0.0.1', ({ text }) => text === sentinel)

      const taken = await firstTaken(others)
      lab.expect(taken === undefined && messages.all.length === 1 ? ONLY_LOOPBACK : EVERYWHERE, ONLY_LOOPBACK, {
        why: 'Without an address, a socket listens on all of them: anyone on the same Wi-Fi could send to your program.',
        hint: 'bind() takes a port and an address.',
      })
      lab.expect(receiver.address.host, LOOPBACK, { why: 'The address must be the one it really listens on.' })
    },
  },
  {
    id: '1.13',
    title: 'close() frees the port, resolves `done`, and does no harm the second time',
    task: 6,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const before = lab.chance.word('1.13')
      await peer.send(before, receiver.address)
      await messages.atLeast(1)

      await receiver.close()
      await expectPortFree('udp', lab, receiver.address, 'close() resolved')
      await receiver.done()
      await receiver.close()

      lab.expect(texts(messages.all), [before], {
        why: 'The message that came before close() is delivered once, and nothing else was sent.',
      })
    },
  },
  {
    id: '1.14',
    title: '50 datagrams back to back all reach onMessage',
    task: 2,
    about: 'startReceiver',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const peer = await lab.udpPeer()
      const sent = Array.from({ length: 50 }, (_, index) => `${index} ${lab.chance.word('1.14', index)}`)

      await Promise.all(sent.map((text) => peer.send(text, receiver.address)))

      const received = await messages.atLeast(sent.length)
      lab.expect(`${received.length} messages`, `${sent.length} messages`, {
        why: 'The datagrams wait in the socket until your program reads them. It has to go on listening after each.',
      })
      lab.expect(texts(received).toSorted(), sent.toSorted(), { why: 'Each datagram is one message with its own text.' })
    },
  },
]

const sends: Check<UdpBasics>[] = [
  {
    id: '1.15',
    title: 'sendText sends one datagram: the text in UTF-8 and nothing else',
    task: 7,
    about: 'sendText',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const word = lab.chance.word('1.15')
      const long = `${word} `.repeat(900)
      const sent = [`안녕, ${word} 👋`, '', `${word}\r\n`, long]

      await learner.sendText(sent[0] as string, peer.address)
      lab.expect(datagrams(await peer.received.atLeast(1)), datagrams([sent[0]]), {
        why: 'send() only begins to send. A socket that is closed before send() calls back takes the datagram with it.',
      })
      for (const text of sent.slice(1)) await learner.sendText(text, peer.address)

      await peer.received.atLeast(sent.length)
      const received = (await peer.receivedBySentinel()).map(asText)
      lab.expect(received.filter((text) => text.length < 100).toSorted(), sent.slice(0, 3).toSorted(), {
        why: 'Each text leaves as one datagram, byte for byte, the empty one too. The length of a string counts UTF-16 units, not bytes.',
      })
      lab.expect(
        received.find((text) => text.length >= 100),
        long,
        {
          why: 'A text of 8,100 bytes fits into one datagram, so it leaves whole.',
        },
      )
      lab.expect(datagrams(received), datagrams(sent), { why: 'Four texts were sent, so four datagrams arrive, and none twice.' })
    },
  },
  {
    id: '1.16',
    title: '20 messages, each awaited, all arrive',
    task: 7,
    about: 'sendText',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const sent = Array.from({ length: 20 }, (_, index) => `${index} ${lab.chance.word('1.16', index)}`)

      for (const text of sent) await learner.sendText(text, peer.address)

      const received = await peer.received.atLeast(sent.length)
      lab.expect(datagrams(received), datagrams(sent), {
        why: 'send() only begins to send. A socket that is closed before send() calls back takes the datagram with it.',
      })
      lab.expect(received.map(asText).toSorted(), sent.toSorted(), { why: 'Each of the 20 texts is one datagram.' })
    },
  },
  {
    id: '1.17',
    title: 'the sockets that sending opens are closed again',
    task: 7,
    about: 'sendText',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const sent = Array.from({ length: 20 }, (_, index) => `${index} ${lab.chance.word('1.17', index)}`)

      for (const text of sent) await learner.sendText(text, peer.address)
      for (const text of sent) await learner.sendLines(typed([text]), peer.address)

      const received = await peer.received.atLeast(2 * sent.length)
      lab.expect(datagrams(received), datagrams([...sent, ...sent]), {
        why: 'All 40 messages have to arrive before their sockets can be judged.',
      })
      const ports = [...new Set(received.map(({ from }) => from.port))]
      const open = await countOpen(ports)
      lab.expect(open > FEW_SOCKETS ? `${open} sockets are still open after 40 messages` : A_FEW, A_FEW, {
        why: 'Each message left from a socket of its own that nobody closes. The program cannot end, and one day cannot open more.',
      })
    },
  },
  {
    id: '1.18',
    title: 'five messages at once carry their own texts',
    task: 7,
    about: 'sendText',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const sent = [1, 2, 3, 4, 5].map((index) => `${index} ${lab.chance.word('1.18', index)}`)

      await learner.together(
        'sendText',
        sent.map((text) => [text, peer.address]),
      )

      const received = await peer.received.atLeast(sent.length)
      lab.expect(received.map(asText).toSorted(), sent, {
        why: 'send() reads your bytes later. A buffer that is used again before that leaves with the wrong text.',
      })
    },
  },
  {
    id: '1.19',
    title: 'a text too long for a datagram rejects with EMSGSIZE, and the next one is sent',
    task: 7,
    about: 'sendText',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const next = lab.chance.word('1.19')

      const code = await codeOf(learner.sendText(TOO_LONG, peer.address))
      await learner.sendText(next, peer.address)

      lab.expect(code, 'EMSGSIZE', {
        why: 'A datagram holds at most 65,507 bytes. The system said so to send(), and the caller has to hear it.',
        hint: 'The callback of send() gets the error as its first argument.',
      })
      lab.expect((await peer.received.atLeast(1)).map(asText), [next], {
        why: 'One message that cannot be sent must not spoil the next.',
      })
    },
  },
  {
    id: '1.20',
    title: 'sendLines sends each line and the q, then stops; a line that cannot be sent is an error',
    task: 8,
    about: 'sendLines',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const [a, b, c] = [1, 2, 3].map((index) => lab.chance.word('1.20', index)) as [string, string, string]

      const count = await learner.sendLines(typed([a, '', b, 'q', c], 'then nobody types'), peer.address)
      await peer.received.atLeast(4)

      lab.expect((await peer.receivedBySentinel()).map(asText).toSorted(), [a, '', b, 'q'].toSorted(), {
        why: 'Every line up to the q is a datagram: the empty one is, and so is the q, for which the other end is waiting.',
      })
      lab.expect(count, 4, { why: 'sendLines resolves to the number of datagrams it sent, the q included.' })

      const code = await codeOf(learner.sendLines(typed([b, TOO_LONG, c]), peer.address))

      lab.expect(code, 'EMSGSIZE', {
        why: 'The second line is too long for a datagram. sendLines has to tell the caller so, as sendText does.',
        hint: 'Does sendLines wait until each line is sent?',
      })
    },
  },
  {
    id: '1.21',
    title: 'only a line that is exactly q stops sendLines; else it ends with its input',
    task: 8,
    about: 'sendLines',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const lines = ['Q', ' q', 'q ', 'qq', lab.chance.word('1.21')]

      const count = await learner.sendLines(typed(lines), peer.address)

      lab.expect(count, lines.length, {
        why: 'Five lines were typed, and none of them is exactly q. Only lines that were typed are sent.',
      })
      await peer.received.atLeast(lines.length)
      lab.expect((await peer.receivedBySentinel()).map(asText).toSorted(), lines.toSorted(), {
        why: 'Each line is one datagram. Without a q typed, none is sent.',
      })
    },
  },
  {
    id: '1.22',
    title: 'your sender and your receiver understand each other',
    task: 8,
    about: 'sendLines',
    async run({ learner, lab }) {
      const { receiver, messages } = await startReceiver(learner, lab)
      const lines = [`안녕 ${lab.chance.word('1.22', 1)}`, '', lab.chance.word('1.22', 2)]

      // Over a network in between, so that nothing but datagrams gets from one to the other.
      const network = await lab.udpRelay(receiver.address, { client: 'your sender', server: 'your receiver' })

      await learner.sendLines(typed([...lines, 'q']), network.address)
      await receiver.done()
      await learner.settle()

      lab.expect(texts(messages.all), lines, {
        why: 'The lines before the q arrive in order, and the q ends the receiver.',
      })
    },
  },
  {
    id: '1.23',
    title: 'each message goes to the address that it was given',
    task: 7,
    about: 'sendText',
    async run({ learner, lab }) {
      const [first, second] = [await lab.udpPeer(), await lab.udpPeer('another', OTHER_LOOPBACK)]
      const [a, b, c] = [1, 2, 3].map((index) => lab.chance.word('1.23', index)) as [string, string, string]

      await learner.sendText(a, first.address)
      await learner.sendText(b, second.address)
      await learner.sendText(c, first.address)

      lab.expect((await second.received.atLeast(1)).map(asText), [b], {
        why: `The second text was for ${second.address.host}:${second.address.port}. Host and port both belong to an address.`,
      })
      await first.received.atLeast(2)
      lab.expect((await first.receivedBySentinel()).map(asText).toSorted(), [a, c].toSorted(), {
        why: `The first text and the third were for ${first.address.host}:${first.address.port}, whatever was sent between.`,
      })
    },
  },
]

export default lessonChecks<UdpBasics>({ shapes, describe: describeText, checks: [...receives, ...sends] })

/** The attempt's receiver on a free port, and what it hands over. */
async function startReceiver(learner: Learner<UdpBasics>, lab: Lab, event = 'onMessage') {
  const messages = openMessages(lab, event)
  const receiver = await learner.startReceiver(into(messages))
  return { receiver, messages }
}

function openMessages(lab: Lab, event = 'onMessage'): Inbox<Message> {
  return lab.inbox(event, ({ text }) => show(text))
}

function into(messages: Inbox<Message>): { onMessage(text: string, from: Address): void } {
  return { onMessage: (text, from) => messages.push({ text, from }) }
}

function texts(messages: readonly Message[]): string[] {
  return messages.map(({ text }) => text)
}

function asText({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString()
}

function datagrams(items: readonly unknown[]): string {
  return `${items.length} datagrams`
}

/** One byte more than a datagram holds. */
const TOO_LONG = 'x'.repeat(65_508)

const AN_ERROR = 'an Error'

/** What onError was given. An Error has become its parts on the way here. */
function kindOfError(given: unknown): string {
  return typeof given === 'object' && given !== null && 'message' in given && 'stack' in given ? AN_ERROR : show(given)
}

/** Datagrams that are not UTF-8: a stray byte, an overlong form, a sequence cut short, half a surrogate pair. */
function damaged(word: string): Uint8Array[] {
  return [
    [0xff, 0xfe],
    [0xc0, 0x80],
    [0xec, 0x95],
    [0xed, 0xa0, 0x80],
  ].map((bytes) => Buffer.from([...Buffer.from(word), ...bytes]))
}

/** Typed lines. @param thenNobodyTypes whether the input stays open after the last one */
async function* typed(lines: readonly string[], thenNobodyTypes?: 'then nobody types'): AsyncGenerator<string> {
  yield* lines
  if (thenNobodyTypes !== undefined) await new Promise(() => undefined)
}

async function firstTaken(addresses: readonly Address[]): Promise<Address | undefined> {
  for (const address of addresses) {
    if (!(await canBindUdp(address))) return address
  }
  return undefined
}

/** How many of the ports stay taken, after a moment for those that are about to be closed. */
async function countOpen(ports: readonly number[]): Promise<number> {
  let open: readonly number[] = ports
  await becomesTrue(async () => {
    const free = await Promise.all(open.map((port) => canBindUdp({ host: LOOPBACK, port })))
    open = open.filter((_port, index) => free[index] === false)
    return open.length <= FEW_SOCKETS
  })
  return open.length
}
