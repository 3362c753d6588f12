import { join } from 'node:path'
import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import type { TcpPipe } from '../lab/tcp-pipe.ts'
import { PATIENCE_MS } from '../lab/within.ts'
import type { Message } from './05-frames.ts'
import {
  announce,
  crossings,
  drawId,
  expectPeers,
  find,
  linkAll,
  openShare,
  queryFor,
  hitMessage,
  hitOf,
  namesIn,
  roundTrip,
} from './07-partners.ts'

/** Queries, and their way through the network and back. */
export const flooding: readonly Check<P2pNetwork>[] = [
  {
    id: '7.12',
    title: 'who has the file answers the query with a hit that says all about it',
    task: 5,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [link] = await linkAll(lab, node, ['X'])
      const query = queryFor(lab, file.name, { ttl: 1, hops: 4 })

      await link.say(query)
      const hit = await link.hears('hit')

      const wanted = hitMessage(query.qid, hitOf(node, file))
      lab.expect(hit && Object.fromEntries(Object.keys(wanted).map((field) => [field, hit[field]])), wanted, {
        why: 'The query reached the one who has the file. The hit belongs to that query, and says who has the file, where, and what it is.',
      })
    },
  },
  {
    id: '7.13',
    title: 'a name is no pattern',
    task: 5,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const share = await folder.folder('share')
      const word = lab.chance.word('7.13')
      const [exact, near] = [`${word}.txt`, `${word}-txt`]
      for (const name of [exact, near]) await share.write(name, name)
      await share.write('folder/within.txt', word)
      await folder.write('outside.txt', word)
      const node = await learner.startNode({ dir: share.path })
      const [link, crooked] = await linkAll(lab, node, ['X', 'Y'])
      const likeIt = [word, 'txt', exact.toUpperCase(), `${exact}.txt`, `${word}*`, `^${word}`, `${word}?txt`, '.*', '*']
      const patterns = [...likeIt, '(', '[', '\\', '%', '..', '__proto__', 'constructor']

      await link.say(...patterns.map((name) => queryFor(lab, name)))
      const last = queryFor(lab, exact)
      await link.say(last)
      // There is much to look up, and a node may take its time for each.
      await link.hears('hit', ({ qid }) => qid === last.qid, 4 * PATIENCE_MS)

      const answered = [...patterns.map((name) => queryFor(lab, name)), last].filter(({ qid }) =>
        link.heard('hit').some((hit) => hit.qid === qid),
      )
      lab.expect(namesIn(answered), [exact], {
        why: `The names ${patterns.join('  ')} were asked for, and then ${exact}. Only one of them is the name of a file.`,
        hint: 'A dot in a regular expression means any character. And the objects of JavaScript are born with names in them; a Map is not.',
      })

      const ways = ['folder/within.txt', '../outside.txt', 'folder/../../outside.txt', join(folder.path, 'outside.txt')]
      const nearly = [`folder/${exact}`, '', ` ${exact}`, `${word}%2Etxt`, `${exact}\0`]
      const asked = [...ways, ...nearly].map((name) => queryFor(lab, name, { ttl: 1 }))
      await crooked.say(...asked)
      // A node may close a link on which such names come.
      await roundTrip(lab, crooked, announce(exact, exact), 2)
      const found = namesIn(asked.filter((query) => crooked.heard('hit').some(({ qid }) => qid === query.qid)))
      lab.expect(found, [], {
        why: 'Y asked for names that lead into a folder within, or out of the folder that is shared, and for some that are nearly the name of a file. Only files that lie directly in the folder count, each by its very name.',
        hint: 'Look the name up among those that you have announced, and not on the disk.',
      })
    },
  },
  {
    id: '7.14',
    title: 'a query goes on to all other peers with a lower TTL, and not back to where it came from',
    task: 6,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [x, y, z] = await linkAll(lab, node, ['X', 'Y', 'Z'])
      const query = queryFor(lab, `${lab.chance.word('7.14')} & Co. #1 Ärger.TXT`, { ttl: 5 })

      await x.say(query)
      const heard = await Promise.all([y, z].map((link) => link.hears('query')))
      await x.say(queryFor(lab, file.name))
      await x.hears('hit')

      const { qid, name } = query
      for (const [index, party] of ['Y', 'Z'].entries()) {
        const { qid: sameQid, name: sameName, ttl } = heard[index] ?? {}
        lab.expect(
          { party, qid: sameQid, name: sameName, ttl },
          { party, qid, name, ttl: 4 },
          {
            why: 'X asked your node, and whoever else your node knows may have the file. It is the same query, with a TTL that is lower by one.',
          },
        )
      }
      lab.expect(namesIn(x.heard('query')), [], {
        why: 'X asked the question. To send it back to X only costs time.',
      })
    },
  },
  {
    id: '7.15',
    title: 'a query whose TTL is used up goes no further',
    task: 6,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [x, y, z] = await linkAll(lab, node, ['X', 'Y', 'Z'])
      const [narrow, wide] = [1, 2].map((ttl) => queryFor(lab, lab.chance.word('7.15', ttl), { ttl })) as [
        ReturnType<typeof queryFor>,
        ReturnType<typeof queryFor>,
      ]

      await x.say(narrow)
      await x.say(queryFor(lab, file.name, { ttl: 1 }))
      await x.hears('hit')
      for (const [nth, ttl] of USED_UP.entries()) await z.say({ ...queryFor(lab, lab.chance.word('7.15', 'used up', nth)), ttl })
      // Whether a link on which such a TTL came is closed is up to the node.
      await roundTrip(lab, z, file, 2)
      await x.say(wide)
      await y.hears('query', ({ qid }) => qid === wide.qid)

      const told = y.heard('query').map(({ name, ttl }) => ({ name, ttl }))
      lab.expect(told, [{ name: wide.name, ttl: 1 }], {
        why: `"${String(narrow.name)}" came with a TTL of 1: lowered, that is 0, and it ends here. "${String(wide.name)}" came with 2 and may take one more step.`,
      })
    },
  },
  {
    id: '7.16',
    title: 'a query that has been seen is dropped, from whichever side it comes',
    task: 6,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [x, y, z] = await linkAll(lab, node, ['X', 'Y', 'Z'])
      const word = (nth: number) => lab.chance.word('7.16', nth)
      const [query, fromX, fromZ] = [queryFor(lab, word(1)), queryFor(lab, word(2)), queryFor(lab, word(3))]
      // These go no further, so that the others are all that Y and Z hear.
      const [own, later] = [queryFor(lab, file.name, { nth: 1, ttl: 1 }), queryFor(lab, file.name, { nth: 2, ttl: 1 })]
      const others = Array.from({ length: QUERIES_BETWEEN }, (_, nth) => queryFor(lab, word(5), { nth, ttl: 1 }))

      await node.search(word(4), { timeoutMs: 50 })
      const asked = await z.hears('query')
      await x.say(query)
      await Promise.all([y, z].map((link) => link.hearsAll('query', 2)))
      await z.say({ ...asked, ttl: 3, hops: 2 }, { ...query, ttl: 3, hops: 2 }, fromZ)
      await x.say(...others, query, fromX, own, own, later)
      const hears = (link: typeof x, { qid }: Query) => link.hears('query', (message) => message.qid === qid)
      await Promise.all([hears(y, fromX), hears(z, fromX), hears(x, fromZ), hears(y, fromZ)])
      await x.hearsAll('hit', 2)

      const names = [word(1), word(2), word(3), word(4)]
      const searched = (link: typeof x) =>
        namesIn(link.heard('query'))
          .map(String)
          .filter((name) => names.includes(name))
          .toSorted(byText)
      lab.expect(
        { X: searched(x), Y: searched(y), Z: searched(z) },
        {
          X: [word(3), word(4)].toSorted(byText),
          Y: names.toSorted(byText),
          Z: [word(1), word(2), word(4)].toSorted(byText),
        },
        {
          why: `"${word(1)}" came from X, then from Z, whom it had reached as well, then from X again, behind ${QUERIES_BETWEEN} other queries. "${word(4)}" was your node's own query, and came back from Z. A qid tells what has been here.`,
          hint: 'Remember the qid of every query that has passed here, also of your own.',
        },
      )
      lab.expect(
        x
          .heard('hit')
          .map(({ qid }) => String(qid))
          .toSorted(byText),
        [own.qid, later.qid].toSorted(byText),
        {
          why: 'X sent a query for a file of yours twice, and then another one. Two queries, two hits.',
        },
      )
    },
  },
  {
    id: '7.17',
    title: 'in a ring a query crosses a link at most twice',
    task: 6,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const nodes: Awaited<ReturnType<typeof learner.startNode>>[] = []
      const pipes: TcpPipe[] = []
      const { dir: ownersDir, file } = await openShare(lab, folder, 'owner')
      const { path: empty } = await folder.folder('nothing')
      const dirs = [1, 2, 3, 4, 5].map((place) => (place === 4 ? ownersDir : empty))
      const pipeTo = async (from: number, to: number) => {
        const { address } = nodes[to - 1] as (typeof nodes)[number]
        const pipe = await lab.tcpPipe(address, { client: `node ${from}`, server: `node ${to}` })
        pipes.push(pipe)
        return pipe.address
      }
      for (const [index, dir] of dirs.entries()) {
        const place = index + 1
        const peers = [...(place > 1 ? [await pipeTo(place, place - 1)] : []), ...(place === 5 ? [await pipeTo(5, 1)] : [])]
        nodes.push(await learner.startNode({ dir, peers }))
      }
      const neighbours = (index: number) => [nodes.at(index - 1), nodes[(index + 1) % 5]] as typeof nodes
      const ring = nodes.map((node, index) => [node, neighbours(index)] as const)
      await expectPeers(lab, 'Five nodes stand in a ring. Each has two neighbours.', ...ring)

      const [first, , , fourth] = nodes as [(typeof nodes)[0], unknown, unknown, (typeof nodes)[0]]
      const hits = await find(first, file.name, 1)

      lab.expect(
        hits.map(({ id }) => id),
        [fourth.id],
        { why: 'The file lies at node 4, two links away in one direction and three in the other.' },
      )
      const counts = pipes.flatMap((pipe) => [...crossings([pipe.overheard('up'), pipe.overheard('down')]).values()])
      const most = Math.max(0, ...counts)
      lab.expect(most > 2 ? `${most} times` : 'at most twice', 'at most twice', {
        why: 'A query that goes round meets nodes that have seen it. Once each way is what a link may carry, when both ends do not know yet that the other has it.',
        hint: 'The node that starts the search has seen the query as well.',
      })
    },
  },
  {
    id: '7.18',
    title: 'a hit goes back the way the query came, and nowhere else',
    task: 7,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const node = await learner.startNode({ dir: folder.path })
      const [x, y, z] = await linkAll(lab, node, ['X', 'Y', 'Z'])
      const words = [lab.chance.word('7.18', 'X'), lab.chance.word('7.18', 'Z')]
      const [fromX, fromZ] = words.map((word) => queryFor(lab, word)) as [Query, Query]
      const hitAt = (owner: keyof typeof CONTENTS, { qid, name }: Query) =>
        hitMessage(qid, hitOf({ id: drawId(lab, owner), address: ADDRESSES[owner] }, announce(String(name), CONTENTS[owner])))
      const forX = [hitAt('P', fromX), hitAt('Q', fromX)]
      const forZ = [hitAt('R', fromZ)]

      await y.say({ ...forX[0], qid: drawId(lab, 'nobody asked') })
      await x.say(fromX)
      await Promise.all([y, z].map((link) => link.hears('query')))
      await z.say({ ...fromX, ttl: 3, hops: 2 }, fromZ)
      await y.hearsAll('query', 2)
      await y.say(...forX, ...forZ)
      await Promise.all([x.hearsAll('hit', 2), z.hears('hit')])
      const later = queryFor(lab, `${words[0]}, later`)
      await x.say(later)
      await Promise.all([y, z].map((link) => link.hears('query', ({ qid }) => qid === later.qid)))

      const told = ({ qid, id, host, port, name, size, sha256 }: Message) => ({ qid, id, host, port, name, size, sha256 })
      const heard = (link: typeof x, { qid }: Query) =>
        link
          .heard('hit')
          .filter((hit) => hit.qid === qid)
          .map(told)
          .toSorted(byId)
      for (const [party, link, query, wanted] of [
        ['X', x, fromX, forX],
        ['Z', z, fromZ, forZ],
      ] as const) {
        lab.expect(
          { party, hits: heard(link, query) },
          { party, hits: wanted.map(told).toSorted(byId) },
          {
            why: `${party} has asked, and nodes behind Y have answered. Your node passes the hits on as they are, each to the one who has asked for it.`,
            hint: 'Two queries were on their way at the same time, and that of X came again from Z. Remember for each qid over which link it came first.',
          },
        )
      }
      const counts = { X: x.heard('hit').length, Y: y.heard('hit').length, Z: z.heard('hit').length }
      lab.expect(
        counts,
        { X: 2, Y: 0, Z: 1 },
        {
          why: 'A hit goes to the one who has asked. To send it to all costs more than the query, and tells everybody who looks for what.',
          hint: 'Where it is unknown over which link a query came, nobody waits for the hit.',
        },
      )
    },
  },
]

/** After so many, no node has a reason to have forgotten one. */
const QUERIES_BETWEEN = 25

/** TTLs with which no query goes on. */
const USED_UP = [0, -3, 'many', null, undefined]

/** What the files of some owners hold. One of them is empty. */
const CONTENTS = { P: 'P', Q: '', R: 'R' } as const
/** Where they can be reached. Nobody connects to them. */
const ADDRESSES = {
  P: { host: '192.0.2.7', port: 5007 },
  Q: { host: '192.0.2.8', port: 5007 },
  R: { host: '192.0.2.7', port: 5008 },
} as const

type Query = ReturnType<typeof queryFor>

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}

function byId(a: { id?: unknown }, b: { id?: unknown }): number {
  return String(a.id) < String(b.id) ? -1 : 1
}
