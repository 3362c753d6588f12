import type { Address } from '../contracts/endpoint.ts'
import type { UdpBasics } from '../contracts/01-udp-basics.ts'
import type { Check } from '../grading/check.ts'
import { canBindUdp, LOOPBACK, OTHER_LOOPBACK } from '../lab/udp-socket.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { becomesTrue } from '../lab/within.ts'
import { codeOf, NO_ERROR } from './outcomes.ts'
import { longestText, MOST, oddTexts, OTHER_GOODBYES, sizeOf, startReceiver, texts } from './01-messages.ts'

/** How many sockets a sender may keep open to use again. */
const FEW_SOCKETS = 10
/** How often three are sent side by side, so that more than a few would stay open. */
const ROUNDS = 4
const A_FEW = `at most ${FEW_SOCKETS} sockets stay open`

/** The senders, and both ends together. */
export const sends: readonly Check<UdpBasics>[] = [
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

      const odd = oddTexts(word)
      for (const text of odd) await learner.sendText(text, peer.address)
      await peer.received.atLeast(sent.length + odd.length)
      lab.expect((await peer.receivedBySentinel()).slice(sent.length).map(asText).toSorted(), odd.toSorted(), {
        why: 'A text leaves as it is, also one that looks like a number or like code, and also one that was sent before.',
      })

      const longest = await longestText('1.15')
      lab.expect(await codeOf(learner.sendText(longest, peer.address)), NO_ERROR, {
        why: `A datagram of ${sizeOf(longest)} can be sent on this machine. Only the system says what is too long.`,
      })
      await peer.received.atLeast(sent.length + odd.length + 1)
      const last = (await peer.receivedBySentinel()).slice(sent.length + odd.length).map(asText)
      const why = `A text of ${sizeOf(longest)} fits into one datagram, so it leaves as one, and whole.`
      lab.expect(datagrams(last), datagrams([longest]), { why })
      lab.expect(last[0], longest, { why })
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
      const words = Array.from({ length: 3 * ROUNDS }, (_, index) => `${index} ${lab.chance.word('1.17', index)}`)
      const rounds = Array.from({ length: ROUNDS }, (_, round) => words.slice(3 * round, 3 * round + 3))
      const { address } = peer

      for (const three of rounds) {
        const sent = three.map((text): [string, Address] => [text, address])
        await learner.together('sendText', sent)
        await learner.together(
          'sendLines',
          sent.map(([text]) => [typed([text]), address]),
        )
        await learner.together(
          'sendLines',
          sent.map(([text]) => [typed([text, 'q']), address]),
        )
      }

      const received = await peer.received.atLeast(4 * words.length)
      lab.expect(datagrams(received), `${4 * words.length} datagrams`, {
        why: 'All messages have to arrive before their sockets can be judged.',
      })
      const ports = [...new Set(received.map(({ from }) => from.port))]
      const open = await countOpen(ports)
      lab.expect(open > FEW_SOCKETS ? `${open} sockets are still open after ${received.length} datagrams` : A_FEW, A_FEW, {
        why: 'Each message left from a socket of its own that nobody closes. The program cannot end, and one day cannot open more.',
      })

      for (const three of rounds) {
        await codeOf(
          learner.together(
            'sendText',
            three.map(() => [TOO_LONG, address]),
          ),
        )
        await codeOf(
          learner.together(
            'sendLines',
            three.map(() => [typed([TOO_LONG]), address]),
          ),
        )
      }

      let kept = 0
      await becomesTrue(async () => (kept = await learner.udpSockets()) <= FEW_SOCKETS)
      lab.expect(kept > FEW_SOCKETS ? `${kept} sockets are still open after ${2 * words.length} errors` : A_FEW, A_FEW, {
        why: 'When a text cannot be sent, its socket is still there. Nobody closes it, and the program cannot end.',
        hint: 'try and finally close it, whether it went well or not.',
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

      lab.expect(await codeOf(learner.sendText(TOO_LONG_IN_KOREAN, peer.address)), 'EMSGSIZE', {
        why: `This text has ${TOO_LONG_IN_KOREAN.length.toLocaleString('en')} characters, and 65,508 bytes. The limit counts bytes, and the system knows best.`,
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
        hint: 'Does sendLines wait until each line is sent, and does the error of sendText get out of it?',
      })

      const [inTurn, onlyQ] = [await lab.udpPeer('another', OTHER_LOOPBACK), await lab.udpPeer('another')]
      const pace: string[] = []
      await learner.sendLines(
        typedInTurn(a, inTurn, (at) => pace.push(at)),
        inTurn.address,
      )
      lab.expect(pace, [SENT_AT_ONCE], {
        why: 'Whoever types a line wants it to be read, and may not type the next one for an hour.',
        hint: 'Does sendLines gather the lines before it sends them?',
      })

      const one = await learner.sendLines(typed(['q'], 'then nobody types'), onlyQ.address)
      await onlyQ.received.atLeast(1)
      lab.expect((await onlyQ.receivedBySentinel()).map(asText), ['q'], {
        why: 'Nothing but a q was typed. The other end is waiting for it all the same.',
      })
      lab.expect(one, 1, { why: 'One datagram was sent in this call, the q. Each call counts its own.' })
    },
  },
  {
    id: '1.21',
    title: 'only a line that is exactly q stops sendLines; else it ends with its input',
    task: 8,
    about: 'sendLines',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const word = lab.chance.word('1.21')
      const lines = ['Q', ' q', 'q ', 'qq', word, ...OTHER_GOODBYES, 'q\r', 'ｑ', '  ', `# ${word}`, 'again', 'again']
      const long = `${word} `.repeat(900)

      const count = await learner.sendLines(typed([...lines, long]), peer.address)

      lab.expect(count, lines.length + 1, {
        why: `${lines.length + 1} lines were typed, and none of them is exactly q. Only lines that were typed are sent, and all of them are.`,
      })
      await peer.received.atLeast(lines.length + 1)
      const received = (await peer.receivedBySentinel()).map(asText)
      lab.expect(received.filter((text) => text.length < 100).toSorted(), lines.toSorted(), {
        why: 'Each line is one datagram. Without a q typed, none is sent.',
      })
      lab.expect(
        received.find((text) => text.length >= 100),
        long,
        { why: 'A line of 8,100 bytes fits into one datagram, so it leaves whole.' },
      )

      const none = await learner.sendLines(typed([]), peer.address)

      lab.expect(none, 0, { why: 'This time the input ended at once. Each call counts the datagrams that it sent itself.' })
      lab.expect(datagrams(await peer.receivedBySentinel()), datagrams(received), {
        why: 'The input ended before a line was typed, so nothing is sent.',
      })

      const [first, second] = [await lab.udpPeer('another', OTHER_LOOPBACK), await lab.udpPeer('another')]
      const counts = await learner.together('sendLines', [
        [typed([word]), first.address],
        [typed(['again', word, 'qq']), second.address],
      ])

      await Promise.all([first.received.atLeast(1), second.received.atLeast(3)])
      const arrived = await Promise.all(
        [first, second].map(async (each) => (await each.receivedBySentinel()).map(asText).toSorted()),
      )
      lab.expect(arrived, [[word], ['again', word, 'qq'].toSorted()], {
        why: 'Two calls were under way at once, with lines and an address of their own. They must not get into each other.',
      })
      lab.expect(counts, [1, 3], { why: 'Two calls were under way at once. Each counts the datagrams that it sent itself.' })
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
        why: 'The lines before the q arrive in order. The q ends the receiver, and is no message itself.',
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

      const [d, e, f] = [4, 5, 6].map((index) => lab.chance.word('1.23', index)) as [string, string, string]
      await learner.together('sendText', [
        [d, second.address],
        [e, first.address],
      ])
      await learner.sendLines(typed([f]), second.address)

      await Promise.all([first.received.atLeast(3), second.received.atLeast(3)])
      const arrived = await Promise.all(
        [first, second].map(async (peer) => (await peer.receivedBySentinel()).map(asText).toSorted()),
      )
      lab.expect(arrived, [[a, c, e].toSorted(), [b, d, f].toSorted()], {
        why: 'Two texts were sent to two addresses at the same time, and a line to one of them. Each call has an address of its own.',
      })
    },
  },
]

function asText({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString()
}

function datagrams(items: readonly unknown[]): string {
  return items.length === 1 ? '1 datagram' : `${items.length} datagrams`
}

/** One byte more than a datagram holds. */
const TOO_LONG = 'x'.repeat(MOST + 1)

const TOO_LONG_IN_KOREAN = '안'.repeat((MOST + 1) / 3)

/** Typed lines. @param thenNobodyTypes whether the input stays open after the last one */
async function* typed(lines: readonly string[], thenNobodyTypes?: 'then nobody types'): AsyncGenerator<string> {
  yield* lines
  if (thenNobodyTypes !== undefined) await new Promise(() => undefined)
}

const SENT_AT_ONCE = 'the line was sent before the next one was typed'

/** A line, and a q as soon as the line has arrived or it is clear that it does not. @param note is told which it was */
async function* typedInTurn(line: string, peer: UdpPeer, note: (pace: string) => void): AsyncGenerator<string> {
  yield line
  const { length } = await peer.received.atLeast(1)
  note(length > 0 ? SENT_AT_ONCE : 'the line was held back until the next one was typed')
  yield 'q'
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
