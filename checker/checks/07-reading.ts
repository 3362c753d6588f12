import type { P2pNetwork } from '../contracts/07-p2p-network.ts'
import type { Check } from '../grading/check.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { ENDLESS_FRAME, inWords, MAX_FRAME_BYTES, pack } from './05-frames.ts'
import { endingOf, openClient } from './05-partners.ts'
import {
  announce,
  drawId,
  expectListed,
  findWhile,
  hitMessage,
  hitOf,
  linkAll,
  linkFrom,
  linkOver,
  linkUp,
  openPuppet,
  openShare,
  queryFor,
  roundTrip,
} from './07-partners.ts'
import { codeOf, expectLoopbackOnly, NO_ERROR, onFreePort } from './outcomes.ts'

const CALLERS_OWN_LINK = 'One link carried rubbish. The others know nothing of it, and go on.'

/** Frames that are frames, but make no sense. */
const NONSENSE = [
  '{"type":"query"}',
  '{"type":"query","qid":7,"name":["x"],"ttl":"many","hops":null}',
  '{"type":"hit"}',
  '{"type":"hit","qid":{},"id":1,"host":2,"port":"three","name":4,"size":"five","sha256":6}',
  '{"type":"files","files":"all"}',
  '{"type":"files","files":[null,7,{"name":8}]}',
  '{"type":"dance"}',
  '{"type":7}',
  'null',
  '[]',
]

/** Hits that come for a query, and make no sense. */
const NONSENSE_HITS = [
  {},
  { id: 1, host: 2, port: 'three', name: 4, size: 'five', sha256: 6 },
  { id: null, host: null, port: null, name: null, size: null, sha256: null },
]

/** How a connection may begin that is neither a link nor a client. Each is in words, and what is done. */
const BEGINNINGS: readonly (readonly [words: string, begin: (peer: StreamPeer) => Promise<void> | void])[] = [
  ...[
    '{"type":"hello"}',
    '{"type":"hello","id":7,"host":{},"port":"x","files":"all"}',
    `{"type":"hello","id":"${'a'.repeat(32)}","host":"127.0.0.1","port":1,"files":[null,7,{"name":8}]}`,
    '{"type":"query"}',
    '{"type":"get","names":{}}',
    'null',
    '[]',
    'who is there?',
  ].map((json) => [json, (peer: StreamPeer) => peer.write(pack(json))] as const),
  ['a frame of 4294967295 bytes', (peer) => peer.write(ENDLESS_FRAME)],
  ['not a word, and an end', (peer) => peer.end()],
  ['not a word, and a break', (peer) => peer.reset()],
  ['half a frame, and an end', (peer) => peer.write(HALF_A_FRAME).then(() => peer.end())],
  ['half a frame, and a break', (peer) => peer.write(HALF_A_FRAME).then(() => peer.reset())],
  ['not a word, and it stays', () => undefined],
  ['half a frame, and it stays', (peer) => peer.write(HALF_A_FRAME)],
]

const HALF_A_FRAME = pack({ type: 'hello' }).subarray(0, 9)

/** A frame of a type that nobody knows, as long as a frame may be. */
const LONGEST_FRAME = pack(`{"type":"dance","steps":"${'.'.repeat(MAX_FRAME_BYTES - 27)}"}`)

/** The length of a frame that is longer by one byte. */
const TOO_LONG = Uint8Array.of(0, 1, 0, 1)

