import type { Encryption } from '../contracts/03-encryption.ts'
import type { Check } from '../grading/check.ts'
import type { Advice } from '../lab/expectation.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { generate, invalid, invalidKey, official } from './03-fernet-vectors.ts'
import {
  drawKey,
  drawnToken,
  drawnVectors,
  EVERY_BYTE_CHANGES,
  forgedSums,
  HEAD_BYTES,
  kindsIn,
  MAC_BYTES,
  MANY_VALUES,
  partAt,
  PARTS,
  respellings,
  seal,
  spellingOf,
  standingStill,
  timeOf,
  toBytes,
  tokenWithBothSigns,
  toText,
  withMac,
  withStrangeCharacters,
} from './03-tokens.ts'
import {
  AN_HOUR_S,
  answerOf,
  type DecryptArgs,
  expectWords,
  MAX_CLOCK_SKEW_S,
  outcomeOf,
  type Stage,
  TEN_YEARS_S,
  unixTime,
} from './03-scenes.ts'

/** How many tokens are given to `decrypt` at once, where there are many. */
const AT_ONCE = 16
const UNFORESEEN = 'an IV that nobody could foresee'
const ONE_ERROR =
  'Each refusal has the same code. Different errors tell an attacker which step failed, and from enough of such answers a message can be read without the key.'

/** Keys and tokens. */
export const tokens: readonly Check<Encryption>[] = [
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
