import type { RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import type { Check } from '../grading/check.ts'
import { on, type Rule } from '../lab/faults.ts'
import { YOU } from '../lab/lab.ts'
import { freeUdpPort, LOOPBACK } from '../lab/udp-socket.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'
import { ackOf, hex, isAck, isAnyData, isData, nearlyAlike } from './02-packets.ts'
import {
  answer,
  beforeItsServer,
  CHECKER,
  copiesAt,
  dataAt,
  ending,
  endOf,
  expectNoEffect,
  expectPortsFree,
  expectSilence,
  firstPacket,
  giveUp,
  inTimes,
  into,
  LONG_MS,
  NO_ERROR,
  notBefore,
  ONE_CONTENT,
  openMessages,
  ourServer,
  packetCount,
  passTime,
  rejected,
  RESOLVED,
  send,
  type Sending,
  SHORT_MS,
  SILENCE_MS,
  startServer,
  texts,
  timed,
  TIRELESS,
  WAITS,
  words,
} from './02-partners.ts'

const AS_AGREED = 'DATA and ACK packets'
const SEVERAL_SESSIONS = 'several sessions'
const NO_PACKET = 'no packet'
/** Bits by which numbers differ that are not the same. */
const BITS = [0, 1, 8, 16, 24, 31]
/** How often an ACK is repeated. */
const ECHOES = 10
/** While one timer sends so many copies, five send MANY_COPIES; who sends each packet twice does not. */
const A_FEW_COPIES = 6
const MANY_COPIES = 24

/** The client among strangers, when it is given up, closed or alone, and both ends together. */
export const lasts: readonly Check<RetransmitAck>[] = [
  {
    id: '2.23',
    title: 'only the ACK of this very packet completes it',
    task: 7,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const text = lab.chance.word('2.23')
      const sending = send(lab, client, text)
      const { packet, from } = await firstPacket(lab, peer, text, sending)
      const strangers = [
        ...nearlyAlike(packet.session, BITS).map((session) => reference.encodePacket({ ...ackOf(packet), session })),
        ...nearlyAlike(packet.seq, BITS).map((seq) => reference.encodePacket({ ...ackOf(packet), seq })),
        reference.encodePacket(packet),
        reference.encodePacket(ackOf(packet)).subarray(0, 8),
      ]

      for (const bytes of strangers) await peer.send(bytes, from)

      await expectNoEffect({ learner, lab }, peer, text, sending, {
        why: 'ACKs of other sessions and of other numbers came, some of them different in a single bit, the DATA packet itself, and an ACK that is a byte short. None is the ACK of this packet.',
      })
    },
  },
  {
    id: '2.24',
    title: 'a repeated ACK makes the client send nothing',
    task: 7,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: LONG_MS, maxRetries: TIRELESS })
      const [first, second] = words(lab, '2.24')
      const earlier = send(lab, client, first)
      const { packet } = await firstPacket(lab, peer, first, earlier)
      await answer({ learner, lab }, peer, first, earlier)

      const sending = send(lab, client, second)
      const { from } = await firstPacket(lab, peer, second, sending)
      const before = dataAt(peer).length
      for (let count = 0; count < ECHOES; count += 1) {
        await peer.send(reference.encodePacket(ackOf(packet)), from)
        // One at a time: a client that wakes up once for several would otherwise send once for several.
        await learner.settle()
        await learner.settle()
      }
      await answer({ learner, lab }, peer, second, sending)
      await passTime({ learner, lab }, 1)
      await peer.receivedBySentinel()

      // A packet may be sent twice now and then, so only a packet for every other ACK is too many.
      const more = dataAt(peer).length - before
      lab.expect(more < ECHOES / 2 ? NO_PACKET : packetCount(more), NO_PACKET, {
        why: `An old ACK came ${ECHOES} times, long before the timeout was over, and had packets sent. Where every answer causes a packet and every packet an answer, copies breed copies.`,
        hint: 'What you do not wait for is ignored. RFC 1123, section 4.2.3.1, tells what happened to others.',
      })
    },
  },
  {
    id: '2.25',
    title: 'clients have sessions of their own',
    task: 8,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const count = 5

      async function begin(index: number): Promise<[text: string, sending: Sending]> {
        const client = await learner.openClient({ to: peer.address, timeoutMs: LONG_MS })
        const text = lab.chance.word('2.25', index)
        const sending = send(lab, client, text)
        const { packet } = await firstPacket(lab, peer, text, sending)
        lab.expect(`number ${packet.seq}`, 'number 0', {
          why: 'This is the first message of its client. Other clients of the same program were at work before, and each counts for itself.',
        })
        return [text, sending]
      }

      // One has its ACK before the others come. Those are at work at the same time, and none waits for another.
      await answer({ learner, lab }, peer, ...(await begin(0)))
      const others: [text: string, sending: Sending][] = []
      for (let index = 1; index < count; index += 1) others.push(await begin(index))
      for (const [text, sending] of others.toReversed()) await answer({ learner, lab }, peer, text, sending)

      const sessions = new Set(dataAt(peer).map(({ packet }) => packet.session))
      lab.expect(sessions.size > 1 ? SEVERAL_SESSIONS : `one session for ${count} clients`, SEVERAL_SESSIONS, {
        why: `${count} clients sent one message each. With the same session and number, the server takes one for a copy of the other.`,
      })
    },
  },
  {
    id: '2.26',
    title: 'abort rejects a message that is on its way, and then there is silence',
    task: 9,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SILENCE_MS, maxRetries: TIRELESS })
      const abort = new AbortController()
      const text = lab.chance.word('2.26')
      const sending = send(lab, client, text, { signal: abort.signal })
      await firstPacket(lab, peer, text, sending)

      await giveUp(learner, abort)
      lab.expect(await ending(sending), rejected('ABORTED'), { why: 'The caller does not want to wait any longer.' })
      await expectSilence({ learner, lab }, peer)
    },
  },
  {
    id: '2.27',
    title: 'a message that is aborted while it waits for its turn is never sent',
    task: 9,
    about: 'openClient',
    async run({ learner, lab }) {
      const slow = lab.gate()
      const { address, messages } = await ourServer(lab, [on(isAnyData).hold({ until: slow.opened })])
      const client = await learner.openClient({ to: address, timeoutMs: LONG_MS })
      const [first, unwanted, last] = words(lab, '2.27')
      const abort = new AbortController()
      const sendings = [
        send(lab, client, first),
        send(lab, client, unwanted, { signal: abort.signal }),
        send(lab, client, last),
      ] as const

      await giveUp(learner, abort)
      await learner.settle()
      slow.open()

      lab.expect(await ending(sendings[0]), RESOLVED, { why: 'The message before it was not aborted.' })
      lab.expect(await ending(sendings[1]), rejected('ABORTED'), {
        why: 'Its signal aborted while it waited in the queue. It must hear that when its turn comes at the latest.',
      })
      lab.expect(await ending(sendings[2]), RESOLVED, { why: 'The message behind it was not aborted.' })
      lab.expect(texts(messages.all), [first, last], { why: 'Only the messages that nobody gave up arrive.' })

      const silent = await lab.udpPeer()
      const patient = await learner.openClient({ to: silent.address, timeoutMs: 60_000 })
      const [onItsWay, behind] = [send(lab, patient, first), new AbortController()]
      await firstPacket(lab, silent, first, onItsWay)
      const waiting = send(lab, patient, first, { signal: behind.signal })
      await learner.settle()
      await giveUp(learner, behind)
      await learner.settle()
      await silent.receivedBySentinel()

      lab.expect(onItsWay.state, WAITS, {
        why: 'Two messages had the same text, and the second was given up. The first is on its way, and it is not this one that nobody wants.',
      })
      lab.expect(packetCount(silent.received.all.length), packetCount(1), {
        why: 'A message that waited was given up. That is no reason to send the one that is on its way again before its minute is over.',
      })
      await patient.close()
      await Promise.all([ending(onItsWay), ending(waiting)])

      const peer = await lab.udpPeer('a third server')
      const brisk = await learner.openClient({ to: peer.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const [current, other] = [send(lab, brisk, first), new AbortController()]
      await firstPacket(lab, peer, first, current)
      send(lab, brisk, unwanted, { signal: other.signal })
      await giveUp(learner, other)
      await expectNoEffect({ learner, lab }, peer, first, current, {
        why: 'A message that waited was given up. That is nothing to the one that is on its way.',
      })
    },
  },
  {
    id: '2.28',
    title: 'close() rejects what has no ACK, frees the port, and then there is silence',
    task: 9,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SILENCE_MS, maxRetries: TIRELESS })
      const [onItsWay, next, last, tooLate] = words(lab, '2.28')
      const sendings = [send(lab, client, onItsWay), send(lab, client, next), send(lab, client, last)]
      await peer.received.atLeast(1)

      await client.close()
      await client.close()

      lab.expect(
        await Promise.all(sendings.map(ending)),
        sendings.map(() => rejected('CLOSED')),
        {
          why: 'One message was on its way, and two waited for their turn. Whoever awaits them must hear that nothing will come of it.',
        },
      )
      const late = await endOf(client.send(tooLate))
      lab.expect(late === NO_ERROR ? 'send() resolved' : 'an error', 'an error', {
        why: 'This message was sent after close(), so nobody will deliver it.',
      })
      const ports = [...new Set(peer.received.all.map(({ from }) => from.port))]
      await expectPortsFree(lab, ports)
      await expectSilence({ learner, lab }, peer)
    },
  },
  {
    id: '2.29',
    title: 'a text of 1,200 bytes is delivered whole',
    task: 5,
    about: 'openClient',
    async run({ learner, lab }) {
      const { address, messages } = await ourServer(lab)
      const client = await learner.openClient({ to: address, timeoutMs: LONG_MS })
      const word = lab.chance.word('2.29')
      const longest = [`${'가'.repeat(397)} ${word}`, word.repeat(150), `${'👋'.repeat(298)}${word}`]

      for (const text of longest) {
        const end = await ending(send(lab, client, text))
        lab.expect(end, RESOLVED, { why: 'send() got a text of 1,200 bytes, and that is how many fit into a packet.' })
      }

      lab.expect(texts(messages.all), longest, { why: 'The longest text arrives as it was sent.' })
    },
  },
  {
    id: '2.30',
    title: 'the server may start late',
    task: 10,
    about: 'openClient',
    async run({ learner, lab }) {
      const text = lab.chance.word('2.30')
      const messages = openMessages(lab, CHECKER)
      const { opened, server } = await beforeItsServer(lab, async (to) => {
        const client = await learner.openClient({ to, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
        const sending = send(lab, client, text)
        await Promise.race([passTime({ learner, lab }, 1), sending.ended])
        lab.expect(sending.state, WAITS, { why: 'Nobody listens on that port yet, so no ACK can have come.' })
        return { opened: sending, start: () => reference.startServer({ port: to.port, ...into(messages) }) }
      })
      lab.cleanUp(() => server.close())

      lab.expect(await ending(opened), RESOLVED, {
        why: 'At first nobody listened on that port, then somebody did. To a client, a server that is not there yet looks like a network that loses everything.',
        hint: "A connected socket reports ECONNREFUSED as an 'error' event.",
      })
      lab.expect(texts(messages.all), [text], { why: 'The message waits for its server, and arrives once.' })

      const nobody = { host: LOOPBACK, port: await freeUdpPort() }
      const client = await learner.openClient({ to: nobody, timeoutMs: 80, maxRetries: 2 })
      const { end, elapsedMs } = await timed(send(lab, client, text))
      lab.expect(end, rejected('RETRY_LIMIT'), { why: 'Nobody listens on that port, and nobody came.' })
      lab.expect(notBefore(240, elapsedMs), 'not before 240 ms', {
        why: 'Nobody listened, timeoutMs was 80 and maxRetries 2. The news that nobody is there yet costs no attempt and no time: each packet has its wait.',
        hint: 'Only the timer sends a packet again.',
      })
    },
  },
  {
    id: '2.31',
    title: 'your client and your server deliver exactly once over a network that loses, repeats and reorders',
    task: 10,
    about: 'openClient',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab }, 'your server')
      const fates = FATES.toSorted(
        (a, b) => lab.chance.fraction('2.31', FATES.indexOf(a)) - lab.chance.fraction('2.31', FATES.indexOf(b)),
      )
      const rules = fates.flatMap((fate, seq) => fate(seq))
      const relay = await lab.udpRelay(server.address, { client: YOU, server: 'your server', rules })
      const client = await learner.openClient({ to: relay.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const sent = fates.map((_fate, index) => lab.chance.word('2.31', index))

      for (const text of sent) {
        lab.expect(await ending(send(lab, client, text)), RESOLVED, {
          why: 'Packets were lost, repeated or held up, but each message gets through in the end.',
        })
      }
      await messages.atLeast(sent.length)
      await learner.settle()

      lab.expect(relay.unfired().length === 0 ? AS_AGREED : 'datagrams of another kind', AS_AGREED, {
        why: 'Your two halves understand each other, but what passed between them was not the packets of the lesson.',
      })
      lab.expect(texts(messages.all), sent, {
        why: 'Every message arrives once and in order, whatever happens to single packets.',
      })
    },
  },
  {
    id: '2.32',
    title: 'a message that was ACKed or given up leaves no timer to the next',
    task: 5,
    seconds: 1.3,
    about: 'openClient',
    async run({ learner, lab }) {
      const options = { timeoutMs: 100, maxRetries: TIRELESS }
      const [peer, other] = [await lab.udpPeer(), await lab.udpPeer('another server')]
      const client = await learner.openClient({ to: peer.address, ...options })
      const acked = words(lab, '2.32')
      const unwanted = words(lab, '2.32 given up')
      const last = lab.chance.word('2.32', 'last')
      const aborts = unwanted.map(() => new AbortController())
      const sendings = acked.map((text) => send(lab, client, text))
      const givenUp = unwanted.map((text, index) =>
        send(lab, client, text, { signal: (aborts[index] as AbortController).signal }),
      )
      send(lab, client, last)
      for (const [index, text] of acked.entries()) {
        const sending = sendings[index] as Sending
        await firstPacket(lab, peer, text, sending)
        await answer({ learner, lab }, peer, text, sending)
      }
      for (const [index, text] of unwanted.entries()) {
        const sending = givenUp[index] as Sending
        await firstPacket(lab, peer, text, sending)
        await giveUp(learner, aborts[index] as AbortController)
        lab.expect(await ending(sending), rejected('ABORTED'), { why: 'The caller does not want to wait any longer.' })
      }

      // No clock tells how late a busy machine is with its timers. A message of the same program that was sent alone does.
      const companion = await learner.openClient({ to: other.address, ...options })
      const alone = lab.chance.word('2.32', 'alone')
      await firstPacket(lab, other, alone, send(lab, companion, alone))
      const counts = () => [dataAt(other, alone).length, dataAt(peer, last).length] as const
      // What waits to be read here was sent before.
      await other.receivedBySentinel()
      await peer.receivedBySentinel()
      const before = counts()
      await copiesAt(other, alone, before[0] + A_FEW_COPIES)
      await peer.receivedBySentinel()
      await other.receivedBySentinel()
      const [times, lastTimes] = counts().map((count, index) => count - (before[index] ?? 0)) as [number, number]

      // With the timers of four of them it comes five times as often. Who sends each packet twice once ACKs have come sends it twice as often.
      const isAlike = lastTimes < MANY_COPIES || 3 * times >= lastTimes
      lab.expect(isAlike ? 'about as often' : `${lastTimes} times, the other ${times} times`, 'about as often', {
        why: `Four messages had their ACK, four more were given up, and the last got no ACK. It came ${inTimes(lastTimes)} while a message that a second client had sent alone came ${inTimes(times)}: timers of those before were still running, and each of them sent it again.`,
        hint: 'However a message ends, stop the timer of its packet.',
      })
      await Promise.all([client.close(), companion.close()])
    },
  },
  {
    id: '2.34',
    title: 'a signal gives up its own message, and no other',
    task: 9,
    about: 'openClient',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const client = await learner.openClient({ to: peer.address, timeoutMs: SHORT_MS, maxRetries: TIRELESS })
      const [first, second] = words(lab, '2.34')
      const abort = new AbortController()
      const earlier = send(lab, client, first, { signal: abort.signal })
      await firstPacket(lab, peer, first, earlier)
      await answer({ learner, lab }, peer, first, earlier)

      const sending = send(lab, client, second)
      await firstPacket(lab, peer, second, sending)
      await giveUp(learner, abort)
      await learner.settle()
      await expectNoEffect({ learner, lab }, peer, second, sending, {
        why: 'A signal aborted whose message had its ACK long before. By then another message was on its way, which has nothing to do with it.',
      })

      const contents = new Set(dataAt(peer, second).map(({ bytes }) => hex(bytes)))
      lab.expect(contents.size === 1 ? ONE_CONTENT : `${contents.size} different packets`, ONE_CONTENT, {
        why: 'The signal of an earlier message aborted while this one was on its way. Its copies are the same packet byte for byte, before and after.',
      })
    },
  },
]

/** What can happen to one message; every way still lets it through in the end. */
const FATES: readonly ((seq: number) => Rule[])[] = [
  (seq) => [on(isData(seq)).first(1).lose()],
  (seq) => [on(isAck(seq)).first(1).lose()],
  (seq) => [on(isData(seq)).first(1).lose(), on(isAck(seq)).first(1).lose()],
  (seq) => [on(isData(seq)).first(1).repeat(3)],
  (seq) => [on(isAck(seq)).first(1).repeat(3)],
  (seq) => [on(isData(seq)).first(1).hold({ behind: 1 })],
]
