import type { Hit, P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import type { TcpPipe } from '../lab/tcp-pipe.ts'
import type { Message } from './05-frames.ts'
import {
  type AnyNode,
  announce,
  crossings,
  drawId,
  expectPeers,
  find,
  findAt,
  hitMessage,
  hitOf,
  hitsIn,
  type Link,
  linkFrom,
  linkUp,
  openOurs,
  openPuppet,
  openShare,
} from './07-partners.ts'

/** Searches in networks of every shape. */
export const searching: readonly Check<P2pNetwork>[] = [
  {
    id: '7.19',
    title: 'a search asks every peer under a new qid with its TTL, and returns what comes back',
    task: 8,
    seconds: 1.1,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const names = ['one', 'two'].map((which) => lab.chance.word('7.19', which)) as [string, string]
      const found = names.map((name) =>
        hitOf(
          { id: drawId(lab, name), address: { host: '192.0.2.7', port: 5007 } },
          announce(name, name === names[0] ? name : ''),
        ),
      )
      const crowd = Array.from({ length: 20 }, (_, nth) => lab.chance.word('7.19', 'crowd', nth))
      const [x, y] = [await openPuppet(lab, 'X', { hits: found }), await openPuppet(lab, 'Y')]
      const node = await learner.allowing(LONGEST_WAIT_MS).startNode({ dir: folder.path, ttl: 2, peers: [x.address, y.address] })
      const [toX, toY] = [await linkFrom(lab, node, x), await linkFrom(lab, node, y)]

      const [vain, patiently, others] = await Promise.all([
        timed(node.search(lab.chance.word('7.19', 'nowhere'))),
        findPatiently(node, names[0]),
        find(node, names[1], 1),
      ])
      const hits = [patiently.hits, others]
      await node.search(names[0], { timeoutMs: 50 })
      const isFirst = ({ name }: Message) => name === names[0]
      const [query, atY] = await Promise.all([toX, toY].map((link) => link.hears('query', isFirst)))
      const isAgain = (message: Message) => isFirst(message) && message.qid !== query?.qid
      const [again] = await Promise.all([toX, toY].map((link) => link.hears('query', isAgain)))
      await Promise.all(crowd.map((name) => node.search(name, { timeoutMs: 20 })))
      const ofCrowd = await Promise.all(crowd.map((wanted) => toX.hears('query', ({ name }) => name === wanted)))

      const qids = new Set(ofCrowd.map((each) => each?.qid)).size
      lab.expect(`${qids} of ${crowd.length} qids differ`, `${crowd.length} of ${crowd.length} qids differ`, {
        why: 'Twenty searches for different names were begun in one moment. Two of them under one qid are one question to everybody else.',
        hint: 'A qid is drawn by chance. In one moment a clock says the same to all.',
      })

      const sameAtY = atY?.qid === query?.qid ? 'the same' : 'another'
      lab.expect(
        { name: query?.name, ttl: query?.ttl, 'qid for Y': sameAtY },
        { name: names[0], ttl: 2, 'qid for Y': 'the same' },
        {
          why: 'X and Y are the two peers, and the node was started with a TTL of 2. Both are asked the same question: one qid, so that nobody further on takes it for two.',
        },
      )
      lab.expect(
        hits,
        found.map((hit) => [hit]),
        {
          why: 'Two searches were on their way at the same time. X sent a hit for each, of nodes somewhere behind it. They are the answers, as they came.',
        },
      )
      lab.expect(
        { X: toX.heard('hit').length, Y: toY.heard('hit').length },
        { X: 0, Y: 0 },
        { why: 'The hits were for your node, which had asked. It passes on those for others, and keeps its own.' },
      )
      lab.expect(patiently.waited, PATIENT, {
        why: 'A hit has come, and the time that the search was given was not over yet. Other owners may be further away, and their hits still on the way.',
      })
      lab.expect(vain.result, [], { why: 'Nobody has a file of this name, so nothing is found.' })
      const patient = 'it waits 1000 ms'
      lab.expect(vain.tookMs >= LEAST_WAIT_MS ? patient : `it waits ${Math.round(vain.tookMs)} ms`, patient, {
        why: 'This search was not told how long to wait, and an answer from far away needs time. Without timeoutMs it is 1,000 ms.',
      })
      lab.expect(again === undefined ? 'no query with a new qid' : 'a new qid', 'a new qid', {
        why: 'The node searched for the same name again. With the qid of the first search everybody drops it, since they have seen it.',
      })
    },
  },
  {
    id: '7.20',
    title: 'in a line of four the first finds the file of the last',
    task: 8,
    about: 'startNode',
    async run({ learner, lab, folder, another }) {
      const { dir, file } = await openShare(lab, folder, 'the last')
      const elsewhere = await another()
      const last = await learner.startNode({ dir })
      const third = await elsewhere.learner.startNode({ dir: elsewhere.folder.path, peers: [last.address] })
      const second = await learner.startNode({ dir: await emptyDir(folder), peers: [third.address] })
      const first = await elsewhere.learner.startNode({ dir: elsewhere.folder.path, peers: [second.address] })
      const line = [
        [first, [second]],
        [second, [first, third]],
        [third, [second, last]],
        [last, [third]],
      ] as const
      await expectPeers(lab, 'Four nodes stand in a line. Each lists its neighbours, whichever of both has connected.', ...line)

      const hits = await find(first, file.name, 1)

      lab.expect(hits, [hitOf(last, file)], {
        why: 'The query passed two nodes that do not have the file, and reached one that does. The hit says who that is, not who passed it on.',
      })
    },
  },
  {
    id: '7.21',
    title: 'two owners are two hits, and no owner is none',
    task: 8,
    seconds: 0.7,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'both')
      const far = await openOurs(lab, { dir })
      const near = await learner.startNode({ dir, peers: [far.address] })
      const searcher = await learner.startNode({ dir: await emptyDir(folder), peers: [near.address] })
      await expectPeers(lab, 'Three nodes stand in a line.', [near, [far, searcher]], [searcher, [near]])

      const [hits, fromNear] = await Promise.all([find(searcher, file.name, 2), findAt(near, hitOf(far, file))])
      const none = await searcher.search(lab.chance.word('nowhere'), { timeoutMs: 100 })

      lab.expect(hits, [hitOf(far, file), hitOf(near, file)].toSorted(byId), {
        why: 'Two nodes in a row have the file. The nearer one answers, and passes the query on: who has asked may want to choose.',
      })
      lab.expect(fromNear, [hitOf(far, file)], {
        why: 'The nearer owner searches as well, for what it has itself. It asks as for any other file: it may want to know who else has it.',
      })
      lab.expect(none, [], {
        why: 'Nobody has that file, and nobody will say so. When the time is over, the answer is an empty list.',
      })

      const puppet = await openPuppet(lab, 'X')
      const { link } = await linkUp(lab, searcher, puppet)
      const late = ['P', 'Q'].map((owner, nth) =>
        hitOf({ id: drawId(lab, owner), address: { host: '192.0.2.7', port: 5007 + nth } }, announce(file.name, owner)),
      )
      lab.expect(await findOneByOne(searcher, link, late, learner.settle), late.toSorted(byId), {
        why: 'X has announced nothing. Asked all the same, it passed on one hit, and a moment later another one, while the search was still going on. Both count.',
        hint: 'A search cannot know how many answers there will be. It waits until its time is over.',
      })
    },
  },
  {
    id: '7.22',
    title: 'in a mesh of your nodes and ours each finds what the others have, and no link carries a query more than twice',
    task: 8,
    seconds: 1.1,
    about: 'startNode',
    async run({ learner, lab, folder, another }) {
      const elsewhere = await another()
      const shares = [
        await openShare(lab, folder, 'A'),
        await openShare(lab, folder, 'B'),
        await openShare(lab, elsewhere.folder, 'C'),
        await openShare(lab, folder, 'D'),
      ]
      const [{ dir: dirA }, { dir: dirB }, { dir: dirC }, { dir: dirD }] = shares as [Share, Share, Share, Share]
      const pipes: TcpPipe[] = []
      const pipeTo = async ({ address }: { address: { host: string; port: number } }, client: string, server: string) => {
        const pipe = await lab.tcpPipe(address, { client, server })
        pipes.push(pipe)
        return pipe.address
      }
      const a = await learner.startNode({ dir: dirA })
      const b = await openOurs(lab, { dir: dirB, peers: [await pipeTo(a, 'B', 'A')] })
      const c = await elsewhere.learner.startNode({ dir: dirC, peers: [await pipeTo(a, 'C', 'A'), await pipeTo(b, 'C', 'B')] })
      const d = await openOurs(lab, { dir: dirD, peers: [await pipeTo(b, 'D', 'B'), await pipeTo(c, 'D', 'C')] })
      const mesh = [
        [a, [b, c]],
        [b, [a, c, d]],
        [c, [a, b, d]],
        [d, [b, c]],
      ] as const
      await expectPeers(lab, 'Four nodes have five links, and each peer is listed once.', ...mesh)

      for (const [searcher, owner, place] of [
        [a, d, 3],
        [c, b, 1],
        [d, a, 0],
        [b, c, 2],
      ] as const) {
        const { file } = shares[place] as Share
        lab.expect(await find(searcher, file.name, 1), [hitOf(owner, file)], {
          why: 'A and C are your nodes, in two programs; B and D are ours. Each has a file that the others do not have.',
        })
      }
      const counts = pipes.flatMap((pipe) => [...crossings([pipe.overheard('up'), pipe.overheard('down')]).values()])
      lab.expect(
        counts.filter((count) => count > 2),
        [],
        { why: 'A link carries a query once each way at most, whatever the network looks like.' },
      )
    },
  },
]

