import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileTransfer } from '../contracts/05-file-transfer.ts'
import type { Check } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import { type Answer, EMPTY_FRAME, ENDLESS_FRAME, inWords, LONG_FRAME, MAX_FRAME_BYTES, pack, packPadded } from './05-frames.ts'
import { drawBytes, endingOf, openClient, openShare } from './05-partners.ts'

const BAD_REQUESTS = ['{"type":"dance"}', '{"type":"dance","names":["?"]}', 'list, please', '{"type":"get"}', 'null']
/** So many files that to list them takes longer than to find one of them. */
const MANY_FILES = 60

/** Reading requests, and answering each of them. */
export const serving: readonly Check<FileTransfer>[] = [
  {
    id: '5.1',
    title: 'a request that arrives byte by byte is one request',
    task: 1,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = `안녕 ${lab.chance.word('5.1')}.txt`
      await share.write(name, lab.chance.word('5.1', 'content'))
      const server = await learner.startFileServer({ dir: share.path })
      const client = await openClient(lab, server)

      await client.peer.writeInPieces(pack({ type: 'get', names: [name] }), [1], learner.settle)

      // What stands behind the file is another check's business.
      lab.expect((await client.answers(1)).map(inWords).slice(0, 1), [`file "${name}" 8 bytes`], {
        why: 'TCP carries bytes, not messages. Here each byte of the request came alone, and even the three of 안 did.',
        hint: 'Collect the bytes until the frame is whole, and only then turn them into text.',
      })
    },
  },
  {
    id: '5.2',
    title: 'requests that arrive in one piece are all answered, and so is a later one',
    task: 1,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const names = [1, 2, 3].map((index) => `${lab.chance.word('5.2', index)}.txt`)
      for (const name of names) await share.write(name, name)
      for (let index = 0; index < MANY_FILES; index += 1) await share.write(`other-${index}`, '')
      const server = await learner.startFileServer({ dir: share.path })
      const client = await openClient(lab, server)

      await client.ask({ type: 'get', names: names.slice(0, 1) }, { type: 'list' }, { type: 'get', names: names.slice(1, 2) })
      const together = await client.answers(5)
      await client.ask({ type: 'get', names: names.slice(2) })
      const all = await client.answers(together.length + 2)

      lab.expect(namesIn(together), [names[0], 'files', names[1]], {
        why: 'Three requests came in one piece: a file, the list, another file. TCP does not keep apart what was written apart, and answers come in the order of the requests.',
        hint: 'When a frame is read there may be another one behind it, whole or in part. It is answered when the first one has been.',
      })
      lab.expect(namesIn(all.slice(together.length)), [names[2]], {
        why: 'A connection carries any number of requests, until the client ends it.',
      })
    },
  },
  {
    id: '5.3',
    title: 'the list names every file that is there now, with its size in bytes',
    task: 2,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const word = lab.chance.word('5.3')
      const contents = { 'empty.txt': '', [`${word}.txt`]: `안녕 ${word}`, [`${word} 2.bin`]: drawBytes(lab, 70_000, '5.3') }
      await mkdir(join(share.path, 'a folder'))
      const server = await learner.startFileServer({ dir: share.path })
      const client = await openClient(lab, server)

      await client.ask({ type: 'list' })
      const [before] = await client.answers(1)
      for (const [name, content] of Object.entries(contents)) await share.write(name, content)
      await client.ask({ type: 'list' })
      const [, answer] = await client.answers(2)

      lab.expect(filesIn(before), [], { why: 'There is a folder in the folder, and no file yet. That is a list, too.' })
      const sizes = Object.entries(contents).map(([name, content]) => ({ name, size: Buffer.byteLength(content) }))
      lab.expect(filesIn(answer), sizes.toSorted(byName), {
        why: 'The folder was listed before, when no file was in it. Now these files are in the folder, and a folder, which is no file. A size counts bytes: 안 is one character and takes three.',
      })
    },
  },
  {
    id: '5.4',
    title: 'a bad request is answered with an error, and the connection is closed',
    task: 2,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const server = await learner.startFileServer({ dir: share.path })

      for (const request of BAD_REQUESTS) {
        const client = await openClient(lab, server)
        await client.ask(request)
        const [answer] = await client.answers(1)
        const saw = { request, answer: answer?.message.type ?? 'none', connection: await endingOf(client.peer) }
        lab.expect(
          saw,
          { request, answer: 'error', connection: 'closed' },
          {
            why: 'Whoever wrote the client has to learn what is wrong. After that there is nothing left to talk about.',
            hint: 'end(lastFrame) writes, and then closes. destroy() may throw away what was written just before.',
          },
        )
        lab.expect(typeof answer?.message.message === 'string' ? 'with a message' : 'without a message', 'with a message', {
          why: 'An error has a `message`, a text that says what was wrong with the request.',
        })
      }
      const lengths = { '4 GiB': ENDLESS_FRAME, '65537 bytes': LONG_FRAME, 'no bytes': EMPTY_FRAME }
      for (const [length, bytes] of Object.entries(lengths)) {
        const client = await openClient(lab, server)
        await client.peer.write(bytes)
        // Some servers say why, and some do not: this client did not even keep to frames.
        const saw = { length, connection: await endingOf(client.peer) }
        lab.expect(
          saw,
          { length, connection: 'closed' },
          {
            why: 'This client announced a frame of such a length. Ours have a JSON object in them, and at most 65536 bytes. Who waits for more keeps all that comes in memory.',
          },
        )
      }
    },
  },
  {
    id: '5.5',
    title: 'a file arrives byte for byte, empty or long, whatever is in it',
    task: 3,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const contents = [
        new Uint8Array(),
        drawBytes(lab, 256, '5.5'),
        Buffer.from('안녕\r\n'),
        drawBytes(lab, 2 ** 20, '5.5', 'long'),
      ]
      // A sign that means something in an address, and characters that have another form as well.
      const odd = ['-50%25', '', '-안녕'.normalize('NFD'), '']
      const names = contents.map(({ length }, index) => `${lab.chance.word('5.5', index)}-${length}${odd[index]}`)
      for (const [index, name] of names.entries()) await share.write(name, contents[index] ?? '')
      const server = await learner.startFileServer({ dir: share.path })
      const client = await openClient(lab, server)

      await client.ask({ type: 'get', names })
      const answers = await client.answers(5, 2 ** 20)

      for (const [index, name] of names.entries()) {
        const { name: of, type = 'nothing' } = answers[index]?.message ?? {}
        lab.expect(
          { name: of, type },
          { name, type: 'file' },
          {
            why: 'Each file comes with a frame that tells its name, as it was asked for, and its size, and then its bytes, exactly so many.',
          },
        )
        lab.expect(answers[index]?.body, new Uint8Array(contents[index] ?? []), {
          why: 'A file is bytes, and nothing comes between them. Who turns it into text and back changes every byte that is not text, and who sends two files at once mixes them.',
        })
      }
      lab.expect(answers[4]?.message.type ?? 'nothing', 'end', { why: 'Behind the last answer stands a frame that says so.' })

      const [, , changed = ''] = names
      await share.write(changed, 'as it is now')
      const later = await openClient(lab, server, { name: 'later' })
      await later.ask({ type: 'get', names: [changed] })
      const [again] = await later.answers(2)
      lab.expect(Buffer.from(again?.body ?? 'no file').toString(), 'as it is now', {
        why: 'The file was sent before, and since then it has been written anew. What counts is what is in the folder when it is asked for.',
      })
    },
  },
  {
    id: '5.6',
    title: 'answers come in the order of the names, and a missing file is no file',
    task: 3,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const [big, nope, small] = ['big', 'nope', 'small'].map((kind) => `${lab.chance.word('5.6', kind)}-${kind}`) as [
        string,
        string,
        string,
      ]
      await share.write(big, drawBytes(lab, 3_000_000, '5.6'))
      await share.write(small, 'File not found')
      await share.folder('a folder')
      const server = await learner.startFileServer({ dir: share.path })
      const client = await openClient(lab, server)

      await client.ask({ type: 'get', names: [big, nope, small, nope, small] })
      const answers = await client.answers(6, 3_000_000)

      const isMissing = `missing ${show(nope)}`
      const isSmall = `file "${small}" 14 bytes`
      lab.expect(answers.map(inWords), [`file "${big}" 3000000 bytes`, isMissing, isSmall, isMissing, isSmall, 'end'], {
        why: 'The client knows by its place which answer is which, also where it asks for a name twice. And a file may well consist of the words "File not found".',
      })

      // Whether it says so or breaks off is up to the server.
      await (await openClient(lab, server, { name: 'odd' })).answered({ type: 'get', names: ['a folder'] }, 1)
      const next = await openClient(lab, server, { name: 'next' })
      lab.expect((await next.answered({ type: 'get', names: [small] }, 2))[0], `file "${small}" 14 bytes`, {
        why: 'Somebody has asked for a file by the name of a folder. It can be opened, on many systems, but not read. This is another client.',
        hint: 'stat() tells whether it is a file, before you announce one.',
      })
    },
  },
  {
    id: '5.7',
    title: 'a request may ask for a thousand names',
    task: 3,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const word = lab.chance.word('5.7')
      const names = Array.from({ length: 1000 }, (_none, index) => `${word}-${index}`)
      for (const name of names.filter((_name, index) => index % 50 === 0)) await share.write(name, name)
      const server = await learner.startFileServer({ dir: share.path })
      const client = await openClient(lab, server)

      await client.peer.write(packPadded({ type: 'get', names }, MAX_FRAME_BYTES))
      const sizeBytes = names.reduce((sum, name) => sum + pack({ type: 'missing', name }).length, 0)
      const answers = await client.answers(1001, sizeBytes, 4000)

      const wanted = names.map((name, index) => (index % 50 === 0 ? `file "${name}" ${name.length} bytes` : `missing "${name}"`))
      lab.expect(`${answers.length} answers`, '1001 answers', {
        why: 'A thousand names were asked for, in a frame of 65536 bytes. Each has an answer of its own, and there is one that says that it was the last.',
      })
      const wrong = answers.map(inWords).findIndex((answer, index) => index < 1000 && answer !== wanted[index])
      lab.expect(answers[wrong] === undefined ? 'all right' : inWords(answers[wrong]), wanted[wrong] ?? 'all right', {
        why: 'One of a thousand answers is a wrong one, or comes out of turn.',
      })
    },
  },
  {
    id: '5.8',
    title: 'no name leads out of the folder',
    task: 4,
    about: 'serveConnection',
    async run({ learner, lab, folder }) {
      const scene = await openTrapped(lab, folder)
      const server = await learner.startFileServer({ dir: scene.share.path })

      for (const name of scene.traps) {
        const client = await openClient(lab, server)
        const answers = await client.answered({ type: 'get', names: [name, scene.good] }, 3)
        lab.expect(
          { name, answer: answers[0]?.split(' ')[0] ?? 'none' },
          { name, answer: 'refused' },
          {
            why: 'Whoever can connect chooses the names. This one leads out of the folder, or would on another system, or names no file at all.',
            hint: 'Text alone does not tell where a path leads: /srv/share2 begins with /srv/share. Ask for the way from the folder to the file.',
          },
        )
        lab.expect(answers[1], `file "${scene.good}" 4 bytes`, { why: 'One name was refused. The next one is a good one.' })
      }
      // Whether there are names with a folder in them at all is the server's own affair.
      const client = await openClient(lab, server)
      const [answer = 'none'] = await client.answered({ type: 'get', names: [scene.throughLink] }, 2)
      lab.expect(answer.split(' ')[0] === 'file' ? 'the secret' : 'no file', 'no file', {
        why: 'A folder in the share is a link to one outside. The last part of a path is not the only one that can lead out.',
        hint: 'realpath() follows every link on the way.',
      })
    },
  },
]

