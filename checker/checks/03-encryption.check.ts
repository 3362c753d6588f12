import { sign as signEd25519 } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Address } from '../contracts/endpoint.ts'
import { type DecryptOptions, type Encryption, type SecureReceiverOptions, shapes } from '../contracts/03-encryption.ts'
import { type Bench, type Check, lessonChecks } from '../grading/check.ts'
import type { Advice } from '../lab/expectation.ts'
import { type Inbox, openInbox } from '../lab/inbox.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { networkOf } from '../lab/platform.ts'
import { show } from '../lab/show.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { addressOf, canBindUdp, closeUdp, LOOPBACK, sendDatagram } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import { CallRejected, type Learner } from '../sandbox/learner.ts'
import * as reference from '../../solutions/03-encryption.ts'
import { generate, invalid, invalidKey, official } from './03-fernet-vectors.ts'
import {
  describe,
  drawBytes,
  drawKey,
  drawKeyPair,
  drawnToken,
  drawnVectors,
  drawTime,
  EVERY_BYTE_CHANGES,
  MAC_BYTES,
  HEAD_BYTES,
  partAt,
  PARTS,
  respellings,
  seal,
  spellingOf,
  standingStill,
  timeOf,
  tokenWithBothSigns,
  toBytes,
  toText,
  WITH_BOTH_SIGNS,
  withMac,
} from './03-tokens.ts'

type Stage = Pick<Bench<Encryption>, 'learner' | 'lab'>

const MAX_CLOCK_SKEW_S = 60
const AN_HOUR_S = 3600
const TEN_YEARS_S = 10 * 365 * 24 * AN_HOUR_S

const { datagramBytes, wholeLoopback } = networkOf()
const LARGE_BYTES = Math.min(60_000, datagramBytes)
/** Other addresses of this machine, as far as it has them. */
const SEPARATE_SOURCES = wholeLoopback ? ['127.0.0.10'] : []

const ONE_ERROR =
  'Each refusal has the same code. Different errors tell an attacker which step failed, and from enough of such answers a message can be read without the key.'

