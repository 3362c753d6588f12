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
import { becomesTrue, PATIENCE_MS } from '../lab/within.ts'
import { CallRejected, type Learner } from '../sandbox/learner.ts'
import * as reference from '../../solutions/03-encryption.ts'
import { generate, invalid, invalidKey, official } from './03-fernet-vectors.ts'
import {
  describe,
  drawAgreementKey,
  drawBytes,
  drawKey,
  drawKeyPair,
  drawnToken,
  drawnVectors,
  drawTime,
  EVERY_BYTE_CHANGES,
  forgedSums,
  kindsIn,
  MAC_BYTES,
  MANY_VALUES,
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
  withStrangeCharacters,
} from './03-tokens.ts'

type Stage = Pick<Bench<Encryption>, 'learner' | 'lab'>

const MAX_CLOCK_SKEW_S = 60
const AN_HOUR_S = 3600
/** How many times ten tokens come between a token and its copy. */
const ROUNDS_BETWEEN = 13
/** How many tokens are given to `decrypt` at once, where there are many. */
const AT_ONCE = 16
/** How long a wait for the next second or the one after it may take, in milliseconds of an idle machine. */
const TWO_SECONDS_MS = 3000
const TEN_YEARS_S = 10 * 365 * 24 * AN_HOUR_S

const { datagramBytes, wholeLoopback } = networkOf()
const LARGE_BYTES = Math.min(60_000, datagramBytes)
/** Other addresses of this machine, as far as it has them. */
const SEPARATE_SOURCES = wholeLoopback ? ['127.0.0.10'] : []

/** What may become of a token that is too old, too far ahead or spelt otherwise, and may have been delivered before. */
const UNTIMELY = ['refused: token', 'refused: replay']

const TWO_IVS = 'two different IVs'

const UNFORESEEN = 'an IV that nobody could foresee'

const ONE_ERROR =
  'Each refusal has the same code. Different errors tell an attacker which step failed, and from enough of such answers a message can be read without the key.'

