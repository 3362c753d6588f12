import type { GuiProgram, Hit } from '../contracts/08-gui.ts'
import type { Check } from '../grading/check.ts'
import { becomesTrue } from '../lab/within.ts'
import { announce, hitOf, hitsIn, namesIn, openPuppet } from './07-partners.ts'
import { ask, listOf } from './08-http.ts'
import {
  appears,
  download,
  expectStatus,
  halfway,
  listed,
  openGui,
  openOwner,
  openTwin,
  OTHERS_MS,
  searchUntilFound,
} from './08-partners.ts'

/** Searching, and fetching what was found. */
export const fetching: readonly Check<GuiProgram>[] = [
  {
    id: '8.10',
    title: 'a search tells what the network has found',
    task: 3,
    seconds: 2.1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder)
      const { gui } = await openGui({ learner, folder }, { peers: [owner.node.address] })
      const path = `/api/search?name=${encodeURIComponent(owner.hit.name)}`
      const search = async () => hitsIn(listOf(lab, 'GET /api/search', await ask(lab, gui, { path })))

      const hits = await searchUntilFound(search)

      lab.expect(hits, [owner.hit], {
        why: 'A peer has the file. What the node finds is the answer, as JSON, with all that is needed to fetch it.',
      })
      const twin = await openTwin(lab, folder, owner, owner.content, [gui.node])
      const places = (found: readonly Hit[]) => found.map(({ address }) => `${address.host}:${address.port}`).toSorted()
      const both = [owner.hit, twin.hit]
      lab.expect(places(await searchUntilFound(search, both.length)), places(both), {
        why: 'Another node has come, with the same file, and somebody searches once more. Both nodes have answered, and each of them may be gone by the time that its file is fetched: both hits are told.',
      })
    },
  },
  {
    id: '8.11',
    title: 'a search decodes the name, and finds nothing where there is nothing',
    task: 3,
    seconds: 1.1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const names = [`안녕 & 50 % + ${lab.chance.word('8.11')}.txt`, lab.chance.word('8.11', 'other')]
      const peer = await openPuppet(lab, 'X')
      const { gui } = await openGui({ learner, folder }, { peers: [peer.address] })
      const link = await peer.links.next('a link with X', () => true, OTHERS_MS)

      const asking = names.map((name) => ask(lab, gui, { path: `/api/search?name=${encodeURIComponent(name)}` }))
      const answers = await Promise.all(asking)

      for (const name of names) {
        const query = await link.hears('query', (message) => message.name === name)
        lab.expect(query?.name ?? namesIn(link.heard('query')), name, {
          why: 'The name stands in the address, percent-encoded. What goes into the network is the name itself. Two pages may search at the same time.',
        })
      }
      for (const answer of answers) {
        lab.expect(listOf(lab, 'GET /api/search', answer), [], {
          why: 'Nobody has answered, so nothing was found. That is an empty list, and no error.',
        })
      }
    },
  },
  {
    id: '8.12',
    title: 'a search without a name is a bad request, or finds nothing',
    task: 3,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui } = await openGui({ learner, folder })

      for (const path of ['/api/search', '/api/search?', '/api/search?name=', `/api/search?nom=${lab.chance.word('8.12')}`]) {
        const { status, body } = await ask(lab, gui, { path })
        const saw = status === 400 ? 400 : { status, body: body.toString().slice(0, 120) }
        const isRight = status === 400 || (status === 200 && EMPTY_LIST.test(body.toString()))
        lab.expect(isRight ? 400 : saw, 400, {
          why: 'There is no file without a name. Whoever asks for it has made a mistake, and 400 says so. An empty list is true as well.',
        })
      }
    },
  },
  {
    id: '8.13',
    title: 'a file that was found is fetched, whole, and listed then',
    task: 4,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const other = await openTwin(lab, folder, owner, owner.content.toReversed())
      const { gui, share } = await openGui({ learner, folder }, { peers: [other.node.address] })

      const answer = await download(lab, gui, owner.hit)

      expectStatus(lab, 'POST /api/download', answer, 202, {
        why: 'The transfer has begun. 202 says: accepted, and not yet done.',
      })
      lab.expect(await appears(share, owner.hit.name, owner.hit.size), owner.content, {
        why: 'The file comes into the folder, byte for byte, from the node that the hit tells. Another one has a file of the same name, which was not asked for.',
      })
      const entry = { name: owner.hit.name, size: owner.hit.size }
      await becomesTrue(async () => (await listed(lab, gui)).length === 1, OTHERS_MS)
      lab.expect(await listed(lab, gui), [entry], {
        why: 'What was fetched lies in the folder, so it is listed, and shared.',
      })
    },
  },
  {
    id: '8.14',
    title: 'the answer to a download does not wait for the file',
    task: 4,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const { hit, gate } = await halfway(lab, owner)
      const { gui, share } = await openGui({ learner, folder })

      const answer = await download(lab, gui, hit)

      expectStatus(lab, 'POST /api/download', answer, 202, {
        why: 'The transfer has begun. 202 says: accepted, and not yet done.',
      })
      lab.expect(await share.read(hit.name), undefined, {
        why: 'Half of the file has come so far. What has not the whole content has not its name either.',
      })
      gate.open()
      lab.expect(await appears(share, hit.name, hit.size), owner.content, { why: 'The second half came later than the answer.' })
    },
  },
  {
    id: '8.15',
    title: 'what is no hit is a bad request',
    task: 4,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { hit, content } = await openOwner(lab, folder)
      const { gui, share } = await openGui({ learner, folder })
      const { address: _address, ...homeless } = hit
      const bodies = [
        '',
        '{',
        'null',
        '[]',
        '"hit"',
        '{}',
        JSON.stringify(homeless),
        JSON.stringify({ ...hit, name: 7 }),
        JSON.stringify({ ...hit, address: { host: 'x' } }),
      ]
      const odd = [
        { ...hit, address: { host: '127.0.0.1', port: 65_536 } },
        { ...hit, size: 'long' },
        { ...hit, sha256: undefined },
      ].map((each, index) => JSON.stringify({ ...each, name: `odd ${index}` }))
      const headers = { 'content-type': 'application/json' }

      for (const body of bodies) {
        const answer = await ask(lab, gui, { method: 'POST', path: '/api/download', headers, body })
        expectStatus(lab, `POST /api/download with ${body === '' ? 'nothing' : body}`, answer, 400, {
          why: 'This is no hit: no JSON, or no object with a name and an address. That is the fault of the request: 400.',
        })
      }
      // Whether these are refused at once or fail later is up to the program.
      for (const body of odd) await ask(lab, gui, { method: 'POST', path: '/api/download', headers, body })
      await download(lab, gui, hit)
      lab.expect(await appears(share, hit.name, hit.size), content, { why: 'Behind the bad ones came a good one.' })
    },
  },
  {
    id: '8.16',
    title: 'a hit whose name leads out of the folder writes nothing there',
    task: 4,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const word = lab.chance.word('8.16')
      const names = [`../${word}`, `../beside/${word}`, `..\\${word}`]
      const odd = [`${word}/${word}`, `${word}\0`, '', '.', '..']
      const contents = Object.fromEntries(names.map((name) => [name, word]))
      const liar = await openPuppet(lab, 'X', { contents })
      await folder.folder('beside')
      const { gui, share } = await openGui({ learner, folder })
      const honest = await openOwner(lab, folder, 100)

      for (const name of names) {
        const answer = await download(lab, gui, hitOf(liar, announce(name, word)))
        expectStatus(lab, `POST /api/download with the name ${name}`, answer, 400, {
          why: 'The name in a hit was chosen by another node. It is to become a file of yours, so it is looked at like any other name.',
        })
      }
      for (const name of odd) {
        const answer = await download(lab, gui, { ...honest.hit, name })
        expectStatus(lab, `POST /api/download with the name "${name}"`, answer, TAKEN_OR_NOT, {
          why: 'A name that is empty, `.` or `..`, or has a slash or a NUL in it, is no name for a file either. Refuse it, or let the transfer fail.',
        })
      }
      await download(lab, gui, honest.hit)
      await appears(share, honest.hit.name, honest.hit.size)

      // One that takes the last part of a name for all of it stays in the folder, too.
      const outside = (await folder.list()).filter((path) => path.includes(word) && !path.startsWith('share/'))
      lab.expect(outside, [], { why: 'Another node has chosen where a file of yours is written.' })
    },
  },
]

/** It is refused, or taken and then told as failed. */
const TAKEN_OR_NOT = [202, 400, 403, 404]

/** As JSON, by itself or in an object. */
const EMPTY_LIST = /^\s*(\{\s*"\w+"\s*:\s*)?\[\s*\]\s*\}?\s*$/