const tokens: Check<Encryption>[] = [
  {
    id: '3.1',
    title: 'a key is 32 random bytes in base64url with padding',
    task: 1,
    about: 'generateKey',
    async run({ learner, lab }) {
      const keys: string[] = []
      for (let count = 0; count < 16; count += 1) keys.push(await learner.generateKey())

      for (const key of keys) {
        expectWords(lab, `${toBytes(key).length} bytes`, '32 bytes', {
          why: 'Half of the key signs and half encrypts: 16 bytes each.',
        })
        expectWords(lab, spellingOf(key), spellingOf(toText(toBytes(key))), {
          why: 'Keys are base64url with padding: 32 bytes are 44 characters, and the last is "=". Other programs refuse it otherwise.',
          hint: "Node's own 'base64url' leaves the padding out.",
        })
      }
      expectWords(lab, standingStill(keys.map(toBytes)), EVERY_BYTE_CHANGES, {
        why: 'These places had the same byte in 16 keys. What does not change can be known beforehand.',
        hint: 'randomBytes()',
      })
    },
  },
  {
    id: '3.2',
    title: 'a token is laid out as the specification says',
    task: 3,
    about: 'encrypt',
    async run({ learner, lab }) {
      for (const vector of [...generate, ...drawnVectors(lab, '3.2')]) {
        const { key, message, now, iv } = vector

        const token = await learner.encrypt(key, message, { now, iv })

        expectToken(lab, token, vector.token)
      }
    },
  },
  {
    id: '3.3',
    title: 'every token has an IV of its own that nobody can foresee',
    task: 2,
    about: 'encrypt',
    async run({ learner, lab }) {
      const key = drawKey(lab, '3.3')
      const message = Buffer.from(lab.chance.word('3.3'))

      const ivs: Buffer[] = []
      for (let count = 0; count < 16; count += 1) {
        ivs.push(toBytes(await learner.encrypt(key, message, { now: 1_700_000_000 })).subarray(9, HEAD_BYTES))
      }

      expectWords(lab, standingStill(ivs), EVERY_BYTE_CHANGES, {
        why: 'One message was sealed 16 times, and these bytes of the IV never changed. With a known IV, equal messages look alike on the wire.',
        hint: 'Sixteen new random bytes for each token.',
      })
    },
  },
  {
    id: '3.4',
    title: 'a token carries the present time in seconds',
    task: 3,
    about: 'encrypt',
    async run({ learner, lab }) {
      const key = drawKey(lab, '3.4')
      const before = unixTime()

      const token = await learner.encrypt(key, Buffer.from(lab.chance.word('3.4')))

      const time = timeOf(toBytes(token))
      const near = time >= before - MAX_CLOCK_SKEW_S && time <= unixTime() + MAX_CLOCK_SKEW_S
      expectWords(lab, near ? 'the present' : `${time} seconds since 1970`, 'the present', {
        why: 'The receiver compares this time with its own clock. Date.now() counts milliseconds, a token counts seconds.',
      })
    },
  },
  {
    id: '3.5',
    title: 'tokens that others made are opened',
    task: 5,
    about: 'decrypt',
    async run({ learner, lab }) {
      for (const { name, key, token, message } of [...generate, ...drawnVectors(lab, '3.5')]) {
        const answer = await answerOf(learner.decrypt(key, token))

        lab.expect(answer, message, { why: `This is what was sealed in ${name}.` })
      }
      const answer = await answerOf(learner.decrypt(official.key, official.token, { ttl: 60, now: official.now + 1 }))
      lab.expect(answer, official.message, { why: 'The token was one second old, and 60 were allowed.' })
    },
  },
  {
    id: '3.6',
    title: 'the broken tokens of the specification are all refused with INVALID_TOKEN',
    task: 4,
    about: 'decrypt',
    async run({ learner, lab }) {
      for (const { name, token, now } of invalid) {
        await expectRefused({ learner, lab }, name, [invalidKey, token, { ttl: 60, now }], {
          why: ONE_ERROR,
          hint: 'Whatever throws on the way, such as decipher.final(), throws with a code of its own. Catch it and throw yours.',
        })
      }
      const { key, sealed } = drawnToken(lab, '3.6')
      const signed = sealed.subarray(0, -MAC_BYTES)
      for (const [name, odd] of [
        ['version 0x81', Buffer.from([0x81, ...signed.subarray(1)])],
        ['a block and a half', Buffer.concat([signed, signed.subarray(-8)])],
        ['no ciphertext', signed.subarray(0, HEAD_BYTES)],
        ['half an IV', signed.subarray(0, 17)],
        ['nothing but a MAC', Buffer.alloc(0)],
      ] as const) {
        await expectRefused({ learner, lab }, name, [key, toText(withMac(key, odd))], {
          why: 'Its MAC is right, so somebody with the key made it. It is no token all the same, and is refused like any other.',
        })
      }
      for (const [name, token] of [
        ['empty', ''],
        ['60,000 times A', 'A'.repeat(60_000)],
        ['hello, no token', 'hello'],
      ] as const) {
        await expectRefused({ learner, lab }, name, [key, token], { why: ONE_ERROR })
      }
    },
  },
  {
    id: '3.7',
    title: 'a token with any one byte changed is refused',
    task: 5,
    about: 'decrypt',
    async run({ learner, lab }) {
      const { key, sealed } = drawnToken(lab, '3.7')

      for (const at of sealed.keys()) {
        const flipped = Buffer.from(sealed)
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << lab.chance.integer(0, 7, '3.7', at)), at)
        await expectRefused({ learner, lab }, `byte ${at} of ${partAt(sealed, at)} changed`, [key, toText(flipped)], {
          why: 'Somebody on the way changed this byte. Encryption hides a message but does not protect it: only the MAC tells.',
          hint: 'Compute the MAC first, compare all of it, and use nothing of the token before that.',
        })
      }
    },
  },
  {
    id: '3.8',
    title: 'another key does not open a token',
    task: 5,
    about: 'decrypt',
    async run({ learner, lab }) {
      const { key, token } = drawnToken(lab, '3.8')
      const other = drawKey(lab, '3.8', 'other')
      const onlySigningDiffers = toText(Buffer.concat([toBytes(other).subarray(0, 16), toBytes(key).subarray(16)]))

      for (const [name, wrong] of [
        ['another key', other],
        ['another signing half', onlySigningDiffers],
      ] as const) {
        await expectRefused({ learner, lab }, name, [wrong, token], {
          why: 'Whoever does not have the key must not be able to make a token that passes. The signing half is what proves it.',
        })
      }
    },
  },
  {
    id: '3.9',
    title: 'a token with anything in it that is not base64url is refused',
    task: 4,
    about: 'decrypt',
    async run({ learner, lab }) {
      const key = drawKey(lab, '3.9')
      const token = tokenWithBothSigns(lab, key)

      for (const [name, respelt] of respellings(token)) {
        await expectRefused({ learner, lab }, name, [key, respelt], {
          why: "Node's decoder skips what it does not know and takes both alphabets, so this decodes to the bytes of a genuine token. A token that can be written in many ways is a new one to whoever compares texts.",
          hint: 'A pattern can say which characters there may be. Or encode what you decoded, and compare.',
        })
      }
    },
  },
  {
    id: '3.10',
    title: 'with a ttl of 60, an age of 60 seconds passes and 61 does not',
    task: 6,
    about: 'decrypt',
    async run({ learner, lab }) {
      const { key, token, now, text } = drawnToken(lab, '3.10')
      const old = { why: 'It is older than its ttl allows. Whoever kept a copy could use it for ever.' }
      const young = { why: 'A token is good up to and including the age that the ttl names.' }

      await expectOpened({ learner, lab }, 'age 60', [key, token, { ttl: 60, now: now + 60 }], text, young)
      await expectRefused({ learner, lab }, 'age 61', [key, token, { ttl: 60, now: now + 61 }], old)
      await expectOpened({ learner, lab }, 'ten years, no ttl', [key, token, { now: now + TEN_YEARS_S }], text, {
        why: 'Without a ttl the age does not matter.',
      })
      const fresh = seal(key, text)
      await expectOpened({ learner, lab }, 'made just now, no now', [key, fresh, { ttl: AN_HOUR_S }], text, {
        why: 'Nobody said what time it is, so the clock of this machine counts. By that clock this token is new.',
      })
    },
  },
  {
    id: '3.11',
    title: 'with a ttl, a clock may be 60 seconds ahead and no more',
    task: 6,
    about: 'decrypt',
    async run({ learner, lab }) {
      const { key, token, now, text } = drawnToken(lab, '3.11')

      await expectOpened({ learner, lab }, '60 s ahead', [key, token, { ttl: 60, now: now - 60 }], text, {
        why: 'Two clocks never agree to the second. A token that comes from a clock 60 seconds ahead is still taken.',
      })
      await expectRefused({ learner, lab }, '61 s ahead', [key, token, { ttl: 60, now: now - 61 }], {
        why: 'A token from the future outlives its ttl: one from a clock ten years ahead could be used for ten years.',
      })
      await expectOpened({ learner, lab }, 'ten years ahead, no ttl', [key, token, { now: now - TEN_YEARS_S }], text, {
        why: 'Without a ttl the time in the token is not looked at, neither way.',
      })
    },
  },
]