const tokens: Check<Encryption>[] = [
  {
    id: '3.1',
    title: 'a key is 32 random bytes in base64url with padding',
    task: 1,
    about: 'generateKey',
    async run({ learner, lab }) {
      const keys = await learner.together(
        'generateKey',
        Array.from({ length: 16 }, () => []),
      )

      for (const key of keys) {
        expectWords(lab, `${toBytes(key).length} bytes`, '32 bytes', {
          why: 'Half of the key signs and half encrypts: 16 bytes each.',
        })
        expectWords(lab, spellingOf(key), spellingOf(toText(toBytes(key))), {
          why: 'Keys are base64url with padding: 32 bytes are 44 characters, with - and _ for + and /, and the last is "=". Other programs refuse it otherwise.',
          hint: "Node's own 'base64url' leaves the padding out, and 'base64' has + and /.",
        })
      }
      expectWords(lab, standingStill(keys.map(toBytes)), EVERY_BYTE_CHANGES, {
        why: 'These places had the same byte in 16 keys. What does not change can be known beforehand.',
        hint: 'randomBytes()',
      })
      const halves = keys.flatMap((key) => [toBytes(key).toString('hex', 0, 16), toBytes(key).toString('hex', 16)])
      expectWords(lab, `${new Set(halves).size} different halves`, `${halves.length} different halves`, {
        why: '16 keys were made at once: 32 halves. Each half is a key for itself, and none of them may be the same as another.',
        hint: '32 new random bytes for each key.',
      })
      expectWords(lab, kindsIn(keys.map(toBytes)), MANY_VALUES, {
        why: 'Random bytes take all values from 0 to 255. These are the bytes of digits or letters, so there are far fewer keys to try.',
        hint: 'Take the bytes of randomBytes() as they are, not their hexadecimal form.',
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

      const sealed: Buffer[] = []
      for (let count = 0; count < 16; count += 1) {
        const pair = await learner.together('encrypt', [
          [key, message, { now: 1_700_000_000 }],
          [key, message],
        ])
        sealed.push(...pair.map(toBytes))
      }
      const ivs = sealed.map((token) => token.subarray(9, HEAD_BYTES))

      const hint = 'Sixteen new random bytes for each token.'
      expectWords(lab, standingStill(ivs), EVERY_BYTE_CHANGES, {
        why: 'One message was sealed 32 times, and these bytes of the IV never changed. With a known IV, equal messages look alike on the wire.',
        hint,
      })
      const different = new Set(ivs.map((iv) => iv.toString('hex'))).size
      expectWords(lab, `${different} different IVs`, `${ivs.length} different IVs`, {
        why: 'One message was sealed 32 times, always two tokens at once. Where two tokens have the same IV, everybody sees that they say the same.',
        hint,
      })
      expectWords(lab, kindsIn(ivs), MANY_VALUES, {
        why: 'Random bytes take all values from 0 to 255. These are the bytes of digits or letters, or one byte many times, so they can be guessed.',
        hint,
      })
      const foreseen = ivs.findIndex((iv, index) => sealed[index - 1]?.subarray(-MAC_BYTES - 16, -MAC_BYTES).equals(iv))
      expectWords(lab, foreseen < 0 ? UNFORESEEN : 'the last block of the token before', UNFORESEEN, {
        why: 'This IV was on the wire already, at the end of the token before. Whoever saw that one knew this IV beforehand. An early TLS did so and was broken by it.',
        hint,
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
        ['version 0x00', Buffer.from([0x00, ...signed.subarray(1)])],
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
      const { key, sealed, token, text } = drawnToken(lab, '3.7')
      const genuine = { why: 'Nobody changed this token, so it is opened, and as often as it is given.' }

      await expectOpened({ learner, lab }, 'the genuine token', [key, token], text, genuine)
      const changed = [...sealed.keys()].flatMap((at) =>
        // The highest bit as well: a comparison of texts may not see it.
        [lab.chance.integer(0, 6, '3.7', at), 7].map((bit): [string, string] => {
          const flipped = sealed.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte))
          return [`byte ${at} of ${partAt(sealed, at)} changed`, toText(Buffer.from(flipped))]
        }),
      )
      await expectAllRefused({ learner, lab }, key, changed, {
        why: 'Somebody on the way changed this byte. Encryption hides a message but does not protect it: only the MAC tells.',
        hint: 'Compute the MAC first, compare all of it, and use nothing of the token before that.',
      })
      await expectAllRefused({ learner, lab }, key, forgedSums(sealed), {
        why: 'This is not the MAC of the token. Every byte has to be equal: differences must not cancel each other out.',
        hint: 'timingSafeEqual() compares whole values.',
      })
      await expectOpened({ learner, lab }, 'the genuine token again', [key, token], text, genuine)
    },
  },
  {
    id: '3.8',
    title: 'another key does not open a token',
    task: 5,
    about: 'decrypt',
    async run({ learner, lab }) {
      const { key, token, text } = drawnToken(lab, '3.8')
      const other = drawKey(lab, '3.8', 'other')
      const onlySigningDiffers = toText(Buffer.concat([toBytes(other).subarray(0, 16), toBytes(key).subarray(16)]))

      await expectOpened({ learner, lab }, 'its own key', [key, token], text, { why: 'This is the key it was sealed with.' })
      for (const [name, wrong] of [
        ['another key', other],
        ['another signing half', onlySigningDiffers],
      ] as const) {
        await expectRefused({ learner, lab }, name, [wrong, token], {
          why: 'Whoever does not have the key must not be able to make a token that passes. The signing half is what proves it.',
        })
      }
      await expectOpened({ learner, lab }, 'its own key again', [key, token], text, {
        why: 'This is the key it was sealed with.',
      })
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

      await expectAllRefused({ learner, lab }, key, [...respellings(token), ...withStrangeCharacters(token)], {
        why: "Node's decoder skips what it does not know and takes both alphabets, so this decodes to the bytes of a genuine token. A token that can be written in many ways is a new one to whoever compares texts.",
        hint: 'A pattern can say which characters there may be. Or encode what you decoded, and compare.',
      })
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
      const ttl = lab.chance.integer(200, 5000, '3.10')
      await expectOpened({ learner, lab }, `ttl ${ttl}, age ${ttl}`, [key, token, { ttl, now: now + ttl }], text, young)
      await expectRefused({ learner, lab }, `ttl ${ttl}, age ${ttl + 1}`, [key, token, { ttl, now: now + ttl + 1 }], old)
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
      const ttls = [60, lab.chance.integer(1, 30, '3.11'), lab.chance.integer(200, 5000, '3.11', 'long')]

      for (const ttl of ttls) {
        await expectOpened({ learner, lab }, `ttl ${ttl}, 60 s ahead`, [key, token, { ttl, now: now - 60 }], text, {
          why: 'Two clocks never agree to the second. A token that comes from a clock 60 seconds ahead is still taken, whatever the ttl.',
        })
        await expectRefused({ learner, lab }, `ttl ${ttl}, 61 s ahead`, [key, token, { ttl, now: now - 61 }], {
          why: 'A token from the future outlives its ttl: one from a clock ten years ahead could be used for ten years.',
        })
      }
      const farAhead = seal(key, text, { now: now + 2 ** 32 })
      await expectRefused({ learner, lab }, '136 years ahead', [key, farAhead, { ttl: 60, now }], {
        why: 'The time of a token is 8 bytes, and all of them count. The lower 4 of this one say "now", the upper 4 say 136 years later.',
        hint: 'readBigUInt64BE()',
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
      const [one, other] = [drawKeyPair(lab, '3.12'), drawKeyPair(lab, '3.12', 'other')]
      const anyBytes = Buffer.alloc(3000, drawBytes(lab, 97, '3.12'))

      for (const [{ privatePem, publicPem }, message] of [
        [one, Buffer.from(lab.chance.word('3.12'))],
        [one, Buffer.from('안녕')],
        [other, Buffer.alloc(0)],
        [other, anyBytes],
      ] as const) {
        const signature = await learner.sign(privatePem, message)

        const good = reference.verify(publicPem, message, signature)
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
      const long = Uint8Array.from(Buffer.alloc(3000, drawBytes(lab, 97, '3.13')))
      const genuineLong = Uint8Array.from(signEd25519(null, long, stranger.privatePem))
      const ofNothing = Uint8Array.from(signEd25519(null, Buffer.alloc(0), privatePem))
      const forAgreement = drawAgreementKey(lab, '3.13')
      const signed = { why: 'The owner of this key signed exactly these bytes.' }
      const none = { why: 'Whatever is not genuine is answered with false, not with an error: who asks has to get an answer.' }

      const answers: readonly [string, Promise<boolean>, boolean, Advice][] = [
        ['genuine', learner.verify(publicPem, text, genuine), true, signed],
        ['another text', learner.verify(publicPem, Buffer.concat([text, text]), genuine), false, none],
        ['genuine, for 3000 bytes by somebody else', learner.verify(stranger.publicPem, long, genuineLong), true, signed],
        [
          'the last of 3000 bytes changed',
          learner.verify(stranger.publicPem, long.with(2999, (long[2999] ?? 0) ^ 1), genuineLong),
          false,
          none,
        ],
        ['genuine, for an empty message', learner.verify(publicPem, Buffer.alloc(0), ofNothing), true, signed],
        ['another key', learner.verify(stranger.publicPem, text, genuine), false, none],
        ['one bit changed', learner.verify(publicPem, text, genuine.with(63, (genuine.at(63) ?? 0) ^ 1)), false, none],
        ['10 bytes', learner.verify(publicPem, text, genuine.slice(0, 10)), false, none],
        ['65 bytes', learner.verify(publicPem, text, Uint8Array.from([...genuine, 0])), false, none],
        ['no bytes', learner.verify(publicPem, text, new Uint8Array()), false, none],
        ['a public key that is none', learner.verify('hello', text, genuine), false, none],
        ['a public key cut in half', learner.verify(publicPem.slice(0, 60), text, genuine), false, none],
        ['a public key of another kind', learner.verify(forAgreement, text, genuine), false, none],
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

const sends: Check<Encryption>[] = [
  {
    id: '3.27',
    title: 'sendSecure sends one token and nothing else',
    task: 3,
    about: 'sendSecure',
    async run({ learner, lab }) {
      const peer = await lab.udpPeer()
      const key = drawKey(lab, '3.27')
      const since = unixTime()
      const word = lab.chance.word('3.27')
      const texts = [...oddTexts(lab, '3.27'), word, word]

      for (const [index, text] of texts.entries()) {
        await learner.sendSecure(text, { to: peer.address, key })
        const received = await peer.received.atLeast(index + 1)
        expectWords(lab, opened(key, received[index]?.bytes, since), show(text), {
          why: 'The datagram must be a token made now that whoever has the key can open, with the text in UTF-8 in it.',
        })
      }
      const twins = peer.received.all.slice(-2).map(({ bytes }) => Buffer.from(bytes).toString('latin1', 12, 33))
      expectWords(lab, new Set(twins).size === 2 ? TWO_IVS : 'one IV for both', TWO_IVS, {
        why: 'One text was sent twice. With one IV for both, everybody sees that they are equal, and a receiver takes the second for a copy of the first.',
        hint: 'Each text is sealed anew when it is sent.',
      })
      expectWords(lab, `${(await peer.receivedBySentinel()).length} datagrams`, `${texts.length} datagrams`, {
        why: 'Each text is one datagram.',
      })

      const outcome = await rejection(learner.sendSecure('x'.repeat(50_000), { to: peer.address, key }))
      expectWords(lab, outcome, 'an error', {
        why: 'The token of 50,000 bytes is 66,764 characters long and a datagram holds 65,507 bytes. The caller has to hear it.',
      })
      await learner.sendSecure(word, { to: peer.address, key })
      const received = await peer.received.atLeast(texts.length + 1)
      expectWords(lab, opened(key, received[texts.length]?.bytes, since), show(word), {
        why: 'The text before was too long, and its sender was told so. This one is not.',
      })
      for (const host of SEPARATE_SOURCES) {
        const far = await lab.udpPeer(host, host)
        await learner.sendSecure(word, { to: far.address, key })
        const [datagram] = await far.received.atLeast(1)
        expectWords(lab, opened(key, datagram?.bytes, since), show(word), {
          why: `This was to be sent to ${host}, which is not ${LOOPBACK}. An address is a host and a port.`,
        })
      }
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
      const since = unixTime()
      const texts = [lab.chance.word('3.28', 1), `비밀 ${lab.chance.word('3.28', 2)}`]

      for (const [index, text] of texts.entries()) {
        await learner.sendSecure(text, { to: network.address, key })
        await seen.atLeast(index + 1)
      }

      expectWords(lab, words(seen.all), texts.map(delivered).join(', '), {
        why: 'Your receiver has the key, so it reads what your sender sent.',
      })
      const captured = lab.trace.events.flatMap((event) => (event.kind === 'datagram' ? [Buffer.from(event.hex, 'hex')] : []))
      expectWords(lab, captured.map((bytes) => opened(key, bytes, since)).join(', '), texts.map(show).join(', '), {
        why: 'Exactly the tokens of these texts passed by, nothing else.',
      })
      const leaked = [key, ...texts].filter((secret) => captured.some((bytes) => shows(bytes, secret)))
      expectWords(lab, leaked.map(show).join(', ') || 'nothing', 'nothing', {
        why: 'These are the secrets that could be read in what passed by. Everyone between the two ends can look at it.',
      })
    },
  },
]

const together: Check<Encryption>[] = [
  {
    id: '3.29',
    title: 'two receivers in one program know nothing of each other',
    task: 10,
    about: 'startSecureReceiver',
    async run(bench) {
      const { lab } = bench
      const past = drawTime(lab, '3.29')
      const future = past + TEN_YEARS_S
      const one = await openScene(bench, '3.29', { now: lab.clock(past), ttl: 60 })
      const other = await openScene(bench, '3.29 other', { now: lab.clock(future), ttl: 100, allow: [LOOPBACK] })
      const own = {
        why: 'Two receivers run in your program, ten years apart. Each has its own key, clock, list, memory and callbacks.',
        hint: 'What belongs to one receiver is kept inside startSecureReceiver, not beside it.',
      }
      const token = seal(one.key, 'one', { now: past })

      await one.send(token, delivered('one'), own)
      await other.send(seal(other.key, 'other', { now: future }), delivered('other'), own)
      await one.send(token, refused('replay'), own)
      await other.send(seal(one.key, 'one', { now: future }), refused('token'), own)
      await one.receiver.close()
      await other.send(seal(other.key, 'still here', { now: future }), delivered('still here'), {
        ...own,
        why: 'Another receiver of your program was closed. This one was not.',
      })
    },
  },
  {
    id: '3.30',
    title: 'without now the clock of the machine counts, and it goes on',
    task: 10,
    about: 'startSecureReceiver',
    seconds: 1.5,
    async run(bench) {
      const { learner, lab } = bench
      const key = drawKey(lab, '3.30')
      const text = lab.chance.word('3.30')
      const timed = await openScene(bench, '3.30', { ttl: 600 })
      const eternal = await openScene(bench, '3.30 without a ttl')
      const [known, forEver] = [seal(timed.key, 'known'), seal(eternal.key, 'known')]
      for (const [scene, token] of [
        [timed, known],
        [eternal, forEver],
      ] as const) {
        await scene.send(token, delivered('known'), { why: 'This token was made just now, and is new.' })
      }

      const madeAt = async () => timeOf(toBytes(await learner.encrypt(key, Buffer.from(text))))
      const first = await madeAt()
      const ahead = { now: unixTime() + MAX_CLOCK_SKEW_S + 2 }
      const token = seal(key, text, ahead)
      const outcome = { decrypt: '', receiver: '' }
      await becomesTrue(async () => unixTime() >= ahead.now - MAX_CLOCK_SKEW_S, TWO_SECONDS_MS)
      const [ticks] = await Promise.all([
        becomesTrue(async () => (await madeAt()) > first, TWO_SECONDS_MS),
        becomesTrue(async () => {
          outcome.decrypt = await outcomeOf(learner, [key, token, { ttl: 600 }])
          return outcome.decrypt !== 'INVALID_TOKEN'
        }, TWO_SECONDS_MS),
        becomesTrue(async () => {
          outcome.receiver = await timed.outcomeOf(seal(timed.key, text, ahead))
          return !UNTIMELY.includes(outcome.receiver)
        }, TWO_SECONDS_MS),
      ])

      const hint = 'Ask Date.now() each time, not once at the start.'
      expectWords(lab, ticks ? 'the time goes on' : 'the time stands still', 'the time goes on', {
        why: 'Tokens were made for more than a second, all with the same time in them. A program that runs for a day would seal with the time of yesterday.',
        hint,
      })
      const nearer = 'A token came from 62 seconds ahead, which is too much. Two seconds later it was 60 seconds ahead, and good.'
      expectWords(lab, `decrypt: ${outcome.decrypt}`, `decrypt: opened ${show(text)}`, { why: nearer, hint })
      expectWords(lab, `receiver: ${outcome.receiver}`, `receiver: ${delivered(text)}`, { why: nearer, hint })
      await timed.send(known, refused('replay'), {
        why: 'It was delivered a second or two ago, and its ttl is 600 seconds, not milliseconds. Until then a copy of it is good.',
      })
      await eternal.send(forEver, refused('replay'), {
        why: 'It was delivered a second or two ago. This receiver has no ttl, so nothing that it delivered may be forgotten.',
        hint: 'setTimeout() takes undefined, NaN and Infinity for 1 millisecond.',
      })
    },
  },
  {
    id: '3.31',
    title: 'texts that are sent at the same time each go their own way',
    task: 3,
    about: 'sendSecure',
    async run({ learner, lab }) {
      const since = unixTime()
      const ends = await Promise.all(
        ['one', 'another'].map(async (name) => ({ key: drawKey(lab, '3.31', name), peer: await lab.udpPeer(name) })),
      )
      const texts = [1, 2, 3].map((each) => lab.chance.word('3.31', each))
      const calls = texts.flatMap((text) => ends.map(({ key, peer }) => [text, { to: peer.address, key }] as const))

      await learner.together(
        'sendSecure',
        calls.map(([text, options]) => [text, options]),
      )

      for (const { key, peer } of ends) {
        const received = await peer.received.atLeast(texts.length)
        const came = received.map(({ bytes }) => opened(key, bytes, since))
        expectWords(lab, came.toSorted().join(', ') || 'nothing', texts.map(show).toSorted().join(', '), {
          why: 'Six texts were sent at once, three to each of two receivers with keys of their own. Each call has its own text, key and address.',
          hint: 'What belongs to one call is kept inside sendSecure, not beside it.',
        })
      }
    },
  },
]

export default lessonChecks<Encryption>({
  shapes,
  describe,
  checks: [...tokens, ...signatures, ...receives, ...sends, ...together],
})

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
  /** Sends a datagram and tells what becomes of it. */
  outcomeOf(datagram: string | Uint8Array, from?: UdpPeer | string): Promise<string>
  /** Sends a few datagrams at once and requires that each of them `becomes` this, in whatever order. */
  sendAll(datagrams: readonly (string | Uint8Array)[], becomes: string, advice: Advice): Promise<void>
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
  const outcomes = async (count: number) => {
    await seen.atLeast(judged + count, PATIENCE_MS * Math.min(count, 3))
    await learner.settle()
    const handed = seen.all.slice(judged)
    judged = seen.all.length
    return handed
  }
  const outcomeOfDatagram: Scene['outcomeOf'] = async (datagram, from = peer) => {
    if (typeof from === 'string') await sendFrom(lab, from, datagram, receiver.address)
    else await from.send(datagram, receiver.address)
    return words(await outcomes(1))
  }
  return {
    key,
    receiver,
    peer,
    seen,
    outcomeOf: outcomeOfDatagram,
    async send(datagram, becomes, advice, from) {
      const outcome = await outcomeOfDatagram(datagram, from)
      const right = [becomes].flat()
      expectWords(lab, outcome, right.includes(outcome) ? outcome : right.join(', or '), advice)
    },
    async sendAll(datagrams, becomes, advice) {
      for (const datagram of datagrams) await peer.send(datagram, receiver.address)
      expectWords(lab, tally(await outcomes(datagrams.length)), `${datagrams.length} × ${becomes}`, advice)
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

/** What became of several datagrams: `9 × delivered, 1 × refused: token`. */
function tally(handed: readonly Handed[]): string {
  const kinds = handed.map((each) => ('text' in each ? 'delivered' : refused(each.refusal)))
  const counted = [...new Set(kinds)].map((kind) => `${kinds.filter((each) => each === kind).length} × ${kind}`)
  return counted.join(', ') || 'nothing happened'
}

/** Who sent what was handed over, as the attempt says. */
function sendersOf(handed: readonly Handed[]): unknown[] {
  return handed.map(({ from }) => ({ host: from?.host, port: from?.port }))
}

function addressesOf(peers: readonly UdpPeer[]): Address[] {
  return peers.map(({ address }) => address)
}

/** Texts that are easily damaged on the way: not ASCII, empty, blank, the q of lesson 1, and a long one. */
function oddTexts(lab: Lab, purpose: string): string[] {
  const word = (index: number) => lab.chance.word(purpose, index)
  return [word(1), `안녕 👋 ${word(2)}`, '', ' \t\r\n', 'q', `${word(3).repeat(500)} and ${word(4)}`]
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

/** @param all tokens with the name of each for the learner; some are given to the attempt at once */
async function expectAllRefused(
  { learner, lab }: Stage,
  key: string,
  all: readonly (readonly [what: string, token: string])[],
  advice: Advice,
): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE)
    const outcomes = await Promise.all(some.map(([, token]) => outcomeOf(learner, [key, token])))
    for (const [index, [what]] of some.entries()) {
      expectWords(lab, `${what}: ${outcomes[index]}`, `${what}: INVALID_TOKEN`, advice)
    }
  }
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
    hint: "Node's own 'base64url' leaves the padding out, and 'base64' has + and /.",
  })
}

/** Whether a text can be read in a datagram, as it is or in base64 or hexadecimal. */
function shows(datagram: Buffer, text: string): boolean {
  const raw = datagram.toString('latin1')
  return [datagram, Buffer.from(raw, 'base64'), Buffer.from(raw, 'hex')].some((bytes) => bytes.includes(text))
}

/** The text of a token that was made after `since`, by a clock that may differ by a minute, as it is shown. */
function opened(key: string, datagram: Uint8Array | undefined, since: number): string {
  if (datagram === undefined) return 'no datagram'
  try {
    const ttl = unixTime() - since + MAX_CLOCK_SKEW_S
    return show(Buffer.from(reference.decrypt(key, Buffer.from(datagram).toString('latin1'), { ttl })).toString())
  } catch {
    return `no token of this key made now: ${describe(datagram)}`
  }
}

function unixTime(): number {
  return Math.floor(Date.now() / 1000)
}
