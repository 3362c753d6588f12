import { type FileTransfer, shapes, type Transfer } from '../contracts/05-file-transfer.ts'
import { type Check, lessonChecks } from '../grading/check.ts'
import type { Inbox } from '../lab/inbox.ts'
import type { Lab } from '../lab/lab.ts'
import { inPieces } from '../lab/stream-faults.ts'
import { describeText } from '../lab/trace.ts'
import { becomesTrue, PATIENCE_MS } from '../lab/within.ts'
import { closing, fetching, statusesOf } from './05-fetching.ts'
import { openReader, packFile } from './05-frames.ts'
import { keeping } from './05-keeping.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { drawBytes, endingOf, openClient, openServer, openShare, openTransfers, serving as servingFiles } from './05-partners.ts'
import { serving } from './05-serving.ts'
import { surviving } from './05-surviving.ts'
import { outcomeOf } from './outcomes.ts'

const SIZE = 1_000_003
const SMALL = 1003

const reporting: readonly Check<FileTransfer>[] = [
  {
    id: '5.27',
    title: 'the server tells how far a file is on its way, up to the end',
    task: 9,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share, beside } = await openShare(folder)
      const sizes = namedSizes(lab, '5.27', [SMALL, SIZE])
      for (const [name, size] of Object.entries(sizes)) await share.write(name, drawBytes(lab, size, '5.27'))
      const transfers = openTransfers(lab)
      const others = openTransfers(lab)
      const server = await learner.startFileServer({ dir: share.path, onTransfer: transfers.push })
      await learner.startFileServer({ dir: beside.path, onTransfer: others.push })
      const client = await openClient(lab, server)

      await client.ask({ type: 'get', names: Object.keys(sizes) })
      await client.answers(3, SIZE)

      await learner.settle()
      lab.expect(others.all.length === 0 ? 'no report' : 'a report', 'no report', {
        why: 'Another server was started in the same program, with an onTransfer of its own, and nobody has asked it for a file.',
      })
      await expectProgress(lab, transfers, 'send', sizes)
    },
  },
  {
    id: '5.28',
    title: 'the client tells how far a file has come, up to the end',
    task: 9,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const sizes = namedSizes(lab, '5.28', [SMALL, SIZE])
      const server = await openServer(
        lab,
        servingFiles(
          (name) => packFile(name, drawBytes(lab, sizes[name] ?? 0, '5.28')),
          (peer, bytes) => peer.writeInPieces(bytes, [100_000], learner.settle),
        ),
      )
      const transfers = openTransfers(lab)

      await learner
        .allowing(4000)
        .fetchFiles({ server: server.address, names: Object.keys(sizes), into: into.path, onTransfer: transfers.push })

      for (const [name, size] of Object.entries(sizes)) {
        lab.expect((await into.digest(name))?.sizeBytes ?? 'no file', size, { why: 'The server has sent all of the file.' })
      }
      await expectProgress(lab, transfers, 'receive', sizes)
    },
  },
  {
    id: '5.29',
    title: 'a fetch that is aborted rejects, and leaves no half of a file',
    task: 9,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const name = `${lab.chance.word('5.29')}.bin`
      const half = packFile(name, drawBytes(lab, SIZE, '5.29')).subarray(0, SIZE / 2)

      for (const [what, bytes] of Object.entries({ 'nothing has come': half.subarray(0, 0), 'half of it has come': half })) {
        const sent = lab.gate()
        const peers: StreamPeer[] = []
        const server = await openServer(lab, async (peer) => {
          peers.push(peer)
          await peer.write(bytes)
          sent.open()
        })
        const controller = new AbortController()
        const outcome = outcomeOf(
          learner.fetchFiles({ server: server.address, names: [name], into: into.path, signal: controller.signal }),
        )
        await Promise.race([sent.opened, outcome])
        await learner.settle()
        // Where it goes into a file as it comes, that has been begun; who keeps it in memory is not waited for.
        if (bytes.length > 0) await becomesTrue(async () => (await into.list()).length > 0, PATIENCE_MS / 4)
        controller.abort()
        lab.expect(
          { what, outcome: await outcome },
          { what, outcome: 'it rejects' },
          { why: 'The signal aborted. Whoever aborts does not want to wait for the rest, which may never come.' },
        )
        const stillOpen = (await Promise.all(peers.map(endingOf))).includes('still open')
        lab.expect(
          { what, connection: stillOpen ? 'still open' : 'closed' },
          { what, connection: 'closed' },
          {
            why: 'The call was given up, and the download goes on behind its back. However a call ends, its connection is closed.',
          },
        )
      }
      lab.expect((await into.list()).includes(name), false, { why: 'Half of a file came. It is not the file.' })
    },
  },
  {
    id: '5.30',
    title: 'two of your clients and your server understand each other, however the network cuts the streams',
    task: 9,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const sizes = [0, 1, lab.chance.integer(60_000, 70_000, '5.30'), 400_000]
      const names = sizes.map((size, index) => `${lab.chance.word('5.30', index)} 안녕 ${size}`)
      for (const [index, name] of names.entries()) await share.write(name, drawBytes(lab, sizes[index] ?? 0, '5.30', index))
      const server = await learner.startFileServer({ dir: share.path })
      const cut = inPieces([1, 2, 3, lab.chance.integer(20, 90, '5.30', 'cut'), 1, 30_011], async () => undefined)
      const pipe = await lab.tcpPipe(server.address, { up: [cut], down: [cut], client: 'client', server: 'server' })

      const asked = [[...names.slice(2), lab.chance.word('5.30', 'nope')], names.slice(0, 2)]
      const fetched = await learner.allowing(6000).together(
        'fetchFiles',
        asked.map((each) => [{ server: pipe.address, names: each, into: into.path }]),
      )

      const wanted = asked.map((each) => each.map((name) => ({ name, status: names.includes(name) ? 'ok' : 'missing' })))
      lab.expect(fetched.map(statusesOf), wanted, {
        why: 'Two clients asked at the same time, for two files each. These are there, and a fifth one is not.',
      })
      for (const name of names) {
        lab.expect(
          { name, ...(await into.digest(name)) },
          { name, ...(await share.digest(name)) },
          {
            why: 'The copy differs from the file. Both ends were yours, and between them the stream was cut into pieces of odd sizes.',
          },
        )
      }
    },
  },
]

