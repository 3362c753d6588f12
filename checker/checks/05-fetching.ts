import type { Fetched, FileTransfer } from '../contracts/05-file-transfer.ts'
import type { Check } from '../grading/check.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { freeTcpPort } from '../lab/tcp-socket.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import * as reference from '../../solutions/05-file-transfer.ts'
import { EMPTY_FRAME, ENDLESS_FRAME, MAX_FRAME_BYTES, pack, packFile, packPadded } from './05-frames.ts'
import { drawBytes, endingOf, openServer, openShare, serving } from './05-partners.ts'
import { codeOf, outcomeOf, rejects } from './outcomes.ts'

/** What somebody hears who asks the wrong port. */
const HTTP_ANSWER = 'HTTP/1.1 400 Bad Request\r\n\r\n'

/** The client against scripted servers. */
export const fetching: readonly Check<FileTransfer>[] = [
  {
    id: '5.16',
    title: 'listFiles() returns what the server lists, in whatever pieces it comes',
    task: 6,
    about: 'listFiles',
    async run({ learner, lab }) {
      const files = Array.from({ length: 30 }, (_none, index) => ({
        name: `안녕 ${lab.chance.word('5.16', index)}.txt`,
        size: lab.chance.integer(0, 2 ** 40, '5.16', index),
      }))
      const frame = packPadded({ type: 'files', files }, MAX_FRAME_BYTES)
      const server = await openServer(lab, (peer) => peer.writeInPieces(frame, [1, 3, 2, 40, 1000, 30_000], learner.settle))

      const listed = await learner.allowing(4000).listFiles(server.address)

      lab.expect(listed.map(({ name, size }) => ({ name, size })).toSorted(byName), files.toSorted(byName), {
        why: 'The answer came in several pieces. Together they are one frame of 65536 bytes, which is as many as there may be, with a list of thirty files.',
      })
    },
  },
  {
    id: '5.17',
    title: 'listFiles() rejects when there is no answer',
    task: 6,
    about: 'listFiles',
    async run({ learner, lab }) {
      const ends = await openServer(lab, async (peer) => peer.end())
      const cuts = await openServer(lab, async (peer) => {
        await peer.write(pack({ type: 'files', files: [] }).subarray(0, 9))
        peer.end()
      })
      const refuses = await openServer(lab, async (peer) => {
        await peer.write(pack({ type: 'error', message: 'no' }))
        peer.end()
      })
      const foreign = await openServer(lab, (peer) => peer.write(HTTP_ANSWER))
      const nobody = { host: LOOPBACK, port: await freeTcpPort() }

      const saw = {
        'speaks HTTP': await outcomeOf(learner.listFiles(foreign.address)),
        'ends at once': await rejects(learner.listFiles(ends.address)),
        'ends in mid-answer': await rejects(learner.listFiles(cuts.address)),
        'answers with an error': await rejects(learner.listFiles(refuses.address)),
        'is not there': await rejects(learner.listFiles(nobody)),
      }

      const expected = Object.fromEntries(Object.keys(saw).map((server) => [server, 'it rejects']))
      lab.expect(saw, expected, {
        why: 'What came is no list. A server that says nothing, or something else, is not a server without files. Whoever asked has to know.',
      })
    },
  },
  {
    id: '5.18',
    title: 'files are written byte for byte, empty or long, whatever is in them',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const contents = [
        drawBytes(lab, 256, '5.18'),
        new Uint8Array(),
        drawBytes(lab, 2 ** 20, '5.18', 'long'),
        Buffer.from('안녕\r\n'),
      ]
      const names = contents.map((content, index) => `${lab.chance.word('5.18', index)}-${content.length}`)
      const [replaced = ''] = names
      await into.write(replaced, drawBytes(lab, 1000, '5.18', 'older'))
      const server = await openServer(
        lab,
        serving((name) => packFile(name, contents[names.indexOf(name)] ?? '')),
      )

      const fetched = await learner.fetchFiles({ server: server.address, names, into: into.path })

      lab.expect(
        statusesOf(fetched),
        names.map((name) => ({ name, status: 'ok' })),
        { why: 'The server has sent all of these files.' },
      )
      for (const [index, name] of names.entries()) {
        lab.expect(await into.read(name), new Uint8Array(contents[index] ?? []), {
          why:
            name === replaced
              ? 'An older and longer file lay there under that name. Now it is the one that came, and nothing of the older one is left.'
              : 'All four files came in one stream, without anything between them. Where one ends, only its size tells.',
        })
      }
    },
  },
  {
    id: '5.19',
    title: 'answers that arrive byte by byte are the same answers',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const names = [1, 2].map((index) => `안녕 ${lab.chance.word('5.19', index)}`)
      const write = (peer: StreamPeer, bytes: Uint8Array) => peer.writeInPieces(bytes, [1], learner.settle)
      const server = await openServer(
        lab,
        serving((name) => packFile(name, `${name}\n`), write),
      )

      const fetched = await learner.allowing(6000).fetchFiles({ server: server.address, names, into: into.path })

      lab.expect(
        statusesOf(fetched),
        names.map((name) => ({ name, status: 'ok' })),
        { why: 'Each byte came alone. Together they are two files.' },
      )
      for (const name of names) {
        lab.expect(textOf(await into.read(name)), `${name}\n`, {
          why: 'Each byte came alone, and each of them belongs into the file.',
        })
      }
    },
  },
  {
    id: '5.20',
    title: 'each name gets its own status, and only files are written',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const names = ['a', 'nope', 'secret', 'b'].map((name) => `${name}-${lab.chance.word('5.20', name)}`)
      const types = ['file', 'missing', 'refused', 'file']
      const server = await openServer(
        lab,
        serving((name) => {
          const type = types[names.indexOf(name)] ?? 'missing'
          // The same JSON as ever, laid out as somebody else might.
          if (type !== 'file') return pack(JSON.stringify({ reason: 'none', name, type }, undefined, 2))
          const frame = pack(JSON.stringify({ size: 14, name, changed: '1970-01-01', type }, undefined, 2))
          return Buffer.concat([frame, Buffer.from('File not found')])
        }),
      )

      const fetched = await learner.fetchFiles({ server: server.address, names, into: into.path })

      const statuses = ['ok', 'missing', 'refused', 'ok']
      lab.expect(
        statusesOf(fetched),
        names.map((name, index) => ({ name, status: statuses[index] })),
        {
          why: 'One file is missing, one is refused, and two are files that consist of the words "File not found".',
        },
      )
      lab.expect(await into.list(), names.filter((_name, index) => types[index] === 'file').toSorted(), {
        why: 'Two files came. For the other names there is nothing to write.',
      })
    },
  },
  {
    id: '5.21',
    title: 'what is no frame rejects with PROTOCOL',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const name = lab.chance.word('5.21')
      const rubbish = {
        'a frame of 4294967295 bytes': ENDLESS_FRAME,
        'a frame of 65537 bytes': Buffer.concat([
          packPadded({ type: 'file', name, size: 0 }, MAX_FRAME_BYTES + 1),
          pack({ type: 'end', count: 1 }),
        ]),
        'a frame of 0 bytes': EMPTY_FRAME,
        'a frame without JSON': pack('here you are'),
      }

      for (const [what, bytes] of Object.entries(rubbish)) {
        const server = await openServer(lab, (peer) => peer.write(bytes))
        const code = await codeOf(learner.fetchFiles({ server: server.address, names: [name], into: into.path }))
        lab.expect(
          { what, code },
          { what, code: 'PROTOCOL' },
          {
            why: 'This is not our protocol, and no waiting makes it so. The other end may be any program. A frame of ours has a JSON object in it, and at most 65536 bytes.',
          },
        )
      }
    },
  },
  {
    id: '5.22',
    title: 'where no server is, or one that says error, it rejects',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const nobody = { host: LOOPBACK, port: await freeTcpPort() }
      const refuses = await openServer(lab, async (peer) => {
        await peer.write(pack({ type: 'error', message: 'no' }))
        peer.end()
      })
      const options = { names: [lab.chance.word('5.22')], into: into.path }

      const alone = await rejects(learner.fetchFiles({ server: nobody, ...options }))
      const refused = await rejects(learner.fetchFiles({ server: refuses.address, ...options }))

      lab.expect(alone, 'it rejects', { why: 'Nobody listens there. Whoever asked for the file has to hear it.' })
      lab.expect(refused, 'it rejects', {
        why: 'The server did not understand the request, and said so. That is no answer about the file: it may be there.',
      })
    },
  },
  {
    id: '5.23',
    title: 'many names are fetched, each with its status, in their order',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      // Names that are numbers, and go down: an object would have them in an order of its own.
      const last = lab.chance.integer(1000, 9000, '5.23')
      const different = Array.from({ length: 200 }, (_none, index) => String(last + 200 - index))
      const present = different.filter((_name, index) => index % 20 === 0)
      const names = [...different, ...different.slice(1, 3)]
      for (const name of present) await share.write(name, name)
      const server = await reference.startFileServer({ dir: share.path })
      lab.cleanUp(() => server.close())

      const fetched = await learner.allowing(8000).fetchFiles({ server: server.address, names, into: into.path })

      const wanted = names.map((name) => ({ name, status: present.includes(name) ? 'ok' : 'missing' }))
      lab.expect(statusesOf(fetched), wanted, {
        why: 'Each name has its own entry in the result, in the order of the names. Two of them were asked for twice, and have two.',
      })
      lab.expect(await into.list(), present.toSorted(), { why: 'These are the files that the server has.' })
    },
  },
]

