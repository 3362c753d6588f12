import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import { type Check, CHECK_MS } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import type { StreamServer } from '../lab/stream-peers.ts'
import { freeTcpPort } from '../lab/tcp-socket.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { PATIENCE_MS } from '../lab/within.ts'
import { CallRejected } from '../sandbox/learner.ts'
import type { Message } from './05-frames.ts'
import { openClient } from './05-partners.ts'
import {
  expectListed,
  expectPeers,
  idsOf,
  type Link,
  linkAll,
  linkFrom,
  linkOver,
  linkUp,
  openPuppet,
  openShare,
  roundTrip,
} from './07-partners.ts'
import { onFreePort } from './outcomes.ts'

/** One link with everybody who is there. */
export const meeting: readonly Check<P2pNetwork>[] = [
  {
    id: '7.10',
    title: 'a node has no link with itself',
    task: 4,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const { server: scene } = await onFreePort('tcp', async (port) => {
        const [first, second] = [await openPuppet(lab, 'X'), await openPuppet(lab, 'Y')]
        const own = { host: LOOPBACK, port }
        const relay = await lab.tcpPipe(own, { client: 'you', server: 'you, too' })
        const peers = [first.address, own, relay.address, second.address]
        const node = await learner.startNode({ dir, port, peers, advertise: relay.address }).catch((error: unknown) => {
          // To refuse to start with such a peer is also a way.
          if (error instanceof CallRejected) return learner.startNode({ dir, peers: [first.address, second.address] })
          throw error
        })
        return { node, first, second }
      })
      const { node, first, second } = scene
      const links = [await linkFrom(lab, node, first), await linkFrom(lab, node, second), ...(await linkAll(lab, node, ['Z']))]
      for (const [nth, link] of links.entries()) await roundTrip(lab, link, file, nth)

      const ids = await idsOf(node)
      lab.expect(
        ids,
        ids.filter((id) => id !== node.id),
        {
          why: 'The address of the node itself was among its peers, and that of a relay before it as well. Whoever talks to themselves hears everything twice.',
          hint: 'The hello tells who is there: the id in it is your own.',
        },
      )
    },
  },
  {
    id: '7.11',
    title: 'two links that cross become one',
    task: 4,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      // One with an id that is smaller than any other, and one with a greater one.
      const puppets = [
        await openPuppet(lab, 'X', { id: '0'.repeat(31) + 1 }),
        await openPuppet(lab, 'Y', { id: `${'f'.repeat(31)}e` }),
      ]
      const node = await learner.startNode({ dir, peers: puppets.map(({ address }) => address) })
      const wanted = lab.chance.word('7.11')

      const twice = await openPuppet(lab, 'Z')

      const pairs = []
      for (const [nth, puppet] of puppets.entries()) {
        const [opened, crossing] = [await linkFrom(lab, node, puppet), await puppet.call(node)]
        const both = [opened, crossing]
        for (const [which, link] of both.entries()) await roundTrip(lab, link, file, 10 * nth + which)
        pairs.push(both)
      }
      const ofZ = [(await linkUp(lab, node, twice)).link, await twice.call(node)]
      for (const [which, link] of ofZ.entries()) await roundTrip(lab, link, file, 50 + which)
      pairs.push(ofZ)
      await expectPeers(lab, 'Each of the three is one node, however many connections there were. Its id tells.', [
        node,
        [...puppets, twice],
      ])
      await node.search(wanted, { timeoutMs: 100 })
      const counts: number[] = []
      for (const [nth, both] of pairs.entries()) {
        await Promise.all(both.map((link, which) => roundTrip(lab, link, file, 100 + 10 * nth + which)))
        counts.push(both.flatMap((link) => link.heard('query')).filter(({ name }) => name === wanted).length)
      }

      lab.expect(
        { X: counts[0], Y: counts[1], Z: counts[2] },
        { X: 1, Y: 1, Z: 1 },
        {
          why: 'Your node had connected to X and to Y, and then each of them connected to your node. Z has connected to your node twice. One link with each is enough: over two of them every query goes twice.',
          hint: 'If each end closes the link that it has not opened itself, none is left. Choose by the ids, so that both choose the same.',
        },
      )
    },
  },
  {
    id: '7.31',
    title: 'a peer that is away ends no program, and the others are there',
    task: 11,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const away = { host: LOOPBACK, port: await freeTcpPort() }
      const [x, y] = [await openPuppet(lab, 'X'), await openPuppet(lab, 'Y')]

      const node = await learner.startNode({ dir, peers: [away, x.address] }).catch((error: unknown) => {
        // To refuse to start without it is also a way.
        if (error instanceof CallRejected) return learner.startNode({ dir, peers: [x.address] })
        throw error
      })
      await linkUp(lab, node, y)

      await expectPeers(lab, 'Nobody listens where one of its peers should be. X is there, and Y has come.', [node, [x, y]])
      lab.expect(await roundTrip(lab, await linkFrom(lab, node, x), file, 1), 'answered', {
        why: 'X was the last of the peers that your node was told, and asks for a file.',
      })
    },
  },
  {
    id: '7.36',
    title: 'two nodes that have connected to each other stay peers',
    task: 4,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'both')
      // B connects to where it takes A to be, and there it is kept waiting.
      const insteadOfA = await lab.tcpServer({ name: 'A' })
      const starting = learner.allowing(CHECK_MS).startNode({ dir, peers: [insteadOfA.address] })
      // Whoever connects late does so when it is asked for its peers.
      starting.then(idsOf).catch(() => undefined)
      const fromB = await firstLink(lab, insteadOfA)
      const givenUp = fromB.link.peer.closed.then(() => true)

      // A connects to B, and both know each other. Then the connection of B comes through.
      const a = await learner.startNode({ dir, peers: [{ host: LOOPBACK, port: Number(fromB.hello.port) }] })
      await expectListed(lab, a, { id: String(fromB.hello.id), name: 'B' })
      const { peer } = await openClient(lab, a, { name: 'B' })
      const toA = linkOver(peer)
      await toA.say(fromB.hello)
      // A answers, or closes it. Whichever it is, B hears the hello of A before it can hear of that.
      await Promise.race([toA.peer.closed, toA.hears('hello')])
      // Nobody waits for ever. On a machine so busy that B has stopped waiting meanwhile there is nothing to be seen.
      if (await Promise.race([givenUp, learner.settle().then(() => false)])) return
      await fromB.link.say({ type: 'hello', id: a.id, ...a.address, files: [file] })
      void toA.peer.closed.then(() => fromB.link.peer.end())
      void fromB.link.peer.closed.then(() => toA.peer.end())
      const b = await starting
      // In the first round each decides what to close, in the others each hears of it.
      for (const round of [1, 2, 3]) {
        await Promise.all([toA, fromB.link].map((link, nth) => roundTrip(lab, link, file, 10 * round + nth)))
        for (const node of [a, b]) await (await openClient(lab, node)).answered({ type: 'list' }, 1)
      }

      await expectPeers(
        lab,
        'A had connected to B, and B to A. One of the two connections may go. The other has to stay, and which one that is, both must see alike.',
        [a, [b]],
        [b, [a]],
      )
    },
  },
]

interface Greeting {
  readonly link: Link
  readonly hello: Message
}

/** The first connection of a node to whom it takes for another, with its hello. */
async function firstLink(lab: Lab, { accepted }: StreamServer): Promise<Greeting> {
  const link = linkOver(await accepted.next('a connection', () => true, 3 * PATIENCE_MS))
  const hello = await link.hears('hello')
  const port = Number(hello?.port)
  lab.expect(port > 0 && port < 65_536 ? 'a hello with a port' : `port: ${show(hello?.port)}`, 'a hello with a port', {
    why: 'Your node has connected to a peer. It says hello first, and where it can be reached.',
  })
  return { link, hello: hello as Message }
}
