import type { FetchOptions, FileTransfer } from '../contracts/05-file-transfer.ts'
import type { Check } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { packFile } from './05-frames.ts'
import { drawBytes, openServer, openShare, openTransfers, serving } from './05-partners.ts'
import { codeOf, NO_ERROR, rejects } from './outcomes.ts'

const HALVED_BYTES = 300_000

/** What the client may leave behind on the disk, and where. */
export const keeping: readonly Check<FileTransfer>[] = [
  {
    id: '5.24',
    title: 'an answer that ends too early is none, and leaves no half of a file',
    task: 8,
    about: 'fetchFiles',
    async run(bench) {
      const { whole, ...failed } = await expectNoHalf(bench, '5.24', async (peer) => peer.end())

      const { learner, lab, folder } = bench
      const { into } = await openShare(folder)
      const name = lab.chance.word('5.24', 'short')
      for (const [ends, sizeBytes] of Object.entries({ 'before the answer': 0, 'in a length': 3, 'in a frame': 20 })) {
        const server = await openServer(lab, async (peer) => {
          await peer.write(packFile(name, name).subarray(0, sizeBytes))
          peer.end()
        })
        const outcome = await rejects(learner.fetchFiles({ server: server.address, names: [name], into: into.path }))
        lab.expect(
          { ends, outcome },
          { ends, outcome: 'it rejects' },
          { why: `The connection ended ${ends}. Wherever it ends, what was asked for is not there.` },
        )
      }

      const server = await openServer(
        lab,
        serving(() => whole),
      )
      const options = { server: server.address, names: [failed.name], into: into.path }
      const again = { code: await codeOf(learner.fetchFiles(options)), sizeBytes: (await into.digest(failed.name))?.sizeBytes }
      lab.expect(
        again,
        { code: NO_ERROR, sizeBytes: HALVED_BYTES },
        {
          why: 'The first try broke off in mid-file. This is the second one, for the same file, and now the server sends all of it.',
        },
      )
    },
  },
  {
    id: '5.25',
    title: 'nor does one that is broken off',
    task: 8,
    about: 'fetchFiles',
    async run(bench) {
      await expectNoHalf(bench, '5.25', async (peer) => {
        // What has not been read when a reset comes may be lost with it, and Node may take the reset for an end.
        for (let turns = 0; turns < 10; turns += 1) await bench.learner.settle()
        peer.reset()
      })
    },
  },
  {
    id: '5.26',
    title: 'no name, whoever chose it, is written outside of the folder',
    task: 8,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const home = await folder.folder('a/b')
      const name = `${lab.chance.word('5.26')}.txt`
      const evils = [
        `../../${name}`,
        `../${name}`,
        `${folder.path}/${name}`,
        `..\\..\\${name}`,
        `x/../../../${name}`,
        `....//....//${name}`,
        `../into2/${name}`,
      ]

      await home.folder('into2')

      const into = await home.folder('into')
      for (const evil of evils) {
        const liar = await openServer(
          lab,
          serving(() => packFile(evil, 'evil')),
        )
        const options: Omit<FetchOptions, 'names'> = { server: liar.address, into: into.path }
        await codeOf(learner.fetchFiles({ ...options, names: [name] }))
        await codeOf(learner.fetchFiles({ ...options, names: [evil] }))
        lab.expect(
          { evil, outside: await outsideOf('a/b/into', folder) },
          { evil, outside: [] },
          {
            why: 'The server chose this name, in its answer or in the list from which it was asked for. Whatever a server sends, your folder is yours.',
          },
        )
      }
    },
  },
]

/** A server sends a file, half of another, and then the connection goes. */
async function expectNoHalf(
  { learner, lab, folder }: Parameters<Check<FileTransfer>['run']>[0],
  purpose: string,
  cut: (peer: StreamPeer) => Promise<void>,
): Promise<{ name: string; whole: Uint8Array }> {
  const { into } = await openShare(folder)
  const name = `${lab.chance.word(purpose)}.bin`
  const whole = packFile(name, drawBytes(lab, HALVED_BYTES, purpose))
  const server = await openServer(lab, async (peer) => {
    await peer.write(whole.subarray(0, 20_000))
    await cut(peer)
  })

  const transfers = openTransfers(lab)
  const code = await codeOf(
    learner.fetchFiles({ server: server.address, names: [name], into: into.path, onTransfer: transfers.push }),
  )

  lab.expect(code, 'INCOMPLETE', {
    why: "The server had announced 300000 bytes, and then the connection was gone. An 'end' says that no more will come, not that all has come.",
    hint: 'Count the bytes, and compare with the size.',
  })
  lab.expect((await into.read(name)) === undefined ? 'no such file' : 'a part of it, as if it were all', 'no such file', {
    why: 'Whoever finds a file under that name takes it for the file. A half one is worse than none.',
    hint: 'Write it under another name, and rename it when it is whole.',
  })
  // The attempt's calls arrive in their order: behind an answer of its event loop there is none left.
  await learner.settle()
  lab.expect(transfers.all.filter(({ state }) => state === 'done').length, 0, {
    why: 'The file was reported as done, and only a part of it had come.',
  })
  return { name, whole }
}

async function outsideOf(inside: string, folder: Folder): Promise<string[]> {
  return (await folder.list()).filter((file) => !file.startsWith(`${inside}/`))
}
