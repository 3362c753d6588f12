import type { GuiProgram } from '../contracts/08-gui.ts'
import type { Check } from '../grading/check.ts'
import { becomesTrue, within } from '../lab/within.ts'
import { drawBytes } from './05-partners.ts'
import { find, openOurs } from './07-partners.ts'
import { addressOf, ANSWER_MS, ask, openExchange } from './08-http.ts'
import { codeOf } from './outcomes.ts'
import { contentOf, expectStatus, listed, openGui, OTHERS_MS, put, REFUSED, searchUntilFound, TAKEN } from './08-partners.ts'

/** The page, the folder, and what is put into it. */
export const sharing: readonly Check<GuiProgram>[] = [
  {
    id: '8.1',
    title: 'the page is served as HTML in UTF-8',
    task: 7,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui } = await openGui({ learner, folder })

      const { status, headers, body } = await ask(lab, gui, { path: '/' })

      const type = String(headers['content-type']).toLowerCase().replaceAll(/[ "]/g, '')
      const saysUtf8 = type.endsWith(';charset=utf-8') || /<meta[^>]+charset=["']?utf-8/i.test(body.subarray(0, 1024).toString())
      lab.expect(
        { status, type: type.split(';')[0], charset: saysUtf8 ? 'utf-8' : 'not said', empty: body.length === 0 },
        { status: 200, type: 'text/html', charset: 'utf-8', empty: false },
        {
          why: 'A browser shows what is called text/html, and reads names in Korean right only when it is told that they are in UTF-8.',
        },
      )
    },
  },
  {
    id: '8.2',
    title: 'the files in the folder are listed with their sizes',
    task: 1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const share = await folder.folder('share')
      const files = ['안녕 하나.txt', `${lab.chance.word('8.2')}.txt`].map((name, index) => ({
        name,
        size: lab.chance.integer(1, 900, '8.2', index),
      }))
      for (const { name, size } of files) await share.write(name, 'x'.repeat(size))
      await share.folder(lab.chance.word('8.2', 'folder'))
      const { gui } = await openGui({ learner, folder })

      const told = await listed(lab, gui)

      lab.expect(
        told,
        files.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        {
          why: 'Two files lie in the folder, and a folder, which is none. The page shows what GET /api/files says, with the size in bytes.',
        },
      )
    },
  },
  {
    id: '8.3',
    title: 'one mebibyte of any bytes that is put comes through unchanged',
    task: 1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const name = `${lab.chance.word('8.3')}.bin`
      const content = drawBytes(lab, 1_048_576, '8.3')

      const answer = await put(lab, gui, name, content)

      expectStatus(lab, `PUT /api/files/${name}`, answer, TAKEN, { why: 'The file was taken, and the answer says so.' })
      lab.expect(await contentOf(share, name), content, {
        why: 'A file is bytes. Whoever makes text of them loses those that are no text, and whoever takes the first piece for all of it loses the rest.',
        hint: 'Let the request flow into the file: pipeline() from node:stream/promises.',
      })
      for (const later of [content.subarray(0, 1000), new Uint8Array()]) {
        const again = await put(lab, gui, name, later)
        expectStatus(lab, `PUT /api/files/${name}`, again, TAKEN, {
          why: 'A file of this name is there already, and another one is put: PUT makes the file what the body is, however short that is.',
        })
        lab.expect(await contentOf(share, name), Uint8Array.from(later), {
          why: 'The file was put once more, with fewer bytes. What was there before is no part of it.',
        })
      }
    },
  },
  {
    id: '8.44',
    title: 'files that are put at the same time come through, each under its name',
    task: 1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const files = [1, 2, 3].map((nth) => ({
        name: `${lab.chance.word('8.44', nth)}-${nth}.bin`,
        content: drawBytes(lab, 200_000, `8.44 ${nth}`),
      }))

      const exchanges = []
      for (const { name, content } of files) {
        const headers = { 'content-length': String(content.length) }
        const exchange = await openExchange(lab, gui, { method: 'PUT', path: `/api/files/${name}`, headers })
        exchange.request.write(content.subarray(0, 100_000))
        await becomesTrue(async () => (await share.list()).length > exchanges.length, 200)
        exchanges.push({ ...exchange, name, rest: content.subarray(100_000) })
      }

      // The first one is whole while the others are not: whatever is tidied up behind it, it is not theirs.
      for (const { request, rest, answered, name } of exchanges) {
        request.end(rest)
        const status = await within(ANSWER_MS, `the answer to PUT /api/files/${name}`, answered).then(
          ({ statusCode }) => statusCode,
          () => 'no answer',
        )
        lab.expect(TAKEN.includes(Number(status)) ? 'taken' : `${name}: ${status}`, 'taken', {
          why: 'Three files were on their way at the same time: several pages may be open, and a server serves all of them. Each of the files was taken.',
          hint: 'Does each one have a place of its own while it comes in?',
        })
      }
      for (const { name, content } of files) {
        lab.expect(await contentOf(share, name), content, {
          why: 'Three files were put at the same time. Each has its own bytes under its own name.',
        })
      }
    },
  },
  {
    id: '8.4',
    title: 'what was put is listed and announced to the network when the answer comes',
    task: 1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const other = await openOurs(lab, { dir: (await folder.folder('other')).path })
      const { gui } = await openGui({ learner, folder }, { peers: [other.address] })
      const name = `${lab.chance.word('8.4')}.txt`
      const content = lab.chance.word('8.4', 'content')

      const answer = await put(lab, gui, name, content)

      expectStatus(lab, `PUT /api/files/${name}`, answer, TAKEN, { why: 'The file was taken, and the answer says so.' })
      lab.expect(await listed(lab, gui), [{ name, size: content.length }], {
        why: 'The answer has come, so the file is there, and GET /api/files lists it.',
      })
      const announced = () => other.peers().flatMap(({ files }) => files)
      await becomesTrue(async () => announced().includes(name), OTHERS_MS)
      lab.expect(announced(), [name], {
        why: 'Peers are told of a file that is new. The node does that when it looks through its folder again.',
        hint: 'node.rescan()',
      })
      const hits = await searchUntilFound(() => find(other, name, 1))
      lab.expect(
        hits.map(({ address, size }) => ({ address, size })),
        [{ address: gui.node, size: content.length }],
        { why: 'Another node has searched for the file, and finds it where your node is reached: at `node`.' },
      )
    },
  },
  {
    id: '8.5',
    title: 'a file that stops in the middle leaves nothing behind',
    task: 1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const [old, fresh, whole] = ['old', 'fresh', 'whole'].map((each) => `${lab.chance.word('8.5', each)}.txt`) as [
        string,
        string,
        string,
      ]
      const before = lab.chance.word('8.5', 'content')
      await share.write(old, before)
      const half = drawBytes(lab, 100_000, '8.5')

      for (const name of [old, fresh]) {
        const { request } = await openExchange(lab, gui, {
          method: 'PUT',
          path: `/api/files/${name}`,
          headers: { 'content-length': '200000' },
        })
        request.write(half)
        await becomesTrue(async () => (await share.list()).length > 1, 200)
        const gone = new Promise((resolve) => request.once('close', resolve))
        request.destroy()
        await gone
      }
      await learner.settle()

      // Behind both comes one that is whole.
      await put(lab, gui, whole, before)
      await becomesTrue(async () => (await share.list()).length === 2)
      const left = Object.fromEntries(
        await Promise.all(
          (await share.list()).map(
            async (name) => [name, new TextDecoder().decode(await share.read(name)).slice(0, 20)] as const,
          ),
        ),
      )
      lab.expect(left, Object.fromEntries([old, whole].toSorted().map((name) => [name, before])), {
        why: 'The browser was closed in the middle of two uploads. Half a file under its name looks like a whole one, and an old file of that name is lost for nothing.',
        hint: 'Write into a file of another name, and rename it when all is there. Remove it when it never will be.',
      })
    },
  },
  {
    id: '8.6',
    title: 'any name comes through: Korean, blanks, percent, plus, hash',
    task: 2,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const names = ['안녕', '100 % + a', 'a#b & c=d', "it's [not] {so}", '한글😀', ...NOT_ON_WINDOWS].map(
        (start, index) => `${start} ${lab.chance.word('8.6', index)}.txt`,
      )
      // Behind the `?` of an address a plus is a blank. In a path it is a plus.
      const raw = `one+${lab.chance.word('8.6', 'raw')}.txt`

      for (const [path, name] of [...names.map((each) => [encodeURIComponent(each), each]), [raw, raw]] as [string, string][]) {
        expectStatus(lab, `PUT /api/files/${path}`, await put(lab, gui, path, name), TAKEN, {
          why: `The file ${JSON.stringify(name)} was put, with its name percent-encoded.`,
        })
      }

      lab.expect(await share.list(), [...names, raw].toSorted(), {
        why: 'In an address many characters mean something else, so names come percent-encoded. Decode them once: not less, and not more.',
        hint: 'decodeURIComponent() undoes what encodeURIComponent() has done. A plus stays a plus here.',
      })
    },
  },
  {
    id: '8.7',
    title: 'a name that is more than a name is refused, and nothing is written',
    task: 2,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const word = lab.chance.word('8.7')
      await put(lab, gui, word, word)
      const strict = [`..%2f..%2f${word}`, `..%2F${word}`, `..%5c${word}`, `%2f${word}`, `a%2f${word}`, `${word}%00.txt`, `..%2f`]
      const loose = ['', '%2e%2e', '%2e', '..', '.']

      for (const name of strict) {
        expectStatus(lab, `PUT /api/files/${name}`, await put(lab, gui, name, 'x'), 400, {
          why: 'Decoded, `..%2f` is `../`: a file beside the folder, or above it. This is more than a name, so the request is a bad one: 400.',
          hint: 'Look at the name after decoding it. Refuse it if it holds a slash, a backslash or a NUL.',
        })
      }
      for (const name of loose) {
        expectStatus(lab, `PUT /api/files/${name}`, await put(lab, gui, name, 'x'), REFUSED, {
          why: 'No name, `.` and `..` are no names for a file either.',
        })
      }

      lab.expect([await share.list(), (await folder.list()).filter((name) => !name.startsWith('share/'))], [[word], []], {
        why: 'What was refused leaves no file, in the folder or beside it.',
      })
    },
  },
  {
    id: '8.8',
    title: 'an address that cannot be decoded is a bad request, and no more',
    task: 2,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const name = lab.chance.word('8.8')

      for (const broken of ['%', '%zz', '%ff%fe', `${name}%e0%a4`]) {
        expectStatus(lab, `PUT /api/files/${broken}`, await put(lab, gui, broken, 'x'), 400, {
          why: 'This is no percent-encoded UTF-8, and decodeURIComponent() throws. That is the fault of the request: 400.',
        })
      }
      for (const path of ['/%', `/${name}%ff`, '/api/%zz']) {
        expectStatus(lab, `GET ${path}`, await ask(lab, gui, { path }), [400, 404], {
          why: 'There is no such path. Whether it can be decoded or not, it does no harm.',
        })
      }
      const after = await put(lab, gui, name, name)

      expectStatus(lab, `PUT /api/files/${name}`, after, TAKEN, {
        why: 'The next request is a good one. Somebody else has made the bad ones.',
      })
      lab.expect(await share.list(), [name], { why: 'The bad ones leave nothing behind, and the good one a file.' })
    },
  },
  {
    id: '8.9',
    title: 'a taken port is an error that the caller hears of, and nothing is left running',
    task: 8,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const other = await openOurs(lab, { dir: (await folder.folder('other')).path })

      const { port } = addressOf(lab, gui)
      const code = await codeOf(learner.startGui({ dir: share.path, port, peers: [other.address] }))

      lab.expect(code, 'EADDRINUSE', { why: "Another server has that port already. startGui() rejects with the system's error." })
      await becomesTrue(async () => other.peers().length === 0, OTHERS_MS)
      lab.expect(other.peers().length, 0, {
        why: 'A node was started for a page that does not come. Nobody can close it any more: startGui() has to, before it rejects.',
      })
    },
  },
]

/** Whoever looks for the end of the path after decoding it finds it here. */
const NOT_ON_WINDOWS = process.platform === 'win32' ? [] : ['why?']
