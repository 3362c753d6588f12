import { type Address, type Chat, type ChatMessage, shapes } from '../contracts/04-chat.ts'
import { type Check, lessonChecks } from '../grading/check.ts'
import { Inconclusive } from '../lab/expectation.ts'
import { on } from '../lab/faults.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue, PATIENCE_MS } from '../lab/within.ts'
import { CallRejected, type Learner } from '../sandbox/learner.ts'
import { describe, fieldsOf, hasNumbers, idsOf, isPacket, lineOf, momentOf, pack, read, RUBBISH, textsOf } from './04-packets.ts'
import {
  drawUuid,
  enterAll,
  gather,
  type Guest,
  joinOurs,
  type Member,
  messageOf,
  namesIn,
  openAnswering,
  openGuest,
  patiently,
  portsOf,
  socketsOf,
  startJoin,
  TIMEOUT_MS,
} from './04-partners.ts'
import { codeOf, expectPortFree, NO_ERROR, onFreePort, otherAddresses } from './outcomes.ts'

const STAYED = 'A and B stay members'
/** How much later than idleMs a silent member may be removed: the contract says "a little". */
const LENIENCE_MS = 5 * PATIENCE_MS
/** A name is asked for once in so many turns of a wait, or the question would take longer than the pause between two. */
const LOOKS_PER_QUESTION = 4
/** Messages before a late copy: few enough for everyone who remembers a good number of ids. */
const MESSAGES_BETWEEN = 30
const SPEAKERS_OWN_WORDS = 'What was said belongs to the speaker: id, text and time arrive as they were sent.'

