import type { Chat, ChatMessage } from '../contracts/04-chat.ts'
import type { Check } from '../grading/check.ts'
import { show } from '../lab/show.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { hasNumbers, pack, RUBBISH, textsOf } from './04-packets.ts'
import { drawUuid, enterAll, messageOf, namesIn, openGuest, patiently, portsOf } from './04-partners.ts'
import { codeOf, expectPortFree, NO_ERROR, onFreePort, otherAddresses } from './outcomes.ts'

const SPEAKERS_OWN_WORDS = 'What was said belongs to the speaker: id, text and time arrive as they were sent.'

/** The server: who is in, who hears what, and under which name. */
export const serves: readonly Check<Chat>[] = [
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
]
