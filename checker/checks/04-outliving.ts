import type { Chat } from '../contracts/04-chat.ts'
import type { Check } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { becomesTrue, PATIENCE_MS } from '../lab/within.ts'
import type { Learner } from '../sandbox/learner.ts'
import { isPacket, RUBBISH, textsOf } from './04-packets.ts'
import { enterAll, type Guest, type Member, messageOf, namesIn, openGuest, patiently, untilConclusive } from './04-partners.ts'

const STAYED = 'A and B stay members'
/** How much later than idleMs a silent member may be removed: the contract says "a little". */
const LENIENCE_MS = 5 * PATIENCE_MS
/** A name is asked for once in so many turns of a wait, or the question would take longer than the pause between two. */
const LOOKS_PER_QUESTION = 4

/** The server, when members fall silent or talk nonsense. */
export const outlives: readonly Check<Chat>[] = [
  {
    id: '4.12',
    title: 'a member that vanished harms nobody and is gone after idleMs',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      // This one would bear a silence of two minutes.
      const patient = await learner.startChatServer({ idleMs: 120_000 })
      const [ghost, a, b] = await enterAll(lab, patient, ['V', 'A', 'B'])
      await ghost.peer.close()
      const lines = [await a.say(lab.chance.word('4.12', 1)), await a.say(lab.chance.word('4.12', 2))]
      await b.hears(...lines)
      lab.expect(textsOf(await b.heard()), textsOf(lines), {
        why: "V's program was killed without a goodbye. The others go on talking.",
      })

      await expectForgetting(learner, lab)

      lab.expect((await namesIn(patient)).includes(ghost.name) ? 'V is a member' : 'V is gone', 'V is a member', {
        why: 'V is in the chat of another server, with an idleMs of two minutes. It was silent for a moment only.',
        hint: 'Each server has its own idleMs.',
      })
    },
  },
  {
    id: '4.13',
    title: 'who talks stays, long beyond idleMs',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const outcome = await untilConclusive([200, 400, 800, 1600], (idleMs) => chatBeyond(idleMs, learner, lab))

      lab.expect(outcome, STAYED, {
        why: 'A and B talk all the time. Each line is a sign of life, not only the join.',
      })
    },
  },
  {
    id: '4.14',
    title: 'a member who sends datagrams that make no sense may go on talking',
    task: 1,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])

      for (const bytes of RUBBISH) await a.peer.send(bytes, server.address)
      const line = await a.say(lab.chance.word('4.14'))
      await b.hears(line)

      lab.expect(b.has(line) ? 'B hears A' : 'B hears nothing of it', 'B hears A', {
        why: "A datagram that makes no sense is ignored, and nothing else: A is still a member, and A's next line is passed on.",
      })
    },
  },
]

/** Requires a server to forget who falls silent, whoever else talks. */
async function expectForgetting(learner: Learner<Chat>, lab: Lab): Promise<void> {
  const conclusive = await expectForgettingAfter(200, learner, lab)
  // Where a busy machine made M silent for as long as W, nobody knows what M's talking did for W: once more, with more time.
  if (!conclusive) await expectForgettingAfter(800, learner, lab)
}

/**
 * Has W and U fall silent while M goes on talking, and requires the server to forget them, but not before `idleMs`.
 * @returns whether M talked all the time
 */
