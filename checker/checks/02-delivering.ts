import type { RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import type { Check } from '../grading/check.ts'
import { on } from '../lab/faults.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'
import { ackOf, hex, isData } from './02-packets.ts'
import {
  answer,
  copiesAt,
  dataAt,
  ending,
  expectNoEffect,
  expectSilence,
  firstPacket,
  inTimes,
  LONG_MS,
  notBefore,
  ONE_CONTENT,
  ourServer,
  packetCount,
  passTime,
  rejected,
  RESOLVED,
  send,
  type Sending,
  SHORT_MS,
  SILENCE_MS,
  texts,
  timed,
  TIRELESS,
  WAITS,
  words,
} from './02-partners.ts'

const AS_OFTEN = 'as often as it was sent'
const SIMILAR_PACE = 'about as often'
/** So many messages wait for their turn, and so many clients give up at the same time. */
const MANY = 20

/** The client, and how often it sends what. */
export const delivers: readonly Check<RetransmitAck>[] = [
  {
    id: '2.14',
    title: 'when nothing gets lost, each message is sent once',
    task: 5,
    about: 'openClient',
    async run({ learner, lab }) {
      const { address, messages } = await ourServer(lab)
      const client = await learner.openClient({ to: address, timeoutMs: LONG_MS })
      const [first, second] = words(lab, '2.14')
      const sent = [first, second]

      const sendings: Sending[] = []
      for (const text of sent) {
        const sending = send(lab, client, text)
        lab.expect(await ending(sending), RESOLVED, { why: 'The packet went to our server, and its ACK came back.' })
        sendings.push(sending)
      }

      lab.expect(texts(messages.all), sent, {
        why: 'Each message travels in a DATA packet of its own, and our server hands it over.',
      })
      lab.expect(
        sendings.map((sending) => sending.attempts()),
        [1, 1],
        { why: 'Each packet was sent once, and its ACK came.' },
      )

      const many = [...Array.from({ length: MANY }, (_none, index) => lab.chance.word('2.14 many', index)), '', second, second]
      const queued = many.map((text) => send(lab, client, text))
      lab.expect([...new Set(await Promise.all(queued.map(ending)))], [RESOLVED], {
        why: `Then ${many.length} messages were sent at once. However many wait, each has its turn, and its ACK came back.`,
      })
      lab.expect(texts(messages.all), [...sent, ...many], {
        why: 'Messages arrive in the order in which send() was called. An empty text is a message, and so is the same text once more.',
      })
      lab.expect([...new Set(queued.map((sending) => sending.attempts()))], [1], {
        why: 'Each of them was sent once, and its ACK came: time spent in the queue is no attempt.',
      })
    },
  },
  {
    id: '2.15',
    title: 'send() sends the same packet again and again, and resolves when its ACK comes',
    task: 5,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const text = lab.chance.word('2.15')
      const sending = send(lab, client, text)

      const copies = await copiesAt(peer, text, 3, sending)

      lab.expect(sending.state, WAITS, {
        why: 'Nobody has answered. That the socket sent the packet only says that it has left this machine.',
      })
      lab.expect(atLeast(3, copies.length), 'at least 3 packets', {
        why: 'No ACK came. For all you know the packet is lost, and a lost packet raises no error: only a timer notices.',
      })
      const contents = new Set(copies.map(({ bytes }) => hex(bytes)))
      lab.expect(contents.size === 1 ? ONE_CONTENT : `${contents.size} different packets`, ONE_CONTENT, {
        why: 'A copy must be the same packet byte for byte. With another number or session it is a new message to the server.',
      })
      await answer({ learner, lab }, peer, text, sending)
      await peer.receivedBySentinel()

      const [least, most] = [copies.length, dataAt(peer, text).length]
      const attempts = Number(sending.attempts())
      lab.expect(attempts >= least && attempts <= most ? AS_OFTEN : sending.attempts(), AS_OFTEN, {
        why: `attempts is how often the packet was sent. ${packetCount(least)} came before the first ACK was sent, and ${most} in all.`,
      })
    },
  },
  {
    id: '2.16',
    title: 'a message whose first packets got lost is delivered',
    task: 5,
    about: 'openClient',
    async run({ learner, lab }) {
      const { address, messages } = await ourServer(lab, [on(isData(0)).first(2).lose()])
      const client = await learner.openClient({ to: address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const text = lab.chance.word('2.16')

      const sending = send(lab, client, text)
      const end = await ending(sending)

      lab.expect(texts(messages.all), [text], {
        why: 'Nothing arrived and nothing was raised. Only the missing ACK tells that a packet was lost.',
      })
      lab.expect(end, RESOLVED, { why: 'A later copy arrived, and its ACK came back.' })
      lab.expect(Number(sending.attempts()) >= 2 ? 'at least 2' : sending.attempts(), 'at least 2', {
        why: 'attempts is how often it took: the first packet got lost, so it took one more at least.',
      })
    },
  },
  {
    id: '2.17',
    title: 'a message that was ACKed is not sent again',
    task: 5,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SILENCE_MS, maxRetries: TIRELESS })
      const text = lab.chance.word('2.17')
      const sending = send(lab, client, text)
      await firstPacket(lab, peer, text, sending)
      await answer({ learner, lab }, peer, text, sending)

      await expectSilence({ learner, lab }, peer)
    },
  },
  {
    id: '2.18',
    title: 'when no ACK ever comes, send() gives up after 1 + maxRetries packets',
    task: 6,
    seconds: 1.5,
    about: 'openClient',
    async run({ learner, lab }) {
      const timeoutMs = 80
      const peer = await lab.udpPeer()

      // A busy machine may be so late that a wait that was left out does not show. It is not late four times.
      const maxRetries = lab.chance.integer(1, 2, '2.18')
      const options = { to: peer.address, timeoutMs, maxRetries }
      const clients = [await learner.openClient(options), await learner.openClient(options)]
      for (const [nth, client] of [...clients, ...clients].entries()) {
        const text = lab.chance.word('2.18', nth)
        const { end, elapsedMs } = await timed(send(lab, client, text))

        lab.expect(end, rejected('RETRY_LIMIT'), {
          why: 'Nobody answered. A program that promises delivery must say so when it cannot keep the promise.',
        })
        const copies = await copiesAt(peer, text, 1 + maxRetries)
        lab.expect(packetCount(copies.length), packetCount(1 + maxRetries), {
          why: `maxRetries was ${maxRetries}. It counts the packets of one message that are sent *again*; the first one comes on top. The next message has all of them again.`,
        })
        lab.expect(notBefore((1 + maxRetries) * timeoutMs, elapsedMs), `not before ${(1 + maxRetries) * timeoutMs} ms`, {
          why: `timeoutMs was ${timeoutMs}. The last packet deserves the same wait for its ACK as the others.`,
        })
        // So the second message of a client begins in the middle of what would have been another wait of its first.
        await passTime({ learner, lab }, 1)
      }

      const single = await learner.openClient({ to: peer.address, timeoutMs, maxRetries: 1 })
      const queue = [1, 2].map((nth) => lab.chance.word('2.18', 'queue', nth))
      const waiting = queue.map((text) => [text, send(lab, single, text)] as const)
      for (const [index, [text, sending]] of waiting.entries()) {
        lab.expect(
          { message: index + 1, end: await ending(sending) },
          { message: index + 1, end: rejected('RETRY_LIMIT') },
          {
            why: 'Several messages were sent at once, and nobody answered. When one is given up, those behind it still have their turn.',
            hint: 'A queue that is a chain of promises ends at the first that rejects, unless the next one begins in any case.',
          },
        )
        lab.expect(
          { message: index + 1, sent: packetCount((await copiesAt(peer, text, 2)).length) },
          { message: index + 1, sent: packetCount(2) },
          {
            why: 'Two messages were sent at once, maxRetries was 1, and nobody answered. Each has all its copies and all its time, counted from its turn and not from the call.',
          },
        )
      }

      const told = { to: peer.address, timeoutMs, maxRetries: 0 }
      const hasty = await learner.together(
        'openClient',
        Array.from({ length: MANY }, () => [told] as [typeof told]),
      )
      const once = hasty.map((_client, index) => lab.chance.word('2.18', 'once', index))
      const ends = await Promise.all(hasty.map((one, index) => timed(send(lab, one, once[index] ?? ''))))
      lab.expect([...new Set(ends.map(({ end }) => end))], [rejected('RETRY_LIMIT')], {
        why: `${MANY} clients with maxRetries 0 sent one message each, and nobody answered.`,
      })
      await peer.receivedBySentinel()
      const counts = once.map((text) => packetCount(dataAt(peer, text).length))
      lab.expect([...new Set(counts)], [packetCount(1)], {
        why: `${MANY} clients with maxRetries 0 sent one message each. It is sent once then, and not again.`,
      })
      lab.expect(notBefore(timeoutMs, Math.min(...ends.map(({ elapsedMs }) => elapsedMs))), `not before ${timeoutMs} ms`, {
        why: `${MANY} clients sent one message each, and timeoutMs was ${timeoutMs}. The first of them that gave up is the one you see: a wait may be longer than timeoutMs, never shorter.`,
      })

      const persistent = { timeoutMs: 1, maxRetries: lab.chance.integer(7, 8, '2.18', 'persistent') }
      const [last, all] = [lab.chance.word('2.18', 'last'), packetCount(1 + persistent.maxRetries)]
      const end = await ending(send(lab, await learner.openClient({ to: peer.address, ...persistent }), last))
      await peer.receivedBySentinel()
      const { length } = dataAt(peer, last)
      // Who waits longer each time may still be at it.
      lab.expect(end === WAITS && length <= 1 + persistent.maxRetries ? all : packetCount(length), all, {
        why: `timeoutMs was 1, maxRetries was ${persistent.maxRetries}, and nobody answered.`,
      })
    },
  },
  {
    id: '2.19',
    title: 'without options, a packet is sent again after 200 ms, and 5 times',
    task: 6,
    seconds: 1.3,
    about: 'openClient',
    async run({ learner, lab }) {
      const [peer, other, third] = [
        await lab.udpPeer(),
        await lab.udpPeer('a second server'),
        await lab.udpPeer('a third server'),
      ]
      const patient = await learner.openClient({ to: third.address, timeoutMs: LONG_MS, maxRetries: TIRELESS })
      const client = await learner.openClient({ to: peer.address })
      const told = await learner.openClient({ to: other.address, timeoutMs: 200, maxRetries: 5 })
      const text = lab.chance.word('2.19')
      await firstPacket(lab, third, text, send(lab, patient, text))

      const startedAt = performance.now()
      const sendings = [send(lab, client, text), send(lab, told, text)] as const
      const copies = await copiesAt(peer, text, 2, sendings[0])
      lab.expect(notBefore(200, performance.now() - startedAt), 'not before 200 ms', {
        why: 'timeoutMs is 200 when nobody says otherwise.',
      })
      lab.expect(atLeast(2, copies.length), 'at least 2 packets', {
        why: 'Nobody answered. When nobody says otherwise, timeoutMs is 200 and maxRetries is 5.',
      })

      // How fast a busy machine is and whether later waits are longer is nobody's business: who was told the same options shows it.
      await Promise.race(sendings.map(ending))
      await Promise.all([peer, other].map((each) => each.receivedBySentinel()))
      const [untold, toldSo] = [dataAt(peer, text).length, dataAt(other, text).length]
      lab.expect(2 * untold >= toldSo ? SIMILAR_PACE : `${untold} times, the other ${toldSo} times`, SIMILAR_PACE, {
        why: `One client was given no options, another timeoutMs 200 and maxRetries 5. Both had the same time, and the second sent its message ${inTimes(toldSo)}: timeoutMs is 200 when nobody says otherwise.`,
      })
      const end = await ending(sendings[0])
      const elapsedMs = performance.now() - startedAt
      const { length } = dataAt(peer, text)
      lab.expect(end === WAITS && length <= 6 ? packetCount(6) : packetCount(length), packetCount(6), {
        why: 'Nobody answered. maxRetries is 5 when nobody says otherwise: one packet, and 5 copies.',
      })
      lab.expect(notBefore(1200, elapsedMs), 'not before 1200 ms', {
        why: 'Six packets without an ACK are six waits of timeoutMs, which is 200 when nobody says otherwise.',
      })
      await third.receivedBySentinel()
      lab.expect(packetCount(dataAt(third, text).length), packetCount(1), {
        why: `A third client was given timeoutMs ${LONG_MS}. No packet is sent again before that time is over.`,
      })
    },
  },
  {
    id: '2.20',
    title: 'the numbers of a session count up from 0',
    task: 7,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: LONG_MS })

      for (const [seq, text] of words(lab, '2.20').entries()) {
        const sending = send(lab, client, text)
        const { packet, from } = await firstPacket(lab, peer, text, sending)
        lab.expect(`number ${packet.seq}`, `number ${seq}`, {
          why: 'Each message was ACKed before the next was sent, and its ACK came twice. The server expects the numbers 0, 1, 2, in this order.',
        })
        await answer({ learner, lab }, peer, text, sending)
        await peer.send(reference.encodePacket(ackOf(packet)), from)
        await learner.settle()
      }

      const sessions = new Set(dataAt(peer).map(({ packet }) => packet.session))
      lab.expect(`${sessions.size} session`, '1 session', {
        why: 'Each message came with a session of its own. Only within a session do the numbers tell old from new.',
      })
    },
  },
  {
    id: '2.21',
    title: 'messages go one at a time',
    task: 7,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const [first, second] = words(lab, '2.21')

      const sendings = [send(lab, client, first), send(lab, client, second)] as const
      await firstPacket(lab, peer, first, sendings[0])
      await copiesAt(peer, first, 3, sendings[0])
      lab.expect([...new Set(dataAt(peer).map(({ packet }) => packet.text))], [first], {
        why: 'send() was called twice, and the first message had no ACK yet. A second one that overtakes it would be refused.',
        hint: 'Keep the messages in a queue. The next one leaves when the one before has ended.',
      })

      await answer({ learner, lab }, peer, first, sendings[0])
      await firstPacket(lab, peer, second, sendings[1])
      await answer({ learner, lab }, peer, second, sendings[1])
    },
  },
  {
    id: '2.22',
    title: 'a stale ACK does not complete the next message',
    task: 7,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const [first, second] = words(lab, '2.22')
      const earlier = send(lab, client, first)
      const { packet } = await firstPacket(lab, peer, first, earlier)
      await answer({ learner, lab }, peer, first, earlier)

      const sending = send(lab, client, second)
      const { from } = await firstPacket(lab, peer, second, sending)
      await peer.send(reference.encodePacket(ackOf(packet)), from)
      await expectNoEffect({ learner, lab }, peer, second, sending, {
        why: 'The next message was on its way when the ACK of the one before came once more, as happens when a copy was ACKed, too. It says nothing about the next.',
      })
    },
  },
]

function atLeast(wanted: number, count: number): string {
  return count >= wanted ? `at least ${packetCount(wanted)}` : packetCount(count)
}