const signatures: Check<Encryption>[] = [
  {
    id: '3.12',
    title: 'whoever has the public key can verify a signature',
    task: 7,
    about: 'sign',
    async run({ learner, lab }) {
      const { privatePem, publicPem } = drawKeyPair(lab, '3.12')

      for (const text of [lab.chance.word('3.12'), '안녕', '']) {
        const signature = await learner.sign(privatePem, Buffer.from(text))

        const good = reference.verify(publicPem, Buffer.from(text), signature)
        expectWords(lab, good ? 'it verifies' : `${signature.length} bytes that the public key does not verify`, 'it verifies', {
          why: 'An HMAC or a hash is no signature: those can be made by everyone who can check them. Only the owner of the private key can sign.',
          hint: 'node:crypto has sign() and verify(). Ed25519 chooses its hash itself, so the algorithm is null.',
        })
      }
    },
  },
  {
    id: '3.13',
    title: 'verify says yes to a genuine signature and no to everything else',
    task: 7,
    about: 'verify',
    async run({ learner, lab }) {
      const { privatePem, publicPem } = drawKeyPair(lab, '3.13')
      const stranger = drawKeyPair(lab, '3.13', 'stranger')
      const text = Buffer.from(lab.chance.word('3.13'))
      const genuine = Uint8Array.from(signEd25519(null, text, privatePem))
      const none = { why: 'Whatever is not genuine is answered with false, not with an error: who asks has to get an answer.' }

      const answers: readonly [string, Promise<boolean>, boolean, Advice][] = [
        ['genuine', learner.verify(publicPem, text, genuine), true, { why: 'The owner of this key signed exactly these bytes.' }],
        ['another text', learner.verify(publicPem, Buffer.concat([text, text]), genuine), false, none],
        ['another key', learner.verify(stranger.publicPem, text, genuine), false, none],
        ['one bit changed', learner.verify(publicPem, text, genuine.with(63, (genuine.at(63) ?? 0) ^ 1)), false, none],
        ['10 bytes', learner.verify(publicPem, text, genuine.slice(0, 10)), false, none],
        ['65 bytes', learner.verify(publicPem, text, Uint8Array.from([...genuine, 0])), false, none],
        ['no bytes', learner.verify(publicPem, text, new Uint8Array()), false, none],
        ['a public key that is none', learner.verify('hello', text, genuine), false, none],
      ]
      await Promise.allSettled(answers.map(([, answer]) => answer))

      for (const [what, answer, expected, advice] of answers) {
        expectWords(lab, `${what}: ${await answerOf(answer)}`, `${what}: ${expected}`, advice)
      }
    },
  },
]

