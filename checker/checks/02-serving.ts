import { canBindUdp, LOOPBACK } from '../lab/udp-socket.ts'
import { otherAddresses } from './outcomes.ts'
import type { Packet, RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import type { Check } from '../grading/check.ts'
import { on } from '../lab/faults.ts'
import { YOU } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { becomesTrue } from '../lab/within.ts'
import * as reference from '../../solutions/02-retransmit-ack.ts'
import { ackBeforeCopy, ackOf, draw, follow, hex, isData, name, named, nearlyAlike, rubbish } from './02-packets.ts'
import {
  acksAt,
  acksOf,
  CHECKER,
  endOf,
  expectDelivered,
  expectPortsFree,
  handled,
  into,
  NO_ERROR,
  ODD,
  openMessages,
  ourClient,
  startServer,
  texts,
  words,
} from './02-partners.ts'

const ONLY_LOOPBACK = 'it listens on 127.0.0.1 only'
const NOTHING_MORE = 'nothing more'
/** How often a copy of an old packet comes. */
const COPIES_OF_OLD = 4
/** So many packets are sent without waiting. */
const BURST = 20
/** Numbers that are taken for others where only a part of them is looked at, where they have a sign, or where they are text. */
const FAR_AHEAD = [3, 10, 256, 65_536, 2 ** 31, 2 ** 32 - 1]
const FAR_AHEAD_WHY = `The numbers ${FAR_AHEAD.join(', ')} came, and none of them was expected yet. What is ahead of its turn, however far, is neither handed over nor ACKed.`
const FAR_AHEAD_HINT = 'Numbers are compared as they are, as whole numbers without a sign: neither a part of them nor as text.'

/** The server, by itself and behind a bad network. */
export const serves: readonly Check<RetransmitAck>[] = [
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
]
