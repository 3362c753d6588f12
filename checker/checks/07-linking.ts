import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { CallRejected } from '../sandbox/learner.ts'
import {
  type AnyNode,
  expectListed,
  expectPeers,
  find,
  idsOf,
  linkAll,
  linkFrom,
  linkUp,
  openOurs,
  openPuppet,
  openShare,
  peersOf,
  roundTrip,
} from './07-partners.ts'
import { onFreePort } from './outcomes.ts'

const NOT_AN_ID = 'no id of 32 hexadecimal digits'

/** Who is who, and one link each. */
export const linking: readonly Check<P2pNetwork>[] = [
  {
    id: '7.6',
    title: 'who connects to a peer says hello: who it is, where it listens, what it has',
    task: 3,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { share, dir, file } = await openShare(lab, folder, 'you')
      await share.write('empty', '')
      const peer = await openPuppet(lab, 'X', { files: [file, { ...file, name: 'another' }] })

      const node = await learner.startNode({ dir, peers: [peer.address] })
      const link = await linkFrom(lab, node, peer)

      const [hello] = link.heard('hello')
      expectHello(lab, hello, node, { ...node.address }, [file, { name: 'empty', size: 0, sha256: EMPTY_SHA256 }])
      lab.expect(await peersOf(node), [{ id: peer.id, address: peer.address, files: ['another', file.name].toSorted() }], {
        why: 'This is what X said of itself in its hello.',
      })
    },
  },
  {
    id: '7.7',
    title: 'who is connected to says hello as well, and lists the peer where it listens',
    task: 3,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const peer = await openPuppet(lab, 'X', { files: [{ ...file, name: 'theirs' }] })

      const { hello } = await linkUp(lab, node, peer)

      expectHello(lab, hello, node, { ...node.address }, [file])
      lab.expect(await peersOf(node), [{ id: peer.id, address: peer.address, files: ['theirs'] }], {
        why: 'X told where it listens. The port that its connection comes from is another one, and nobody listens there.',
      })
    },
  },
  {
    id: '7.8',
    title: 'an id is drawn at random, once for each node',
    task: 3,
    about: 'startNode',
    async run({ learner, lab, folder, another }) {
      const [dir, chosen] = [
        folder.path,
        lab.chance
          .integer(0, 2 ** 32 - 1, '7.8')
          .toString(16)
          .padStart(32, 'c'),
      ]
      const elsewhere = await another()

      const crowd = await learner
        .allowing(8000)
        .together('startNode', Array.from({ length: 50 }, () => [{ dir }] as const) as never)
      const stranger = await elsewhere.learner.startNode({ dir: elsewhere.folder.path })
      const named = await learner.startNode({ dir, id: chosen })

      const ids = [...crowd, stranger].map(({ id }) => id)
      lab.expect(ids.find((id) => !isId(id)) ?? 'ids', 'ids', { why: 'An id is 32 hexadecimal digits, 16 bytes by chance.' })
      lab.expect(`${new Set(ids).size} ids`, '51 ids', {
        why: 'Fifty nodes were started in one program and one in another. A network in which two have one id takes them for one node.',
      })
      lab.expect(named.id, chosen, {
        why: 'Whoever starts a node may give it an id, to be the same node again as the day before.',
      })
    },
  },
  {
    id: '7.9',
    title: 'advertise is the address that others are told',
    task: 3,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const [{ dir, file }, ours] = [await openShare(lab, folder, 'you'), await folder.folder('share of ours')]
      const { server: scene, port } = await onFreePort('tcp', async (wanted) => {
        const pipe = await lab.tcpPipe({ host: LOOPBACK, port: wanted })
        return { pipe, node: await learner.startNode({ dir, port: wanted, advertise: pipe.address }) }
      })
      const { pipe, node } = scene
      const { hello } = await linkUp(lab, node, await openPuppet(lab, 'X'))

      const other = await openOurs(lab, { dir: ours.path, peers: [pipe.address] })
      await expectListed(lab, node, other)
      const [hit] = await find(other, file.name, 1)

      lab.expect(
        { host: node.address.host, port: node.address.port },
        { host: LOOPBACK, port },
        {
          why: '`address` says where the node really listens.',
        },
      )
      const told = { hello: { host: hello.host, port: hello.port }, hit: hit?.address }
      lab.expect(
        told,
        { hello: pipe.address, hit: pipe.address },
        {
          why: 'A relay stands before this node. Others must be told the address of the relay, in every hello and every hit.',
        },
      )
    },
  },
  {
    id: '7.10',
    title: 'a node has no link with itself',
    task: 4,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const { server: scene } = await onFreePort('tcp', async (port) => {
        const [first, second] = [await openPuppet(lab, 'X'), await openPuppet(lab, 'Y')]
        const peers = [first.address, { host: LOOPBACK, port }, second.address]
        const node = await learner.startNode({ dir, port, peers }).catch((error: unknown) => {
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
          why: 'The address of the node itself was among its peers. Whoever talks to themselves hears everything twice.',
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

      const pairs = []
      for (const [nth, puppet] of puppets.entries()) {
        const [opened, crossing] = [await linkFrom(lab, node, puppet), await puppet.call(node)]
        const both = [opened, crossing]
        for (const [which, link] of both.entries()) await roundTrip(lab, link, file, 10 * nth + which)
        pairs.push(both)
      }
      await expectPeers(lab, 'Each of both is one node, however many connections there were. Its id tells.', [node, puppets])
      await node.search(wanted, { timeoutMs: 100 })
      const counts: number[] = []
      for (const [nth, both] of pairs.entries()) {
        await Promise.all(both.map((link, which) => roundTrip(lab, link, file, 100 + 10 * nth + which)))
        counts.push(both.flatMap((link) => link.heard('query')).filter(({ name }) => name === wanted).length)
      }

      lab.expect(
        { X: counts[0], Y: counts[1] },
        { X: 1, Y: 1 },
        {
          why: 'Your node had connected to X and to Y, and then each of them connected to your node. One link with each is enough: over two of them every query goes twice.',
          hint: 'If each end closes the link that it has not opened itself, none is left. Choose by the ids, so that both choose the same.',
        },
      )
    },
  },
]

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

function isId(id: unknown): boolean {
  return typeof id === 'string' && /^[0-9a-f]{32}$/i.test(id)
}

function expectHello(
  lab: Lab,
  hello: Readonly<Record<string, unknown>> | undefined,
  node: AnyNode,
  address: { host: string; port: number },
  files: readonly { readonly name: string }[],
): void {
  const { id, host, port } = hello ?? {}
  lab.expect(
    { id: isId(id) ? id : NOT_AN_ID, host, port },
    { id: node.id, ...address },
    {
      why: 'The first frame says who the node is and where others can reach it. That is not where this connection comes from.',
    },
  )
  const told = Array.isArray(hello?.files) ? (hello.files as { name?: unknown; size?: unknown; sha256?: unknown }[]) : []
  const list = told.map((file) => ({ name: String(file?.name), size: file?.size, sha256: String(file?.sha256).toLowerCase() }))
  lab.expect(list.toSorted(byName), files.toSorted(byName), {
    why: 'The hello lists every file with its size in bytes and the SHA-256 of its content in hexadecimal.',
  })
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}
