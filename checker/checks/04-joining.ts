import type { Address, Chat } from '../contracts/04-chat.ts'
import type { Check } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import type { Learner } from '../sandbox/learner.ts'
import { isPacket, momentOf, pack, read, RUBBISH } from './04-packets.ts'
import { drawUuid, gather, goodbye, joinOurs, messageOf, patiently, socketsOf, startJoin } from './04-partners.ts'
import { codeOf, expectPortFree } from './outcomes.ts'

/** Messages before a late copy: few enough for everyone who remembers a good number of ids. */
const MESSAGES_BETWEEN = 30

/** The client, from its first join to its goodbye. */
export const joins: readonly Check<Chat>[] = [
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

      const timesShown = ({ id }: { id: string }) => messages.all.filter((shown) => shown.id === id).length
      lab.expect(
        { first: timesShown(first), 'its text once more': timesShown(second), last: timesShown(last) },
        { first: 1, 'its text once more': 1, last: 1 },
        { why: 'A copy has the id of its original. Someone who says the same thing twice uses two ids.' },
      )

      const others = Array.from({ length: MESSAGES_BETWEEN }, (_, index) => ({
        ...first,
        id: drawUuid(lab, '4.16 between', index),
      }))
      const end = { ...first, id: drawUuid(lab, '4.16', 'end') }
      for (const message of [...others, first, end]) await server.send(pack({ ...message, type: 'message' }), from)
      await patiently(messages, ({ id }) => id === end.id)
      lab.expect(
        messages.all.some(({ id }) => id === end.id) ? 'all of them shown' : `${messages.all.length} shown`,
        'all of them shown',
        {
          why: 'Each of these messages had an id of its own, so each is new. A client does not stop showing after some of them.',
        },
      )
      lab.expect(`shown ${timesShown(first)} times`, 'shown 1 times', {
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

/** Whether a join that nobody answers ends before timeoutMs, by the clock of the attempt's own process, however busy the machine. */
function endsEarly(learner: Learner<Chat>, lab: Lab, server: { readonly address: Address }, timeoutMs: number): Promise<boolean> {
  const options = { server: server.address, name: lab.chance.word('4.19'), timeoutMs, onMessage: () => undefined }
  return learner.settlesWithin(timeoutMs * 0.95 - 2, 'joinChat', [options])
}
