import { type Packet, type RetransmitAck, shapes } from '../contracts/02-retransmit-ack.ts'
import { type Check, lessonChecks } from '../grading/check.ts'
import { on, type Rule } from '../lab/faults.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { canBindUdp, freeUdpPort, LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'
import {
  ackBeforeCopy,
  ackOf,
  describe,
  draw,
  fields,
  follow,
  hex,
  isAck,
  isAnyData,
  isData,
  laidOut,
  name,
  named,
  nearlyAlike,
  rubbish,
} from './02-packets.ts'
import {
  acksAt,
  acksOf,
  answer,
  beforeItsServer,
  CHECKER,
  copiesAt,
  dataAt,
  ending,
  endOf,
  expectDelivered,
  expectNoEffect,
  expectPortsFree,
  expectSilence,
  firstPacket,
  giveUp,
  handled,
  into,
  LONG_MS,
  NO_ERROR,
  openMessages,
  ourClient,
  ourServer,
  packetCount,
  passTime,
  rejected,
  RESOLVED,
  send,
  SHORT_MS,
  SILENCE_MS,
  startServer,
  texts,
  timed,
  TIRELESS,
  WAITS,
  type Sending,
} from './02-partners.ts'
import { otherAddresses } from './outcomes.ts'

const AS_OFTEN = 'as often as it was sent'
const ONE_CONTENT = 'the same packet each time'
const AS_AGREED = 'DATA and ACK packets'
const SEVERAL_SESSIONS = 'several sessions'
const NO_PACKET = 'no packet'
const ONLY_LOOPBACK = 'it listens on 127.0.0.1 only'
const NOTHING_MORE = 'nothing more'
const SIMILAR_PACE = 'about as often'

/** A letter of two code points, a zero byte, and a character of two UTF-16 units: what is easily changed on the way. */
const ODD = 'e\u0301 \0 👋'

/** Bits by which numbers differ that are not the same. */
const BITS = [0, 1, 8, 16, 24, 31]
/** How often an ACK is repeated. */
const ECHOES = 10
/** How often a copy of an old packet comes. */
const COPIES_OF_OLD = 4
/** So many packets are sent without waiting. */
const BURST = 20
/** So many messages wait for their turn, and so many clients give up at the same time. */
const MANY = 20
/** Numbers that are taken for others where only a part of them is looked at, where they have a sign, or where they are text. */
const FAR_AHEAD = [3, 10, 256, 65_536, 2 ** 31, 2 ** 32 - 1]
const FAR_AHEAD_WHY = `The numbers ${FAR_AHEAD.join(', ')} came, and none of them was expected yet. What is ahead of its turn, however far, is neither handed over nor ACKed.`
const FAR_AHEAD_HINT = 'Numbers are compared as they are, as whole numbers without a sign: neither a part of them nor as text.'
/** While one timer sends so many copies, five send MANY_COPIES; who sends each packet twice does not. */
const A_FEW_COPIES = 6
const MANY_COPIES = 24

