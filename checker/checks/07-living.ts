import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import { becomesTrue } from '../lab/within.ts'
import { drawBytes, endingOf } from './05-partners.ts'
import {
  announce,
  expectListed,
  expectPeers,
  find,
  hitOf,
  linkAll,
  linkUp,
  openOurs,
  openPuppet,
  openShare,
  peersOf,
  queryFor,
  roundTrip,
} from './07-partners.ts'
import { expectPortFree, rejects } from './outcomes.ts'

/** Files that are fetched and files that change; nodes that come and go. */
export const living: readonly Check<P2pNetwork>[] = [
  {
    id: '7.23',
    title: 'a file that was found is fetched from its owner, whole',
    task: 9,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const content = drawBytes(lab, 1_000_003, '7.23')
      const [theirs, mine] = [
        await openShare(lab, folder, 'ours', content),
        await openShare(lab, folder, 'you', content.subarray(7)),
      ]
      const [into, back] = [await folder.folder('into'), await folder.folder('back')]
      const ours = await openOurs(lab, { dir: theirs.dir })
      const between = await openOurs(lab, { dir: into.path, peers: [ours.address] })
      const node = await learner.startNode({ dir: mine.dir, peers: [between.address] })
      await expectListed(lab, node, between)

      const [[hit], [found]] = await Promise.all([find(node, theirs.file.name, 1), find(ours, mine.file.name, 1)])
      lab.expect([hit, found], [hitOf(ours, theirs.file), hitOf(node, mine.file)], {
        why: 'Each of two nodes searches for what the other has.',
      })
      await node.download(hitOf(ours, theirs.file), into.path)
      await ours.download(hitOf(node, mine.file), back.path)

      lab.expect(await into.read(theirs.file.name), theirs.content, {
        why: 'The search went over a node between. The file comes from its owner, and lies in the folder under its name.',
      })
      lab.expect(await back.read(mine.file.name), mine.content, {
        why: 'Your node is an owner, too, and serves what it has announced.',
      })
    },
  },
  {
    id: '7.24',
    title: 'what has not the right hash is not taken for the file',
    task: 9,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const [{ file, content }, into] = [await openShare(lab, folder, 'honest'), await folder.folder('into')]
      const forged = content.toReversed()
      const liar = await openPuppet(lab, 'X', { contents: { [file.name]: forged } })
      const honest = await openPuppet(lab, 'Y', { contents: { [file.name]: content } })
      const node = await learner.startNode({ dir: into.path })

      const outcome = {
        X: await rejects(node.download(hitOf(liar, file), into.path)),
        Y: await rejects(node.download(hitOf(honest, file), into.path)),
      }

      lab.expect(
        outcome,
        { X: 'it rejects', Y: 'it resolves' },
        {
          why: 'X sent as many bytes as the hit had announced, but other ones. The hash in the hit tells, and that is what it is for.',
        },
      )
      lab.expect(await into.read(file.name), content, { why: 'Y sent the file whose hash was announced.' })
    },
  },
  {
    id: '7.25',
    title: 'a rescan announces what is in the folder now, and it can be found',
    task: 10,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { share, dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [x, y] = await linkAll(lab, node, ['X', 'Y'])
      const [name, later] = [lab.chance.word('7.25'), `${lab.chance.word('7.25', 'content')}, longer than before`]

      await share.write(name, name)
      await share.write(file.name, later)
      await node.rescan()

      const now = [announce(file.name, later), announce(name, name)].toSorted(byName)
      const isNow = ({ files }: { files?: unknown }) => JSON.stringify(tidy(files)) === JSON.stringify(now)
      const told = await Promise.all([x, y].map((link) => link.hears('files', isNow)))
      const last = [x, y].map((link, index) => tidy((told[index] ?? link.heard('files').at(-1))?.files))
      lab.expect(
        { X: last[0], Y: last[1] },
        { X: now, Y: now },
        {
          why: 'There is a new file in the folder, and another has changed. `files` tells all peers what is there now: all of it, with size and hash.',
        },
      )
      const query = queryFor(lab, name)
      await x.say(query)
      const hit = await x.hears('hit')
      lab.expect(
        hit && { id: hit.id, sha256: hit.sha256 },
        { id: node.id, sha256: announce(name, name).sha256 },
        {
          why: 'The new file was announced, so whoever asks for it gets a hit.',
        },
      )
    },
  },
  {
    id: '7.26',
    title: 'peers() shows what a peer has announced last',
    task: 10,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const node = await learner.startNode({ dir: folder.path })
      const peer = await openPuppet(lab, 'X', { files: [announce('old.txt', 'old')] })
      const { link } = await linkUp(lab, node, peer)
      const names = [1, 2].map((nth) => lab.chance.word('7.26', nth)).toSorted()

      await link.say({ type: 'files', files: names.map((name) => announce(name, name)) })
      await becomesTrue(async () => (await peersOf(node))[0]?.files.join() === names.join())

      lab.expect(
        (await peersOf(node)).map(({ id, files }) => ({ id, files })),
        [{ id: peer.id, files: names }],
        {
          why: 'X said in its hello that it has old.txt, and now that it has two other files. The last word counts.',
        },
      )
    },
  },
  {
    id: '7.27',
    title: 'a peer that goes is listed no longer, with a goodbye or without',
    task: 11,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [polite, quiet, broken, stays] = [
        await openPuppet(lab, 'X'),
        await openPuppet(lab, 'Y'),
        await openPuppet(lab, 'Z'),
        await openPuppet(lab, 'W'),
      ]
      const { link: toX } = await linkUp(lab, node, polite)
      const { link: toY } = await linkUp(lab, node, quiet)
      const { link: toZ } = await linkUp(lab, node, broken)
      const { link: toW } = await linkUp(lab, node, stays)

      await toX.say({ type: 'bye' })
      toX.peer.end()
      toY.peer.end()
      await learner.settle()
      toZ.peer.reset()

      await expectPeers(
        lab,
        'X said bye and ended its connection, Y ended it without a word, and that of Z broke. Only W is still there.',
        [node, [stays]],
      )
      lab.expect(await roundTrip(lab, toW, file, 1), 'answered', { why: 'Three peers are gone. W is not, and asks for a file.' })
    },
  },
  {
    id: '7.28',
    title: 'when the owner is gone, download() rejects, and nothing is found any more',
    task: 11,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const [{ dir, file }, into] = [await openShare(lab, folder, 'ours'), await folder.folder('into')]
      const owner = await openOurs(lab, { dir })
      const node = await learner.startNode({ dir: into.path, peers: [owner.address] })
      await expectListed(lab, node, owner)
      lab.expect(await find(node, file.name, 1), [hitOf(owner, file)], { why: 'The owner is a peer, and has the file.' })

      await owner.close()
      await expectPeers(lab, 'The only peer has closed. Its connection is gone, and so is the peer.', [node, []])

      lab.expect(await rejects(node.download(hitOf(owner, file), into.path)), 'it rejects', {
        why: 'The hit is from before. Where the owner was, nobody listens any more, and whoever wants the file has to hear it.',
      })
      lab.expect(await node.search(file.name, { timeoutMs: 100 }), [], { why: 'Nobody has the file any more.' })
    },
  },
  {
    id: '7.29',
    title: 'close() ends every link, frees the port, and may be called twice',
    task: 11,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const node = await learner.startNode({ dir: folder.path })
      const [x, y] = await linkAll(lab, node, ['X', 'Y'])

      await node.close()

      lab.expect(
        { X: await endingOf(x.peer), Y: await endingOf(y.peer) },
        { X: 'closed', Y: 'closed' },
        {
          why: 'A node that is closed has no links. If the connections stay, its peers go on talking to nobody.',
        },
      )
      await expectPortFree('tcp', lab, node.address, 'close() resolved')
      await node.close()
    },
  },
  {
    id: '7.30',
    title: 'a network that is cut in two finds nothing across, and everything again when a new node joins both',
    task: 11,
    about: 'startNode',
    async run({ learner, lab, folder, another }) {
      const [{ dir, file }, nothing] = [await openShare(lab, folder, 'you'), await folder.folder('nothing')]
      const elsewhere = await another()
      const owner = await learner.startNode({ dir })
      const pipe = await lab.tcpPipe(owner.address, { client: 'A', server: 'B' })
      const searcher = await elsewhere.learner.startNode({ dir: elsewhere.folder.path, peers: [pipe.address] })
      await expectPeers(lab, 'There are two nodes, and one link between them.', [owner, [searcher]], [searcher, [owner]])
      lab.expect(await find(searcher, file.name, 1), [hitOf(owner, file)], {
        why: 'There is a link, and the file lies at its other end.',
      })

      pipe.cut()
      await expectPeers(lab, 'The only link was cut. Each side is alone.', [owner, []], [searcher, []])
      lab.expect(await searcher.search(file.name, { timeoutMs: 100 }), [], { why: 'There is no way to the file any more.' })

      const bridge = await openOurs(lab, { dir: nothing.path, peers: [owner.address, searcher.address] })
      await expectPeers(lab, 'A new node has connected to both, and said hello.', [owner, [bridge]], [searcher, [bridge]])
      lab.expect(await find(searcher, file.name, 1), [hitOf(owner, file)], {
        why: 'A new node has links with both. Nobody had to tell the two: the next query takes the new way.',
      })
    },
  },
]

/** What a `files` announces, in order of the names. */
function tidy(files: unknown): unknown {
  if (!Array.isArray(files)) return 'no list of files'
  const told = files.map((file: { name?: unknown; size?: unknown; sha256?: unknown } | undefined) => ({
    name: String(file?.name),
    size: file?.size,
    sha256: String(file?.sha256).toLowerCase(),
  }))
  return told.toSorted(byName)
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}