/** What is left when it is over. */
export const closing: readonly Check<FileTransfer>[] = [
  {
    id: '5.31',
    title: 'a client that is done closes its connection',
    task: 7,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const peers: StreamPeer[] = []
      const refused = lab.chance.word('5.31', 'refused')
      const serveFiles = serving((name) => packFile(name, name))
      const server = await openServer(lab, async (peer, request) => {
        peers.push(peer)
        if (request.type === 'list') await peer.write(pack({ type: 'files', files: [] }))
        else if (String(request.names).includes(refused)) await peer.write(pack({ type: 'error', message: 'no' }))
        else await serveFiles(peer, request)
      })
      const fetchOne = (name: string) => learner.fetchFiles({ server: server.address, names: [name], into: into.path })
      const calls = {
        'listFiles()': () => learner.listFiles(server.address),
        'fetchFiles() of a file': () => fetchOne(lab.chance.word('5.31')),
        'fetchFiles() that fails': () => fetchOne(refused),
      }

      for (const [call, make] of Object.entries(calls)) {
        await codeOf(make())
        const endings = await Promise.all(peers.map(endingOf))
        const stillOpen = peers.length === 0 || endings.includes('still open')
        lab.expect(
          { call, connection: stillOpen ? 'still open' : 'closed' },
          { call, connection: 'closed' },
          {
            why: 'The call is over. A program with an open connection does not end, and the server has to keep a place for it.',
            hint: 'socket.end() says that you will send no more, and then the server ends as well.',
          },
        )
      }
    },
  },
]

/** A result may tell more than it has to. */
export function statusesOf(fetched: readonly Fetched[]): Fetched[] {
  return fetched.map(({ name, status }) => ({ name, status }))
}

function textOf(content: Uint8Array | undefined): string {
  return content === undefined ? 'no such file' : Buffer.from(content).toString()
}

function byName(a: { name: unknown }, b: { name: unknown }): number {
  return String(a.name) < String(b.name) ? -1 : 1
}