const serves: Check<Chat>[] = [
  {
    id: '4.1',
    title: 'datagrams that make no sense do not end the server',
    task: 1,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [stranger, a] = [await openGuest(lab, server, 'X'), await openGuest(lab, server, 'A')]
      const name = lab.chance.word('4.1')

      for (const bytes of RUBBISH) await stranger.peer.send(bytes, server.address)

      lab.expect(await a.join(name), `joined ${name}`, {
        why: 'Anyone can send anything to an open port. What is not a packet of the chat is ignored, and the next one is answered.',
      })
    },
  },
  {
    id: '4.2',
    title: 'a join is answered, from the port it was sent to, and the member is listed',
    task: 2,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const [server, other] = [await learner.startChatServer({}), await learner.startChatServer({})]
      const before = await namesIn(server)

      const [a, b] = await enterAll(lab, server, ['A', 'B'])
      const line = await a.say(lab.chance.word('4.2'))
      await b.hears(line)

      lab.expect(before, [], { why: 'Nobody had joined yet.' })
      lab.expect(await namesIn(server), [a.name, b.name].toSorted(), {
        why: 'Both have joined. The server must know its members by the names they gave.',
      })
      lab.expect(portsOf('joined', a, b), [server.address.port], {
        why: 'An answer from another port is an answer from a stranger: clients and routers throw it away.',
        hint: 'Send from the same socket that received the join.',
      })
      lab.expect(textsOf(await b.heard()), textsOf([line]), { why: 'A and B are members, and A has spoken.' })
      lab.expect(portsOf('message', b), [server.address.port], {
        why: 'A message from another port is a message from a stranger: clients and routers throw it away.',
        hint: 'Send from the same socket that received the line.',
      })
      const namesake = await openGuest(lab, other, 'C')
      lab.expect(await namesake.join(a.name), `joined ${a.name}`, {
        why: 'Your program has started two servers, on two ports. A is a member of the first, so in the second the name is free.',
        hint: 'Each call of startChatServer() needs a table of its own.',
      })
    },
  },
  {
    id: '4.3',
    title: 'the server listens on the port it is given, until it is closed',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const holder = await lab.udpPeer('A')

      const code = await codeOf(learner.startChatServer({ port: holder.address.port }))
      const { server, port } = await onFreePort('udp', (wanted) => learner.startChatServer({ port: wanted }))
      const intruders = otherAddresses().map((host) => ({ host, name: lab.chance.word('4.3', host) }))
      const [intruder, guest] = [await lab.udpPeer('X'), await openGuest(lab, { address: { host: LOOPBACK, port } }, 'B')]
      for (const { host, name } of intruders) {
        await intruder.send(pack({ type: 'join', name }), { host, port }).catch(() => undefined)
      }
      const name = lab.chance.word('4.3')
      const answer = await guest.join(name)
      const inside = await namesIn(server)
      await server.close()

      lab.expect(code === NO_ERROR ? code : 'it rejects', 'it rejects', {
        why: `Port ${holder.address.port} was taken, and whoever starts the server has to hear it.`,
      })
      const { host, port: bound } = server.address
      lab.expect({ host, port: bound }, { host: LOOPBACK, port }, { why: 'Clients must know the address beforehand.' })
      lab.expect(answer, `joined ${name}`, { why: `The server was to listen on port ${port}, and B sent a join there.` })
      const doors = intruders.filter((each) => inside.includes(each.name)).map((each) => each.host)
      lab.expect(doors.length === 0 ? '127.0.0.1 only' : `${doors.join(', ')}, too`, '127.0.0.1 only', {
        why: 'A socket without an address listens on all that the machine has: anyone on the same Wi-Fi could come into the chat.',
        hint: "bind() takes a port and an address: '127.0.0.1'.",
      })
      await expectPortFree('udp', lab, server.address, 'close() resolved')
      await server.close()
    },
  },
  {
    id: '4.4',
    title: 'what A says reaches each of the others once, and A not at all',
    task: 3,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b, ...silent] = await enterAll(lab, server, ['A', 'B', 'C', 'D', 'E'])

      const line = await a.say(lab.chance.word('4.4', 1))
      await Promise.all([b, ...silent].map((member) => member.hears(line)))
      const next = await b.say(lab.chance.word('4.4', 2))
      await Promise.all([a, ...silent].map((member) => member.hears(next)))

      for (const member of silent) {
        lab.expect(textsOf(await member.heard()), textsOf([line, next]), {
          why: 'Five are in the chat. A and B spoke, so each of the other three hears both lines, each of them once.',
        })
      }
      lab.expect(textsOf(await b.heard()), [line.text], { why: 'A spoke once, so B hears that line once.' })
      lab.expect(textsOf(await a.heard()), [next.text], {
        why: 'A knows what A said. Only the others are to be told.',
        hint: 'Two objects are never equal, even with the same address and port in them. Compare texts.',
      })
    },
  },
  {
    id: '4.5',
    title: "after A has spoken three times, B's line reaches A once",
    task: 2,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b, c] = await enterAll(lab, server, ['A', 'B', 'C'])

      for (const index of [1, 2, 3]) await b.hears(await a.say(lab.chance.word('4.5', index)))
      const line = await b.say(lab.chance.word('4.5', 4))
      await c.hears(line)
      const last = await c.say(lab.chance.word('4.5', 5))
      await a.hears(line, last)

      lab.expect(textsOf(await a.heard()), textsOf([line, last]), {
        why: 'A is one member, however often A speaks. Node makes a new rinfo object for every datagram, and a Set takes each for another client.',
        hint: 'Use a Map with a text such as "127.0.0.1:50000" as its key.',
      })
    },
  },
  {
    id: '4.6',
    title: 'text, id and time are passed on unchanged',
    task: 3,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])
      const word = lab.chance.word('4.6')
      const texts = [
        `"${word}" \\ 'n'`,
        `first\nsecond ${word}`,
        ` ${word} \n`,
        `<b>${word}</b>`,
        `안녕 👩‍🚀 ${word}`,
        '가나다라마'.repeat(100),
        // The same letters, each taken apart into its strokes: another text, though a screen shows no difference.
        `${'안녕'.normalize('NFD')} ${word}`,
      ]
      const times = ['1999-12-31T23:59:59.999Z', '2031-02-03T04:05:06.007Z']

      const said: ChatMessage[] = []
      for (const [index, text] of [texts[0] as string, ...texts].entries()) {
        const message = await a.say(text, { at: times[index % times.length] })
        await b.hears(message)
        said.push(message)
      }

      const heard = await b.heard()
      lab.expect(`${heard.length} messages`, `${said.length} messages`, { why: 'Each line is passed on, and each of them once.' })
      for (const [index, message] of said.entries()) lab.expect(heard[index], message, { why: SPEAKERS_OWN_WORDS })
    },
  },
  {
    id: '4.7',
    title: 'the name comes from the table, whatever the datagram claims, and the log says who said what',
    task: 3,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const log = lab.inbox<unknown>('log')
      const server = await learner.startChatServer({ log: (line) => log.push(line) })
      const [a, b, c] = await enterAll(lab, server, ['A', 'B', 'C'])

      const line = await a.say(lab.chance.word('4.7'), { name: c.name })
      await b.hears(line)
      const reply = await b.say(lab.chance.word('4.7', 'reply'))
      await a.hears(reply)

      lab.expect(
        (await b.heard()).map(({ name }) => name),
        [a.name],
        {
          why: `The datagram came from A's address and claimed to be from ${c.name}. Whoever may choose a name with each line may speak for anyone.`,
          hint: 'The address tells who speaks, and your table tells the name.',
        },
      )
      for (const { id, name, text } of [line, reply]) {
        const whole = (entry: unknown) => [name, text].every((part) => String(entry).includes(part))
        await patiently(log, whole)
        lab.expect(log.all.some(whole) ? 'logged' : `not in ${log.all.length} lines of the log: ${show(log.all)}`, 'logged', {
          why: `One line of the log has to name the speaker and the text of the message: ${name} and ${text}.`,
        })
        const timed = log.all.filter(whole).some((entry) => hasNumbers(entry, [id, name, text]))
        lab.expect(timed ? 'with a time' : `no time in ${show(log.all.filter(whole))}`, 'with a time', {
          why: 'The log tells who said what, and when. In which form the time stands there is up to you.',
        })
      }
    },
  },
  {
    id: '4.8',
    title: 'a stranger is told NOT_JOINED, and nobody hears what they say',
    task: 3,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])
      const stranger = await openGuest(lab, server, 'X')

      const say = { ...messageOf(lab, '4.8'), type: 'say', name: a.name }
      const answers = [await stranger.ask(say), await stranger.ask({ ...say, id: drawUuid(lab, '4.8', 'second') })]
      const line = await a.say(lab.chance.word('4.8', 2))
      await b.hears(line)

      lab.expect(textsOf(await b.heard()), [line.text], { why: 'Only members are heard. X had not joined.' })
      lab.expect(answers, ['error NOT_JOINED', 'error NOT_JOINED'], {
        why: 'X spoke twice, and believes to be a member. Only the server can tell them that they are not.',
      })
      lab.expect(portsOf('error', stranger), [server.address.port], {
        why: 'An answer from another port is an answer from a stranger: clients and routers throw it away.',
        hint: 'Send from the same socket that received the datagram.',
      })
      lab.expect(portsOf('error', a, b).length === 0 ? 'X alone is told' : 'A or B is told, too', 'X alone is told', {
        why: 'The error is for whoever sent the datagram. A and B did nothing wrong, and would believe that they are out.',
      })
      lab.expect(textsOf(await stranger.heard()), [], {
        why: 'X has only spoken, never joined. Who is no member hears nothing of what the members say.',
      })
      const name = lab.chance.word('4.8', 'name')
      lab.expect(await stranger.join(name), `joined ${name}`, { why: 'X has asked to join now, under a free name.' })
    },
  },
  {
    id: '4.9',
    title: 'a name that is taken is refused, a repeated join is answered again',
    task: 2,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])
      const thief = await openGuest(lab, server, 'X')

      const refused = await thief.join(a.name)
      const first = await b.say(lab.chance.word('4.9', 'first'))
      await a.hears(first)
      for (const name of [b.name, '']) await a.ask({ type: 'join', name })
      const second = await b.say(lab.chance.word('4.9', 'second'))
      await a.hears(second)
      const afterwards = await namesIn(server)
      const again = await a.join(a.name)
      const [line, last] = [await b.say(lab.chance.word('4.9', 1)), await b.say(lab.chance.word('4.9', 2))]
      await a.hears(line, last)

      lab.expect(refused, 'error NAME_TAKEN', {
        why: 'Two members of one name cannot be told apart, and one could speak for the other.',
      })
      lab.expect(a.has(first) ? 'A is a member' : 'A hears nothing any more', 'A is a member', {
        why: 'X wanted the name of A and was refused. For A nothing has changed.',
      })
      lab.expect(afterwards, [a.name, b.name].toSorted(), {
        why: 'A has asked for the name of B, which is taken, and for an empty one. A join that is refused changes nothing: A is a member under the old name.',
      })
      lab.expect(a.has(second) ? 'A is a member' : 'A hears nothing any more', 'A is a member', {
        why: 'A has asked for the name of B, which is taken, and for an empty one. A join that is refused changes nothing: A is a member under the old name.',
      })
      lab.expect(again, `joined ${a.name}`, {
        why: "The answer to A's join may have got lost, and then A asks again. A holds that name, so the answer is yes.",
      })
      lab.expect(await namesIn(server), [a.name, b.name].toSorted(), { why: 'A joined twice and is one member. X was refused.' })
      lab.expect(textsOf(await a.heard()), textsOf([first, second, line, last]), {
        why: 'A joined twice, but is one member and hears each line once.',
      })
    },
  },
  {
    id: '4.10',
    title: 'ordinary names are welcome in any language, an empty one is not',
    task: 2,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const short = (nth: number) => lab.chance.word('4.10', nth).slice(0, 4)
      const names = ['민수', '민수정', short(1).replace(/^./, (letter) => letter.toUpperCase()), `${short(2)}3`]

      const nameless = await openGuest(lab, server, 'X')
      lab.expect(await nameless.join(''), 'error BAD_NAME', { why: 'An empty name names nobody.' })
      for (const name of names) {
        const guest = await openGuest(lab, server, 'A')
        lab.expect(
          { name, answer: await guest.join(name) },
          { name, answer: `joined ${name}` },
          { why: 'People have names in any language. This one is short, has only letters and digits, and it was free.' },
        )
      }
      lab.expect(await namesIn(server), names.toSorted(), { why: 'Who was told `joined` is a member, and nobody else.' })
      for (const name of ['constructor', '__proto__']) {
        const guest = await openGuest(lab, server, 'B')
        const isTaken = (await guest.join(name)) === 'error NAME_TAKEN'
        lab.expect(isTaken ? `${name} is taken` : `${name} is free`, `${name} is free`, {
          why: 'Nobody has that name. Every plain object of JavaScript has something of that name from the start, so it is no table of members.',
          hint: 'A Map has nothing in it but what you put there.',
        })
      }
    },
  },
  {
    id: '4.11',
    title: 'who leaves hears nothing more, cannot speak, and the name is free again',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])

      await a.send({ type: 'leave' })
      const answer = await a.ask({ ...messageOf(lab, '4.11'), type: 'say' })
      const heir = await openGuest(lab, server, 'C')
      const taken = await heir.join(a.name)
      const lines = [await b.say(lab.chance.word('4.11', 2)), await b.say(lab.chance.word('4.11', 3))]
      await heir.hears(...lines)

      lab.expect(answer, 'error NOT_JOINED', { why: 'A had left, so A is a stranger now.' })
      lab.expect(taken, `joined ${a.name}`, { why: 'A had left, so nobody has that name any more.' })
      lab.expect(textsOf(await heir.heard()), textsOf(lines), { why: 'The new member of that name hears what is said.' })
      lab.expect(textsOf(await a.heard()), [], { why: 'A had left. A server that never forgets sends to closed ports for ever.' })
      lab.expect(textsOf(await b.heard()), [], { why: 'A spoke after leaving, and nobody should hear that.' })

      const stranger = await openGuest(lab, server, 'D')
      await stranger.send({ type: 'leave', name: b.name })
      await stranger.join(lab.chance.word('4.11', 'stranger'))
      const isThere = (await namesIn(server)).includes(b.name)
      lab.expect(isThere ? `${b.name} is a member` : `${b.name} is gone`, `${b.name} is a member`, {
        why: `A stranger has sent leave, with the name of ${b.name} in it. Whoever can send others away by their names can empty the room.`,
        hint: 'The address tells who leaves.',
      })
    },
  },
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

