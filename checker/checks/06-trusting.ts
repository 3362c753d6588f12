import {
  AUTHORITY,
  EXPIRED,
  GOOD,
  GOOD_RSA,
  OTHER,
  OTHER_AUTHORITY,
  SELF_SIGNED,
  WRONG_HOST,
} from '../certificates/certificates.ts'
import type { ClientTls, TlsFileTransfer } from '../contracts/06-tls.ts'
import type { Address } from '../contracts/endpoint.ts'
import type { Check } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { Lab } from '../lab/lab.ts'
import type { TlsOptions } from '../lab/stream-peers.ts'
import type { Learner } from '../sandbox/learner.ts'
import * as reference from '../../solutions/06-tls.ts'
import { drawBytes, openShare } from './05-partners.ts'
import { openTlsServer, OTHER_NAME, readable, sharing, TLS_1_1, TRUSTING } from './06-partners.ts'
import { codeOf, NO_ERROR, outcomeOf } from './outcomes.ts'

const REFUSED = { list: 'it rejects', fetch: 'it rejects', written: [] }
const READY = 'The server was ready to send the file all the same.'

/** Believing the right ones. */
const believing: readonly Check<TlsFileTransfer>[] = [
  {
    id: '6.10',
    title: 'the client lists and fetches from a server it can trust',
    task: 4,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const [big, empty, nope] = ['big', 'empty', 'nope'].map((kind) => `${lab.chance.word('6.10', kind)}-${kind}`) as [
        string,
        string,
        string,
      ]
      const content = drawBytes(lab, 2 ** 20, '6.10')
      const files = { [big]: content, [empty]: '' }
      const [ec, rsa] = [await openTlsServer(lab, GOOD, sharing(files)), await openTlsServer(lab, GOOD_RSA, sharing(files))]

      const list = await learner.listFiles(rsa.address, TRUSTING)
      const fetched = await learner.fetchFiles({ server: ec.address, names: [big, nope, empty], into: into.path, ...TRUSTING })

      lab.expect(
        list.map(({ name, size }) => `${name} ${size}`).toSorted(),
        [`${big} ${content.length}`, `${empty} 0`].toSorted(),
        {
          why: 'The server has an RSA key, and a certificate from the authority that the client was given. Everything is in order.',
        },
      )
      lab.expect(
        fetched.map(({ name, status }) => `${name} ${status}`),
        [`${big} ok`, `${nope} missing`, `${empty} ok`],
        {
          why: 'There is one entry for each name, in the order of the names, as in lesson 5.',
        },
      )
      lab.expect(await into.read(big), content, { why: 'These are not the bytes that the server sent.' })
      lab.expect(await into.list(), [big, empty].toSorted(), { why: 'Two of three files were there, and one of them was empty.' })
    },
  },
  {
    id: '6.11',
    title: 'an eavesdropper at the client reads neither names nor contents',
    task: 4,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const [name, secret] = [lab.chance.word('6.11', 'name'), lab.chance.word('6.11', 'secret')]
      const server = await openTlsServer(lab, GOOD, sharing({ [name]: secret.repeat(1000) }))
      const pipe = await lab.tcpPipe(server.address, { server: 'server' })

      await learner.listFiles(pipe.address, TRUSTING)
      await learner.fetchFiles({ server: pipe.address, names: [name], into: into.path, ...TRUSTING })

      lab.expect(await into.list(), [name], { why: 'The client itself gets everything.' })
      lab.expect(readable(pipe.overheard('up'), [name]), 'nothing', {
        why: 'Somebody on the way copied every byte that passed, and found this among them.',
      })
    },
  },
]

