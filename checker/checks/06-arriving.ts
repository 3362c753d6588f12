import type { Address } from '../contracts/endpoint.ts'
import { GOOD } from '../certificates/certificates.ts'
import type { TlsFileTransfer, Transfer } from '../contracts/06-tls.ts'
import type { Check } from '../grading/check.ts'
import { YOU } from '../lab/lab.ts'
import { cutAfter, flipBitAt } from '../lab/stream-faults.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import * as plain from '../../solutions/05-file-transfer.ts'
import * as reference from '../../solutions/06-tls.ts'
import { pack } from './05-frames.ts'
import { drawBytes, endingOf, openShare } from './05-partners.ts'
import { leaving, openTalkative, openTlsServer, readable, sharing, TRUSTING } from './06-partners.ts'
import { codeOf, rejects, outcomeOf } from './outcomes.ts'

/** More than one record, and more than the system buffers. */
const BIG_BYTES = 2 ** 20
const MIDDLE = BIG_BYTES / 2

/** What becomes of a connection that does not go well. */
export const arrivalChecks: readonly Check<TlsFileTransfer>[] = [
  {
    id: '6.20',
    title: 'where nobody speaks TLS, or nobody is at all, the client rejects',
    task: 6,
    about: 'listFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const name = lab.chance.word('6.20')
      await share.write(name, name)
      const lesson5 = await plain.startFileServer({ dir: share.path })
      lab.cleanUp(() => lesson5.close())
      const talkative = await openTalkative(lab)
      // A port that is reserved, and that nobody listens on. Windows takes two seconds to say so.
      const nobody = { host: LOOPBACK, port: 1 }

      const outcomes = {
        lesson5: await outcomeOf(learner.listFiles(lesson5.address, TRUSTING)),
        fetch: await outcomeOf(learner.fetchFiles({ server: lesson5.address, names: [name], into: into.path, ...TRUSTING })),
        talkative: await outcomeOf(learner.listFiles(talkative.address, TRUSTING)),
        nobody: await outcomeOf(learner.allowing(6000).listFiles(nobody, TRUSTING)),
      }

      lab.expect(
        outcomes,
        { lesson5: 'it rejects', fetch: 'it rejects', talkative: 'it rejects', nobody: 'it rejects' },
        {
          why: 'At one port there is a server of lesson 5, asked for its list and for a file, at another one that greets everybody in plain text, and at the third nobody. None of them can prove who it is.',
          hint: 'To go on without TLS is no way out: whoever is in the middle would only have to disturb the handshake.',
        },
      )
      lab.expect(await into.list(), [], {
        why: 'The server of lesson 5 was asked for a file, and whose file that is nobody knows.',
      })
    },
  },
  {
    id: '6.21',
    title: 'a connection that ends in the middle of a file is INCOMPLETE',
    task: 6,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const [cut, ended] = [`${lab.chance.word('6.21', 1)}-cut`, `${lab.chance.word('6.21', 2)}-ended`]
      const content = drawBytes(lab, BIG_BYTES, '6.21')
      const whole = await openTlsServer(lab, GOOD, sharing({ [cut]: content }))
      const pipe = await lab.tcpPipe(whole.address, { server: 'server', down: [cutAfter(MIDDLE, 'end', learner.settle)] })
      const half = await openTlsServer(lab, GOOD, leaving(ended, content, MIDDLE))

      const codes = {
        cut: await codeOf(learner.fetchFiles({ server: pipe.address, names: [cut], into: into.path, ...TRUSTING })),
        ended: await codeOf(learner.fetchFiles({ server: half.address, names: [ended], into: into.path, ...TRUSTING })),
      }

      lab.expect(
        codes,
        { cut: 'INCOMPLETE', ended: 'INCOMPLETE' },
        {
          why: 'A FIN is not protected by TLS: anybody on the way can send one, in the middle of a record or between two. Node tells of both as of a normal end.',
          hint: 'The frame says how many bytes there must be.',
        },
      )
      lab.expect(
        (await into.list()).filter((file) => file === cut || file === ended),
        [],
        {
          why: 'Half a file under the name of the whole one looks like the whole one.',
        },
      )
    },
  },
  {
    id: '6.22',
    title: 'one bit that is flipped on the way is noticed',
    task: 6,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const name = lab.chance.word('6.22')
      await share.write(name, drawBytes(lab, BIG_BYTES, '6.22'))
      // A real server: it closes when the client complains, as both must after a fatal alert (RFC 8446, section 6.2).
      const server = await reference.startFileServer({ dir: share.path, tls: GOOD })
      lab.cleanUp(() => server.close())
      const pipe = await lab.tcpPipe(server.address, { server: 'server', down: [flipBitAt(MIDDLE)] })

      const outcome = await outcomeOf(learner.fetchFiles({ server: pipe.address, names: [name], into: into.path, ...TRUSTING }))

      lab.expect(outcome, 'it rejects', {
        why: 'One bit of a megabyte was flipped. In lesson 5 nobody would have noticed. Here every record carries a code that does not fit any more.',
      })
      lab.expect(
        (await into.list()).filter((file) => file === name),
        [],
        { why: 'The file is not what the server sent, and must not look like it.' },
      )
    },
  },
  {
    id: '6.23',
    title: 'progress and giving up work as in lesson 5',
    task: 6,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const [name, held] = [lab.chance.word('6.23'), lab.chance.word('6.23', 'held')]
      const content = drawBytes(lab, BIG_BYTES, '6.23')
      const server = await openTlsServer(lab, GOOD, sharing({ [name]: content }))
      const asked = lab.gate()
      const silent = await openTlsServer(lab, GOOD, async () => asked.open())
      const transfers = lab.inbox<Transfer>('onTransfer', ({ name: file, bytes, state }) => `${file} ${bytes} ${state}`)
      const controller = new AbortController()

      const onTransfer = (transfer: Transfer) => transfers.push({ ...transfer })
      await learner.fetchFiles({ server: server.address, names: [name], into: into.path, ...TRUSTING, onTransfer })
      const fetching = rejects(
        learner.fetchFiles({ server: silent.address, names: [held], into: into.path, ...TRUSTING, signal: controller.signal }),
      )
      await Promise.race([asked.opened, fetching])
      controller.abort()

      lab.expect(await fetching, 'it rejects', { why: 'The signal aborted while the server was still thinking.' })
      const isDone = ({ name: file, state, bytes }: Transfer) => file === name && state === 'done' && bytes === content.length
      const { direction, size } = await transfers.next('onTransfer to tell that the file is there', isDone)
      lab.expect(
        { direction, size },
        { direction: 'receive', size: content.length },
        { why: 'The last report on the file, from the client that fetched it, as in lesson 5.' },
      )
    },
  },
  {
    id: '6.24',
    title: 'your clients fetch from your server, and nothing of it can be read',
    task: 6,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const names = [1, 2, 3].map((index) => lab.chance.word('6.24', index))
      const contents = names.map((name, index) => name.repeat(20_000 * index))
      for (const [index, name] of names.entries()) await share.write(name, contents[index] ?? '')
      const server = await learner.startFileServer({ dir: share.path, tls: GOOD })
      const pipe = await lab.tcpPipe(server.address, { client: 'clients', server: YOU })
      const folders = await Promise.all(names.map((name) => into.folder(`of ${name}`)))

      const wanted = folders.map(({ path }) => [{ server: pipe.address, names, into: path, ...TRUSTING }] as const)
      const fetched = await learner.together(
        'fetchFiles',
        wanted.map(([options]) => [options]),
      )

      lab.expect(
        fetched.map((each) => each.map(({ status }) => status)),
        names.map(() => names.map(() => 'ok')),
        {
          why: 'Three of your clients asked your server for three files each, all at the same time.',
        },
      )
      for (const each of folders) {
        const sizes = await Promise.all(names.map(async (name) => (await each.digest(name))?.sizeBytes))
        lab.expect(
          sizes,
          contents.map((content) => content.length),
          { why: 'Each client has its own folder, and all three files belong there.' },
        )
      }
      lab.expect([readable(pipe.overheard('up'), names), readable(pipe.overheard('down'), names)], ['nothing', 'nothing'], {
        why: 'Somebody on the way copied every byte that passed, and found this among them.',
      })
    },
  },
  {
    id: '6.25',
    title: 'a client that is done closes its connection',
    task: 6,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const name = lab.chance.word('6.25')
      const peers: StreamPeer[] = []
      const server = await openTlsServer(lab, GOOD, async (peer, request) => {
        peers.push(peer)
        await sharing({ [name]: name })(peer, request)
      })
      const confused = await openTlsServer(lab, GOOD, async (peer) => {
        peers.push(peer)
        await peer.write(pack({ type: 'confused' }))
      })
      const fetchFrom = ({ address }: { address: Address }) =>
        learner.fetchFiles({ server: address, names: [name], into: into.path, ...TRUSTING })
      const calls = {
        'listFiles()': () => learner.listFiles(server.address, TRUSTING),
        'fetchFiles()': () => fetchFrom(server),
        'fetchFiles() of what is no answer': () => fetchFrom(confused),
      }

      for (const [call, make] of Object.entries(calls)) {
        const outcome = await outcomeOf(make())
        lab.expect(
          { call, outcome: outcome === 'it waits for ever' ? outcome : 'it ends' },
          { call, outcome: 'it ends' },
          {
            why: 'One server answers as it should. The other answers with a type that nobody knows, and nothing else will come.',
          },
        )
        const stillOpen = (await Promise.all(peers.map(endingOf))).includes('still open')
        lab.expect(
          { call, connection: stillOpen ? 'still open' : 'closed' },
          { call, connection: 'closed' },
          {
            why: 'The call is over, well or badly. A program with an open connection does not end, and the server has to keep a place for it.',
            hint: 'Close it in a `finally`, so that it is closed when something fails, too.',
          },
        )
      }
    },
  },
]