/** A share in which somebody wants to reach the secret beside it. */
async function openTrapped(lab: Lab, folder: Folder) {
  const { share, beside } = await openShare(folder)
  const [secret, good] = [`${lab.chance.word('5.8', 'secret')}.txt`, `${lab.chance.word('5.8', 'good')}.txt`]
  const path = await beside.write(secret, 'nobody may read this')
  await folder.write(secret, 'nor this')
  await share.write(good, 'good')
  await share.write('sub/file.txt', 'in a folder')
  const linked = (await share.link('link.txt', path)) && (await share.link('linked', beside.path))
  await share.link('link to a link.txt', 'link.txt')
  const traps = [
    `../${secret}`,
    `../share2/${secret}`,
    `sub/../../${secret}`,
    path,
    `..\\${secret}`,
    `${good}\0.txt`,
    '',
    '.',
    '..',
  ]
  const links = linked ? ['link.txt', 'link to a link.txt'] : []
  return { share, good, traps: [...traps, ...links], throughLink: `linked/${secret}` }
}

/** The names of files, and the types of the other answers but `end`. */
function namesIn(answers: readonly Answer[]): unknown[] {
  const meant = answers.filter(({ message }) => message.type !== 'end')
  return meant.map(({ message }) => (message.type === 'file' ? message.name : message.type))
}

function filesIn(answer: Answer | undefined): unknown {
  const files = answer?.message.files
  if (!Array.isArray(files)) return answer === undefined ? 'no answer' : inWords(answer)
  return files.map((file: { name?: unknown; size?: unknown } | null) => ({ name: file?.name, size: file?.size })).toSorted(byName)
}

function byName(a: { name: unknown }, b: { name: unknown }): number {
  return String(a.name) < String(b.name) ? -1 : 1
}
