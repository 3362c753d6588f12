import {
  AUTHORITY,
  EXPIRED,
  GOOD,
  GOOD_RSA,
  NEIGHBOUR,
  NOT_YET,
  OTHER,
  OTHER_AUTHORITY,
  SECOND_AUTHORITY,
  SELF_SIGNED,
  WRONG_HOST,
} from '../certificates/certificates.ts'
import type { ClientTls, ServerTls, TlsFetchOptions, TlsFileTransfer } from '../contracts/06-tls.ts'
import type { Address } from '../contracts/endpoint.ts'
import type { Check } from '../grading/check.ts'
import type { Folder } from '../lab/folder.ts'
import type { Lab } from '../lab/lab.ts'
import type { TlsOptions } from '../lab/stream-peers.ts'
import type { Learner } from '../sandbox/learner.ts'
import * as reference from '../../solutions/06-tls.ts'
import { drawBytes, openShare } from './05-partners.ts'
import { askedOf, openTlsServer, OTHER_NAME, readable, sharing, TLS_1_1, TRUSTING } from './06-partners.ts'
import { codeOf, NO_ERROR, outcomeOf, rejects } from './outcomes.ts'

const REFUSED = { list: 'it rejects', fetch: 'it rejects', asked: [], written: [] }
const READY = 'The server was ready to answer all the same.'
const PROVE_FIRST = 'Nothing is asked, and nothing is written, before the server has proved who it is.'

const FORGET = 'What was good enough for an earlier call says nothing about this one.'

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
      // A frame comes in several records, the length by itself in two.
      const script = sharing(files, (peer, bytes) => peer.writeInPieces(bytes, [2, 3, 2 ** 20], learner.settle))
      const [ec, rsa] = [await openTlsServer(lab, GOOD, script), await openTlsServer(lab, GOOD_RSA, script)]

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
  refuses('6.12', 'another authority vouches for', [
    {
      shows: OTHER,
      why: 'Its certificate is signed by an authority that the client was not told to trust. Anyone can found one, and even call it like yours.',
    },
    {
      shows: GOOD,
      ca: SECOND_AUTHORITY,
      why: 'Its certificate is signed by an authority that the client was not told to trust, and that has another name than the one in `tls.ca`.',
    },
  ]),
  refuses('6.13', 'nobody but itself vouches for', [
    {
      shows: SELF_SIGNED,
      why: 'Its certificate is signed with its own key. Anyone can make one like it in a second, with your name on it.',
    },
  ]),
  refuses('6.14', 'shows a certificate that is not valid today', [
    {
      shows: EXPIRED,
      why: 'Its certificate was good in the year 2020 only. Nobody vouches for it any more, and its key may be in other hands by now.',
    },
    {
      shows: NOT_YET,
      ca: SECOND_AUTHORITY,
      why: 'Its certificate has a first day as well as a last one, and will be good from the year 2110 on. Until then nobody vouches for it.',
    },
  ]),
  {
    id: '6.15',
    title: 'each call trusts the authority that it is given, and no other',
    task: 4,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, beside, into } = await openShare(folder)
      const name = lab.chance.word('6.15')
      await share.write(name, name)
      // Real servers: they let clients resume a session, which goes without a certificate.
      const [ours, theirs] = [
        await reference.startFileServer({ dir: share.path, tls: GOOD }),
        await reference.startFileServer({ dir: share.path, tls: OTHER }),
      ]
      for (const server of [ours, theirs]) lab.cleanUp(() => server.close())
      const wanted = ({ address }: { address: Address }, ca: string, { path } = into) => ({
        server: address,
        names: [name],
        into: path,
        tls: { ca },
      })
      // Each into a folder of its own: whether a file that is there is replaced is another question.
      const outcome = async (server: { address: Address }, ca: string, place: string) =>
        outcomeOf(learner.fetchFiles(wanted(server, ca, await folder.folder(place))))

      const outcomes = [
        await outcome(ours, AUTHORITY, 'of ours'),
        await outcome(theirs, OTHER_AUTHORITY, 'of theirs'),
        await outcome(ours, OTHER_AUTHORITY, 'of nobody'),
        await outcome(theirs, AUTHORITY, 'of nobody'),
      ]
      lab.expect(outcomes, ['it resolves', 'it resolves', 'it rejects', 'it rejects'], {
        why: 'There are two authorities and a server of each. First each server was asked by a client that trusts its authority, then by one that trusts the other.',
        hint: FORGET,
      })
      const atOnce: [TlsFetchOptions][] = [[wanted(ours, AUTHORITY)], [wanted(theirs, OTHER_AUTHORITY, beside)]]
      lab.expect(await outcomeOf(learner.together('fetchFiles', atOnce)), 'it resolves', {
        why: 'Then both servers were asked at the same time, each by a call that trusts its authority.',
        hint: 'What is kept outside of the function is shared by all calls.',
      })
    },
  },
  {
    id: '6.26',
    title: 'a server that could be trusted once is verified again',
    task: 4,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const [before, after] = [lab.chance.word('6.26', 'before'), lab.chance.word('6.26', 'after')]
      const shown = { ...GOOD }
      const server = await openTlsServer(lab, shown, sharing({ [before]: before, [after]: after }))
      const fetch = (name: string) =>
        outcomeOf(learner.fetchFiles({ server: server.address, names: [name], into: into.path, ...TRUSTING }))
      const list = () => outcomeOf(learner.listFiles(server.address, TRUSTING))

      const trusted = { list: await list(), fetch: await fetch(before), written: await into.list() }
      Object.assign(shown, SELF_SIGNED)
      const impostor = { fetch: await fetch(after), list: await list(), written: await into.list() }

      lab.expect(
        trusted,
        { list: 'it resolves', fetch: 'it resolves', written: [before] },
        { why: 'The server can be trusted. Everything is in order.' },
      )
      lab.expect(
        impostor,
        { fetch: 'it rejects', list: 'it rejects', written: [before] },
        {
          why: 'Then somebody else took its place: at the same address there is a server now that nobody but itself vouches for. It has one more file to offer.',
          hint: FORGET,
        },
      )
    },
  },
  refuses(
    '6.16',
    'speaks TLS 1.1 only',
    [
      {
        shows: { ...GOOD, ...TLS_1_1 },
        why: 'Its certificate is in order, but TLS 1.1 has weaknesses that are known. Whoever is between both ends can make use of them.',
      },
    ],
    { hint: 'Refuses is what Node does unless it is told otherwise.' },
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
  refuses(
    '6.18',
    'has the certificate of another host',
    [
      {
        shows: WRONG_HOST,
        why: 'The authority vouches for it, as files.example. You asked for 127.0.0.1. So this is a stranger with a genuine passport.',
      },
      {
        shows: NEIGHBOUR,
        ca: SECOND_AUTHORITY,
        why: 'The authority vouches for it, as localhost and 127.0.0.11. You asked for 127.0.0.1 and no other name, and an address counts as a whole.',
      },
    ],
    { task: 5 },
  ),
  {
    id: '6.19',
    title: 'a servername is what has to be in the certificate',
    task: 5,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { share, into } = await openShare(folder)
      const name = lab.chance.word('6.19')
      await share.write(name, name)
      /** A real server behind a pipe: it lets clients resume a session, which goes without a certificate. */
      const open = async (tls: ServerTls) => {
        const server = await reference.startFileServer({ dir: share.path, tls })
        lab.cleanUp(() => server.close())
        return (await lab.tcpPipe(server.address, { server: 'server' })).address
      }
      const [named, addressed] = [await open(WRONG_HOST), await open(GOOD)]
      const fetchAs = (address: Address, servername: string) =>
        learner.fetchFiles({ server: address, names: [name], into: into.path, tls: { ca: AUTHORITY, servername } })

      const right = {
        'listFiles()': await codeOf(learner.listFiles(named, { tls: { ca: AUTHORITY, servername: OTHER_NAME } })),
        'fetchFiles()': await codeOf(fetchAs(named, OTHER_NAME)),
      }
      lab.expect(
        right,
        { 'listFiles()': NO_ERROR, 'fetchFiles()': NO_ERROR },
        {
          why: `The certificate is for ${OTHER_NAME}, and that is the servername that was asked for. The address is only the way there.`,
        },
      )
      const strangers = [
        { address: addressed, shown: 'localhost and 127.0.0.1', servername: OTHER_NAME },
        ...['localhost', 'example', 'files', `my-${OTHER_NAME}`].map((servername) => ({
          address: named,
          shown: OTHER_NAME,
          servername,
        })),
      ]
      for (const { address, shown, servername } of strangers) {
        lab.expect(
          { servername, outcome: await rejects(fetchAs(address, servername)) },
          { servername, outcome: 'it rejects' },
          {
            why: `The certificate is for ${shown}, and ${servername} is another name. A part of a name will not do, nor more than the name, nor the right name in an earlier call.`,
          },
        )
      }
      for (const [wrong, tls] of Object.entries({ 'its authority': OTHER, 'its last day': EXPIRED })) {
        lab.expect(
          { wrong, outcome: await rejects(fetchAs(await open(tls), 'localhost')) },
          { wrong, outcome: 'it rejects' },
          {
            why: 'The certificate is for localhost, and that is the servername. But something else about it is wrong.',
            hint: 'The right name answers one question of three.',
          },
        )
      }
    },
  },
]