export default lessonChecks<FileTransfer>({
  shapes,
  describe: describeText,
  openReader,
  checks: [...serving, ...surviving, ...fetching, ...keeping, ...reporting, ...closing],
})

/** Sizes of files, by names drawn for them. */
function namedSizes(lab: Lab, purpose: string, sizes: readonly number[]): Record<string, number> {
  return Object.fromEntries(sizes.map((size) => [`${lab.chance.word(purpose, size)}-${size}.bin`, size]))
}

/** Requires the reports on these files to be true, and to end at the end. */
async function expectProgress(
  lab: Lab,
  transfers: Inbox<Transfer>,
  direction: Transfer['direction'],
  sizes: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [name, size] of Object.entries(sizes)) {
    await transfers.next('done', (transfer) => transfer.state === 'done' && transfer.name === name).catch(() => undefined)
    expectTrue(lab, transfers, { name, direction, size })
  }
  const strange = transfers.all.find(({ name }) => sizes[name] === undefined)
  lab.expect(strange?.name ?? 'none', 'none', {
    why: 'Every report is about a file that was on its way, by the name that was asked for.',
  })
}

/** Requires what was reported on one file to be true. */
function expectTrue(lab: Lab, transfers: Inbox<Transfer>, about: Pick<Transfer, 'name' | 'direction' | 'size'>): void {
  const told = transfers.all.filter(({ name }) => name === about.name)
  const reports = told.map(({ name, direction, bytes, size, state }) => ({ name, direction, bytes, size, state }))

  lab.expect(
    reports.at(-1) ?? `no report of "${about.name}"`,
    { name: about.name, direction: about.direction, bytes: about.size, size: about.size, state: 'done' },
    {
      why: 'All of the file has passed, and the last report has to say so. Each file counts for itself.',
    },
  )
  const others = reports.filter(({ direction, size }) => direction !== about.direction || size !== about.size)
  lab.expect(others[0] ?? 'none', 'none', { why: 'Every report on this file tells its size, and in which direction it went.' })
  const odd = reports.find(({ state }) => !['active', 'done', 'failed'].includes(state))
  lab.expect(odd?.state ?? 'active, done or failed', 'active, done or failed', {
    why: 'A report says in `state` how the file stands. These are the words for it.',
  })
  const counts = reports.map(({ bytes }) => bytes)
  const back = counts.find((count, index) => count < (counts[index - 1] ?? 0))
  lab.expect(back === undefined ? 'it only grows' : `${back} bytes after more than that`, 'it only grows', {
    why: 'A bar that goes back tells nobody how far the file is. Report how many bytes there were so far, not how many came last.',
  })
  const early = reports.find(({ state, bytes, size }) => state === 'done' && bytes < size)
  lab.expect(early === undefined ? 'done at the end' : `done at ${early.bytes} bytes`, 'done at the end', {
    why: 'A file is done when all of it has passed, and not before.',
  })
  lab.expect(reports.filter(({ state }) => state === 'failed').length, 0, { why: 'Nothing failed.' })
}