const packets: Check<RetransmitAck>[] = [
  {
    id: '2.1',
    title: 'a packet is laid out as agreed',
    task: 1,
    about: 'encodePacket',
    async run({ learner, lab }) {
      const number = (purpose: string) => lab.chance.integer(2 ** 31, 2 ** 32 - 1, '2.1', purpose)
      const session = number('session')
      const seq = number('seq')
      const text = `안녕 ${lab.chance.word('2.1')} ${ODD}`
      const expected: [Packet, Uint8Array][] = [
        [{ type: 'DATA', session: 0x01020304, seq: 0, text: 'hi' }, Buffer.from('0101020304000000006869', 'hex')],
        [{ type: 'ACK', session: 0x01020304, seq: 0 }, Buffer.from('020102030400000000', 'hex')],
        [{ type: 'DATA', session, seq, text }, laidOut(1, session, seq, text)],
        [{ type: 'ACK', session, seq }, laidOut(2, session, seq)],
        [{ type: 'DATA', session: 7, seq: 256, text: '' }, laidOut(1, 7, 256)],
      ]

      // In one go, so that a packet whose bytes are used again for the next one shows.
      const laid = await learner.together(
        'encodePacket',
        expected.map(([packet]) => [packet]),
      )

      for (const [index, [packet, bytes]] of expected.entries()) {
        lab.expect(Uint8Array.from(laid[index] ?? []), Uint8Array.from(bytes), {
          why: `This is the packet ${name(packet)}. Both ends must agree on every byte: the type, then session and number with the highest byte first, then the text.`,
          hint: 'Network order is big-endian. Session and number have no sign.',
        })
      }
    },
  },
  {
    id: '2.2',
    title: 'a packet is read as it was laid out',
    task: 2,
    about: 'decodePacket',
    async run({ learner, lab }) {
      const session = lab.chance.integer(2 ** 31, 2 ** 32 - 1, '2.2', 'session')
      const seq = lab.chance.integer(1, 2 ** 32 - 1, '2.2', 'seq')
      const word = lab.chance.word('2.2')
      const written: Packet[] = [
        { type: 'DATA', session: 0x01020304, seq: 0, text: 'hi' },
        { type: 'ACK', session: 0x01020304, seq: 0 },
        { type: 'DATA', session, seq, text: `안녕 ${word} ${ODD}` },
        { type: 'ACK', session, seq },
        { type: 'DATA', session, seq: 0, text: '' },
      ]

      for (const packet of written) {
        const read = await learner.decodePacket(reference.encodePacket(packet))
        lab.expect(fields(read), packet, {
          why: `The bytes <${hex(reference.encodePacket(packet))}> are the packet ${name(packet)}.`,
          hint: 'A Uint8Array may begin in the middle of a larger buffer: mind its byteOffset.',
        })
      }
    },
  },
  {
    id: '2.3',
    title: 'bytes that are no packet are told apart',
    task: 2,
    about: 'decodePacket',
    async run({ learner, lab }) {
      const strangers = Object.entries(rubbish(lab, '2.3'))

      const read = await learner.together(
        'decodePacket',
        strangers.map(([, bytes]) => [bytes]),
      )

      const taken = strangers.filter((_stranger, index) => read[index] !== undefined).map(([what]) => what)
      lab.expect(taken, [], {
        why: 'decodePacket() took these for packets. Anybody can send anything to your port; what is not exactly a packet is undefined.',
      })
    },
  },
]

