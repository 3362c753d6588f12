import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
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
  linkFrom,
  linkUp,
  openOurs,
  openPuppet,
  openShare,
  peersOf,
  queryFor,
  roundTrip,
} from './07-partners.ts'
import { expectPortFree, outcomeOf, rejects } from './outcomes.ts'

/** Longer than any patience that a program has with somebody who has just connected: two seconds are usual. */
const SILENCE_MS = 2300

const [A_LATER_TIME, A_YET_LATER_TIME] = [new Date('2040-01-01T00:00:00Z'), new Date('2041-01-01T00:00:00Z')]

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
      const called = await openPuppet(lab, 'W')
      const node = await learner.startNode({ dir, peers: [called.address] })
      const [x, y] = await linkAll(lab, node, ['X', 'Y'])
      const w = await linkFrom(lab, node, called)
      const announcedTo = async (now: unknown) => {
        const isNow = ({ files }: { files?: unknown }) => JSON.stringify(tidy(files)) === JSON.stringify(now)
        const told = await Promise.all([x, y, w].map((link) => link.hears('files', isNow)))
        const [toX, toY, toW] = [x, y, w].map((link, index) => tidy((told[index] ?? link.heard('files').at(-1))?.files))
        return { X: toX, Y: toY, W: toW }
      }

      await share.write(name, name)
      await share.write(file.name, later)
      // A node may go by size and time. Two changes within one tick of the disk's clock would look the same to it.
      await utimes(await share.write(ofSameSize, `new ${name}`), A_LATER_TIME, A_LATER_TIME)
      await rm(join(dir, gone))
      await node.rescan()

      const now = [announce(file.name, later), announce(name, name), announce(ofSameSize, `new ${name}`)].toSorted(byName)
      lab.expect(
        await announcedTo(now),
        { X: now, Y: now, W: now },
        {
          why: 'There is a new file in the folder, two have changed, one of them without a change of its size, and another is gone. `files` tells all peers what is there now, whichever of both has connected: all of it, with size and hash.',
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

      await share.write(ofSameSize, `now ${name}`)
      await utimes(join(dir, ofSameSize), A_YET_LATER_TIME, A_YET_LATER_TIME)
      await node.rescan()
      const then = [...now.filter((each) => each.name !== ofSameSize), announce(ofSameSize, `now ${name}`)].toSorted(byName)
      lab.expect(
        await announcedTo(then),
        { X: then, Y: then, W: then },
        {
          why: 'The same files lie in the folder, and one of them has another content. Its hash is news to all peers.',
        },
      )
      for (const each of then) await rm(join(dir, each.name))
      await node.rescan()
      lab.expect(
        await announcedTo([]),
        { X: [], Y: [], W: [] },
        {
          why: 'The folder is empty now. Peers who are not told go on sending others here.',
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
      const { dir, file } = await openShare(lab, folder, 'you')
      const [peer, called] = [
        await openPuppet(lab, 'X', { files: [announce('old.txt', 'old')] }),
        await openPuppet(lab, 'W', { files: [announce('older.txt', 'older')] }),
      ]
      const node = await learner.startNode({ dir, peers: [called.address] })
      const toW = await linkFrom(lab, node, called)
      const { link } = await linkUp(lab, node, peer)
      const shown = async (wanted: Readonly<Record<string, readonly string[]>>) => {
        const ofEach = async () => {
          const peers = await peersOf(node)
          return Object.fromEntries(Object.keys(wanted).map((id) => [id, peers.find((each) => each.id === id)?.files]))
        }
        await becomesTrue(async () => JSON.stringify(await ofEach()) === JSON.stringify(wanted))
        return ofEach()
      }
      const names = [1, 2].map((nth) => lab.chance.word('7.26', nth)).toSorted()

      await link.say({ type: 'files', files: names.map((name) => announce(name, name)) })
      await toW.say({ type: 'files', files: [announce(String(names[0]), 'of W')] })
      await roundTrip(lab, link, file, 1)

      const [last, empty] = [
        { [peer.id]: names, [called.id]: [String(names[0])] },
        { [peer.id]: [], [called.id]: [String(names[0])] },
      ]
      lab.expect(await shown(last), last, {
        why: 'X said in its hello that it has old.txt, and then that it has two other files. W, to whom your node has connected, had older.txt, and then another one. The last word counts, also when X has asked for something since.',
      })
      await link.say({ type: 'files', files: [] })
      lab.expect(await shown(empty), empty, {
        why: 'X has announced once more, and now it has no files at all. An empty list is a list.',
      })
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
    id: '7.37',
    title: 'a link stays, however long nobody speaks on it',
    task: 11,
    seconds: 2.4,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const called = await openPuppet(lab, 'W')
      const node = await learner.startNode({ dir, peers: [called.address] })
      const links = { X: (await linkUp(lab, node, await openPuppet(lab, 'X'))).link, W: await linkFrom(lab, node, called) }

      // No event tells of silence.
      await pause(SILENCE_MS)

      const answers = { X: await roundTrip(lab, links.X, file, 1), W: await roundTrip(lab, links.W, file, 2) }
      lab.expect(
        answers,
        { X: 'answered', W: 'answered' },
        {
          why: 'X has connected to your node, and your node to W. For two seconds nobody had anything to say, and then each of the two had a question. In a small network a link may be silent for hours.',
          hint: 'If you give a connection a time limit for its hello, take it away when the hello is there.',
        },
      )
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
      const called = await openPuppet(lab, 'W')
      const node = await learner.startNode({ dir: folder.path, peers: [called.address] })
      const [x, y] = await linkAll(lab, node, ['X', 'Y'])
      const w = await linkFrom(lab, node, called)
      // Somebody who has not said a word, and a client that was served and stays.
      await lab.tcpClient(node.address, { name: 'nobody' })
      const client = await openClient(lab, node)
      await client.answered({ type: 'list' }, 1)

      const outcome = await outcomeOf(node.close())

      lab.expect(outcome, 'it resolves', {
        why: 'Your node has links with X and Y, and with W, to whom it has connected. A client of lesson 5 is connected as well, and somebody who has not said a word. They may stay for ever, so close() must not wait for them.',
        hint: 'server.close() stops listening, and then waits until all connections have ended.',
      })
      lab.expect(
        {
          X: await endingOf(x.peer),
          Y: await endingOf(y.peer),
          W: await endingOf(w.peer),
          'the client': await endingOf(client.peer),
        },
        { X: 'closed', Y: 'closed', W: 'closed', 'the client': 'closed' },
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
