import { type Chat, type ChatMessage, shapes } from '../contracts/04-chat.ts'
import type { Address } from '../contracts/endpoint.ts'
import { type Check, lessonChecks } from '../grading/check.ts'
import { Inconclusive } from '../lab/expectation.ts'
import { on } from '../lab/faults.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import type { UdpPeer } from '../lab/udp-peer.ts'
import { canBindUdp, freeUdpPort, LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import { CallRejected, type Learner } from '../sandbox/learner.ts'
import * as reference from '../../solutions/04-chat.ts'
import {
  BROKEN_MESSAGES,
  BROKEN_REQUESTS,
  describe,
  fieldsOf,
  idsOf,
  isPacket,
  lineOf,
  NOW,
  pack,
  read,
  RUBBISH,
  textsOf,
} from './04-packets.ts'
import {
  enterAll,
  gather,
  joinOurs,
  messageOf,
  namesIn,
  openAnswering,
  openGuest,
  openOurs,
  patiently,
  startJoin,
} from './04-partners.ts'

const STAYED = 'A, B and C stay members'
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

      for (const bytes of [...RUBBISH, ...BROKEN_REQUESTS]) await stranger.peer.send(bytes, server.address)

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
      const server = await learner.startChatServer({})

      const [a, b] = await enterAll(lab, server, ['A', 'B'])

      lab.expect(await namesIn(server), [a.name, b.name].toSorted(), {
        why: 'Both have joined. The server must know its members by the names they gave.',
      })
      const ports = [...a.peer.received.all, ...b.peer.received.all].map(({ from }) => from.port)
      lab.expect([...new Set(ports)], [server.address.port], {
        why: 'An answer from another port is an answer from a stranger: clients and routers throw it away.',
        hint: 'Send from the same socket that received the join.',
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
      const { server, port } = await onFreePort((wanted) => learner.startChatServer({ port: wanted }))
      await server.close()

      lab.expect(code, 'EADDRINUSE', {
        why: `Port ${holder.address.port} was taken, and whoever starts the server has to hear it.`,
      })
      lab.expect(server.address, { host: LOOPBACK, port }, { why: 'Clients must know the address beforehand.' })
      await expectPortFree(lab, server.address, 'close() resolved')
      await server.close()
    },
  },
  {
    id: '4.4',
    title: 'what A says reaches B and C once, and A not at all',
    task: 3,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b, c] = await enterAll(lab, server, ['A', 'B', 'C'])

      const line = await a.say(lab.chance.word('4.4', 1))
      await Promise.all([b.hears(line), c.hears(line)])
      const next = await b.say(lab.chance.word('4.4', 2))
      await Promise.all([a.hears(next), c.hears(next)])

      lab.expect(textsOf(await c.heard()), textsOf([line, next]), {
        why: 'A and B spoke, so C hears both lines, each of them once.',
      })
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
        `<b>${word}</b>`,
        `안녕 👩‍🚀 ${word}`,
        ` ${word} `,
        '',
        '가나다라마'.repeat(100),
      ]
      const times = ['1999-12-31T23:59:59.999Z', '2031-02-03T04:05:06.007Z']

      const said: ChatMessage[] = []
      for (const [index, text] of texts.entries()) {
        const message = await a.say(text, { at: times[index % times.length] })
        await b.hears(message)
        said.push(message)
      }

      const heard = await b.heard()
      lab.expect(`${heard.length} messages`, `${said.length} messages`, { why: 'Each line, the empty one too, is passed on.' })
      for (const [index, message] of said.entries()) lab.expect(heard[index], message, { why: SPEAKERS_OWN_WORDS })
    },
  },
  {
    id: '4.7',
    title: 'the name comes from the table, whatever the datagram claims, and the log says who said what when',
    task: 3,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const log = lab.inbox<unknown>('log')
      const server = await learner.startChatServer({ log: (line) => log.push(line) })
      const [a, b, c] = await enterAll(lab, server, ['A', 'B', 'C'])

      const line = await a.say(lab.chance.word('4.7'), { name: c.name })
      await b.hears(line)

      lab.expect(
        (await b.heard()).map(({ name }) => name),
        [a.name],
        {
          why: `The datagram came from A's address and claimed to be from ${c.name}. Whoever may choose a name with each line may speak for anyone.`,
          hint: 'The address tells who speaks, and your table tells the name.',
        },
      )
      const whole = (entry: unknown) => [line.at, a.name, line.text].every((part) => String(entry).includes(part))
      await patiently(log, whole)
      lab.expect(log.all.some(whole) ? 'logged' : `not in ${log.all.length} lines of the log: ${show(log.all)}`, 'logged', {
        why: `One line of the log has to name the speaker, the text and the time of the message: ${a.name}, ${line.text}, ${line.at}.`,
      })
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

      const answer = await stranger.ask({ ...messageOf(lab, '4.8'), type: 'say', name: a.name })
      const line = await a.say(lab.chance.word('4.8', 2))
      await b.hears(line)

      lab.expect(textsOf(await b.heard()), [line.text], { why: 'Only members are heard. X had not joined.' })
      lab.expect(answer, 'error NOT_JOINED', {
        why: 'X believes to be a member. Only the server can tell them that they are not.',
      })
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
      const again = await a.join(a.name)
      const [line, last] = [await b.say(lab.chance.word('4.9', 1)), await b.say(lab.chance.word('4.9', 2))]
      await a.hears(line, last)

      lab.expect(refused, 'error NAME_TAKEN', {
        why: 'Two members of one name cannot be told apart, and one could speak for the other.',
      })
      lab.expect(again, `joined ${a.name}`, {
        why: "The answer to A's join may have got lost, and then A asks again. A holds that name, so the answer is yes.",
      })
      lab.expect(await namesIn(server), [a.name, b.name].toSorted(), { why: 'A joined twice and is one member. X was refused.' })
      lab.expect(textsOf(await a.heard()), textsOf([line, last]), {
        why: 'A joined twice, but is one member and hears each line once.',
      })
    },
  },
  {
    id: '4.10',
    title: 'any name of 1 to 32 characters will do, but no other',
    task: 2,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const word = lab.chance.word('4.10')
      const good = ['가'.repeat(32), '🌏'.repeat(32), `${word} "the" 3rd`, 'constructor', '__proto__']
      const bad = [
        '',
        'x'.repeat(33),
        `${word}\n[14:05:09] admin`,
        `${word}\u0000`,
        `\u001b[31m${word}`,
        `${word}\u007f`,
        `${word}\u009b31m`,
      ]

      for (const name of bad) {
        const guest = await openGuest(lab, server, 'X')
        lab.expect(
          { name, answer: await guest.join(name) },
          { name, answer: 'error BAD_NAME' },
          {
            why: 'An empty name names nobody, a very long one fills the screen, and control characters can forge a whole line of the chat.',
          },
        )
      }
      for (const name of good) {
        const guest = await openGuest(lab, server, 'A')
        lab.expect(
          { name, answer: await guest.join(name) },
          { name, answer: `joined ${name}` },
          {
            why: 'A name is any text of 1 to 32 characters. A Korean letter and an emoji are one each, and words of JavaScript are names like any other.',
            hint: 'Count with [...name], and keep the members in a Map, where no key is special.',
          },
        )
      }
      lab.expect(await namesIn(server), good.toSorted(), { why: 'Who was told `joined` is a member, and nobody else.' })
    },
  },
  {
    id: '4.11',
    title: 'an address that joins under another name has that name from then on, and only that',
    task: 2,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])
      const renamed = lab.chance.word('4.11', 'new name')

      const answer = await a.join(renamed)
      const line = await a.say(lab.chance.word('4.11', 1))
      await b.hears(line)
      const [reply, last] = [await b.say(lab.chance.word('4.11', 2)), await b.say(lab.chance.word('4.11', 3))]
      await a.hears(reply, last)

      lab.expect(answer, `joined ${renamed}`, {
        why: 'Ports are used again: after a crash, the address of one user may soon be the address of another. The name was free.',
      })
      lab.expect(await namesIn(server), [renamed, b.name].toSorted(), {
        why: 'An address is one member, so the old name is nobody any more.',
      })
      lab.expect(
        (await b.heard()).map(({ name }) => name),
        [renamed],
        { why: 'A speaks under the name that A joined with last.' },
      )
      lab.expect(textsOf(await a.heard()), textsOf([reply, last]), {
        why: "A's address is one member: it hears the others once, and itself not at all.",
      })
    },
  },
  {
    id: '4.12',
    title: 'who leaves hears nothing more, cannot speak, and the name is free again',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])

      await a.send({ type: 'leave' })
      const answer = await a.ask({ ...messageOf(lab, '4.12'), type: 'say' })
      const heir = await openGuest(lab, server, 'C')
      const taken = await heir.join(a.name)
      const lines = [await b.say(lab.chance.word('4.12', 2)), await b.say(lab.chance.word('4.12', 3))]
      await heir.hears(...lines)

      lab.expect(answer, 'error NOT_JOINED', { why: 'A had left, so A is a stranger now.' })
      lab.expect(taken, `joined ${a.name}`, { why: 'A had left, so nobody has that name any more.' })
      lab.expect(textsOf(await heir.heard()), textsOf(lines), { why: 'The new member of that name hears what is said.' })
      lab.expect(textsOf(await a.heard()), [], { why: 'A had left. A server that never forgets sends to closed ports for ever.' })
      lab.expect(textsOf(await b.heard()), [], { why: 'A spoke after leaving, and nobody should hear that.' })
    },
  },
  {
    id: '4.13',
    title: 'a member that vanished harms nobody and is gone after idleMs',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const idleMs = 200
      const [patient, server] = [await learner.startChatServer({}), await learner.startChatServer({ idleMs })]
      const [ghost, a, b] = await enterAll(lab, patient, ['V', 'A', 'B'])
      await ghost.peer.close()
      const lines = [await a.say(lab.chance.word('4.13', 1)), await a.say(lab.chance.word('4.13', 2))]
      await b.hears(...lines)
      lab.expect(textsOf(await b.heard()), textsOf(lines), {
        why: "V's program was killed without a goodbye. The others go on talking.",
      })

      await learner.settle()
      const joinedAt = performance.now()
      const [vanished] = await enterAll(lab, server, ['W'])
      await vanished.peer.close()
      const gone = await becomesTrue(async () => !(await namesIn(server)).includes(vanished.name), 2000)
      const lastedMs = performance.now() - joinedAt

      const away = `gone after ${idleMs} ms`
      lab.expect(gone ? away : `still a member after ${Math.round(lastedMs)} ms`, away, {
        why: 'W was killed and cannot say goodbye. Only its silence tells, and the server was to wait for a sign of life no longer than idleMs.',
      })
      lab.expect(lastedMs >= idleMs * 0.95 - 2 ? away : `gone after ${Math.round(lastedMs)} ms`, away, {
        why: 'A member may be silent for idleMs. Whoever is removed earlier is cut off in the middle of a thought.',
      })
      const heir = await openGuest(lab, server, 'C')
      lab.expect(await heir.join(vanished.name), `joined ${vanished.name}`, {
        why: 'The vanished member is gone, so the name is free again.',
      })
    },
  },
  {
    id: '4.14',
    title: 'who gives signs of life stays, long beyond idleMs: by talking, or by joining again',
    task: 4,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const outcome = await untilConclusive([200, 400, 800, 1600], (idleMs) => chatBeyond(idleMs, learner, lab))

      lab.expect(outcome, STAYED, {
        why: 'A and B talk all the time. C only listens, but joins again now and then. Every datagram of a member is a sign of life, not only the first.',
      })
    },
  },
  {
    id: '4.15',
    title: 'datagrams that make no sense reach nobody, whoever sends them',
    task: 1,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const [a, b] = await enterAll(lab, server, ['A', 'B'])
      const stranger = await openGuest(lab, server, 'X')

      for (const bytes of [...RUBBISH, ...BROKEN_REQUESTS]) {
        await stranger.peer.send(bytes, server.address)
        await a.peer.send(bytes, server.address)
      }
      const line = await a.say(lab.chance.word('4.15', 1))
      await b.hears(line)
      // As long as a datagram can be, so that the message with A's name in it is too long. macOS does not even take this.
      const huge = { type: 'say', id: line.text, text: '', at: NOW }
      await a.send({ ...huge, text: 'x'.repeat(65_507 - pack(huge).length) }).catch(() => undefined)
      const last = await a.say(lab.chance.word('4.15', 2))
      await b.hears(last)

      lab.expect(textsOf(await b.heard()), textsOf([line, last]), {
        why: 'What lacks a field, or whose time is no time, would trip every client that gets it. It is ignored, even from a member.',
      })
      lab.expect(await namesIn(server), [a.name, b.name].toSorted(), {
        why: 'Nothing of that was a join with a name, or a leave.',
      })
    },
  },
]

