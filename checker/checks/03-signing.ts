import { sign as signEd25519 } from 'node:crypto'
import type { Encryption } from '../contracts/03-encryption.ts'
import type { Check } from '../grading/check.ts'
import type { Advice } from '../lab/expectation.ts'
import * as reference from '../../solutions/03-encryption.ts'
import { drawAgreementKey, drawBytes, drawKeyPair } from './03-tokens.ts'
import { answerOf, expectWords } from './03-scenes.ts'

/** Signatures, and whose they are. */
export const signatures: readonly Check<Encryption>[] = [
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