/** Far less than the 1,000 ms of the contract, and far more than no wait at all. */
const LEAST_WAIT_MS = 200
/** How long a call of a node may take that was not told how long to wait. */
const LONGEST_WAIT_MS = 6000

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly tookMs: number }> {
  const startedAt = performance.now()
  const result = await work
  return { result, tookMs: performance.now() - startedAt }
}

/** Whether a search has waited until its time was over, with some slack for timers that fire early. */
function waitOf(tookMs: number, timeoutMs: number): string {
  return tookMs >= timeoutMs * 0.95 - 2 ? PATIENT : `after ${Math.round(tookMs)} of ${timeoutMs} ms`
}

const PATIENT = 'it waits until the time is over'

/** Has a node search for what is found at once, and looks whether it waits all the same. */
async function findPatiently(node: AnyNode, name: string): Promise<{ readonly hits: Hit[]; readonly waited: string }> {
  let hits: Hit[] = []
  let waited = ''
  for (const timeoutMs of [1000, 1700]) {
    const { result, tookMs } = await timed(node.search(name, { timeoutMs }))
    hits = hitsIn(result)
    waited = waitOf(tookMs, timeoutMs)
    if (hits.length > 0) break
  }
  return { hits, waited }
}

/**
 * How long a search may go on, and how many turns of its event loop a program has between two hits: long enough to come back
 * with the first, if that is all it wants. On a busy machine a turn takes so long that there can only be fewer.
 */
