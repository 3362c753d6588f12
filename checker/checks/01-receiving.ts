import type { Address } from '../contracts/endpoint.ts'
import type { UdpBasics } from '../contracts/01-udp-basics.ts'
import type { Check } from '../grading/check.ts'
import { show } from '../lab/show.ts'
import { canBindUdp, LOOPBACK, OTHER_LOOPBACK } from '../lab/udp-socket.ts'
import { codeOf, expectPortFree, onFreePort, otherAddresses, resolvesInTime } from './outcomes.ts'
import {
  into,
  longestText,
  type Message,
  oddTexts,
  openMessages,
  OTHER_GOODBYES,
  sizeOf,
  startReceiver,
  texts,
} from './01-messages.ts'

const ONLY_LOOPBACK = 'it can be reached at 127.0.0.1 only'
const EVERYWHERE = 'it can be reached at every address of this machine'

/** The receiver, and whoever sends to it. */
export const receives: readonly Check<UdpBasics>[] = [
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

      // The third shares its host with the first, and nothing but its port tells them apart.
      const peers = [first, second, await lab.udpPeer('another')]
      const spoken = peers.map((peer, index) => ({ text: lab.chance.word('1.2', 3 + index), from: peer.address }))
      await Promise.all(peers.map((peer, index) => peer.send(spoken[index]?.text ?? '', receiver.address)))

      lab.expect((await messages.atLeast(5)).slice(2).map(whoSaid).toSorted(), spoken.map(whoSaid).toSorted(), {
        why: 'Three senders spoke at the same time, two of them from the same host. Each datagram has the address of its own sender.',
      })
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

      const odd = oddTexts(word)
      for (const text of odd) await peer.send(text, receiver.address)

      lab.expect(texts((await messages.atLeast(sent.length + odd.length)).slice(sent.length)), odd, {
        why: 'A message is handed over as it was sent. What looks like a number or like code is text, and what was sent twice is two messages.',
      })
    },
  },
  {
    id: '1.4',
    title: 'a message of 8,000 bytes arrives whole, and so does the longest there can be',
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

      const longest = await longestText('1.4')
      await peer.send(longest, receiver.address)
      lab.expect((await messages.atLeast(2))[1]?.text, longest, {
        why: `A datagram of ${sizeOf(longest)} can be sent on this machine, so it is a message like any other.`,
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
      const [errors, elsewhere] = [lab.inbox('onError', kindOfError), lab.inbox('another onError', kindOfError)]
      const messages = openMessages(lab)
      const receiver = await learner.startReceiver({ ...into(messages), onError: (error) => errors.push(error) })
      await learner.startReceiver({ ...into(messages), onError: (error) => elsewhere.push(error) })
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
      lab.expect(tally(elsewhere.all), NO_CALLS, {
        why: 'Another receiver of the same program got no datagram. What belongs to one receiver is kept inside startReceiver().',
      })
      lab.expect(tally(errors.all), `${damaged(word).length} × ${AN_ERROR}`, {
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
      const word = lab.chance.word('1.8')
      const sent = ['Q', 'qq', ' q', 'q\n', 'q\0', 'ｑ', `q ${word}`, `${word}\nq`, ...OTHER_GOODBYES, word]

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
      const another = await startReceiver(learner, lab, 'another onMessage')
      const [peer, stranger] = [await lab.udpPeer(), await lab.udpPeer('another', OTHER_LOOPBACK)]
      const [first, before, after, elsewhere] = [0, 1, 2, 3].map((index) => lab.chance.word('1.9', index)) as FourTexts
      let done = 'done waits'
      void receiver.done().then(
        () => (done = 'done has resolved'),
        () => undefined,
      )

      await peer.send(first, receiver.address)
      await messages.atLeast(1)
      await learner.settle()
      lab.expect(done, 'done waits', { why: 'No q has come, and nobody has called close(), so this receiver has not ended.' })
      await Promise.all([before, 'q', after].map((text) => peer.send(text, receiver.address)))

      await receiver.done()
      await expectPortFree('udp', lab, receiver.address, '`done` resolved')
      await receiver.close()
      await learner.settle()
      lab.expect(texts(messages.all), [first, before], {
        why: 'The q ends the receiver: it is no message itself, and what comes behind it is not delivered.',
      })
      await peer.send(elsewhere, another.receiver.address)
      lab.expect(texts(await another.messages.atLeast(1)), [elsewhere], {
        why: 'Another receiver of the same program got no q, so it goes on. What belongs to one receiver is kept inside startReceiver().',
      })

      const third = await startReceiver(learner, lab, 'a third onMessage')
      await stranger.send('q', third.receiver.address)
      await stranger.send('q', another.receiver.address)
      lab.expect(await resolvesInTime(third.receiver.done()), 'it resolves', {
        why: 'This receiver was started after another had ended, and a q was the first datagram it got. It has to end all the same.',
      })
      lab.expect(await resolvesInTime(another.receiver.done()), 'it resolves', {
        why: 'The q came from somebody else than the message before. A q is the end, whoever sends it.',
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

      const anyPort = await learner.startReceiver({ ...into(messages), port: 0 })
      await peer.send(text, anyPort.address)
      lab.expect(texts(await messages.atLeast(2)), [text, text], {
        why: 'Port 0 means any free one, also where it is asked for. The address says which one it became.',
      })
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

      lab.expect((await learner.udpSockets()) > 0 ? KEEPS_RUNNING : 'the program ends by itself', KEEPS_RUNNING, {
        why: 'Nobody has closed the receiver, so it listens. But its socket does not keep the program running: was it told to unref()?',
      })
      await Promise.all([receiver.close(), receiver.close()])
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

/** @example bidodipo from 127.0.0.1:49357 */
function whoSaid({ text, from }: Message): string {
  return `${text} from ${from?.host}:${from?.port}`
}

const KEEPS_RUNNING = 'the program keeps running'

type FourTexts = [string, string, string, string]

const AN_ERROR = 'an Error'

/** What onError was given. An Error has become its parts on the way here. */
function kindOfError(given: unknown): string {
  return typeof given === 'object' && given !== null && 'message' in given && 'stack' in given ? AN_ERROR : show(given)
}

const NO_CALLS = 'no call'

/** How often a callback was given what: `2 × an Error`. */
function tally(given: readonly unknown[]): string {
  const kinds = given.map(kindOfError)
  const counts = [...new Set(kinds)].map((kind) => `${kinds.filter((each) => each === kind).length} × ${kind}`)
  return counts.length === 0 ? NO_CALLS : counts.join(', ')
}

/** Datagrams that are not UTF-8. */
function damaged(word: string): Uint8Array[] {
  const text = Buffer.from(word)
  const atTheEnd = [
    [0xff, 0xfe], // bytes that never occur
    [0xc0, 0x80], // longer than needed: 2 bytes for what takes 1
    [0xec, 0x95], // cut short
    [0xed, 0xa0, 0x80], // half a surrogate pair
    [0xe0, 0x80, 0xaf], // longer than needed: 3 bytes
    [0xf0, 0x80, 0x80, 0xaf], // and 4
    [0xf4, 0x90, 0x80, 0x80], // beyond the last character
    [0xf5, 0x80, 0x80, 0x80], // far beyond it
    [0xf0, 0x9f, 0x91], // cut short; the sign � has as many bytes
    [0xef, 0xbf, 0xbd, 0xff], // behind a sign � that somebody wrote
    [0xec, 0x95], // cut short, and the next one looks like its rest
  ].map((bytes) => Buffer.from([...text, ...bytes]))
  return [
    ...atTheEnd,
    Buffer.from([0x88, ...text]),
    Buffer.from([0xec, 0x95, ...text]),
    Buffer.from([...text, 0x80, ...text]),
    Buffer.from([0x71, 0xff]),
    Buffer.from([0xff]),
    Buffer.concat([Buffer.alloc(3000, text), Buffer.from([0xff])]),
  ]
}

async function firstTaken(addresses: readonly Address[]): Promise<Address | undefined> {
  for (const address of addresses) {
    if (!(await canBindUdp(address))) return address
  }
  return undefined
}
