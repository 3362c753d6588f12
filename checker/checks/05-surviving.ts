import { setTimeout as pause } from 'node:timers/promises'
import type { FileTransfer } from '../contracts/05-file-transfer.ts'
import { type Check, CHECK_MS } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { Lab } from '../lab/lab.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import type { Learner } from '../sandbox/learner.ts'
import { EMPTY_FRAME, ENDLESS_FRAME, inWords, type Message, pack } from './05-frames.ts'
import { asClient, type Client, drawBytes, endingOf, openClient, openShare } from './05-partners.ts'
import { codeOf, expectLoopbackOnly, expectPortFree, NO_ERROR, onFreePort, resolvesInTime } from './outcomes.ts'

const BIG_BYTES = 10_000_000
/** How many turns of the event loop a client waits before it reads. */
const HOLD_TURNS = 300
/** As many answers as take a while, so that a reset comes before the last of them. */
const MANY_FILES = 100
const MANY_LISTS = 30
const HUGE_MIB = 512
/** How much memory a server may take for what nobody reads. A file of HUGE_MIB does not fit in. */
const ROOM_MIB = 200

/** What clients do to a server. */
export const surviving: readonly Check<FileTransfer>[] = [
  {
    id: '5.9',
    title: 'a client that ends its direction after asking gets everything',
    task: 5,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { server, name, content } = await startWithBig(learner, lab, folder, '5.9')
      const client = await openClient(lab, server)

      await client.ask({ type: 'get', names: [name] })
      client.peer.end()

      const answers = await client.answers(2, BIG_BYTES)
      lab.expect(`${client.peer.received.sizeBytes >= BIG_BYTES ? 'all' : client.peer.received.sizeBytes} bytes`, 'all bytes', {
        why: 'The client sent its request and then FIN: it has nothing more to ask, and still wants the answer. Node takes that for the end of both directions.',
        hint: 'allowHalfOpen is an option of createServer. Ending is up to you then. And `for await` over a socket destroys it when the client has ended: read with events, or over socket.iterator({ destroyOnReturn: false }).',
      })
      lab.expect(answers.map(inWords), [`file "${name}" ${BIG_BYTES} bytes`, 'end'], {
        why: 'The client sent its request and then FIN, and waits for the whole answer.',
      })
      lab.expect(answers[0]?.body, content, { why: 'These are not the bytes of the file.' })
    },
  },
  {
    id: '5.10',
    title: 'ten megabytes arrive before the connection is closed behind them',
    task: 5,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { server, name } = await startWithBig(learner, lab, folder, '5.10')
      const client = await openClient(lab, server, { paused: true })

      await client.ask({ type: 'get', names: [name] }, '{"type":"dance"}')
      // Whoever does not wait for the client has come to the second request by then.
      for (let turn = 0; turn < HOLD_TURNS; turn += 1) await learner.settle()
      client.peer.resume()

      const answers = await client.answers(3, BIG_BYTES)
      lab.expect(
        answers.map(({ message }) => message.type),
        ['file', 'end', 'error'],
        {
          why: 'Behind a good request came a bad one. The good one is answered in full before the connection is closed for the other.',
          hint: 'destroy() throws away what was written and has not left yet. end() lets it leave first.',
        },
      )
      lab.expect(await endingOf(client.peer), 'closed', { why: 'After a bad request the connection is closed.' })
    },
  },
  {
    id: '5.11',
    title: 'nothing that a client sends, and no broken connection, ends the server',
    task: 5,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { server, share, name } = await startWithBig(learner, lab, folder, '5.11')
      const empty = Array.from({ length: MANY_FILES }, (_none, index) => `${lab.chance.word('5.11', 'empty')}-${index}`)
      for (const file of empty) await share.write(file, '')
      const half = pack({ type: 'get', names: [name] }).subarray(0, 20)
      const rubbish = [
        ENDLESS_FRAME,
        EMPTY_FRAME,
        pack('{"type":"get","names":[1,null]}'),
        Uint8Array.of(0, 0, 0, 2, 255, 254),
        half,
      ]

      for (const bytes of rubbish) {
        const client = await openClient(lab, server)
        await client.peer.write(bytes)
        client.peer.end()
      }
      const inRequest = await openClient(lab, server)
      await inRequest.peer.write(half)
      await learner.settle()
      inRequest.peer.reset()
      const lists = Array.from({ length: MANY_LISTS }, () => ({ type: 'list' }))
      const often = Array.from({ length: 10 }, () => empty).flat()
      // When the reset comes the server is in the middle of a long file, or about to announce a file, to say that one is missing, or to
      // send a list.
      const inAnswer: Message[][] = [
        [{ type: 'get', names: [name] }],
        [{ type: 'get', names: often }],
        [{ type: 'get', names: often.map((file) => `no-${file}`) }],
        lists,
      ]
      for (const requests of inAnswer) {
        const client = await openClient(lab, server)
        await client.ask(...requests)
        const begun = client.peer.received.until('the answer to begin', ({ sizeBytes }) => (sizeBytes > 0 ? true : undefined))
        await begun.catch(() => undefined)
        client.peer.reset()
        await learner.settle()
      }

      const client = await openClient(lab, server)
      // These lists take longer than the one that nobody waits for any more: by then the server has come to sending that.
      const nope = lab.chance.word('5.11', 'nope')
      await client.ask(...lists.slice(0, 3), { type: 'get', names: [nope] })
      const answers = (await client.answers(5)).map(inWords)
      lab.expect(answers.slice(3), [`missing "${nope}"`, 'end'], {
        why: 'Some clients sent rubbish, and some broke the connection off in the middle. The next one has done nothing wrong.',
      })
    },
  },
  {
    id: '5.12',
    title: 'a client that does not read stops nobody, and fills no memory',
    task: 5,
    seconds: 1,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const [huge, small] = [lab.chance.word('5.12', 'huge'), lab.chance.word('5.12', 'small')]
      await share.reserve(huge, HUGE_MIB * 2 ** 20)
      await share.write(small, small)
      const server = await learner.startFileServer({ dir: share.path })
      const baseMib = await learner.memoryMib()

      const stalled = await openClient(lab, server, { name: 'stalled', paused: true })
      await stalled.ask({ type: 'get', names: [huge] })
      const growth: number[] = []
      while (!isSteady(growth) && growth.length < 400) {
        const client = await openClient(lab, server, { name: 'other' })
        lab.expect(await client.answered({ type: 'get', names: [small] }, 2), [`file "${small}" 8 bytes`, 'end'], {
          why: 'One client has asked for a long file and does not read. This is another one, and it should not notice.',
        })
        await client.peer.close()
        growth.push((await learner.memoryMib()) - baseMib)
        await pause(LOOK_EVERY_MS)
      }

      lab.expect(Math.max(...growth) > ROOM_MIB ? `more than ${ROOM_MIB} MiB of memory` : 'a little memory', 'a little memory', {
        why: `A client asked for a file of ${HUGE_MIB} MiB and does not read. What you write and nobody takes stays in your memory.`,
        hint: 'Read a piece of the file, write it, and wait until the socket has room before you read the next one.',
      })
    },
  },
  {
    id: '5.13',
    title: 'close() ends although clients are connected, frees the port, and ends no other server',
    task: 5,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share, beside } = await openShare(folder)
      const name = lab.chance.word('5.13')
      await share.write(name, 'one')
      await beside.write(name, 'another')
      const server = await learner.startFileServer({ dir: share.path })
      const other = await learner.startFileServer({ dir: beside.path })
      const theirs = await openClient(lab, other, { name: "other's" })
      await openClient(lab, server, { name: 'fresh' })
      // This one does not even read that the server ends.
      await openClient(lab, server, { name: 'asleep', paused: true })
      const idle = await openClient(lab, server, { name: 'idle' })
      const request = { type: 'get', names: [name] }
      const answers = [(await idle.answered(request, 2))[0], (await theirs.answered(request, 2))[0]]

      lab.expect(answers, [`file "${name}" 3 bytes`, `file "${name}" 7 bytes`], {
        why: 'Two servers run in one program, each with a folder of its own. Both have a file of this name, of 3 and of 7 bytes.',
      })
      lab.expect(await resolvesInTime(server.close()), 'it resolves', {
        why: 'Three clients are connected and ask nothing. close() waits for all of them, unless you end them.',
        hint: 'end() is only your half of it: a client whose laptop is closed never ends the other. destroy() waits for nobody.',
      })

      await expectPortFree('tcp', lab, server.address, 'close() resolved')
      await server.close()
      const [later = 'none'] = await theirs.answered(request, 2)
      lab.expect(later, `file "${name}" 7 bytes`, {
        why: 'One server was closed. This is a client of the other one, over a connection that it had before.',
      })
    },
  },
  {
    id: '5.14',
    title: 'the server listens on the port it is given, else on a free one, on 127.0.0.1 only, and says when it cannot',
    task: 5,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const holder = await lab.tcpServer()

      const code = await codeOf(learner.startFileServer({ dir: share.path, port: holder.address.port }))
      const { server, port } = await onFreePort('tcp', (wanted) => learner.startFileServer({ dir: share.path, port: wanted }))
      const without = [
        await codeOf(learner.startFileServer({ dir: share.path })),
        await codeOf(learner.startFileServer({ dir: share.path })),
      ]

      lab.expect(code === NO_ERROR ? code : 'it rejects', 'it rejects', {
        why: `Port ${holder.address.port} was taken, and whoever starts the server has to hear it.`,
      })
      const { host, port: bound } = server.address
      lab.expect({ host, port: bound }, { host: LOOPBACK, port }, { why: 'Clients must know the address beforehand.' })
      await expectLoopbackOnly(lab, server.address)
      lab.expect(without, [NO_ERROR, NO_ERROR], {
        why: 'Two servers were started, and nobody named a port. Then the port is 0, for which the system takes any that is free.',
      })
    },
  },
  {
    id: '5.15',
    title: 'serveConnection() serves any connection that it is handed',
    task: 5,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = `${lab.chance.word('5.15')}.txt`
      await share.write(name, 'handed over')
      const expected = ['refused "../x"', `file "${name}" 11 bytes`, 'end']
      const request = { type: 'get', names: ['../x', name] }

      const client = await handOver(learner, lab, share)
      lab.expect(await client.answered(request, 3), expected, {
        why: 'Lessons 6 and 7 will hand over connections of their own. They are served like those of startFileServer().',
      })

      const broken = await handOver(learner, lab, share)
      await broken.peer.write(pack(request).subarray(0, 20))
      await learner.settle()
      broken.peer.reset()
      await learner.settle()
      lab.expect(await (await handOver(learner, lab, share)).answered(request, 3), expected, {
        why: 'One connection was handed over and then broken off. Its error is for serveConnection() to handle. This is another one.',
      })
    },
  },
]