/** Believing nobody else. */
const doubting: readonly Check<TlsFileTransfer>[] = [
  refuses('6.12', 'another authority vouches for', OTHER, {
    why: 'Its certificate is signed by an authority that the client was not told to trust. Anyone can found one, and even call it like yours.',
  }),
  refuses('6.13', 'nobody but itself vouches for', SELF_SIGNED, {
    why: 'Its certificate is signed with its own key. Anyone can make one like it in a second, with your name on it.',
  }),
  refuses('6.14', 'shows an expired certificate', EXPIRED, {
    why: 'Its certificate was good in the year 2020 only. Nobody vouches for it any more, and its key may be in other hands by now.',
  }),
  {
    id: '6.15',
    title: 'each call trusts the authority that it is given, and no other',
    task: 4,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const name = lab.chance.word('6.15')
      await share.write(name, name)
      // Real servers: they let clients resume a session, which goes without a certificate.
      const [ours, theirs] = [
        await reference.startFileServer({ dir: share.path, tls: GOOD }),
        await reference.startFileServer({ dir: share.path, tls: OTHER }),
      ]
      for (const server of [ours, theirs]) lab.cleanUp(() => server.close())
      const outcome = (server: { address: Address }, ca: string) =>
        outcomeOf(learner.fetchFiles({ server: server.address, names: [name], into: into.path, tls: { ca } }))

      const outcomes = [
        await outcome(ours, AUTHORITY),
        await outcome(theirs, OTHER_AUTHORITY),
        await outcome(ours, OTHER_AUTHORITY),
        await outcome(theirs, AUTHORITY),
      ]

      lab.expect(outcomes, ['it resolves', 'it resolves', 'it rejects', 'it rejects'], {
        why: 'There are two authorities and a server of each. First each server was asked by a client that trusts its authority, then by one that trusts the other.',
        hint: 'What was good enough for an earlier call says nothing about this one.',
      })
    },
  },
  refuses(
    '6.16',
    'speaks TLS 1.1 only',
    { ...GOOD, ...TLS_1_1 },
    {
      why: 'Its certificate is in order, but TLS 1.1 has weaknesses that are known. Whoever is between both ends can make use of them.',
      hint: 'Refuses is what Node does unless it is told otherwise.',
    },
  ),
  {
    id: '6.17',
    title: 'other connections of the same program are verified as before',
    task: 4,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const name = lab.chance.word('6.17')
      const [asked, answer] = [lab.gate(), lab.gate()]
      const stranger = await lab.tcpServer({ name: 'stranger', tls: SELF_SIGNED })
      const server = await openTlsServer(lab, GOOD, async (peer, request) => {
        asked.open()
        await answer.opened
        await sharing({ [name]: name })(peer, request)
      })

      await learner.startFileServer({ dir: share.path, tls: GOOD })
      const fetching = learner.fetchFiles({ server: server.address, names: [name], into: into.path, ...TRUSTING })
      await Promise.race([asked.opened, fetching])
      const meanwhile = await learner.acceptsStrangers(stranger.address)
      answer.open()
      await fetching
      const afterwards = await learner.acceptsStrangers(stranger.address)

      const seen = (accepted: boolean) => (accepted ? 'it accepts anybody' : 'it verifies')
      lab.expect([meanwhile, afterwards].map(seen), ['it verifies', 'it verifies'], {
        why: 'While your client was fetching, and again after that, the same program connected to a self-signed server with nothing but the defaults of Node, as other parts of it may do.',
        hint: 'NODE_TLS_REJECT_UNAUTHORIZED and what you assign to a module hold for the whole program.',
      })
    },
  },
  refuses('6.18', 'has the certificate of another host', WRONG_HOST, {
    why: 'The authority vouches for it, as files.example. You asked for 127.0.0.1. So this is a stranger with a genuine passport.',
    task: 5,
  }),
  {
    id: '6.19',
    title: 'a servername is what has to be in the certificate',
    task: 5,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const name = lab.chance.word('6.19')
      const files = sharing({ [name]: name })
      const [named, addressed] = [await openTlsServer(lab, WRONG_HOST, files), await openTlsServer(lab, GOOD, files)]
      const fetchAs = async (server: { address: Address }, servername: string) => {
        const pipe = await lab.tcpPipe(server.address, { server: 'server' })
        const tls = { ca: AUTHORITY, servername }
        return codeOf(learner.fetchFiles({ server: pipe.address, names: [name], into: into.path, tls }))
      }

      const right = await fetchAs(named, OTHER_NAME)
      const wrong = [
        await fetchAs(addressed, OTHER_NAME),
        await fetchAs(named, 'example'),
        await fetchAs(named, `my-${OTHER_NAME}`),
      ]

      lab.expect(right, NO_ERROR, {
        why: `The certificate is for ${OTHER_NAME}, and that is the servername that was asked for. The address is only the way there.`,
      })
      lab.expect(
        wrong.map((code) => (code === NO_ERROR ? 'it resolves' : 'it rejects')),
        ['it rejects', 'it rejects', 'it rejects'],
        {
          why: `First the servername was ${OTHER_NAME} and the certificate for localhost and 127.0.0.1. Then the certificate was for ${OTHER_NAME}, and the servername was a part of that, or more than that.`,
        },
      )
    },
  },
]

export const clientChecks = [...believing, ...doubting]

interface Reason {
  readonly why: string
  readonly hint?: string
  readonly task?: number
}

/** The check that the client refuses a server, whatever that server has to offer. @param kind completes "a server that …" */
function refuses(id: string, kind: string, tls: TlsOptions, { task = 4, why, hint }: Reason): Check<TlsFileTransfer> {
  return {
    id,
    title: `a server that ${kind} is refused, and nothing is written`,
    task,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      lab.expect(await visit(id, learner, lab, folder, tls, TRUSTING.tls), REFUSED, {
        why: `${why} ${READY}`,
        ...(hint === undefined ? {} : { hint }),
      })
    },
  }
}

/** Has the attempt ask a server of ours for its list and for a file. Resolves to what came of both. */
async function visit(
  id: string,
  learner: Learner<TlsFileTransfer>,
  lab: Lab,
  folder: Folder,
  serverTls: TlsOptions,
  tls: ClientTls,
): Promise<typeof REFUSED> {
  const { into } = await openShare(folder)
  const name = lab.chance.word(id)
  const server = await openTlsServer(lab, serverTls, sharing({ [name]: name }))
  // What the server shows, and how it is refused, is in the ladder then.
  const pipe = await lab.tcpPipe(server.address, { server: 'server' })
  const list = await outcomeOf(learner.listFiles(pipe.address, { tls }))
  const fetch = await outcomeOf(learner.fetchFiles({ server: pipe.address, names: [name], into: into.path, tls }))
  return { list, fetch, written: (await into.list()) as never[] }
}
