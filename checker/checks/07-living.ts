import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import { becomesTrue } from '../lab/within.ts'
import { endingOf, openClient } from './05-partners.ts'
import {
  announce,
  expectListed,
  expectPeers,
  find,
  hitMessage,
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
import { expectPortFree, outcomeOf, rejects } from './outcomes.ts'

const A_LATER_TIME = new Date('2040-01-01T00:00:00Z')

/** Files that change; nodes that come and go. */
export const living: readonly Check<P2pNetwork>[] = [
  {
    id: '7.25',
    title: 'a rescan announces what is in the folder now, and it can be found',
    task: 10,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { share, dir, file } = await openShare(lab, folder, 'you')
      const gone = 'gone.txt'
      const ofSameSize = 'of the same size.txt'
      await share.write(gone, gone)
      const [name, later] = [lab.chance.word('7.25'), `${lab.chance.word('7.25', 'content')}, longer than before`]
      await share.write(ofSameSize, `old ${name}`)
      const node = await learner.startNode({ dir })
      const [x, y] = await linkAll(lab, node, ['X', 'Y'])

      await share.write(name, name)
      await share.write(file.name, later)
      // A node may go by size and time. Two changes within one tick of the disk's clock would look the same to it.
      await utimes(await share.write(ofSameSize, `new ${name}`), A_LATER_TIME, A_LATER_TIME)
      await rm(join(dir, gone))
      await node.rescan()

      const now = [announce(file.name, later), announce(name, name), announce(ofSameSize, `new ${name}`)].toSorted(byName)
      const isNow = ({ files }: { files?: unknown }) => JSON.stringify(tidy(files)) === JSON.stringify(now)
      const told = await Promise.all([x, y].map((link) => link.hears('files', isNow)))
      const last = [x, y].map((link, index) => tidy((told[index] ?? link.heard('files').at(-1))?.files))
      lab.expect(
        { X: last[0], Y: last[1] },
        { X: now, Y: now },
        {
          why: 'There is a new file in the folder, two have changed, one of them without a change of its size, and another is gone. `files` tells all peers what is there now: all of it, with size and hash.',
        },
      )
      await x.say(...[gone, file.name, name, ofSameSize].map((each) => queryFor(lab, each)))
      const hits = await x.hearsAll('hit', 3)
      lab.expect(
        hits.map((hit) => ({ id: hit.id, name: String(hit.name), sha256: hit.sha256 })).toSorted(byName),
        now.map((each) => ({ id: node.id, name: each.name, sha256: each.sha256 })),
        {
          why: `X asked for ${gone}, for the files that have changed, and for the new one. Whoever asks finds what is in the folder now.`,
        },
      )
      const { hello } = await linkUp(lab, node, await openPuppet(lab, 'Z'))
      lab.expect(tidy(hello.files), now, {
        why: 'Z has come after the rescan. The hello that it gets tells what is in the folder now.',
      })
    },
  },
  {
    id: '7.26',
    title: 'peers() shows what a peer has announced last',
    task: 10,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const peer = await openPuppet(lab, 'X', { files: [announce('old.txt', 'old')] })
      const { link } = await linkUp(lab, node, peer)
      const names = [1, 2].map((nth) => lab.chance.word('7.26', nth)).toSorted()

      await link.say({ type: 'files', files: names.map((name) => announce(name, name)) })
      await roundTrip(lab, link, file, 1)
      await becomesTrue(async () => (await peersOf(node))[0]?.files.join() === names.join())

      lab.expect(
        (await peersOf(node)).map(({ id, files }) => ({ id, files })),
        [{ id: peer.id, files: names }],
        {
          why: 'X said in its hello that it has old.txt, and then that it has two other files. The last word counts, also when X has asked for something since.',
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
      const query = queryFor(lab, lab.chance.word('7.27'))
      await toX.say(query)
      await toW.hears('query')

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
      lab.expect(
        { X: await endingOf(toX.peer), Y: await endingOf(toY.peer) },
        { X: 'closed', Y: 'closed' },
        {
          why: 'X and Y have ended their direction of the connection. Your node has to end its own, or both ends keep half a connection for ever.',
        },
      )
      await toW.say(hitMessage(query.qid, hitOf(stays, announce(String(query.name), 'found'))))
      lab.expect(await roundTrip(lab, toW, file, 1), 'answered', {
        why: 'Three peers are gone. W is not. It answers a query that came from X, for whom nobody can take the answer any more, and then asks for a file.',
      })

      const { link: again } = await linkUp(lab, node, polite)
      lab.expect(await roundTrip(lab, again, file, 2), 'answered', {
        why: 'X is back, with the id that it had before. It is a peer like any other.',
      })
    },
  },
  {
    id: '7.28',
    title: 'when the file or its owner is gone, download() rejects, and nothing is found any more',
    task: 11,
    seconds: 0.5,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const [{ dir, file }, into] = [await openShare(lab, folder, 'ours'), await folder.folder('into')]
      const owner = await openOurs(lab, { dir })
      const node = await learner.startNode({ dir: into.path, peers: [owner.address] })
      await expectListed(lab, node, owner)
      lab.expect(await find(node, file.name, 1), [hitOf(owner, file)], { why: 'The owner is a peer, and has the file.' })

      await rm(join(dir, file.name))
      lab.expect(await rejects(node.download(hitOf(owner, file), into.path)), 'it rejects', {
        why: 'The owner is there and has deleted the file since the search. It answers "missing", and whoever wants the file has to hear it.',
      })

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
      // Somebody who has not said a word, and a client that was served and stays.
      await lab.tcpClient(node.address, { name: 'nobody' })
      const client = await openClient(lab, node)
      await client.answered({ type: 'list' }, 1)

      const outcome = await outcomeOf(node.close())

      lab.expect(outcome, 'it resolves', {
        why: 'Your node has links with X and Y. A client of lesson 5 is connected as well, and somebody who has not said a word. They may stay for ever, so close() must not wait for them.',
        hint: 'server.close() stops listening, and then waits until all connections have ended.',
      })
      lab.expect(
        { X: await endingOf(x.peer), Y: await endingOf(y.peer), 'the client': await endingOf(client.peer) },
        { X: 'closed', Y: 'closed', 'the client': 'closed' },
        {
          why: 'A node that is closed has no links, and serves nobody. If the connections stay, the others go on talking to nobody.',
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
    seconds: 0.7,
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