const receives: Check<Encryption>[] = [
  {
    id: '3.14',
    title: 'a token sent to the receiver reaches onMessage as text, with its sender',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const { key, seen, peer, send } = await openScene(bench, '3.14', { ttl: AN_HOUR_S })

      for (const text of [lab.chance.word('3.14'), `안녕 👋 ${lab.chance.word('3.14', 2)}`, '', ' \t\n']) {
        await send(seal(key, text), delivered(text), {
          why: 'This token was genuine and made just now, an hour was allowed, and the text in it is UTF-8.',
        })
      }

      lab.expect(
        seen.all.map(({ from }) => from?.port),
        seen.all.map(() => peer.address.port),
        {
          why: 'Whoever wants to answer must know where a datagram came from.',
        },
      )
    },
  },
  {
    id: '3.15',
    title: 'what is no genuine token goes to onReject, and the receiver lives on',
    task: 8,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const { key, seen, peer, send } = await openScene(bench, '3.15')
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
      const word = lab.chance.word('3.15')
      await send(seal(key, word), delivered(word), { why: 'After the noise came a genuine token.' })

      lab.expect(
        seen.all.map(({ from }) => from?.port),
        seen.all.map(() => peer.address.port),
        {
          why: 'onReject is told where the datagram came from.',
        },
      )
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
      const us = await openScene(bench, '3.18', { allow: ['192.0.2.7', LOOPBACK] })
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
        await us.send(
          seal(us.key, 'two'),
          refused('address'),
          { why: `The list holds ${LOOPBACK}, and this came from ${host}.` },
          host,
        )
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
      const eavesdropper = await lab.udpPeer('eavesdropper')
      await send(token, refused('replay'), { why: 'The copy came from another address, and is still a copy.' }, eavesdropper)

      const without = await openScene(bench, '3.20 without a ttl')
      const eternal = seal(without.key, first)
      await without.send(eternal, delivered(first), { why: 'The first time the token is new, here too.' })
      await without.send(eternal, refused('replay'), {
        why: 'This receiver has no ttl, so a token never becomes too old, and a copy of it never becomes anything but a copy.',
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
        await send(respelt, [refused('token'), refused('replay')], {
          why: `Someone sent the token again with ${name}. To a text comparison that is a new token; the message is the old one.`,
          hint: 'If decrypt() takes nothing but base64url, this cannot happen.',
        })
      }
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

      for (let count = 0; count < 3; count += 1) await send(seal(key, text, { now: present }), delivered(text), advice)
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
      const untimely = [refused('token'), refused('replay')]
      const taken = { why: 'By the clock it was given, the token is neither too old nor too far ahead.' }
      const late = { why: 'By the clock it was given, the token is one second too old.' }

      await send(made(present - ttl), delivered('x'), taken)
      await send(made(present - ttl - 1), untimely, late)
      await send(made(present + MAX_CLOCK_SKEW_S), delivered('x'), taken)
      await send(made(present + MAX_CLOCK_SKEW_S + 1), untimely, { why: 'It comes from more than 60 seconds ahead.' })
      await now.set(present + 1)
      await send(made(present - ttl), untimely, { why: 'A second has passed since, and now this token is too old.' })
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
      const { key, send } = await openScene(bench, '3.24', { now, ttl })
      const token = seal(key, 'first', { now: present })
      const fresh = { why: 'This token was made now, by the clock that your receiver was given, and is new.' }

      await send(token, delivered('first'), fresh)
      for (const later of [Math.floor(ttl / 2), ttl - 1]) {
        await now.set(present + later)
        await send(seal(key, `${later} s later`, { now: present + later }), delivered(`${later} s later`), fresh)
        await send(token, refused('replay'), {
          why: `The token is ${later} seconds old and was not remembered, but its ttl is ${ttl} seconds: until then a copy of it is good.`,
          hint: 'Until when could a copy of this token be valid?',
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

const sends: Check<Encryption>[] = [
  {
    id: '3.27',
    title: 'sendSecure sends one token and nothing else',
    task: 3,
    about: 'sendSecure',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const key = drawKey(lab, '3.27')
      const texts = [lab.chance.word('3.27'), `안녕 👋 ${lab.chance.word('3.27', 2)}`, '']

      for (const [index, text] of texts.entries()) {
        await learner.sendSecure(text, { to: peer.address, key })
        const received = await peer.received.atLeast(index + 1)
        expectWords(lab, opened(key, received[index]?.bytes), show(text), {
          why: 'The datagram must be a token made now that whoever has the key can open, with the text in UTF-8 in it.',
        })
      }
      expectWords(lab, `${(await peer.receivedBySentinel()).length} datagrams`, `${texts.length} datagrams`, {
        why: 'Each text is one datagram.',
      })

      const outcome = await rejection(learner.sendSecure('x'.repeat(50_000), { to: peer.address, key }))
      expectWords(lab, outcome, 'an error', {
        why: 'The token of 50,000 bytes is 66,764 characters long and a datagram holds 65,507 bytes. The caller has to hear it.',
      })
    },
  },
  {
    id: '3.28',
    title: 'an eavesdropper between your sender and your receiver reads nothing',
    task: 8,
    about: 'sendSecure',
    async run(bench) {
      const { learner, lab } = bench
      const { key, receiver, seen } = await openScene(bench, '3.28')
      const network = await lab.udpRelay(receiver.address, { server: 'your receiver' })
      const texts = [lab.chance.word('3.28', 1), `비밀 ${lab.chance.word('3.28', 2)}`]

      for (const [index, text] of texts.entries()) {
        await learner.sendSecure(text, { to: network.address, key })
        await seen.atLeast(index + 1)
      }

      expectWords(lab, words(seen.all), texts.map(delivered).join(', '), {
        why: 'Your receiver has the key, so it reads what your sender sent.',
      })
      const captured = lab.trace.events.flatMap((event) => (event.kind === 'datagram' ? [Buffer.from(event.hex, 'hex')] : []))
      expectWords(lab, captured.map((bytes) => opened(key, bytes)).join(', '), texts.map(show).join(', '), {
        why: 'Exactly the tokens of these texts passed by, nothing else.',
      })
      const leaked = [key, ...texts].filter((secret) => captured.some((bytes) => shows(bytes, secret)))
      expectWords(lab, leaked.map(show).join(', ') || 'nothing', 'nothing', {
        why: 'These are the secrets that could be read in what passed by. Everyone between the two ends can look at it.',
      })
    },
  },
]

export default lessonChecks<Encryption>({ shapes, describe, checks: [...tokens, ...signatures, ...receives, ...sends] })

/** What a receiver handed over. The fields come from the attempt: nothing is known about them. */
type Handed = { readonly from?: Address } & ({ readonly text: string } | { readonly refusal: string })

/** A receiver of the attempt, a peer that sends to it, and what becomes of each datagram. */
interface Scene {
  readonly key: string
  readonly receiver: { readonly address: Address; close(): Promise<unknown> }
  readonly peer: UdpPeer
  readonly seen: Inbox<Handed>
  /**
   * Sends a datagram and requires what becomes of it, before the next one is sent.
   * @param becomes when it is a list, one of it
   * @param from another peer, or another address of this machine
   */
  send(datagram: string | Uint8Array, becomes: string | readonly string[], advice: Advice, from?: UdpPeer | string): Promise<void>
}

async function openScene({ learner, lab }: Stage, purpose: string, options: Partial<SecureReceiverOptions> = {}): Promise<Scene> {
  const key = drawKey(lab, purpose)
  const seen = openInbox<Handed>((handed) => {
    lab.trace.mark(YOU, 'text' in handed ? `onMessage(${show(handed.text)})` : `onReject(${show(handed.refusal)})`)
  })
  const receiver = await learner.startSecureReceiver({
    key,
    onMessage: (text, from) => seen.push({ text, from }),
    onReject: (refusal, from) => seen.push({ refusal, from }),
    ...options,
  })
  const peer = await lab.udpPeer()
  let judged = 0
  return {
    key,
    receiver,
    peer,
    seen,
    async send(datagram, becomes, advice, from = peer) {
      if (typeof from === 'string') await sendFrom(lab, from, datagram, receiver.address)
      else await from.send(datagram, receiver.address)
      await seen.atLeast(judged + 1)
      await learner.settle()
      const outcome = words(seen.all.slice(judged))
      judged = seen.all.length
      const right = [becomes].flat()
      expectWords(lab, outcome, right.includes(outcome) ? outcome : right.join(', or '), advice)
    },
  }
}

/** Sends one datagram from another address of this machine than 127.0.0.1. */
async function sendFrom(lab: Lab, host: string, datagram: string | Uint8Array, to: Address): Promise<void> {
  const socket = createSocket('udp4')
  lab.cleanUp(() => closeUdp(socket))
  socket.bind(0, host)
  await once(socket, 'listening')
  const bytes = typeof datagram === 'string' ? Buffer.from(datagram) : datagram
  lab.trace.datagram({ from: addressOf(socket).host, to: YOU, bytes })
  await sendDatagram(socket, bytes, to)
}

function words(handed: readonly Handed[]): string {
  return handed.map((each) => ('text' in each ? delivered(each.text) : refused(each.refusal))).join(', ') || 'nothing happened'
}

function delivered(text: string): string {
  return `delivered ${show(text)}`
}

function refused(why: string): string {
  return `refused: ${show(why).replaceAll('"', '')}`
}

type DecryptArgs = readonly [key: string, token: string, options?: DecryptOptions]

/** @param what names the token for the learner */
async function expectRefused({ learner, lab }: Stage, what: string, args: DecryptArgs, advice: Advice): Promise<void> {
  expectWords(lab, `${what}: ${await outcomeOf(learner, args)}`, `${what}: INVALID_TOKEN`, advice)
}

async function expectOpened(
  { learner, lab }: Stage,
  what: string,
  args: DecryptArgs,
  text: string,
  advice: Advice,
): Promise<void> {
  expectWords(lab, `${what}: ${await outcomeOf(learner, args)}`, `${what}: opened ${show(text)}`, advice)
}

/** Requires what was seen, told in words, to be what was expected. Words are shown as they are, without quotes. */
function expectWords(lab: Lab, actual: string, expected: string, advice: Advice): void {
  if (actual !== expected) lab.fail(expected, actual, advice)
}

/** What becomes of a token, in words: `opened "hi"`, or the code of the error. */
async function outcomeOf(learner: Learner<Encryption>, args: DecryptArgs): Promise<string> {
  const answer = await answerOf(learner.decrypt(...args))
  return typeof answer === 'string' ? answer : `opened ${show(Buffer.from(answer).toString())}`
}

/** What a call resolves to, or the code of the error that it rejects with. */
async function answerOf<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call
  } catch (error) {
    if (error instanceof CallRejected) return error.code ?? `an error without a code: ${error.thrown.message}`
    throw error
  }
}

/** Whether a call rejects; with which code is its own affair. */
async function rejection(call: Promise<unknown>): Promise<'an error' | 'no error'> {
  try {
    await call
    return 'no error'
  } catch (error) {
    if (error instanceof CallRejected) return 'an error'
    throw error
  }
}

/** Compares a token with the one it should be: its length, part by part, and its spelling. */
function expectToken(lab: Lab, actual: string, expected: string): void {
  const [was, wanted] = [toBytes(actual), toBytes(expected)]
  expectWords(lab, `${was.length} bytes`, `${wanted.length} bytes`, {
    why: 'A token is 1 byte of version, 8 of time, 16 of IV, whole blocks of 16 bytes, and 32 bytes of MAC.',
  })
  for (const { name, from, to, why } of PARTS) {
    lab.expect(Uint8Array.from(was.subarray(from, to)), Uint8Array.from(wanted.subarray(from, to)), {
      why: `In the ${name}: ${why}`,
    })
  }
  expectWords(lab, spellingOf(actual), spellingOf(expected), {
    why: "The bytes are right, but not their spelling: base64url has - and _, and its padding. Python's Fernet refuses a token without it.",
    hint: "Node's own 'base64url' leaves the padding out.",
  })
}

/** Whether a text can be read in a datagram, as it is or in base64 or hexadecimal. */
function shows(datagram: Buffer, text: string): boolean {
  const raw = datagram.toString('latin1')
  return [datagram, Buffer.from(raw, 'base64'), Buffer.from(raw, 'hex')].some((bytes) => bytes.includes(text))
}

/** The text of a token that was made within the last hour, as it is shown. */
function opened(key: string, datagram: Uint8Array | undefined): string {
  if (datagram === undefined) return 'no datagram'
  try {
    return show(Buffer.from(reference.decrypt(key, Buffer.from(datagram).toString('latin1'), { ttl: AN_HOUR_S })).toString())
  } catch {
    return `no token of this key and this hour: ${describe(datagram)}`
  }
}

function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}