const serves: Check<RetransmitAck>[] = [
  {
    id: '2.4',
    title: 'the server hands a message over and answers with its ACK',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const peer = await lab.udpPeer()
      const drawn = draw(lab, '2.4')
      const packet = { ...drawn, text: ` ${drawn.text} \n` }

      await peer.send(reference.encodePacket(packet), server.address)

      const [delivered] = await messages.atLeast(1)
      lab.expect(delivered?.text, packet.text, {
        why: `A packet ${name(packet)} arrived. Its text is the message, with the blanks at its ends.`,
      })
      lab.expect({ host: delivered?.from?.host, port: delivered?.from?.port }, peer.address, {
        why: 'onMessage() must be told where the packet came from.',
      })
      const [ack] = await peer.received.atLeast(1)
      lab.expect(ack?.bytes, Uint8Array.from(reference.encodePacket(ackOf(packet))), {
        why: 'The client cannot know that its packet arrived unless you say so: an ACK with the same session and number, 9 bytes.',
      })
      lab.expect(ack?.from, server.address, {
        why: 'The ACK must leave through the socket that the packet came to: a client with a connected socket hears no other.',
      })

      const odd = ['', ' ', 'q', ODD, `${'가'.repeat(397)} ${drawn.text}`]
      const further = odd.map((text, index) => ({ ...drawn, seq: 1 + index, text }))
      for (const one of further) {
        await peer.send(reference.encodePacket(one), server.address)
        await handled(learner, messages, [packet.text, ...odd], acksOf(peer, one), messages.atLeast(1 + one.seq))
        lab.expect(messages.all[one.seq]?.text, one.text, {
          why: `The next packet of the session, number ${one.seq}, carries ${show(one.text.slice(0, 10))}${one.text.length > 10 ? ' and more' : ''}. Every text is a message, from the empty one to 1,200 bytes.`,
        })
      }
    },
  },
  {
    id: '2.5',
    title: 'a message whose ACK was lost is delivered once, and its copy is ACKed again',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const relay = await lab.udpRelay(server.address, { client: CHECKER, server: YOU, rules: [on(ackBeforeCopy(0)).lose()] })
      const client = await ourClient(lab, relay)

      await expectDelivered({ learner, lab }, client, messages, [lab.chance.word('2.5')], {
        twice: {
          why: 'The ACK was lost, so the client sent the same packet again. A copy is not a new message.',
          hint: 'Remember for each session which number comes next.',
        },
        noAck: {
          why: 'The ACK was lost, so the client sends copies until it sees one. A server that is silent about a copy leaves it sending for ever.',
        },
      })
    },
  },
  {
    id: '2.6',
    title: 'an old packet that turns up late is not delivered again',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const late = lab.gate()
      const rules = [on(isData(0)).first(1).hold({ until: late.opened })]
      const relay = await lab.udpRelay(server.address, { client: CHECKER, server: YOU, rules })
      const client = await ourClient(lab, relay)
      const [first, second, third] = words(lab, '2.6')

      await expectDelivered({ learner, lab }, client, messages, [first])
      await expectDelivered({ learner, lab }, client, messages, [first, second])
      late.open()
      await late.opened
      await expectDelivered({ learner, lab }, client, messages, [first, second, third], {
        twice: {
          why: 'The first packet was held up on its way, and came in behind the second. Its copy had been delivered long before.',
          hint: 'To compare with the last number alone is not enough: every number below the expected one is old.',
        },
      })

      const peer = await lab.udpPeer()
      const old = draw(lab, '2.6')
      const acks = () =>
        peer.received.all.filter(({ bytes }) => bytes.join() === reference.encodePacket(ackOf(old)).join()).length
      for (const packet of [old, { ...old, seq: 1 }]) await peer.send(reference.encodePacket(packet), server.address)
      await peer.received.atLeast(2)
      await learner.settle()
      for (let copy = 0; copy < COPIES_OF_OLD; copy += 1) {
        const before = acks()
        await peer.send(reference.encodePacket(old), server.address)
        lab.expect((await becomesTrue(async () => acks() > before)) ? 'its own ACK' : 'not its own ACK', 'its own ACK', {
          why: 'A copy of number 0 came in behind number 1. Whoever sent it waits for the ACK of number 0, and for no other.',
        })
        await learner.settle()
      }

      const burst = await lab.udpPeer(`${CHECKER}, in a hurry`)
      const start = draw(lab, '2.6 burst')
      const soFar = texts(messages.all)
      // Long texts first: they are handed over in the order of their numbers all the same.
      const many = Array.from({ length: BURST }, (_none, seq) => ({
        ...start,
        seq,
        text: `${start.text} ${seq} ${'.'.repeat(BURST - seq)}`,
      }))
      const wanted = [...soFar, ...many.map(({ text }) => text)]
      for (const packet of many) {
        for (let copy = 0; copy < 2; copy += 1) await burst.send(reference.encodePacket(packet), server.address)
      }
      await handled(learner, messages, wanted, acksOf(burst, ...many), messages.atLeast(wanted.length))
      lab.expect(texts(messages.all).slice(soFar.length), wanted.slice(soFar.length), {
        why: `The packets 0 to ${BURST - 1} of a new session came one right behind the other, each of them twice. Each message is handed over once, and in order.`,
      })
      lab.expect(named(acksAt(burst)), named(many.map(ackOf)), { why: 'Every one of them gets its ACK.' })
      const oldest = () => acksAt(burst).filter(({ seq }) => seq === 0).length
      const before = oldest()
      await burst.send(reference.encodePacket(start), server.address)
      lab.expect((await becomesTrue(async () => oldest() > before)) ? 'its own ACK' : 'no ACK', 'its own ACK', {
        why: `A copy of number 0 came in behind number ${BURST - 1}. It is old, however old, and gets its ACK.`,
      })
      await learner.settle()
      lab.expect(texts(messages.all).length, wanted.length, {
        why: `A copy of number 0 came in behind number ${BURST - 1}. It was delivered long before.`,
      })
    },
  },
  {
    id: '2.7',
    title: 'a packet that is ahead of its turn gets neither delivery nor ACK',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const peer = await lab.udpPeer()
      const first = draw(lab, '2.7')
      const second = { ...first, seq: 1, text: lab.chance.word('2.7', 1) }
      const arrive = (packet: Packet) => peer.send(reference.encodePacket(packet), server.address)

      const far = FAR_AHEAD.map((seq) => ({ ...first, seq, text: `number ${seq}` }))

      for (const packet of [...far, second]) await arrive(packet)
      await arrive(first)
      await handled(learner, messages, [first.text, second.text], acksOf(peer, first))
      const early = texts(messages.all).filter((text) => far.some((packet) => packet.text === text))
      lab.expect(early, [], { why: FAR_AHEAD_WHY, hint: FAR_AHEAD_HINT })
      const promised = [first, second].filter((packet) => acksAt(peer).some(({ seq }) => seq === packet.seq))
      await messages.atLeast(promised.length)
      const broken = promised.filter(({ text }) => !texts(messages.all).includes(text))
      lab.expect(named(broken.map(ackOf)), [], {
        why: 'Number 1 came while the server still waited for number 0. An ACK promises that the message was handed over, and it was not.',
      })
      await arrive(second)
      await handled(learner, messages, [first.text, second.text], acksOf(peer, first, second), messages.atLeast(2))

      lab.expect(texts(messages.all), [first.text, second.text], {
        why: 'Number 1 came first. Messages are handed over in order: number 1 after number 0, and once.',
      })
      lab.expect(named(acksAt(peer)), named([ackOf(first), ackOf(second)]), {
        why: 'Both messages arrived in the end, so both get their ACK.',
      })

      for (const packet of far) await arrive(packet)
      const again = acksAt(peer).length
      await arrive(second)
      await handled(
        learner,
        messages,
        [first.text, second.text],
        becomesTrue(async () => acksAt(peer).length > again),
      )
      await learner.settle()
      lab.expect([texts(messages.all), named(acksAt(peer))], [[first.text, second.text], named([first, second].map(ackOf))], {
        why: FAR_AHEAD_WHY,
        hint: FAR_AHEAD_HINT,
      })
    },
  },
  {
    id: '2.8',
    title: 'the same text sent twice is two messages',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const client = await ourClient(lab, await lab.udpRelay(server.address, { client: CHECKER, server: YOU }))
      const text = lab.chance.word('2.8')

      await expectDelivered({ learner, lab }, client, messages, [text])
      await expectDelivered({ learner, lab }, client, messages, [text, text], {
        twice: { why: 'Two packets with different numbers are two messages, even with the same text. People do say "ok" twice.' },
      })
    },
  },
  {
    id: '2.9',
    title: 'rubbish does not disturb the server',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const peer = await lab.udpPeer()
      const packet = draw(lab, '2.9')
      const strangers = [
        ...Object.values(rubbish(lab, '2.9')),
        reference.encodePacket(ackOf(packet)),
        reference.encodePacket(ackOf(draw(lab, '2.9 other'))),
      ]

      for (const bytes of strangers) await peer.send(bytes, server.address)
      await peer.send(reference.encodePacket(packet), server.address)
      await handled(learner, messages, [packet.text], acksOf(peer, packet), messages.atLeast(1))

      lab.expect(texts(messages.all), [packet.text], {
        why: 'Datagrams came that are no DATA packets, and behind them one that is. Only that one is a message.',
      })
      lab.expect([...new Set(peer.received.all.map(({ bytes }) => hex(bytes)))], [hex(reference.encodePacket(ackOf(packet)))], {
        why: 'What is no DATA packet gets no answer; the DATA packet gets its ACK.',
      })
    },
  },
  {
    id: '2.10',
    title: 'sessions are counted apart, even from one port',
    task: 4,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const peer = await lab.udpPeer()
      const a = draw(lab, '2.10 a')
      const b = draw(lab, '2.10 b')
      const sent = [a, b, follow(a, lab.chance.word('2.10 a', 1)), follow(b, lab.chance.word('2.10 b', 1))]
      // Number 0 is a session like any other.
      const crowd = [0, ...nearlyAlike(a.session)].map((session, index) => ({ ...draw(lab, `2.10 ${index}`), session }))
      const later = sent.slice(2).map((packet) => follow(packet, lab.chance.word(packet.text)))

      for (const [index, packet] of sent.entries()) {
        const soFar = sent.slice(0, index + 1)
        const wanted = soFar.map(({ text }) => text)
        await peer.send(reference.encodePacket(packet), server.address)
        await handled(learner, messages, wanted, acksOf(peer, ...soFar), messages.atLeast(wanted.length))

        lab.expect(texts(messages.all), wanted, {
          why: 'Two clients share this port, as behind a home router. Each counts from 0, and its session tells whose number it is.',
        })
        lab.expect(named(acksAt(peer)), named(soFar.map(ackOf)), {
          why: 'Every message gets the ACK of its own session and number.',
        })
      }
      for (const group of [crowd, later]) {
        for (const packet of group) await peer.send(reference.encodePacket(packet), server.address)
        await acksOf(peer, ...group)
      }
      await messages.atLeast(sent.length + crowd.length + later.length)
      await learner.settle()

      const [inAll, others] = [texts(messages.all), sent.length + crowd.length]
      lab.expect(`${inAll.length} messages`, `${others + later.length} messages`, {
        why: `Then ${crowd.length} more clients sent a message each, and the first two sent one more. One has session 0, and each of the others one that differs from ${a.session} in a single bit. A server remembers the number of each of them.`,
        hint: 'A session is the whole number of 32 bits, without a sign.',
      })
      lab.expect(
        inAll.slice(others),
        later.map(({ text }) => text),
        {
          why: `These are the next messages of the first two clients, after ${crowd.length} others.`,
        },
      )
    },
  },
  {
    id: '2.11',
    title: 'an ACK goes to where its packet came from',
    task: 4,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const here = await lab.udpPeer()
      const there = await lab.udpPeer(`${CHECKER}, elsewhere`)
      const a = draw(lab, '2.11 a')
      const b = draw(lab, '2.11 b')

      await here.send(reference.encodePacket(a), server.address)
      await handled(learner, messages, [a.text], acksOf(here, a), messages.atLeast(1))
      await there.send(reference.encodePacket(b), server.address)
      await handled(learner, messages, [a.text, b.text], acksOf(there, b), messages.atLeast(2))

      lab.expect(texts(messages.all), [a.text, b.text], {
        why: 'Two clients at two ports sent a message each. Both begin with number 0, and the session tells them apart.',
      })
      lab.expect([named(acksAt(here)), named(acksAt(there))], [named([ackOf(a)]), named([ackOf(b)])], {
        why: 'An ACK that goes anywhere else does not reach the client that waits for it. Answer each packet where it came from.',
      })
    },
  },
  {
    id: '2.12',
    title: 'a taken port rejects',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const holder = await lab.udpPeer()

      const end = await endOf(learner.startServer({ port: holder.address.port, onMessage: () => undefined }))

      lab.expect(end === NO_ERROR ? end : 'an error', 'an error', {
        why: `Port ${holder.address.port} was taken, and the caller has to hear it.`,
      })

      const { server } = await startServer({ learner, lab })
      const { port } = server.address
      const second = await endOf(learner.startServer({ port, onMessage: () => undefined }))
      lab.expect(second === NO_ERROR ? second : 'an error', 'an error', {
        why: `Port ${port} was taken by another server of the same program. Where two share a port, one of them hears nothing, and nobody is told.`,
      })
    },
  },
  {
    id: '2.13',
    title: 'close() of the server frees the port and does no harm the second time',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const client = await ourClient(lab, await lab.udpRelay(server.address, { client: CHECKER, server: YOU }))
      await expectDelivered({ learner, lab }, client, messages, [lab.chance.word('2.13')])
      // Without a port, each server finds a free one.
      const others = openMessages(lab, 'another server of yours')
      const another = await learner.startServer(into(others))
      const [peer, packet] = [await lab.udpPeer(), draw(lab, '2.13')]
      for (const to of [server, another]) await peer.send(reference.encodePacket(packet), to.address)
      await Promise.all([messages.atLeast(2), others.atLeast(1)])
      lab.expect([texts(messages.all).slice(1), texts(others.all)], [[packet.text], [packet.text]], {
        why: 'The same packet was sent to two servers in one program. What the one has received is nothing to the other.',
      })

      await server.close()
      await server.close()
      await peer.send(reference.encodePacket(follow(packet, lab.chance.word('2.13 late'))), server.address)
      await another.close()
      await learner.settle()
      await learner.settle()
      lab.expect(messages.all.length === 2 ? NOTHING_MORE : 'one more message', NOTHING_MORE, {
        why: 'This message came in when close() had resolved. By then nobody listens.',
      })

      await expectPortsFree(lab, [server.address.port, another.address.port])
    },
  },
]