const joins: Check<Chat>[] = [
  {
    id: '4.16',
    title: 'what the server passes on reaches onMessage, and nothing else does',
    task: 5,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { server, from, messages } = await joinOurs(learner, lab, {})
      const message = messageOf(lab, '4.16')
      const others = [
        { ...message, type: 'notice' },
        { type: 'error', code: 'LATE' },
        { type: 'joined', name: message.name },
      ]

      for (const packet of [...RUBBISH, ...BROKEN_MESSAGES, ...others.map(pack)]) await server.send(packet, from)
      await server.send(pack({ ...message, type: 'message' }), from)

      await patiently(messages, ({ id }) => id === message.id)
      lab.expect(messages.all, [message], {
        why: 'Only a whole message is a message. A client that trips over the rest, or shows it, depends on everyone being flawless.',
      })
    },
  },
  {
    id: '4.17',
    title: 'a message that the network repeats is shown once, an equal text said twice is shown twice',
    task: 5,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { server, from, messages } = await joinOurs(learner, lab, {})
      const first = messageOf(lab, '4.17')
      const [second, last] = [
        { ...first, id: `${first.id}-2` },
        { ...first, id: `${first.id}-3`, text: lab.chance.word('4.17', 'end') },
      ]

      for (const message of [first, second, first, second, first, last]) {
        await server.send(pack({ ...message, type: 'message' }), from)
      }
      for (const { id } of [first, second, last]) await patiently(messages, (shown) => shown.id === id)

      lab.expect(idsOf(messages.all), idsOf([first, second, last]), {
        why: 'A copy has the id of its original. Someone who says the same thing twice uses two ids.',
      })
    },
  },
  {
    id: '4.18',
    title: 'a client believes nobody but its server',
    task: 5,
    about: 'joinChat',
    async run({ learner, lab }) {
      const [server, stranger] = [await lab.udpPeer('server'), await lab.udpPeer('X')]
      const message = messageOf(lab, '4.18')
      const forged = { ...message, id: lab.chance.word('4.18', 'forged'), text: 'you have been hacked' }

      const { joining, messages, name } = startJoin(learner, lab, server, {})
      const { from } = await server.received.next('a join', isPacket('join'))
      await stranger.send(pack({ type: 'error', code: 'NAME_TAKEN' }), from)
      await stranger.send(pack({ ...forged, type: 'message' }), from)
      await server.send(pack({ type: 'joined', name }), from)
      await joining
      await stranger.send(pack({ ...forged, id: lab.chance.word('4.18', 'again'), type: 'message' }), from)
      await server.send(pack({ ...message, type: 'message' }), from)

      await patiently(messages, ({ id }) => id === message.id)
      lab.expect(textsOf(messages.all), textsOf([message]), {
        why: 'The port of your client is open to every program. X sent from another address than the server and could put words into any mouth.',
        hint: 'Compare both the address and the port with those of the server, or connect() the socket.',
      })
    },
  },
  {
    id: '4.19',
    title: 'a lost join and a lost answer are made good, and only then joinChat resolves',
    task: 6,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { server, member, heard } = await openOurs(lab)
      const relay = await lab.udpRelay(server.address, {
        rules: [on(isPacket('join')).first(1).lose(), on(isPacket('joined')).first(1).lose()],
      })
      const [name, text] = [lab.chance.word('4.19', 'name'), lab.chance.word('4.19')]

      const client = await learner.joinChat({ server: relay.address, name, timeoutMs: 1500, onMessage: () => undefined })
      const members = [...(await server.members())].toSorted()
      await client.say(text)

      lab.expect(members, [member, name].toSorted(), {
        why: 'joinChat() had resolved, but the server had not heard of the new member: the first join got lost.',
      })
      const seen = await heard.atLeast(1)
      lab.expect(seen.map(lineOf), [`${name}: ${text}`], {
        why: 'Once joinChat() has resolved, the member is known and what is said arrives.',
      })
    },
  },
  {
    id: '4.20',
    title: 'a refused join rejects with the reason, and the socket is closed',
    task: 6,
    about: 'joinChat',
    async run({ learner, lab }) {
      const server = await lab.udpPeer('server')

      for (const [index, code] of ['NAME_TAKEN', 'BAD_NAME'].entries()) {
        const { joining, name } = startJoin(learner, lab, server, { name: lab.chance.word('4.20', index) })
        const join = await server.received.next(
          'a join',
          (datagram) => isPacket('join')(datagram) && read(datagram).name === name,
        )
        await server.send(pack({ type: 'error', code }), join.from)

        lab.expect(await codeOf(joining), code, {
          why: `The server refused the name with ${code}. The user can choose another, once told.`,
        })
        await expectPortFree(lab, join.from, 'joinChat() rejected')
      }
    },
  },
  {
    id: '4.21',
    title: 'a server that is silent, or not there, rejects with JOIN_TIMEOUT, and the socket is closed',
    task: 6,
    about: 'joinChat',
    async run({ learner, lab }) {
      const timeoutMs = 300
      const silent = await lab.udpPeer('server')
      // A port that is reserved, and that nobody listens on.
      const absent = { address: { host: LOOPBACK, port: 1 } }

      const startedAt = performance.now()
      const joining = [silent, absent].map((server) => codeOf(startJoin(learner, lab, server, { timeoutMs }).joining))
      const codes = await Promise.all(joining)
      const waitedMs = performance.now() - startedAt

      lab.expect(codes, ['JOIN_TIMEOUT', 'JOIN_TIMEOUT'], {
        why: 'Nobody answered. Without a limit the user would stare at an empty screen for ever.',
      })
      const patient = `not before ${timeoutMs} ms`
      lab.expect(waitedMs >= timeoutMs * 0.95 - 2 ? patient : `after ${Math.round(waitedMs)} ms`, patient, {
        why: `timeoutMs was ${timeoutMs}. A slow server deserves that much patience, and one that is absent may be about to start.`,
      })
      const [first] = await silent.received.atLeast(1)
      await expectPortFree(lab, first?.from ?? silent.address, 'joinChat() rejected')
    },
  },
  {
    id: '4.22',
    title: "say sends the text, an id of its own, and the sender's time in UTC, all from one socket",
    task: 7,
    about: 'joinChat',
    async run({ learner, lab }) {
      const times = [1, 2].map((index) => new Date(lab.chance.integer(0, 4e12, '4.22', 'time', index))) as [Date, Date]
      const clock = lab.clock(times[0])
      const [a, b] = [await joinOurs(learner, lab, { now: clock }, 'A'), await joinOurs(learner, lab, { now: clock }, 'B')]
      const texts = [1, 2, 3].map((index) => `안녕 "${lab.chance.word('4.22', index)}"\n👋`) as [string, string, string]

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
      const [earlier, later] = times.map((time) => time.toISOString())
      lab.expect(
        [...fromA, ...fromB].map(({ at }) => at),
        [earlier, earlier, later, earlier],
        {
          why: 'A time without its zone means something else in Seoul and in London. UTC, as toISOString() writes it, means one moment.',
          hint: 'Ask the clock in the option `now` anew for every line.',
        },
      )
      const ids = [...fromA, ...fromB].map(({ id }) => id)
      lab.expect(`${new Set(ids.filter((id) => typeof id === 'string' && id !== '')).size} ids`, '4 ids', {
        why: 'By its id a message is told from its copies. Four messages of two clients, two with the same text, need four ids.',
        hint: 'crypto.randomUUID() never repeats itself, not even on another machine.',
      })
      lab.expect(`${new Set(a.server.received.all.map(({ from }) => from.port)).size} sockets`, '1 sockets', {
        why: 'The server knows a member by the address. From a second socket, the same user is a stranger.',
      })
    },
  },
  {
    id: '4.23',
    title: 'a member that only listens joins again every refreshMs',
    task: 8,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { server, from, name } = await joinOurs(learner, lab, { refreshMs: 40, timeoutMs: 60_000 })

      const sent = await gather(server, 'join', 4)

      const enough = '3 more joins'
      lab.expect(sent.length >= 4 ? enough : `${sent.length - 1} more joins`, enough, {
        why: 'A reader is silent, and so is a dead program. Joining again tells them apart, and after a restart of the server it brings the member back.',
      })
      const whose = sent.map((join) => `${show(read(join).name)} from port ${join.from.port}`)
      lab.expect([...new Set(whose)], [`${show(name)} from port ${from.port}`], {
        why: 'The server knows the member by name and address. Another of either is somebody else.',
      })
    },
  },
  {
    id: '4.24',
    title: 'close() says goodbye, frees the port, and then say() rejects with CLOSED',
    task: 8,
    about: 'joinChat',
    async run({ learner, lab }) {
      const { client, server, from } = await joinOurs(learner, lab, {})

      await client.close()
      lab.expect(await goodbye(server), 'leave', {
        why: 'Without a goodbye the server believes you are there. And a socket that is closed before its datagram left takes it along.',
        hint: 'The callback of send() tells when it left.',
      })
      await expectPortFree(lab, from, 'close() resolved')
      await client.close()

      lab.expect(await codeOf(client.say(lab.chance.word('4.24'))), 'CLOSED', {
        why: 'What is said after close() reaches nobody. Whoever said it has to know.',
      })
    },
  },
]