const joins: Check<Chat>[] = [
  {
    id: '4.15',
    title: 'messages reach onMessage, and nothing else does',
    task: 5,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { server, from, messages } = await joinOurs(learner, lab, {})
      const message = messageOf(lab, '4.15')
      const notices = [
        { ...messageOf(lab, '4.15 notice'), type: 'notice' },
        { type: 'members', names: [message.name] },
      ]

      for (const packet of [...RUBBISH, ...notices.map(pack)]) await server.send(packet, from)
      await server.send(pack({ ...message, type: 'message' }), from)

      await patiently(messages, ({ id }) => id === message.id)
      lab.expect(messages.all, [message], {
        why: 'One message came, among datagrams that make no sense and notices of types that you do not know. Those are ignored.',
      })
    },
  },
  {
    id: '4.16',
    title: 'a message that the network repeats is shown once, an equal text said twice is shown twice',
    task: 5,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { server, from, messages } = await joinOurs(learner, lab, {})
      const first = messageOf(lab, '4.16')
      const [second, last] = [
        { ...first, id: drawUuid(lab, '4.16', 2) },
        { ...first, id: drawUuid(lab, '4.16', 3), text: lab.chance.word('4.16', 'end') },
      ]

      for (const message of [first, second, first, second, first, last]) {
        await server.send(pack({ ...message, type: 'message' }), from)
      }
      for (const { id } of [first, second, last]) await patiently(messages, (shown) => shown.id === id)

      lab.expect(idsOf(messages.all), idsOf([first, second, last]), {
        why: 'A copy has the id of its original. Someone who says the same thing twice uses two ids.',
      })

      const others = Array.from({ length: MESSAGES_BETWEEN }, (_, index) => ({
        ...first,
        id: drawUuid(lab, '4.16 between', index),
      }))
      const end = { ...first, id: drawUuid(lab, '4.16', 'end') }
      for (const message of [...others, first, end]) await server.send(pack({ ...message, type: 'message' }), from)
      await patiently(messages, ({ id }) => id === end.id)
      const arrivals = messages.all.filter(({ id }) => id === first.id).length
      lab.expect(
        messages.all.some(({ id }) => id === end.id) ? 'all of them shown' : `${messages.all.length} shown`,
        'all of them shown',
        {
          why: 'Each of these messages had an id of its own, so each is new. A client does not stop showing after some of them.',
        },
      )
      lab.expect(`shown ${arrivals} times`, 'shown 1 times', {
        why: `A copy of the first message came late, behind ${MESSAGES_BETWEEN} others. It is still a copy.`,
        hint: 'Remember some hundred ids, or all of them.',
      })
    },
  },
  {
    id: '4.17',
    title: 'joinChat asks again when the answer is lost, and resolves only when one has come',
    task: 6,
    seconds: 0.9,
    about: 'joinChat',
    async run({ learner, lab }) {
      // Generous, so that a machine that is busy for seconds does not use up the client's patience.
      const timeoutMs = 4000
      const server = await lab.udpPeer('server')
      const text = lab.chance.word('4.17')

      const { joining, name } = startJoin(learner.allowing(timeoutMs + 2000), lab, server, { timeoutMs })
      let outcome = 'waits'
      joining.then(
        () => (outcome = 'has resolved'),
        () => undefined,
      )
      // The first join stays unanswered, as if the answer was lost.
      const asked = await gather(server, 'join', 2, timeoutMs)

      lab.expect(outcome, 'waits', {
        why: 'joinChat() resolved before any answer had come. Perhaps nobody heard the join, or the name was taken.',
      })
      lab.expect(asked.length >= 2 ? 'asked again' : 'asked once', 'asked again', {
        why: 'No answer came: the join or the answer may be lost. Only your program can do something about it.',
      })
      const { from } = await server.received.next('a join', isPacket('join'))
      for (const packet of ['hello', pack({ type: 'notice', text })]) await server.send(packet, from)
      await learner.settle()
      lab.expect(outcome, 'waits', {
        why: 'Something came from the server, but it was no `joined`: once it made no sense, and once it was a notice of a type that you do not know. Your program is not a member yet.',
      })
      await server.send(pack({ type: 'joined', name }), from)
      const client = await joining
      await client.say(text)
      const said = await gather(server, 'say', 1)
      lab.expect(
        said.map((say) => read(say).text),
        [text],
        { why: 'Once joinChat() has resolved, what is said is sent.' },
      )
      lab.expect(socketsOf(server), '1 sockets', {
        why: 'Each join came from another socket, or the line did. The server knows a member by the address, so these are strangers to it.',
        hint: 'One socket sends every join and everything after it.',
      })
    },
  },
  {
    id: '4.18',
    title: 'a refused join rejects with the reason',
    task: 6,
    about: 'joinChat',
    async run({ learner, lab }) {
      const server = await lab.udpPeer('server')

      for (const [index, code] of ['NAME_TAKEN', 'BAD_NAME'].entries()) {
        const { joining, name } = startJoin(learner, lab, server, { name: lab.chance.word('4.18', index) })
        const join = await server.received.next(
          'a join',
          (datagram) => isPacket('join')(datagram) && read(datagram).name === name,
        )
        await server.send(pack({ type: 'error', code }), join.from)

        lab.expect(await codeOf(joining), code, {
          why: `The server refused the name with ${code}. The user can choose another, once told.`,
        })
      }
    },
  },
  {
    id: '4.19',
    title: 'a server that is silent, or not there, rejects with JOIN_TIMEOUT, and not too early',
    task: 6,
    about: 'joinChat',
    async run({ learner, lab }) {
      const timeoutMs = 200
      const silent = await lab.udpPeer('server')
      // A port that is reserved, and that nobody listens on.
      const absent = { address: { host: LOOPBACK, port: 1 } }
      // Asked first, and told to wait for a minute.
      let patientOne = 'waits'
      codeOf(startJoin(learner, lab, silent, { timeoutMs: 60_000 }).joining).then(
        (code) => (patientOne = `has ended: ${code}`),
        () => undefined,
      )

      const [codes, early] = await Promise.all([
        Promise.all([silent, absent].map((server) => codeOf(startJoin(learner, lab, server, { timeoutMs }).joining))),
        Promise.all([silent, absent].map((server) => endsEarly(learner, lab, server, timeoutMs))),
      ])

      lab.expect(codes, ['JOIN_TIMEOUT', 'JOIN_TIMEOUT'], {
        why: 'Nobody answered. Without a limit the user would stare at an empty screen for ever.',
      })
      const patient = `not before ${timeoutMs} ms`
      lab.expect(early.includes(true) ? 'earlier' : patient, patient, {
        why: `timeoutMs was ${timeoutMs}. A slow server deserves that much patience, and one that is absent may be about to start.`,
      })
      lab.expect(patientOne, 'waits', {
        why: 'Another join, with a timeoutMs of one minute, has ended before those with a short one. How long to wait is up to the caller.',
      })
    },
  },
  {
    id: '4.20',
    title: "say sends the text, an id of its own, and the sender's time in UTC, all from one socket",
    task: 7,
    about: 'joinChat',
    async run({ learner, lab }) {
      // Whoever sends the time of the clock on the wall is wrong by this much.
      await learner.moveTo('Asia/Kathmandu')
      const times = [1, 2].map((index) => new Date(1000 * lab.chance.integer(0, 4e9, '4.20', 'time', index))) as [Date, Date]
      const clock = lab.clock(times[0])
      const [a, b] = [await joinOurs(learner, lab, { now: clock }, 'A'), await joinOurs(learner, lab, { now: clock }, 'B')]
      const texts = [1, 2, 3].map((index) => ` 안녕 "${lab.chance.word('4.20', index)}"\n👋 `) as [string, string, string]

      await a.client.say(texts[0])
      await a.client.say(texts[0])
      await b.client.say(texts[1])
      await clock.set(times[1])
      await a.client.say(texts[2])

      const [fromA, fromB] = [(await gather(a.server, 'say', 3)).map(read), (await gather(b.server, 'say', 1)).map(read)]
      lab.expect(
        [...fromA, ...fromB].map(({ text }) => text),
        [texts[0], texts[0], texts[2], texts[1]],
        {
          why: 'A said three lines, two of them the same, and B one. Each is a datagram with that text.',
        },
      )
      const [earlier, later] = times.map((time) => momentOf(time.toISOString()))
      lab.expect(
        [...fromA, ...fromB].map(({ at }) => momentOf(at)),
        [earlier, earlier, later, earlier],
        {
          why: 'A time without its zone means something else in Seoul and in London. UTC in ISO 8601, as toISOString() writes it, means one moment.',
          hint: 'Ask the clock in the option `now` anew for every line.',
        },
      )
      const ids = [...fromA, ...fromB].map(({ id }) => id).filter((id) => typeof id === 'string' && id !== '')
      lab.expect(`${new Set(ids).size} different ids`, '4 different ids', {
        why: 'By its id a message is told from its copies. Three messages of A, two with the same text, and one of B need four ids.',
        hint: 'crypto.randomUUID() never repeats itself, not even on another machine.',
      })
      await Promise.all(texts.map((text) => a.client.say(text)))
      const all = (await gather(a.server, 'say', 6)).map((packet) => read(packet).id)
      lab.expect(`${new Set(all).size} different ids`, '6 different ids', {
        why: 'A said three more lines, all at the same moment. The clock is no source of ids: it may stand still between two lines.',
        hint: 'crypto.randomUUID() never repeats itself, not even on another machine.',
      })
      lab.expect(socketsOf(a.server), '1 sockets', {
        why: 'The server knows a member by the address. From a second socket, the same user is a stranger.',
      })
    },
  },
  {
    id: '4.21',
    title: 'close() says goodbye and frees the port, and a second one does no harm',
    task: 8,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { client, server, from } = await joinOurs(learner, lab, {})

      await client.close()
      lab.expect(await goodbye(server), 'leave', {
        why: 'Without a goodbye the server believes you are there. And a socket that is closed before its datagram left takes it along.',
        hint: 'The callback of send() tells when it left.',
      })
      const packets = server.received.all.map((datagram) => ({ ...datagram, type: read(datagram).type }))
      const leave = packets.findLast(({ type }) => type === 'leave')
      lab.expect(
        leave?.from.port === from.port ? 'from the socket that joined' : 'from another socket',
        'from the socket that joined',
        {
          why: 'The server knows a member by the address. A `leave` from another socket comes from a stranger, and the member stays.',
        },
      )
      const afterwards = packets.slice(packets.findLastIndex(({ type }) => type === 'leave')).map(({ type }) => type)
      lab.expect(afterwards.includes('join') ? 'joins again' : 'stays away', 'stays away', {
        why: 'Behind the `leave` came another `join`, and the server has a member again that is not there.',
        hint: 'Stop what joins again before you say goodbye.',
      })
      await expectPortFree('udp', lab, from, 'close() resolved')
      await client.close()
    },
  },
]