export const clientChecks = [...believing, ...doubting]

/** A server that is not to be believed. */
interface Stranger {
  readonly shows: TlsOptions
  /** Whom the client trusts; our authority by default. */
  readonly ca?: string
  readonly why: string
}

/** The check that the client refuses servers, whatever they have to offer. @param kind completes "a server that …" */
function refuses(
  id: string,
  kind: string,
  strangers: readonly Stranger[],
  { task = 4, hint = PROVE_FIRST }: { readonly task?: number; readonly hint?: string } = {},
): Check<TlsFileTransfer> {
  return {
    id,
    title: `a server that ${kind} is refused, and nothing is written`,
    task,
    about: 'fetchFiles',
    async run({ learner, lab, folder }) {
      const { into } = await openShare(folder)
      const name = lab.chance.word(id)
      for (const { shows, ca = AUTHORITY, why } of strangers) {
        lab.expect(await visit(learner, lab, into, name, shows, { ca }), REFUSED, { why: `${why} ${READY}`, hint })
      }
    },
  }
}

/** Has the attempt ask a server of ours for its list and for a file. Resolves to what came of both. */
async function visit(
  learner: Learner<TlsFileTransfer>,
  lab: Lab,
  into: Folder,
  name: string,
  serverTls: TlsOptions,
  tls: ClientTls,
): Promise<typeof REFUSED> {
  const server = await openTlsServer(lab, serverTls, sharing({ [name]: name }))
  // What the server shows, and how it is refused, is in the ladder then.
  const pipe = await lab.tcpPipe(server.address, { server: 'server' })
  const list = await outcomeOf(learner.listFiles(pipe.address, { tls }))
  const fetch = await outcomeOf(learner.fetchFiles({ server: pipe.address, names: [name], into: into.path, tls }))
  return { list, fetch, asked: (await askedOf(server, pipe)) as never[], written: (await into.list()) as never[] }
}