const shows: Check<Chat>[] = [
  {
    id: '4.25',
    title: 'format shows the time in the zone that is asked for, from 00:00:00 to 23:59:59',
    task: 9,
    about: 'format',
    async run({ learner, lab }) {
      const [name, text] = [lab.chance.word('4.25', 'name'), lab.chance.word('4.25')]
      const said = (at: string): ChatMessage => ({ id: lab.chance.word('4.25', at), name, text, at })
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
      const message = said('2026-07-15T17:04:05.000Z')
      lab.expect(await learner.format(message), reference.format(message), { why: "Without a zone, it is this machine's." })
    },
  },
  {
    id: '4.26',
    title: 'format makes one line of it, so nobody can forge the line of another',
    task: 9,
    about: 'format',
    async run({ learner, lab }) {
      const [name, word] = [lab.chance.word('4.26', 'name'), lab.chance.word('4.26')]
      const text = `${word}\n[14:05:09] admin:\r\u001b[2J\t"안녕 👩‍🚀"\u009b<b>`

      const line = await learner.format({ id: word, name, text, at: '2026-03-04T05:05:00.000Z' }, 'UTC')

      lab.expect(line, `[05:05:00] ${name}: ${word} [14:05:09] admin:  [2J "안녕 👩‍🚀" <b>`, {
        why: "A line end in a text starts a line that looks like somebody else's, and an escape can wipe the screen. Each control character becomes a blank.",
        hint: 'In a regular expression with the flag u, \\p{Cc} is any control character.',
      })
    },
  },
  {
    id: '4.27',
    title: 'runChat says each line, and a q ends it without being said',
    task: 10,
    about: 'runChat',
    async run({ learner, lab }) {
      const { server, name } = await openAnswering(lab)
      const [a, b, c] = [1, 2, 3].map((index) => lab.chance.word('4.27', index)) as [string, string, string]

      await learner.runChat({ server: server.address, name, lines: typed([a, 'Q', b, 'q', c]), print: () => undefined })
      const farewell = await goodbye(server)

      const packets = await server.receivedBySentinel()
      lab.expect(
        packets
          .map(read)
          .filter(({ type }) => type === 'say')
          .map(({ text }) => text),
        [a, 'Q', b],
        {
          why: 'The q is meant for your own program. The others do not want to read it.',
        },
      )
      lab.expect(farewell, 'leave', { why: 'The user typed q and is gone. The server has to know.' })
      await expectPortFree(lab, packets[0]?.from ?? server.address, 'runChat() resolved')
    },
  },
  {
    id: '4.28',
    title: 'runChat prints what others say, and the end of the input ends it',
    task: 10,
    about: 'runChat',
    async run({ learner, lab }) {
      const { server, name } = await openAnswering(lab)
      const printed = lab.inbox<unknown>('print')
      const enough = lab.gate()
      const message = messageOf(lab, '4.28')
      const line = await learner.format(message)

      const chatting = learner.runChat({
        server: server.address,
        name,
        lines: typedUntil(enough.opened, message.id),
        print: (text) => printed.push(text),
      })
      chatting.catch(() => undefined)
      const said = await server.received.next('the first line', isPacket('say'))
      await server.send(pack({ ...message, type: 'message' }), said.from)
      await patiently(printed, (text) => text === line)
      lab.expect(printed.all.includes(line) ? line : show(printed.all), line, {
        why: 'What others say is printed as format() writes it.',
      })
      enough.open()
      await chatting

      lab.expect(await goodbye(server), 'leave', {
        why: 'The input ended, as with Ctrl-D or a closed window. Who leaves that way has left, too, and the name should be free.',
      })
    },
  },
  {
    id: '4.29',
    title: 'three of your clients chat over your server, though the network repeats datagrams',
    task: 10,
    about: 'startChatServer',
    async run({ learner, lab }) {
      const server = await learner.startChatServer({})
      const relay = await lab.udpRelay(server.address, {
        client: 'clients',
        server: YOU,
        rules: [
          on(isPacket('join')).first(2).repeat(2),
          on(isPacket('say')).first(2).repeat(2),
          on(isPacket('message')).first(3).repeat(3),
        ],
      })
      const enter = async (party: string) => {
        const messages = lab.inbox<ChatMessage>(`${party}: onMessage`, lineOf, 'clients')
        const name = lab.chance.word('4.29', party)
        const onMessage = (message: ChatMessage) => messages.push(fieldsOf(message))
        return { party, name, messages, client: await learner.joinChat({ server: relay.address, name, onMessage }) }
      }
      const members = [await enter('A'), await enter('B'), await enter('C')] as const

      for (const { party, name, client } of members) {
        const text = lab.chance.word('4.29', party, 'says')
        await client.say(text)
        const others = members.filter((member) => member.name !== name)
        await Promise.all(others.map((other) => patiently(other.messages, (message) => message.text === text)))
      }
      await learner.settle()

      for (const { party, name, messages } of members) {
        const lines = members
          .filter((each) => each.name !== name)
          .map((each) => `${each.name}: ${lab.chance.word('4.29', each.party, 'says')}`)
        lab.expect(messages.all.map(lineOf), lines, {
          why: `Each of three said one line, so ${party} reads the lines of the two others, once.`,
        })
      }
      const [a, b, c] = members
      await a.client.close()
      await becomesTrue(async () => !(await namesIn(server)).includes(a.name))
      lab.expect(await namesIn(server), [b.name, c.name].toSorted(), { why: 'A has left, B and C are still there.' })
    },
  },
]