const shows: Check<Chat>[] = [
  {
    id: '4.22',
    title: 'format shows the time in the zone that is asked for, from 00:00:00 to 23:59:59',
    task: 9,
    about: 'format',
    async run({ learner, lab }) {
      const [name, text] = [lab.chance.word('4.22', 'name'), `${lab.chance.word('4.22')} $& 안녕 👋`]
      const said = (at: string): ChatMessage => ({ id: drawUuid(lab, '4.22', at), name, text, at })
      const cases = [
        ['2026-03-04T05:05:09.000Z', 'Asia/Seoul', '14:05:09'],
        ['2026-03-04T05:05:09.000Z', 'UTC', '05:05:09'],
        ['2026-03-04T15:00:07.999Z', 'Asia/Seoul', '00:00:07'],
        ['2026-03-04T23:59:59.000Z', 'UTC', '23:59:59'],
        ['2026-01-15T17:04:05.000Z', 'America/New_York', '12:04:05'],
        ['2026-07-15T17:04:05.000Z', 'America/New_York', '13:04:05'],
        ['2026-07-15T17:04:05.000Z', 'Asia/Kolkata', '22:34:05'],
      ] as const

      for (const [at, zone, time] of cases) {
        lab.expect(await learner.format(said(at), zone), `[${time}] ${name}: ${text}`, {
          why: `${at} is one moment everywhere. In ${zone} the clocks show ${time} then.`,
          hint: 'Intl.DateTimeFormat knows every zone, its summer time too, and both the 12 and the 24 hour clock.',
        })
      }
    },
  },
  {
    id: '4.23',
    title: 'runChat says each line, and a q ends it without being said',
    task: 10,
    about: 'runChat',
    async run({ learner, lab }) {
      const { server, name } = await openAnswering(lab)
      const [a, b, c] = [1, 2, 3].map((index) => lab.chance.word('4.23', index)) as [string, string, string]
      const quiz = `q${b}`

      await learner.runChat({ server: server.address, name, lines: typed([a, quiz, 'q', c]), print: () => undefined })
      const farewell = await goodbye(server)

      const packets = await server.receivedBySentinel()
      lab.expect(
        packets
          .map(read)
          .filter(({ type }) => type === 'say')
          .map(({ text }) => text),
        [a, quiz],
        {
          why: 'A line that begins with q is a line like any other. The q alone is meant for your own program. The others do not want to read it.',
        },
      )
      lab.expect(farewell, 'leave', { why: 'The user typed q and is gone. The server has to know.' })
    },
  },
  {
    id: '4.24',
    title: 'runChat prints what others say, and the end of the input ends it',
    task: 10,
    about: 'runChat',
    async run({ learner, lab }) {
      const { server, name } = await openAnswering(lab)
      const printed = lab.inbox<unknown>('print')
      const enough = lab.gate()
      const messages = [1, 2].map((index) => ({
        ...messageOf(lab, `4.24 ${index}`),
        text: lab.chance.word('4.24', index),
      }))

      const chatting = learner.runChat({
        server: server.address,
        name,
        lines: typedUntil(enough.opened, lab.chance.word('4.24', 'line')),
        print: (text) => printed.push(text),
      })
      chatting.catch(() => undefined)
      const said = await server.received.next('the first line', isPacket('say'))
      for (const message of messages) {
        const isIt = (line: unknown) => String(line).includes(message.name) && String(line).includes(message.text)
        await server.send(pack({ ...message, type: 'message' }), said.from)
        await patiently(printed, isIt)
        lab.expect(printed.all.some(isIt) ? 'printed' : `not in ${show(printed.all)}`, 'printed', {
          why: `${message.name} said ${message.text}, and a line with both of it has to be printed. format() writes it.`,
        })
      }
      enough.open()
      await chatting

      lab.expect(await goodbye(server), 'leave', {
        why: 'The input ended, as with Ctrl-D or a closed window. Who leaves that way has left, too, and the name should be free.',
      })
    },
  },
  {
    id: '4.25',
    title: 'three of your clients chat over your server, though the network repeats datagrams',
    task: 10,
    about: 'startChatServer',
    async run({ learner, lab, another }) {
      const server = await learner.startChatServer({})
      // C's client is a program of its own, as in life: what is counted in one program begins anew in the next.
      const elsewhere = (await another()).learner
      const relay = await lab.udpRelay(server.address, {
        client: 'clients',
        server: YOU,
        rules: [
          on(isPacket('join')).first(2).repeat(2),
          on(isPacket('say')).first(2).repeat(2),
          on(isPacket('message')).first(3).repeat(3),
        ],
      })
      const enter = async (party: string, program = learner) => {
        const messages = lab.inbox<ChatMessage>(`${party}: onMessage`, lineOf, 'clients')
        const name = lab.chance.word('4.25', party)
        const onMessage = (message: ChatMessage) => messages.push(fieldsOf(message))
        return {
          party,
          name,
          messages,
          client: await program.joinChat({ server: relay.address, name, timeoutMs: TIMEOUT_MS, onMessage }),
        }
      }
      const members = [await enter('A'), await enter('B'), await enter('C', elsewhere)] as const

      for (const { party, name, client } of members) {
        const text = lab.chance.word('4.25', party, 'says')
        await client.say(text)
        const others = members.filter((member) => member.name !== name)
        await Promise.all(others.map((other) => patiently(other.messages, (message) => message.text === text)))
      }
      await Promise.all([learner.settle(), elsewhere.settle()])

      for (const { party, name, messages } of members) {
        const lines = members
          .filter((each) => each.name !== name)
          .map((each) => `${each.name}: ${lab.chance.word('4.25', each.party, 'says')}`)
        lab.expect(messages.all.map(lineOf), lines, {
          why: `Each of three said one line, so ${party} reads the lines of the two others, once. C is another program than A and B.`,
        })
      }
      const [a, b, c] = members
      await a.client.close()
      await becomesTrue(async () => !(await namesIn(server)).includes(a.name))
      lab.expect(await namesIn(server), [b.name, c.name].toSorted(), { why: 'A has left, B and C are still there.' })
    },
  },
  {
    id: '4.26',
    title: 'who has joined stays in the chat when timeoutMs is over',
    task: 6,
    about: 'joinChat',
    async run({ learner, lab }) {
      const outcome = await untilConclusive([300, 1200, 4800], (timeoutMs) => outlive(timeoutMs, learner, lab))

      lab.expect(
        outcome,
        { hears: true, speaks: true },
        {
          why: 'The server has answered `joined`. timeoutMs was the time to wait for that answer, and means nothing any more.',
          hint: 'Clear the timer as soon as there is an answer.',
        },
      )
    },
  },
]