const delivers: Check<RetransmitAck>[] = [
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
    id: '2.33',
    title: 'the server listens on 127.0.0.1 only',
    task: 3,
    about: 'startServer',
    async run({ learner, lab }) {
      const { server, messages } = await startServer({ learner, lab })
      const peer = await lab.udpPeer()
      const [stranger, sentinel] = [draw(lab, '2.33'), draw(lab, '2.33 sentinel')]
      const others = otherAddresses().map((host) => ({ host, port: server.address.port }))

      // On Windows the port of a wildcard socket can be bound again, so a datagram has to show it as well.
      for (const other of others) await peer.send(reference.encodePacket(stranger), other).catch(() => undefined)
      await peer.send(reference.encodePacket(sentinel), server.address)
      await messages.next('the packet to 127.0.0.1', ({ text }) => text === sentinel.text)

      const free = await Promise.all(others.map(canBindUdp))
      lab.expect(
        free.every(Boolean) && messages.all.length === 1 ? ONLY_LOOPBACK : 'it listens on other addresses, too',
        ONLY_LOOPBACK,
        {
          why: 'Without an address, a socket listens on all of them: anyone on the same Wi-Fi could send to your program.',
          hint: 'bind() takes a port and an address.',
        },
      )
      lab.expect(server.address.host, LOOPBACK, { why: 'The address must be the one it really listens on.' })
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

export default lessonChecks<RetransmitAck>({ shapes, describe, checks: [...packets, ...serves, ...delivers] })

/** What can happen to one message; every way still lets it through in the end. */
const FATES: readonly ((seq: number) => Rule[])[] = [
  (seq) => [on(isData(seq)).first(1).lose()],
  (seq) => [on(isAck(seq)).first(1).lose()],
  (seq) => [on(isData(seq)).first(1).lose(), on(isAck(seq)).first(1).lose()],
  (seq) => [on(isData(seq)).first(1).repeat(3)],
  (seq) => [on(isAck(seq)).first(1).repeat(3)],
  (seq) => [on(isData(seq)).first(1).hold({ behind: 1 })],
]

/** As many words as the caller takes. */
function words(lab: Lab, purpose: string): [string, string, string, string] {
  const word = (index: number) => lab.chance.word(purpose, index)
  return [word(0), word(1), word(2), word(3)]
}

function inTimes(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

function atLeast(wanted: number, count: number): string {
  return count >= wanted ? `at least ${packetCount(wanted)}` : packetCount(count)
}

/** Timers may fire up to a millisecond early, so a little is allowed for. */
function notBefore(dueMs: number, elapsedMs: number): string {
  return elapsedMs >= dueMs * 0.95 - 2 ? `not before ${dueMs} ms` : `after ${elapsedMs.toFixed(0)} ms`
}