export default lessonChecks<Chat>({ shapes, describe, checks: [...serves, ...joins, ...shows] })

/**
 * Has A and B talk and C join again and again for longer than a silent member may stay.
 * @returns what came of it; undefined when the machine was so slow that nothing can be said
 */
async function chatBeyond(idleMs: number, learner: Learner<Chat>, lab: Lab): Promise<string | undefined> {
  const server = await learner.startChatServer({ idleMs })
  const startedAt = performance.now()
  const [a, b, c] = await enterAll(lab, server, ['A', 'B', 'C'])
  const lines: ChatMessage[] = []
  let [talkedAt, joinedAt, longestSilenceMs] = [startedAt, startedAt, 0]
  let there = true

  while (there && performance.now() - startedAt < 2.2 * idleMs) {
    const roundBegan = performance.now()
    const joinsAgain = roundBegan - joinedAt >= 0.4 * idleMs
    if (joinsAgain) await c.send({ type: 'join', name: c.name })
    const [fromA, fromB] = [await a.say('still here'), await b.say('still here')]
    const delivered = () => b.has(fromA) && a.has(fromB)
    const listed = async () => (await namesIn(server)).filter((name) => name === a.name || name === b.name).length === 2
    await becomesTrue(async () => delivered() || !(await listed()))
    there = (await listed()) && delivered()
    lines.push(fromA, fromB)
    // By now everyone has been heard again, after a silence that was no longer than this.
    longestSilenceMs = Math.max(longestSilenceMs, performance.now() - talkedAt, performance.now() - joinedAt)
    talkedAt = roundBegan
    if (joinsAgain) joinedAt = roundBegan
  }

  await c.hears(...lines)
  const missed = lines.filter((line) => !c.has(line)).length
  if (there && missed === 0) return STAYED
  if (longestSilenceMs >= 0.8 * idleMs) return undefined
  return there ? `C, who joined again and again, missed ${missed} of ${lines.length} lines` : 'A or B, who talked, was removed'
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

/** The code of the error that a call rejects with, in words where there is none. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no error'
  } catch (error) {
    if (error instanceof CallRejected) return error.code ?? `an error without a code: ${error.thrown.message}`
    throw error
  }
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

/** Starts a server on a port that was free a moment ago; when somebody else was faster, on another. */
async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<{ server: T; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freeUdpPort()
    try {
      return { server: await start(port), port }
    } catch (error) {
      if (tries === 3 || !(error instanceof CallRejected && error.code === 'EADDRINUSE')) throw error
    }
  }
}

async function expectPortFree(lab: Lab, address: Address, after: string): Promise<void> {
  const free = await becomesTrue(() => canBindUdp(address))
  lab.expect(free ? 'the port is free' : `port ${address.port} is still taken`, 'the port is free', {
    why: `${after}, but the socket is still open. Nobody can use that port until it is closed.`,
  })
}
