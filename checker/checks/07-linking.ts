import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import type { Message } from './05-frames.ts'
import {
  type AnyNode,
  expectListed,
  find,
  linkFrom,
  linkUp,
  openOurs,
  openPuppet,
  openShare,
  peersOf,
  roundTrip,
} from './07-partners.ts'
import { onFreePort } from './outcomes.ts'

/** Where a relay may stand. Nobody connects to it. */
const ELSEWHERE = { host: '127.0.0.2', port: 5007 }

/** How many digits of fifty ids are not alike, if they were drawn at random: all 32. In a UUID, one is always the same. */
const LEAST_DIGITS = 8

const NOT_AN_ID = 'no id of 32 hexadecimal digits'

/** Who is who. */
export const linking: readonly Check<P2pNetwork>[] = [
  {
    id: '7.6',
    title: 'who connects to a peer says hello: who it is, where it listens, what it has',
    task: 3,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { share, dir, file } = await openShare(lab, folder, 'you')
      await share.write('empty', '')
      await share.write('folder/within', 'lies in a folder in the folder')
      const peer = await openPuppet(lab, 'X', { files: [file, { ...file, name: 'another' }], told: ELSEWHERE })

      const node = await learner.startNode({ dir, peers: [peer.address] })
      const link = await linkFrom(lab, node, peer)

      await roundTrip(lab, link, file, 1)
      const [hello, ...more] = link.heard('hello')
      expectHello(lab, hello, node, { ...node.address }, [file, { name: 'empty', size: 0, sha256: EMPTY_SHA256 }])
      lab.expect(await peersOf(node), [{ id: peer.id, address: ELSEWHERE, files: ['another', file.name].toSorted() }], {
        why: 'This is what X said of itself in its hello. A relay may stand before X, so where your node has met it is not what counts.',
      })
      lab.expect(`${more.length} more`, '0 more', {
        why: 'Your node has said hello, and X has answered with its own. To answer that with another hello is a game that two such nodes never end.',
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
      const peer = await openPuppet(lab, 'X', { files: [{ ...file, name: 'theirs' }], told: ELSEWHERE })

      const { hello } = await linkUp(lab, node, peer)

      expectHello(lab, hello, node, { ...node.address }, [file])
      lab.expect(await peersOf(node), [{ id: peer.id, address: ELSEWHERE, files: ['theirs'] }], {
        why: 'X told in its hello where others can reach it: host and port. Where its connection comes from is another place, and nobody listens there.',
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

      const { server: successor } = await onFreePort('tcp', async (port) => {
        const first = await elsewhere.learner.startNode({ dir: elsewhere.folder.path, port })
        await first.close()
        return { first, second: await learner.startNode({ dir, port }) }
      })

      const ids = [...crowd, stranger].map(({ id }) => id)
      lab.expect(ids.find((id) => !isId(id)) ?? 'ids', 'ids', { why: 'An id is 32 hexadecimal digits, 16 bytes by chance.' })
      lab.expect(`${new Set(ids).size} ids`, '51 ids', {
        why: 'Fifty nodes were started in one program and one in another. A network in which two have one id takes them for one node.',
      })
      const digits = `${LEAST_DIGITS} digits or more`
      const differ = digitsThatDiffer(ids)
      lab.expect(differ >= LEAST_DIGITS ? digits : `${differ} of the 32 digits`, digits, {
        why: `These ids differ from each other in so many of their digits, and are alike in all others: ${ids[0]}, ${ids[1]}. The fewer there are, the sooner two nodes draw the same.`,
      })
      lab.expect(successor.second.id === successor.first.id ? 'the same id' : 'two ids', 'two ids', {
        why: 'A node was closed, and another one was started, in another program, at the address that had become free. An id is not an address.',
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
      const peer = await openPuppet(lab, 'Y')
      const { server: scene, port } = await onFreePort('tcp', async (wanted) => {
        const pipe = await lab.tcpPipe({ host: LOOPBACK, port: wanted })
        return { pipe, node: await learner.startNode({ dir, port: wanted, advertise: pipe.address, peers: [peer.address] }) }
      })
      const { pipe, node } = scene
      const { hello } = await linkUp(lab, node, await openPuppet(lab, 'X'))
      const [toY] = (await linkFrom(lab, node, peer)).heard('hello')

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
      const elsewhere = await learner.startNode({ dir: ours.path, advertise: ELSEWHERE })
      const { hello: fromElsewhere } = await linkUp(lab, elsewhere, await openPuppet(lab, 'Z'))

      const toldBy = (message: Message | undefined) => ({ host: message?.host, port: message?.port })
      lab.expect(
        { 'hello to X': toldBy(hello), 'hello to Y': toldBy(toY), hit: hit?.address },
        { 'hello to X': pipe.address, 'hello to Y': pipe.address, hit: pipe.address },
        {
          why: 'A relay stands before this node. Others must be told the address of the relay, in every hello and every hit.',
        },
      )
      lab.expect(
        { 'hello to Z': toldBy(fromElsewhere) },
        { 'hello to Z': ELSEWHERE },
        {
          why: 'The relay before this one has another host as well. Both are told as they were given.',
        },
      )
    },
  },
]

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

function digitsThatDiffer(ids: readonly string[]): number {
  return Array.from({ length: 32 }, (_, place) => new Set(ids.map((id) => id[place])).size).filter((count) => count > 1).length
}

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
    why: 'The hello lists every file that lies directly in the folder, with its size in bytes and the SHA-256 of its content in hexadecimal.',
  })
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}