const SEARCHES_HIT_BY_HIT = [
  { timeoutMs: 250, turns: 15 },
  { timeoutMs: 1000, turns: 15 },
  { timeoutMs: 1600, turns: 5 },
  { timeoutMs: 1800, turns: 1 },
]

/** Answers a search hit by hit, so that each has arrived before the next one is sent. @param turn waits for that */
async function findOneByOne(node: AnyNode, link: Link, hits: readonly Hit[], turn: () => Promise<void>): Promise<Hit[]> {
  const name = String(hits[0]?.name)
  const qids = new Set<unknown>()
  let found: Hit[] = []
  for (const { timeoutMs, turns } of SEARCHES_HIT_BY_HIT) {
    const answering = timed(node.search(name, { timeoutMs }))
    const query = await link.hears('query', (message) => message.name === name && !qids.has(message.qid))
    qids.add(query?.qid)
    for (const [nth, hit] of hits.entries()) {
      for (let left = nth === 0 ? 0 : turns; left > 0; left -= 1) await turn()
      await link.say(hitMessage(query?.qid, hit))
    }
    const { result, tookMs } = await answering
    found = hitsIn(result).filter(({ id }) => hits.some((hit) => hit.id === id))
    // Who comes back early does so on any machine.
    if (found.length >= hits.length || waitOf(tookMs, timeoutMs) !== PATIENT) break
  }
  return found
}

type Share = Awaited<ReturnType<typeof openShare>>

async function emptyDir(folder: { folder(name: string): Promise<{ path: string }> }): Promise<string> {
  return (await folder.folder('nothing')).path
}

function byId(a: { id?: unknown }, b: { id?: unknown }): number {
  return String(a.id) < String(b.id) ? -1 : 1
}