/** Hands the attempt a connection to serve. @returns the client at its other end */
async function handOver(learner: Learner<FileTransfer>, lab: Lab, share: Folder): Promise<Client> {
  const { handed, accepted } = await lab.stream()
  // It may return at once, or only when the connection has ended.
  const served = learner.allowing(CHECK_MS).serveConnection(handed, share.path)
  const threw = served.then(() => new Promise<never>(() => undefined))
  return asClient(await Promise.race([accepted.next('the connection', () => true), threw]))
}

async function startWithBig(learner: Learner<FileTransfer>, lab: Lab, folder: Folder, purpose: string) {
  const { share } = await openShare(folder)
  const name = `${lab.chance.word(purpose)}.bin`
  const content = drawBytes(lab, BIG_BYTES, purpose)
  await share.write(name, content)
  return { server: await learner.startFileServer({ dir: share.path }), share, name, content }
}

/**
 * Whether memory has come to rest, or is too much already. While a program reads ahead of its client it grows with every
 * turn of its event loop, and to serve another client takes several.
 */
function isSteady(growthMib: readonly number[]): boolean {
  const recent = growthMib.slice(-LOOKS)
  if (Math.max(0, ...recent) > ROOM_MIB) return true
  return recent.length === LOOKS && Math.max(...recent) - Math.min(...recent) < RESTING_MIB
}

/** How many times in a row memory has to be at rest. */
const LOOKS = 60
/** Reading runs in threads of its own, and on a busy machine one of them may have to wait its turn. */
const LOOK_EVERY_MS = 12
const RESTING_MIB = 6
