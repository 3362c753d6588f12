import type { Encryption } from '../contracts/03-encryption.ts'
import type { Check } from '../grading/check.ts'
import { show } from '../lab/show.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import * as reference from '../../solutions/03-encryption.ts'
import { describe, drawKey, drawTime, seal, timeOf, toBytes } from './03-tokens.ts'
import {
  delivered,
  expectWords,
  MAX_CLOCK_SKEW_S,
  oddTexts,
  openScene,
  outcomeOf,
  refused,
  rejection,
  SEPARATE_SOURCES,
  TEN_YEARS_S,
  unixTime,
  UNTIMELY,
  words,
} from './03-scenes.ts'

/** How long a wait for the next second or the one after it may take, in milliseconds of an idle machine. */
const TWO_SECONDS_MS = 3000
const TWO_IVS = 'two different IVs'

/** The sender, and both ends together. */
export const sends: readonly Check<Encryption>[] = [
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

/** Several at once in one program, and a clock that goes on. */
export const together: readonly Check<Encryption>[] = [
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
