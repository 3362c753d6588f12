import { networkOf } from '../lab/platform.ts'
import type { Address } from '../contracts/endpoint.ts'
import type { Encryption } from '../contracts/03-encryption.ts'
import type { Check } from '../grading/check.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { canBindUdp, LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import {
  drawBytes,
  drawKey,
  drawTime,
  respellings,
  seal,
  toBytes,
  tokenWithBothSigns,
  toText,
  WITH_BOTH_SIGNS,
} from './03-tokens.ts'
import {
  AN_HOUR_S,
  delivered,
  expectWords,
  type Handed,
  MAX_CLOCK_SKEW_S,
  oddTexts,
  openScene,
  refused,
  rejection,
  SEPARATE_SOURCES,
  TEN_YEARS_S,
  UNTIMELY,
  words,
} from './03-scenes.ts'

/** How many times ten tokens come between a token and its copy. */
const ROUNDS_BETWEEN = 13
const LARGE_BYTES = Math.min(60_000, networkOf().datagramBytes)

/** The receiver: whom it lets in, what it opens, and what it remembers. */
export const receives: readonly Check<Encryption>[] = [
  {
    id: '3.14',
    title: 'a token sent to the receiver reaches onMessage as text, with its sender',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const { key, seen, peer, send } = await openScene(bench, '3.14', { ttl: AN_HOUR_S })
      const others = [lab.udpPeer('another'), ...SEPARATE_SOURCES.map((host) => lab.udpPeer(host, host))]
      const peers = [peer, ...(await Promise.all(others))]

      for (const text of oddTexts(lab, '3.14')) {
        await send(seal(key, text), delivered(text), {
          why: 'This token was genuine and made just now, an hour was allowed, and the text in it is UTF-8.',
        })
      }
      for (const [index, each] of peers.entries()) {
        const text = lab.chance.word('3.14', 'peer', index)
        await send(seal(key, text), delivered(text), { why: 'Everybody who has the key may send.' }, each)
      }

      lab.expect(sendersOf(seen.all.slice(-peers.length)), addressesOf(peers), {
        why: 'Whoever wants to answer must know where each datagram came from, host and port.',
      })
    },
  },
  {
    id: '3.15',
    title: 'what is no genuine token goes to onReject, and the receiver lives on',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const { key, seen, peer, send, sendAll } = await openScene(bench, '3.15')
      const noise = {
        why: 'Anyone can send a datagram to your port. Whatever it is, the receiver refuses it as a "token" and goes on.',
        hint: 'decrypt() throws. Who catches it?',
      }

      await send(seal(drawKey(lab, '3.15', 'other'), 'from a stranger'), refused('token'), noise)
      await send(Buffer.alloc(0), refused('token'), noise)
      await send('q', refused('token'), noise)
      await send(drawBytes(lab, 100, '3.15', 'noise'), refused('token'), noise)
      await send('A'.repeat(LARGE_BYTES), refused('token'), noise)
      await send(Buffer.alloc(LARGE_BYTES, drawBytes(lab, 64, '3.15', 'much')), refused('token'), noise)
      for (let round = 0; round < 5; round += 1) {
        const much = Array.from({ length: 10 }, (_noise, index) => drawBytes(lab, 40 + index, '3.15', round, index))
        await sendAll(much, refused('token'), noise)
      }
      const word = lab.chance.word('3.15')
      await send(seal(key, word), delivered(word), { why: 'After the noise came a genuine token.' })
      const another = await lab.udpPeer('another')
      await send('noise', refused('token'), noise, another)

      lab.expect(sendersOf(seen.all), addressesOf([...seen.all.slice(1).map(() => peer), another]), {
        why: 'onReject is told where each datagram came from.',
      })
    },
  },
  {
    id: '3.16',
    title: 'without onReject, noise harms nobody',
    task: 8,
    about: 'startSecureReceiver',
    async run({ learner, lab }) {
      const key = drawKey(lab, '3.16')
      const messages = lab.inbox<string>('onMessage')
      const receiver = await learner.startSecureReceiver({ key, onMessage: (text) => messages.push(text) })
      const peer = await lab.udpPeer()
      const word = lab.chance.word('3.16')

      await peer.send('noise', receiver.address)
      await peer.send(seal(key, word), receiver.address)

      lab.expect(await messages.atLeast(1), [word], {
        why: 'onReject is optional. Without it, what is refused is dropped and the receiver goes on.',
      })

      // Whether these are refused is the business of tasks 9 and 10; that they do no harm is ours.
      const picky = await learner.startSecureReceiver({ key, allow: ['127.0.0.9'], onMessage: () => undefined })
      const [token, last] = [seal(key, word), seal(key, `${word}, the last`)]
      await peer.send(token, picky.address)
      await learner.settle()
      for (const datagram of [token, token, last]) await peer.send(datagram, receiver.address)

      await messages.next('the message behind a copy', (text) => text === `${word}, the last`)
    },
  },
  {
    id: '3.17',
    title: '"pay 100" cannot be turned into "pay 900", and the genuine token still counts',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const { key, send } = await openScene(bench, '3.17')
      const amount = `${lab.chance.integer(10, 99, '3.17')}`
      const token = seal(key, `pay 1${amount}`)
      const genuine = toBytes(token)
      // CBC adds the IV to the first block, so a bit changed there is changed in the message, and nothing else is.
      const raised = genuine.map((byte, at) => (at === 9 + 4 ? byte ^ 0x31 ^ 0x39 : byte))
      const otherMac = genuine.map((byte, at) => (at === genuine.length - 1 ? byte ^ 1 : byte))

      const changed = {
        why: 'Without the key somebody changed one byte on the way. The MAC no longer fits, so the token is refused.',
      }
      await send(toText(Buffer.from(raised)), refused('token'), changed)
      await send(toText(Buffer.from(otherMac)), refused('token'), changed)
      await send(token, delivered(`pay 1${amount}`), {
        why: 'A forged copy came first and was refused. The genuine token was never delivered, so it is no replay.',
      })
    },
  },
  {
    id: '3.18',
    title: 'the allow list says who may send, and the key still decides',
    task: 9,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const others = await openScene(bench, '3.18', { allow: ['10.0.0.1', '192.0.2.7'] })
      const us = await openScene(bench, '3.18', { allow: ['192.0.2.7', LOOPBACK, '10.0.0.1'] })
      const [first, second] = [lab.chance.word('3.18', 1), lab.chance.word('3.18', 2)]

      await others.send(seal(others.key, first), refused('address'), {
        why: `The token was genuine, but it came from ${LOOPBACK}, which was not on the list.`,
      })
      await us.send(seal(us.key, second), delivered(second), { why: `${LOOPBACK} was on the list.` })
      await us.send(seal(drawKey(lab, '3.18', 'other'), 'trust me'), refused('token'), {
        why: 'The address was on the list, but an address can be forged and a key cannot. The list is no proof of who sent.',
      })
    },
  },
  {
    id: '3.19',
    title: 'addresses are compared whole',
    task: 9,
    about: 'startSecureReceiver',
    async run(bench) {
      const longer = await openScene(bench, '3.19', { allow: ['127.0.0.10', '127.0.0.11'] })
      const us = await openScene(bench, '3.19', { allow: [LOOPBACK] })

      await longer.send(seal(longer.key, 'one'), refused('address'), {
        why: 'The list holds 127.0.0.10. The datagram came from 127.0.0.1, which is only how that address begins.',
      })
      for (const host of SEPARATE_SOURCES) {
        const [token, later] = [seal(us.key, 'two'), seal(us.key, 'three')]
        const stranger = { why: `The list holds ${LOOPBACK}, and this came from ${host}.` }
        await us.send(token, refused('address'), stranger, host)
        await us.send(token, delivered('two'), {
          why: `This came from ${LOOPBACK}, which is on the list. A copy from ${host} came before and was refused. Only what is delivered is remembered, or strangers could block your friends.`,
        })
        await us.send(later, refused('address'), stranger, host)
      }
    },
  },
  {
    id: '3.20',
    title: 'a token is delivered once, whoever sends the copy',
    task: 10,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const now = drawTime(lab, '3.20')
      const { key, send } = await openScene(bench, '3.20', { now: lab.clock(now), ttl: AN_HOUR_S })
      const [first, second] = [lab.chance.word('3.20', 1), lab.chance.word('3.20', 2)]
      const token = seal(key, first, { now })
      const again = {
        why: 'An eavesdropper cannot read a token, but can send a copy of it. "Pay 100" twice is 200: remember what you delivered.',
      }

      await send(token, delivered(first), { why: 'The first time the token is new.' })
      await send(token, refused('replay'), again)
      await send(seal(key, second, { now }), delivered(second), { why: 'This token is new.' })
      await send(token, refused('replay'), again)
      await send('noise', refused('token'), { why: 'This was no token.' })
      await send(token, refused('replay'), again)
      const elsewhere = { why: 'The copy came from another address, and is still a copy.' }
      await send(token, refused('replay'), elsewhere, await lab.udpPeer('eavesdropper'))
      for (const host of SEPARATE_SOURCES) await send(token, refused('replay'), elsewhere, host)

      const clock = lab.clock(now)
      const without = await openScene(bench, '3.20 without a ttl', { now: clock })
      const eternal = seal(without.key, first, { now })
      const copy = {
        why: 'This receiver has no ttl, so a token never becomes too old, and a copy of it never becomes anything but a copy.',
      }
      await without.send(eternal, delivered(first), { why: 'The first time the token is new, here too.' })
      await without.send(eternal, refused('replay'), copy)
      await without.send(seal(without.key, second, { now }), delivered(second), { why: 'This token is new.' })
      await without.send(eternal, refused('replay'), copy)
      await clock.set(now + TEN_YEARS_S)
      await without.send(eternal, UNTIMELY, {
        why: 'Ten years have passed, by the clock that this receiver was given. It has no ttl, so even now a copy is nothing but a copy.',
        hint: 'Without a ttl, what was delivered is remembered for ever.',
      })
    },
  },
  {
    id: '3.21',
    title: 'another spelling of a delivered token is not delivered',
    task: 10,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const now = drawTime(lab, '3.21')
      const { key, send } = await openScene(bench, '3.21', { now: lab.clock(now), ttl: AN_HOUR_S })
      const token = tokenWithBothSigns(lab, key, now)

      await send(token, delivered(WITH_BOTH_SIGNS), { why: 'The token is genuine and new.' })
      for (const [name, respelt] of respellings(token)) {
        await send(respelt, UNTIMELY, {
          why: `Someone sent the token again with ${name}. To a text comparison that is a new token; the message is the old one.`,
          hint: 'If decrypt() takes nothing but base64url, this cannot happen.',
        })
      }
      const topBit = Buffer.from(token).map((byte, at) => (at === 40 ? byte | 0x80 : byte))
      await send(topBit, UNTIMELY, {
        why: "Someone sent the token again with the top bit of one byte set. Reading it as 'ascii' drops that bit, so it decodes to the old message.",
        hint: "Read a datagram as 'latin1', or compare what you have decoded.",
      })
    },
  },
  {
    id: '3.22',
    title: 'the same text in two tokens is two messages',
    task: 10,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const present = drawTime(lab, '3.22')
      const { key, send } = await openScene(bench, '3.22', { now: lab.clock(present) })
      const text = lab.chance.word('3.22')
      const advice = {
        why: 'The sender said the same thing twice, in the same second, in two tokens. Only a copy of a token is a replay.',
      }

      const three = [1, 2, 3].map(() => seal(key, text, { now: present }))
      for (const token of three) await send(token, delivered(text), advice)
      for (const token of three) {
        await send(token, refused('replay'), {
          why: 'This token was delivered before. That others with the same text came behind it changes nothing.',
        })
      }
    },
  },
  {
    id: '3.23',
    title: 'the receiver goes by ttl and now, for every datagram',
    task: 10,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const present = drawTime(lab, '3.23')
      const ttl = lab.chance.integer(20, 40, '3.23')
      const now = lab.clock(present)
      const { key, send } = await openScene(bench, '3.23', { now, ttl })
      const made = (time: number) => seal(key, 'x', { now: time })
      const taken = { why: 'By the clock it was given, the token is neither too old nor too far ahead.' }
      const late = { why: 'By the clock it was given, the token is one second too old.' }

      await send(made(present - ttl), delivered('x'), taken)
      await send(made(present - ttl - 1), UNTIMELY, late)
      await send(made(present + MAX_CLOCK_SKEW_S), delivered('x'), taken)
      await send(made(present + MAX_CLOCK_SKEW_S + 1), UNTIMELY, { why: 'It comes from more than 60 seconds ahead.' })
      await send(made(present - 1), delivered('x'), {
        why: 'Datagrams may overtake each other, so a token may be older than one that was delivered before. It is within its ttl, and new.',
      })
      await now.set(present + 1)
      await send(made(present - ttl), UNTIMELY, { why: 'A second has passed since, and now this token is too old.' })
    },
  },
  {
    id: '3.24',
    title: 'a copy is refused as long as its token is within its ttl',
    task: 10,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const present = drawTime(lab, '3.24')
      const ttl = lab.chance.integer(600, 1200, '3.24')
      const now = lab.clock(present)
      const { key, send, sendAll } = await openScene(bench, '3.24', { now, ttl })
      const token = seal(key, 'first', { now: present })
      const fresh = { why: 'This token was made now, by the clock that your receiver was given, and is new.' }

      const hint = 'Until when could a copy of this token be valid?'
      const sendAt = async (later: number) => {
        await now.set(present + later)
        const made = seal(key, `${later} s later`, { now: present + later })
        await send(made, delivered(`${later} s later`), fresh)
        return made
      }

      await send(token, delivered('first'), fresh)
      for (let round = 0; round < ROUNDS_BETWEEN; round += 1) {
        await sendAll(
          [...Array.from({ length: 10 }).keys()].map((text) => seal(key, `${text}`, { now: present })),
          'delivered',
          fresh,
        )
      }
      await send(token, refused('replay'), {
        why: `Since then ${ROUNDS_BETWEEN * 10} other tokens were delivered. How many come between a token and its copy is up to others: only time makes a copy worthless.`,
        hint,
      })
      let last = token
      for (const later of [Math.floor(ttl / 2), ttl - 1]) {
        last = await sendAt(later)
        await send(token, refused('replay'), {
          why: `The token is ${later} seconds old and was not remembered, but its ttl is ${ttl} seconds: until then a copy of it is good.`,
          hint,
        })
      }
      for (const later of [ttl + 1, ttl + Math.floor(ttl / 2)]) {
        await sendAt(later)
        await send(last, refused('replay'), {
          why: `This token is ${later - ttl + 1} seconds old, and its ttl is ${ttl} seconds. Older ones may be forgotten by now, this one not: each has a time of its own.`,
          hint,
        })
      }
    },
  },
  {
    id: '3.25',
    title: 'a taken port rejects',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const holder = await lab.udpPeer()

      const outcome = await rejection(openScene(bench, '3.25', { port: holder.address.port }))

      expectWords(lab, outcome, 'an error', {
        why: `Port ${holder.address.port} was taken. Binding fails later, as an 'error' event; the promise has to reject with it.`,
      })
    },
  },
  {
    id: '3.26',
    title: 'it listens on 127.0.0.1 only, and close() ends that',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const { key, receiver, send, seen, peer } = await openScene(bench, '3.26')
      const word = lab.chance.word('3.26')

      for (const host of SEPARATE_SOURCES) {
        const other = { host, port: receiver.address.port }
        await peer.send(seal(key, `to ${host}`), other).catch(() => undefined)
        expectWords(lab, (await canBindUdp(other)) ? 'loopback only' : 'every address', 'loopback only', {
          why: 'Without an address, a socket listens on all of them: anyone on the same Wi-Fi could send to your program.',
        })
      }
      await send(seal(key, word), delivered(word), { why: `Only this token was sent to ${LOOPBACK}.` })
      lab.expect(receiver.address.host, LOOPBACK, { why: 'The address must be the one it really listens on.' })

      await receiver.close()
      const free = await becomesTrue(() => canBindUdp(receiver.address))
      expectWords(lab, free ? 'the port is free' : `port ${receiver.address.port} is still taken`, 'the port is free', {
        why: 'close() resolved, but the socket is still open.',
      })
      await receiver.close()
      expectWords(lab, words(seen.all), delivered(word), { why: 'One token was sent and delivered before close().' })
    },
  },
]

/** Who sent what was handed over, as the attempt says. */
function sendersOf(handed: readonly Handed[]): unknown[] {
  return handed.map(({ from }) => ({ host: from?.host, port: from?.port }))
}

function addressesOf(peers: readonly UdpPeer[]): Address[] {
  return peers.map(({ address }) => address)
}
