import type { Chat, ChatMessage } from '../contracts/04-chat.ts'
import type { Check } from '../grading/check.ts'
import { on } from '../lab/faults.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { becomesTrue } from '../lab/within.ts'
import { CallRejected, type Learner } from '../sandbox/learner.ts'
import { fieldsOf, isPacket, lineOf, pack, read } from './04-packets.ts'
import {
  drawUuid,
  gather,
  goodbye,
  joinOurs,
  messageOf,
  namesIn,
  openAnswering,
  patiently,
  startJoin,
  TIMEOUT_MS,
  untilConclusive,
} from './04-partners.ts'
import { codeOf, NO_ERROR } from './outcomes.ts'

/** What people read and type, and all parts together. */
export const shows: readonly Check<Chat>[] = [
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