async function expectForgettingAfter(idleMs: number, learner: Learner<Chat>, lab: Lab): Promise<boolean> {
  const server = await learner.startChatServer({ idleMs })
  const [witness, mute] = await enterAll(lab, server, ['M', 'U'])
  const [speaker, heir] = [await openGuest(lab, server, 'W'), await openGuest(lab, server, 'C')]
  const name = lab.chance.word('name of', 'W')
  await learner.settle()
  const joinedAt = performance.now()
  // In one go, or a busy machine might forget W before it has spoken.
  await speaker.send({ type: 'join', name })
  await witness.hears(await speaker.say(lab.chance.word('4.12', 'W')))
  await patiently(speaker.peer.received, isPacket('joined'))
  const { free, longestPauseMs } = await becomesFree(name, heir, witness, idleMs)
  const lastedMs = performance.now() - joinedAt

  const away = `gone after ${idleMs} ms`
  lab.expect(free ? away : 'still a member some seconds later', away, {
    why: `W has said one line and is silent since, as if it had been killed. Only its silence tells, and the server was to bear that for ${idleMs} ms. Then the name is free again, though M went on talking.`,
  })
  lab.expect(lastedMs >= idleMs * 0.95 - 2 ? away : `gone after ${Math.round(lastedMs)} ms`, away, {
    why: 'A member may be silent for idleMs. Whoever is removed earlier is cut off in the middle of a thought.',
  })
  const unlisted = await becomesTrue(async () => !(await namesIn(server)).includes(mute.name), idleMs + LENIENCE_MS)
  lab.expect(unlisted ? away : 'U is still in the list some seconds later', away, {
    why: 'U has joined and never said a word. After idleMs it is no member any more.',
  })
  const names = await namesIn(server)
  lab.expect(names.filter((each) => each === name).length > 1 ? `${name} is there twice` : 'no name twice', 'no name twice', {
    why: 'W was forgotten, and somebody else has its name now.',
  })
  const news = await heir.say(lab.chance.word('4.12', 'news'))
  lab.expect(await speaker.ask({ ...messageOf(lab, '4.12'), type: 'say' }), 'error NOT_JOINED', {
    why: 'W has come back after a long silence. The server has forgotten W and given the name to somebody else, so W is a stranger now.',
  })
  const overheard = (await speaker.heard()).some(({ id }) => id === news.id)
  lab.expect(overheard ? 'W still hears the others' : 'W hears nothing', 'W hears nothing', {
    why: 'W was silent for too long and is no member. A server that never forgets sends to closed ports for ever.',
  })
  return longestPauseMs < 0.8 * idleMs
}

/**
 * Has somebody ask for a name until it is free, up to some seconds beyond idleMs. Nobody asks for the list of members: a name
 * must become free without that. Meanwhile somebody else joins again and talks: a server may look for the idle only when it has
 * something to do, and what others say is no sign of life.
 * @returns also how long the server may have heard nothing of the witness, at most
 */
async function becomesFree(name: string, heir: Guest, witness: Member, idleMs: number) {
  let [talkedAt, longestPauseMs, looks] = [performance.now(), 0, 0]
  const isFree = async () => {
    looks += 1
    if (looks % LOOKS_PER_QUESTION > 0) return false
    const roundBegan = performance.now()
    await witness.send({ type: 'join', name: witness.name })
    await witness.say('still here')
    const answer = await heir.join(name)
    // Both were heard before the answer came.
    longestPauseMs = Math.max(longestPauseMs, performance.now() - talkedAt)
    talkedAt = roundBegan
    return answer === `joined ${name}`
  }
  const free = await becomesTrue(isFree, idleMs + LENIENCE_MS)
  return { free, longestPauseMs }
}

/**
 * Has A and B talk for longer than a silent member may stay, such as V.
 * @returns what came of it; undefined when the machine was so slow that nothing can be said
 */
async function chatBeyond(idleMs: number, learner: Learner<Chat>, lab: Lab): Promise<string | undefined> {
  const server = await learner.startChatServer({ idleMs })
  let [talkedAt, longestSilenceMs] = [performance.now(), 0]
  // V never says a word and has to go. A and B have not.
  const [, a, b] = await enterAll(lab, server, ['V', 'A', 'B'])
  // Its answer may have been lost, for all that A knows.
  await a.join(a.name)
  // B has left and come back.
  await b.send({ type: 'leave' })
  await b.join(b.name)
  const joinedAt = performance.now()
  let there = true

  while (there && performance.now() - joinedAt < 2.2 * idleMs) {
    const roundBegan = performance.now()
    const [fromA, fromB] = [await a.say('still here'), await b.say('still here')]
    const delivered = () => b.has(fromA) && a.has(fromB)
    const listed = async () => (await namesIn(server)).filter((name) => name === a.name || name === b.name).length === 2
    await becomesTrue(async () => delivered() || !(await listed()))
    there = (await listed()) && delivered()
    // By now both have been heard again, after a silence that was no longer than this.
    longestSilenceMs = Math.max(longestSilenceMs, performance.now() - talkedAt)
    talkedAt = roundBegan
  }

  if (there) return STAYED
  return longestSilenceMs >= 0.8 * idleMs ? undefined : 'A or B, who talked, was removed'
}
