import { once } from 'node:events'
import type { Address } from '../contracts/endpoint.ts'
import { shapes, type UdpBasics } from '../contracts/01-udp-basics.ts'
import { type Check, lessonChecks } from '../grading/check.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { describeText } from '../lab/trace.ts'
import { addressOf, bindUdp, canBindUdp, closeUdp, LOOPBACK, OTHER_LOOPBACK, sendDatagram } from '../lab/udp-socket.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { becomesTrue, PATIENCE_MS, within } from '../lab/within.ts'
import type { Learner } from '../sandbox/learner.ts'
import { codeOf, expectPortFree, NO_ERROR, onFreePort, otherAddresses, resolvesInTime } from './outcomes.ts'

interface Message {
  readonly text: string
  readonly from: Address
}

/** How many sockets a sender may keep open to use again. */
const FEW_SOCKETS = 10
/** How often three are sent side by side, so that more than a few would stay open. */
const ROUNDS = 4
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

/** @example bidodipo from 127.0.0.1:49357 */
function whoSaid({ text, from }: Message): string {
  return `${text} from ${from?.host}:${from?.port}`
}

function texts(messages: readonly Message[]): string[] {
  return messages.map(({ text }) => text)
}

function asText({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString()
}

function datagrams(items: readonly unknown[]): string {
  return items.length === 1 ? '1 datagram' : `${items.length} datagrams`
}

/** The most that a datagram holds, in bytes. */
const MOST = 65_507
/** Some systems draw the line earlier: macOS at 9,216 bytes. */
const MOST_EVERYWHERE = 9_000

/** One byte more than a datagram holds. */
const TOO_LONG = 'x'.repeat(MOST + 1)
const TOO_LONG_IN_KOREAN = '안'.repeat((MOST + 1) / 3)

/** A text as long as a datagram can be on this machine, in ASCII. */
async function longestText(mark: string): Promise<string> {
  const length = (await travels(MOST)) ? MOST : MOST_EVERYWHERE
  return `${mark} ${'long '.repeat(length)}`.slice(0, length)
}

/** @param ascii a text in which each character is a byte */
function sizeOf(ascii: string): string {
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

const KEEPS_RUNNING = 'the program keeps running'

type FourTexts = [string, string, string, string]

/** What some programs take for a goodbye; ㅂ is what the key of q types on a Korean keyboard. */
const OTHER_GOODBYES = ['quit', 'exit', ':q', '/q', '"q"', 'ㅂ']

/** Texts that a program may be tempted to change: letters in parts, control characters, code, numbers, the same once more. */
function oddTexts(word: string): string[] {
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