export default lessonChecks<Chat>({ shapes, describe, checks: [...serves, ...joins, ...shows] })

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

/** Whether a join that nobody answers ends before timeoutMs, by the clock of the attempt's own process, however busy the machine. */
function endsEarly(learner: Learner<Chat>, lab: Lab, server: { readonly address: Address }, timeoutMs: number): Promise<boolean> {
  const options = { server: server.address, name: lab.chance.word('4.19'), timeoutMs, onMessage: () => undefined }
  return learner.settlesWithin(timeoutMs * 0.95 - 2, 'joinChat', [options])
}

/**
 * Has a client join, and another one wait in vain for as long. What has become of the first one then?
 * @returns undefined when the machine was so slow that the first one was not answered in time either
 */
async function outlive(timeoutMs: number, learner: Learner<Chat>, lab: Lab) {
  const joined = await joinOurs(learner, lab, { timeoutMs }).catch((error: unknown) => {
    if (error instanceof CallRejected && error.code === 'JOIN_TIMEOUT') return undefined
    throw error
  })
  if (joined === undefined) return undefined
  const { client, server, from, messages } = joined
  const nobody = await lab.udpPeer('nobody')
  await codeOf(startJoin(learner.allowing(timeoutMs + 2000), lab, nobody, { timeoutMs }).joining)

  const message = messageOf(lab, `4.26 ${timeoutMs}`)
  await server.send(pack({ ...message, type: 'message' }), from)
  await patiently(messages, ({ id }) => id === message.id)
  const said = codeOf(client.say(lab.chance.word('4.26', timeoutMs)))
  return {
    hears: messages.all.some(({ id }) => id === message.id),
    speaks: (await said) === NO_ERROR && (await gather(server, 'say', 1)).length > 0,
  }
}

/**
 * Measures with more and more time until a busy machine does not matter.
 * @throws Inconclusive when it does every time
 */
async function untilConclusive<T>(limitsMs: readonly number[], measure: (limitMs: number) => Promise<T | undefined>): Promise<T> {
  for (const limitMs of limitsMs) {
    const result = await measure(limitMs)
    if (result !== undefined) return result
  }
  throw new Inconclusive('This machine is so busy that a short pause cannot be told from a long one.')
}

/** Waits for the goodbye of a client. Resolves to `leave`, or to what came last instead. */
async function goodbye(server: UdpPeer): Promise<unknown> {
  await patiently(server.received, isPacket('leave'))
  const types = (await server.receivedBySentinel()).map((datagram) => read(datagram).type)
  return types.includes('leave') ? 'leave' : types.at(-1)
}

/** Typed lines. The input stays open after the last one. */
async function* typed(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
  await new Promise(() => undefined)
}

/** One line, and the end of the input when the time has come. */
async function* typedUntil(end: Promise<void>, line: string): AsyncGenerator<string> {
  yield line
  await end
}
