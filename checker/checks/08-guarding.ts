import type { GuiProgram } from '../contracts/08-gui.ts'
import type { Check } from '../grading/check.ts'
import { becomesTrue, within } from '../lab/within.ts'
import { find, openOurs } from './07-partners.ts'
import { subscribe } from './08-events.ts'
import { addressOf, ask, type Request } from './08-http.ts'
import { appears, download, expectStatus, openGui, openOwner, OTHERS_MS, put, searchUntilFound, TAKEN } from './08-partners.ts'
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
      const hosts = [
        `${name}.example`,
        `${name}.example:${port}`,
        `127.0.0.1.${name}.example:${port}`,
        `evil@127.0.0.1.example:${port}`,
      ]

      const requests: Request[] = hosts.flatMap((host) => [
        { path: '/api/files', headers: { host } },
        { path: '/', headers: { host } },
        { method: 'PUT', path: `/api/files/${name}`, headers: { host }, body: name },
      ])
      for (const request of requests) {
        const asked = `${request.method ?? 'GET'} ${request.path} with Host: ${request.headers?.host}`
        expectStatus(lab, asked, await ask(lab, gui, request), 403, {
          why: 'Somebody can make a name of their own mean 127.0.0.1. A browser that is at their page then talks to your node, and takes it for their site. Only the Host betrays it.',
        })
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
        ['GET', '/../../etc/passwd', 404],
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
      const asker = await openOurs(lab, { dir: (await folder.folder('asker')).path, peers: [first.node] })
      const hits = await searchUntilFound(() => find(asker, name, 1))
      lab.expect(
        hits.map(({ address }) => address),
        [second.node],
        {
          why: 'The second node has the first one for a peer. A search that comes over the first one finds the file at the second one.',
        },
      )
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

      const outcome = await resolvesInTime(gui.close())

      lab.expect(outcome, 'it resolves', {
        why: 'A page is open, and its event stream never ends by itself. A server that waits for its connections waits for ever.',
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
