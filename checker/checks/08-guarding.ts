import { parse, relative, sep } from 'node:path'
import type { GuiProgram } from '../contracts/08-gui.ts'
import type { Check } from '../grading/check.ts'
import { becomesTrue, within } from '../lab/within.ts'
import { drawBytes } from './05-partners.ts'
import { find, openOurs } from './07-partners.ts'
import { inWords, subscribe } from './08-events.ts'
import { addressOf, ask, openExchange, type Request, statusOf } from './08-http.ts'
import {
  appears,
  download,
  expectStatus,
  listed,
  openGui,
  openOwner,
  OTHERS_MS,
  put,
  REFUSED,
  searchUntilFound,
  TAKEN,
} from './08-partners.ts'
import { expectLoopbackOnly, expectPortFree, resolvesInTime } from './outcomes.ts'

/** Who may ask, what there is to ask for, and the end. */
export const guarding: readonly Check<GuiProgram>[] = [
  {
    id: '8.26',
    title: 'a request with a foreign Host is refused',
    task: 6,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const { port } = addressOf(lab, gui)
      const name = lab.chance.word('8.26')
      const hosts = [`${name}.example`, `${name}.example:${port}`, `127.0.0.1.${name}.example:${port}`]
      // Whoever takes a host apart may find these to be none, and say 400.
      const odd = [`evil@127.0.0.1.example:${port}`, `127.0.0.1:${port}.${name}.example`]

      const requests: Request[] = [...hosts, ...odd].flatMap((host) => [
        { path: '/api/files', headers: { host } },
        { path: '/', headers: { host } },
        { path: '/api/events', headers: { host } },
        { method: 'PUT', path: `/api/files/${name}`, headers: { host }, body: name },
      ])
      for (const request of requests) {
        const asked = `${request.method ?? 'GET'} ${request.path} with Host: ${request.headers?.host}`
        expectStatus(
          lab,
          asked,
          await statusOf(lab, gui, request),
          odd.includes(request.headers?.host ?? '') ? [403, 400] : 403,
          {
            why: 'Somebody can make a name of their own mean 127.0.0.1. A browser that is at their page then talks to your node, and takes it for their site. Only the Host betrays it.',
          },
        )
      }

      lab.expect(await share.list(), [], { why: 'What is refused leaves no file.' })
    },
  },
  {
    id: '8.27',
    title: 'a request that comes from another page is refused, and does nothing',
    task: 6,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder)
      const { gui, share } = await openGui({ learner, folder })
      const { port } = addressOf(lab, gui)
      const name = lab.chance.word('8.27')
      const origins = [
        `http://${name}.example`,
        'null',
        `http://127.0.0.1:${port - 1}`,
        `http://127.0.0.1:${port}.${name}.example`,
        `https://127.0.0.1:${port}`,
      ]

      for (const origin of origins) {
        const headers = { origin, 'content-type': 'text/plain' }
        const requests: Request[] = [
          { method: 'PUT', path: `/api/files/${name}`, headers, body: name },
          { method: 'POST', path: '/api/download', headers, body: JSON.stringify(owner.hit) },
        ]
        for (const request of requests) {
          expectStatus(lab, `${request.method} ${request.path} with Origin: ${origin}`, await ask(lab, gui, request), 403, {
            why: 'Any page that you visit can have your browser send requests to 127.0.0.1: it could share your files, or fetch others. The browser says in `Origin` which page it was.',
          })
        }
      }
      for (const path of ['/api/files', '/api/search?name=x', '/api/events']) {
        const origin = `http://${name}.example`
        expectStatus(lab, `GET ${path} with Origin: ${origin}`, await statusOf(lab, gui, { path, headers: { origin } }), 403, {
          why: 'A GET changes nothing, but its answer tells what you have. Another page is not even told that.',
        })
      }
      const headers = { origin: `http://127.0.0.1:${port}` }
      const own = await ask(lab, gui, { method: 'PUT', path: `/api/files/own${name}`, headers, body: name })

      expectStatus(lab, `PUT /api/files/own${name} with Origin: ${headers.origin}`, own, TAKEN, {
        why: 'The page itself is served from your node, so its Origin is that of the url.',
      })
      lab.expect(await share.list(), [`own${name}`], {
        why: 'What is refused does nothing: no file was put, and none was fetched.',
      })
    },
  },
  {
    id: '8.28',
    title: 'the server can be reached on this machine only',
    task: 6,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui } = await openGui({ learner, folder })

      await expectLoopbackOnly(lab, addressOf(lab, gui))
    },
  },
  {
    id: '8.29',
    title: 'what is not there is 404, and what cannot be done is 405',
    task: 7,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui } = await openGui({ learner, folder })
      const word = lab.chance.word('8.29')
      const wanted: readonly (readonly [method: string, path: string, status: number])[] = [
        ['GET', `/${word}`, 404],
        ['GET', `/api/${word}`, 404],
        ['GET', `/__proto__/${word}`, 404],
        ['GET', '/constructor', 404],
        ['DELETE', '/api/files', 405],
        ['GET', '/api/download', 405],
        ['POST', '/api/search?name=x', 405],
        ['PUT', '/api/events', 405],
      ]

      for (const [method, path, status] of wanted) {
        expectStatus(lab, `${method} ${path}`, await ask(lab, gui, { method, path }), status, {
          why: 'A program that asks for something else learns from the status what is wrong: 404, there is no such thing; 405, it is there, but not for this method.',
        })
      }
    },
  },
  {
    id: '8.43',
    title: 'nothing else that lies on the disk can be had',
    task: 7,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const [name, secret] = [`${lab.chance.word('8.43')}.txt`, lab.chance.word('8.43', 'secret')]
      const { root } = parse(folder.path)
      const fromRoot = relative(root, await folder.write(name, secret)).split(sep)
      await share.write('mine.txt', 'mine')
      const up = (step: string) => step.repeat(30)
      const paths = [
        `/../${name}`,
        `/%2e%2e/${name}`,
        `/..%2f${name}`,
        `/${up('../')}${fromRoot.join('/')}`,
        `/${up('%2e%2e/')}${fromRoot.join('/')}`,
        `/${up('..%2f')}${fromRoot.join('%2f')}`,
        `/${up('.%2e%2f')}${fromRoot.join('/')}`,
        `/${fromRoot.join('/')}`,
        `/%2f${fromRoot.join('%2f')}`,
        `/api/files/..%2f${name}`,
        `/api/files/${up('..%2f')}${fromRoot.join('%2f')}`,
      ]

      for (const path of paths) {
        const { status, body } = await ask(lab, gui, { path })
        const why =
          'A file lies beside the folder, and was asked for by a path that climbs. Whoever makes a path on the disk of the path in an address gives away all that the program may read.'
        const hint =
          'Compare the path with those that there are. Where files are served from a folder, look at the name after decoding it.'
        lab.expect(body.includes(secret) ? 'the file' : 'not the file', 'not the file', { why, hint })
        expectStatus(lab, `GET ${path}`, { status }, [...REFUSED, 403], { why, hint })
      }
      lab.expect(await listed(lab, gui), [{ name: 'mine.txt', size: 4 }], { why: 'The next request is a good one.' })
    },
  },
  {
    id: '8.30',
    title: 'two are independent of each other: each has its folder, its node, and its page',
    task: 8,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui: first, share } = await openGui({ learner, folder })
      const beside = await folder.folder('second')
      const second = await learner.startGui({ dir: beside.path, peers: [first.node] })
      const name = `${lab.chance.word('8.30')}.txt`

      await put(lab, second, name, name)

      lab.expect([await share.list(), await beside.list()], [[], [name]], {
        why: 'The file was put at the second page. It is in the second folder.',
      })
      lab.expect([await listed(lab, first), await listed(lab, second)], [[], [{ name, size: name.length }]], {
        why: 'Each page lists its own folder.',
      })
      const asker = await openOurs(lab, { dir: (await folder.folder('asker')).path, peers: [first.node] })
      const hits = await searchUntilFound(() => find(asker, name, 1))
      lab.expect(
        hits.map(({ address }) => address),
        [second.node],
        {
          why: 'The second node has the first one for a peer. A search that comes over the first one finds the file at the second one.',
        },
      )

      const pages = [await subscribe(lab, first, 'of the first'), await subscribe(lab, second, 'of the second')] as const
      const owners = [await openOwner(lab, folder, 500, 'one'), await openOwner(lab, folder, 500, 'two')] as const
      // The second one first: whatever the first page is wrongly told of it, it hears before its own.
      for (const index of [1, 0] as const) {
        const { name: file } = owners[index].hit
        await download(lab, [first, second][index] as typeof first, owners[index].hit)
        await pages[index].hears(
          'an event that says done',
          (told) => told.name === file && told.state === 'done',
          'A file was fetched, and the page of the same program is told.',
        )
      }
      const others = [[name, owners[1].hit.name], [owners[0].hit.name]]
      const foreign = pages.map(({ told }, index) =>
        told.all.filter((each) => others[index]?.includes(String(each.name))).map(inWords),
      )
      lab.expect(foreign, [[], []], {
        why: 'Each page is told of the transfers of its own node, and of no others.',
        hint: 'What belongs to one of them is made in startGui(), and not beside it.',
      })
    },
  },
  {
    id: '8.31',
    title: 'close() ends, also with a page open, and both ports are free',
    task: 8,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)
      const address = addressOf(lab, gui)
      const path = `/api/files/${lab.chance.word('8.31')}`
      const upload = await openExchange(lab, gui, { method: 'PUT', path, headers: { 'content-length': '200000' } })
      upload.request.write(drawBytes(lab, 100_000, '8.31'))
      await learner.settle()

      const outcome = await resolvesInTime(gui.close())

      lab.expect(outcome, 'it resolves', {
        why: 'A page is open, and its event stream never ends by itself. Another one has stopped in the middle of an upload. A server that waits for its connections waits for ever.',
        hint: 'server.closeAllConnections()',
      })
      const left = await within(OTHERS_MS, 'the end', page.ended).then(
        () => 'ended',
        () => 'still open',
      )
      lab.expect(left, 'ended', { why: 'The stream belongs to a server that is gone.' })
      await expectPortFree('tcp', lab, address, 'close() resolved')
      await expectPortFree('tcp', lab, gui.node, 'close() resolved')
      lab.expect(await resolvesInTime(gui.close()), 'it resolves', { why: 'A second close() does no harm.' })
    },
  },
  {
    id: '8.32',
    title: 'close() ends the node, too',
    task: 8,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 50_000)
      const other = await openOurs(lab, { dir: (await folder.folder('other')).path })
      const { gui, share } = await openGui({ learner, folder }, { peers: [other.address] })
      await download(lab, gui, owner.hit)
      lab.expect(await appears(share, owner.hit.name, owner.hit.size), owner.content, {
        why: 'A file was fetched, and nothing is in the way.',
      })

      lab.expect(await resolvesInTime(gui.close()), 'it resolves', { why: 'Nothing is left to do.' })

      await becomesTrue(async () => other.peers().length === 0, OTHERS_MS)
      lab.expect(other.peers().length, 0, { why: 'The page is closed, and with it the node: its peers see it go.' })
    },
  },
]