/** Frames, and what a connection is for. */
export const reading: readonly Check<P2pNetwork>[] = [
  {
    id: '7.1',
    title: 'what arrives byte by byte, or glued together, is read frame by frame',
    task: 1,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const [early, called] = [4, 5].map((nth) => queryFor(lab, file.name, { nth, ttl: 1 })) as [Query, Query]
      const hasty = await openPuppet(lab, 'W', {
        async greet(peer, hello) {
          const cut = Math.floor(hello.length / 2)
          await peer.write(hello.subarray(0, cut))
          await peer.write(Buffer.concat([hello.subarray(cut), pack(called)]))
        },
      })
      const node = await learner.startNode({ dir, peers: [hasty.address] })
      const [slow, quick] = [await openPuppet(lab, 'X'), await openPuppet(lab, 'Y')]
      const queries = [1, 2, 3].map((nth) => queryFor(lab, file.name, { nth }))

      const peer = await lab.tcpClient(node.address, { name: slow.name })
      await peer.writeInPieces(pack(slow.hello), [1], learner.settle)
      await expectListed(lab, node, slow)
      const { link } = await linkUp(lab, node, quick)
      const [last] = queries.slice(2)
      const bytes = Buffer.concat(queries.map(pack))
      const cut = bytes.length - Math.floor(pack(last ?? '').length / 2)
      await link.peer.writeInPieces(bytes, [cut, bytes.length], learner.settle)
      const hits = await link.hearsAll('hit', 3)

      lab.expect(hits.map(({ qid }) => String(qid)).toSorted(), queries.map(({ qid }) => qid).toSorted(), {
        why: 'Two queries and a half came in one piece, and then the rest of the third. Each of them is for a file in the folder.',
        hint: 'This is lesson 5 again: what reads frames there reads them here.',
      })

      const impatient = linkOver(await lab.tcpClient(node.address, { name: 'Z' }))
      await impatient.say((await openPuppet(lab, 'Z')).hello, early)
      const toW = await linkFrom(lab, node, hasty)
      const answers = { Z: await impatient.hears('hit'), W: await toW.hears('hit') }
      lab.expect(
        { Z: answers.Z?.qid, W: answers.W?.qid },
        { Z: early.qid, W: called.qid },
        {
          why: 'Z has connected to your node, and your node to W. Both sent a query in one piece with their hello, the first half of which W had sent before. What stands behind a hello is the next frame.',
          hint: 'Whatever reads the first frame has to hand on what it has read beyond it.',
        },
      )

      const after = queryFor(lab, file.name, { nth: 6 })
      await link.peer.write(Buffer.concat([LONGEST_FRAME, pack(after)]))
      const answer = await link.hears('hit', ({ qid }) => qid === after.qid)
      lab.expect(answer === undefined ? 'no hit' : 'a hit', 'a hit', {
        why: 'Before the last query came a frame of a type that your node does not know, of exactly 65,536 bytes. That is as long as a frame may be. It is ignored, and the query behind it is answered.',
      })
    },
  },
  {
    id: '7.2',
    title: 'a frame that is none closes its own link, and no other',
    task: 1,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const w = await openPuppet(lab, 'W')
      const node = await learner.startNode({ dir, peers: [w.address] })
      const [good, first, second, third] = await linkAll(lab, node, ['Y', 'X', 'Z', 'V'])
      const called = await linkFrom(lab, node, w)
      const rubbish = [
        ['a frame of 4294967295 bytes', ENDLESS_FRAME, first],
        ['a frame of 65537 bytes', TOO_LONG, third],
        ['a frame without JSON', pack('where is it?'), second],
        ['the same from a peer to whom your node has connected', pack('where is it?'), called],
      ] as const

      for (const [, bytes, link] of rubbish) await link.peer.write(bytes)

      const ends = await Promise.all(rubbish.map(async ([what, , link]) => [what, await endingOf(link.peer)] as const))
      lab.expect(Object.fromEntries(ends), Object.fromEntries(rubbish.map(([what]) => [what, 'closed'])), {
        why: 'Nobody can tell where the next frame would begin, and so there is nothing left to read on that link.',
      })
      lab.expect(await roundTrip(lab, good, file, 1), 'answered', { why: CALLERS_OWN_LINK })
    },
  },
  {
    id: '7.3',
    title: 'frames that make no sense harm nobody',
    task: 1,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [good] = await linkAll(lab, node, ['Y'])

      for (const [index, nonsense] of NONSENSE.entries()) {
        const [link] = await linkAll(lab, node, [`X${index}`])
        await link.say(nonsense)
        const saw = { nonsense, 'another link': await roundTrip(lab, good, file, index) }
        lab.expect(
          saw,
          { nonsense, 'another link': 'answered' },
          {
            why: 'Anyone can send anything to an open port. Ignore it or close the link it came over: the others go on.',
            hint: 'JSON.parse returns whatever was sent. Look at each field before you use it.',
          },
        )
      }
    },
  },
  {
    id: '7.34',
    title: 'connections that begin with what makes no sense harm nobody',
    task: 2,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [good] = await linkAll(lab, node, ['Y'])

      for (const [index, [words, begin]] of BEGINNINGS.entries()) {
        const { peer } = await openClient(lab, node, { name: `X${index}` })
        await begin(peer)
        await learner.settle()
        lab.expect(
          { 'a connection that begins with': words, 'a link': await roundTrip(lab, good, file, index) },
          { 'a connection that begins with': words, 'a link': 'answered' },
          {
            why: 'Anyone can connect to an open port and begin with anything. Whatever becomes of that connection, the links go on.',
            hint: 'Each connection needs somebody who listens for its errors, from the beginning. And what is in a hello was chosen by a stranger.',
          },
        )
      }
      // Two of them are still there, and keep their silence.
      const [late] = await linkAll(lab, node, ['Z'])
      lab.expect(await roundTrip(lab, late, file, BEGINNINGS.length), 'answered', {
        why: 'Somebody has connected and says nothing, and somebody else has stopped in the middle of the first frame. Z came after them, and is not to wait for them.',
      })
    },
  },
  {
    id: '7.35',
    title: 'answers that make no sense spoil no search',
    task: 8,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { dir, file } = await openShare(lab, folder, 'you')
      const node = await learner.startNode({ dir })
      const [x, y] = await linkAll(lab, node, ['X', 'Y'])
      const [name, other] = [lab.chance.word('7.35'), lab.chance.word('7.35', 'other')]
      const hitAt = (owner: string, found: string) =>
        hitOf({ id: drawId(lab, owner), address: { host: '192.0.2.7', port: 5007 } }, announce(found, found))
      const [hit, stray] = [hitAt('owner', name), hitAt('owner of other', other)]

      const found = await findWhile(node, hit, async (nth) => {
        const { qid } = (await y.hearsAll('query', nth)).at(-1) ?? {}
        await x.say(...NONSENSE_HITS.map((nonsense) => ({ ...nonsense, type: 'hit', qid })))
        await learner.settle()
        await y.say(hitMessage(drawId(lab, 'nobody asked'), stray), hitMessage(qid, hit))
      })

      lab.expect(
        found.filter(({ id }) => id === hit.id),
        [hit],
        {
          why: 'X answered with hits that have no fields, or the wrong ones, and then Y answered as it should. Ignore the former or close their link.',
          hint: 'Look at each field of a hit before you use it.',
        },
      )
      lab.expect(
        found.filter(({ id }) => id === stray.id),
        [],
        {
          why: `While your node searched for "${name}", a hit came for "${other}", under a qid that nobody had asked with. Which search a hit belongs to shows in its qid.`,
        },
      )

      const asked = y.heard('query').at(-1)?.qid
      await y.say(hitMessage(asked, hit))
      lab.expect(await roundTrip(lab, y, file, 1), 'answered', {
        why: 'Another hit came when the search was over. Nobody waits for it any more, so it is dropped, and the link goes on.',
      })
    },
  },
  {
    id: '7.4',
    title: 'a connection that starts with list or get is served as in lesson 5',
    task: 2,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const { share, dir, file } = await openShare(lab, folder, 'you')
      await share.write('b.txt', 'File not found')
      const node = await learner.startNode({ dir })
      const [eager, slow] = [await openClient(lab, node), await openClient(lab, node)]

      await eager.ask({ type: 'list' }, { type: 'get', names: [file.name, 'nope', 'b.txt'] })
      eager.peer.end()
      await slow.peer.writeInPieces(pack({ type: 'get', names: [file.name] }), [1], learner.settle)

      const [list, ...answers] = await eager.answers(5)
      const listed = Array.isArray(list?.message.files)
        ? list.message.files.map((each: { name?: unknown }) => String(each?.name))
        : []
      lab.expect(
        { type: list?.message.type, names: listed.toSorted() },
        { type: 'files', names: ['b.txt', file.name] },
        {
          why: 'Whoever asks for a list is no node. There is one port for both, and the first frame tells who is there.',
        },
      )
      const words = [`file "${file.name}" ${file.size} bytes`, 'missing "nope"', 'file "b.txt" 14 bytes', 'end']
      lab.expect(answers.map(inWords), words, {
        why: 'The request came right behind the first one, and then the client ended its direction. It still waits for all answers.',
        hint: 'The connection belongs to serveConnection() then, together with everything that has been read from it.',
      })
      lab.expect((await slow.answers(2)).map(inWords), [words[0], 'end'], {
        why: 'The first frame came byte by byte. What it is shows only when all of it is there.',
      })
    },
  },
  {
    id: '7.5',
    title: 'the node listens on the port it is given, at 127.0.0.1 only, and a taken port rejects',
    task: 2,
    about: 'startNode',
    async run({ learner, lab, folder }) {
      const taken = await openPuppet(lab, 'X')

      const code = await codeOf(learner.startNode({ dir: folder.path, port: taken.address.port }))
      const { server: node, port } = await onFreePort('tcp', (wanted) => learner.startNode({ dir: folder.path, port: wanted }))

      lab.expect(code === NO_ERROR ? code : 'it rejects', 'it rejects', {
        why: `Port ${taken.address.port} was taken, and whoever starts the node has to hear it.`,
      })
      lab.expect(
        { host: node.address.host, port: node.address.port },
        { host: LOOPBACK, port },
        {
          why: 'Others must know the address beforehand.',
        },
      )
      await expectLoopbackOnly(lab, node.address)
    },
  },
]

type Query = ReturnType<typeof queryFor>
