import { GOOD, GOOD_RSA, OTHER } from '../certificates/certificates.ts'
import type { TlsFileTransfer, Transfer } from '../contracts/06-tls.ts'
import type { Address } from '../contracts/endpoint.ts'
import type { Check } from '../grading/check.ts'
import { type Lab, YOU } from '../lab/lab.ts'
import { flipBitAt } from '../lab/stream-faults.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import { inWords, pack } from './05-frames.ts'
import { drawBytes, endingOf, openShare } from './05-partners.ts'
import { knock, noting, openTlsClient, readable, shakeHands, TLS_1_1 } from './06-partners.ts'
import { HALF_A_HELLO } from './06-records.ts'
import { codeOf, expectLoopbackOnly, expectPortFree, NO_ERROR, onFreePort, resolvesInTime, rejects } from './outcomes.ts'

/** What a client that does not speak TLS may send. The last ones look like TLS, for a moment. */
const rubbish = (name: string) => [
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  Buffer.concat([pack({ type: 'list' }), pack({ type: 'get', names: [name] })]),
  Uint8Array.of(0),
  Uint8Array.of(22, 3, 1, 0xff, 0xff, 1, 2, 3),
  Uint8Array.of(22, 3, 1, 0, 4, 1, 0, 0, 0),
]

/** How many connections never end their handshake. */
const STUCK = 20

/** Proving who it is, and serving over TLS. */
const proving: readonly Check<TlsFileTransfer>[] = [
  {
    id: '6.1',
    title: 'each server shows the certificate it was given, be it EC or RSA',
    task: 1,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share, beside } = await openShare(folder)
      const [ec, rsa] = [lab.chance.word('6.1', 'EC'), lab.chance.word('6.1', 'RSA')]
      await share.write(ec, ec)
      await beside.write(rsa, rsa)
      const servers = [
        { name: ec, subject: 'Socket workbook server', server: await learner.startFileServer({ dir: share.path, tls: GOOD }) },
        {
          name: rsa,
          subject: 'Socket workbook RSA server',
          server: await learner.startFileServer({ dir: beside.path, tls: GOOD_RSA }),
        },
      ]

      for (const { name, subject, server } of servers) {
        const shown: string[] = []
        const seeing = noting((certificate) => shown.push(certificate))
        const client = await openTlsClient(lab, server, seeing)
        lab.expect(shown, [subject], {
          why: 'Two servers run in one program, and each was given a key and a certificate of its own.',
          hint: 'What is kept outside of the function is shared by all that the function starts.',
        })
        lab.expect(await client.answered({ type: 'get', names: [name] }, 2), [`file "${name}" 8 bytes`, 'end'], {
          why: 'Inside of TLS it is lesson 5: the same requests, the same answers.',
        })
        await openTlsClient(lab, server, { ...seeing, servername: 'localhost' })
        lab.expect(shown, [subject, subject], {
          why: 'A second client came, and told the server by which name it knows it. The server has one certificate to show.',
        })
      }
    },
  },
  {
    id: '6.2',
    title: 'over TLS the server answers as in lesson 5',
    task: 1,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const [big, empty, nope] = ['big', 'empty', 'nope'].map((kind) => `${lab.chance.word('6.2', kind)}-${kind}`) as [
        string,
        string,
        string,
      ]
      const content = drawBytes(lab, 2 ** 20, '6.2')
      await share.write(big, content)
      await share.write(empty, '')
      const transfers = lab.inbox<Transfer>('onTransfer', ({ name, bytes, state }) => `${name} ${bytes} ${state}`)
      const server = await learner.startFileServer({
        dir: share.path,
        tls: GOOD,
        onTransfer: (transfer) => transfers.push({ ...transfer }),
      })
      const client = await openTlsClient(lab, server)

      await client.peer.writeInPieces(pack({ type: 'list' }), [3, 6], learner.settle)
      const list = (await client.answers(1)).map(inWords)
      await client.ask({ type: 'get', names: [big, nope, '../x', empty] })
      const answers = (await client.answers(6, 2 ** 20)).slice(1)

      lab.expect(
        list.map((answer) => answer.split(' ')[0]),
        ['files'],
        {
          why: 'The client asked which files there are. Its request came in several records, and a record is no frame: TLS makes a stream.',
        },
      )
      lab.expect(
        answers.map(inWords),
        [`file "${big}" ${content.length} bytes`, `missing "${nope}"`, 'refused "../x"', `file "${empty}" 0 bytes`, 'end'],
        { why: 'Each name has its answer, in the order of the names, as over plain TCP.' },
      )
      lab.expect(answers[0]?.body, content, {
        why: 'TLS delivers the bytes as they are, and so must whoever reads them from a file.',
      })
      const isDone = ({ name, state, bytes }: Transfer) => name === big && state === 'done' && bytes === content.length
      const { direction, size } = await transfers.next('onTransfer to tell that the file is sent', isDone)
      lab.expect(
        { direction, size },
        { direction: 'send', size: content.length },
        { why: 'The last report on the file, from the server that sent it, as in lesson 5.' },
      )
    },
  },
  {
    id: '6.3',
    title: 'an eavesdropper at the server reads neither names nor contents',
    task: 1,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const [name, secret] = [lab.chance.word('6.3', 'name'), lab.chance.word('6.3', 'secret')]
      await share.write(name, secret.repeat(1000))
      const server = await learner.startFileServer({ dir: share.path, tls: GOOD })
      const pipe = await lab.tcpPipe(server.address, { client: 'client', server: YOU })
      const client = await openTlsClient(lab, pipe)

      await client.ask({ type: 'list' }, { type: 'get', names: [name] })
      const answers = await client.answers(3, 8000)

      lab.expect(answers.slice(1).map(inWords), [`file "${name}" 8000 bytes`, 'end'], {
        why: 'The client itself reads everything.',
      })
      lab.expect(readable(pipe.overheard('down'), [name, secret]), 'nothing', {
        why: 'Somebody on the way copied every byte that passed, and found this among them.',
      })
    },
  },
  {
    id: '6.4',
    title: 'the server refuses TLS 1.1',
    task: 2,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = lab.chance.word('6.4')
      await share.write(name, name)
      const server = await learner.startFileServer({ dir: share.path, tls: GOOD })
      const pipe = await lab.tcpPipe(server.address, { client: 'client', server: YOU })

      const old = await shakeHands(lab, pipe, TLS_1_1)
      const got =
        typeof old === 'string' ? 'nothing' : (await old.answered({ type: 'get', names: [name] }, 2)).join(', ') || 'nothing'
      const client = await openTlsClient(lab, pipe)

      lab.expect(got, 'nothing', {
        why: 'This client speaks TLS 1.1 and nothing newer. Its weaknesses are known, and whoever is between both ends can make use of them.',
        hint: 'Refuses is what Node does unless it is told otherwise.',
      })
      lab.expect(await client.answered({ type: 'get', names: [name] }, 2), [`file "${name}" 8 bytes`, 'end'], {
        why: 'One client was refused. The next one speaks TLS as it should be.',
      })
    },
  },
  {
    id: '6.5',
    title: 'a key that does not belong to the certificate is refused at the start',
    task: 1,
    about: 'startFileServer',
    async run({ learner, folder, lab }) {
      const { share } = await openShare(folder)

      const outcome = await rejects(learner.startFileServer({ dir: share.path, tls: { key: OTHER.key, cert: GOOD.cert } }))

      lab.expect(outcome, 'it rejects', {
        why: 'With this key the server can never prove that the certificate is its own, and no client will ever get in. Whoever starts it has to hear that now.',
        hint: 'node:tls notices when a context is made of both. Make it before you listen.',
      })
    },
  },
]

/** Living on, whatever comes instead of a handshake. */
const surviving: readonly Check<TlsFileTransfer>[] = [
  {
    id: '6.6',
    title: 'plain text, rubbish, a port scan and a reset get nothing and do no harm',
    task: 2,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = lab.chance.word('6.6')
      await share.write(name, name)
      const server = await learner.startFileServer({ dir: share.path, tls: GOOD })

      const strangers: StreamPeer[] = []
      for (const bytes of rubbish(name)) {
        const stranger = await knock(lab, server, 'stranger')
        strangers.push(stranger)
        await stranger.write(bytes)
        stranger.end()
        await learner.settle()
      }
      const scanner = await knock(lab, server, 'scanner')
      await scanner.close()
      const gone = await knock(lab, server, 'stranger')
      await gone.write(HALF_A_HELLO)
      await learner.settle()
      gone.reset()
      await learner.settle()
      await Promise.all(strangers.map(endingOf))

      const got = strangers.map(({ received }) => readable(received.bytes(), [name]))
      lab.expect(got.find((each) => each !== 'nothing') ?? 'nothing', 'nothing', {
        why: 'One of those that came spoke the protocol of lesson 5, without TLS. What it was given, everybody on the way could read.',
        hint: 'Only a connection whose handshake is done may be served.',
      })
      await expectServed(
        lab,
        server,
        name,
        'Some came that do not speak TLS, and some left in the middle of a handshake. The next client has done nothing wrong.',
      )
    },
  },
  {
    id: '6.7',
    title: 'an endless handshake stops nobody, and clients are served at once',
    task: 2,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const names = [1, 2, 3, 4].map((index) => lab.chance.word('6.7', index))
      for (const name of names) await share.write(name, name)
      const server = await learner.startFileServer({ dir: share.path, tls: GOOD })

      const stuck: StreamPeer[] = []
      for (let count = 0; count < STUCK; count += 2) {
        const slow = await knock(lab, server, 'slow')
        await slow.write(HALF_A_HELLO)
        stuck.push(await knock(lab, server, 'silent'), slow)
      }
      await learner.settle()
      const clients = await Promise.all(names.map(() => openTlsClient(lab, server)))
      const answers = await Promise.all(
        clients.map((client, index) => client.answered({ type: 'get', names: [names[index]] }, 2)),
      )

      lab.expect(
        answers,
        names.map((name) => [`file "${name}" 8 bytes`, 'end']),
        {
          why: `${STUCK} connections were there already. Half of them say nothing, the others only the beginning of their first word. Four clients came after them, all at once.`,
        },
      )
      await Promise.all(stuck.map((peer) => peer.close()))
    },
  },
  {
    id: '6.8',
    title: 'a request that was changed on the way is not answered',
    task: 2,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = lab.chance.word('6.8')
      await share.write(name, name)
      const server = await learner.startFileServer({ dir: share.path, tls: GOOD })
      // By then the handshake is over, and the request, which fills two records, has begun.
      const pipe = await lab.tcpPipe(server.address, { client: 'client', server: YOU, up: [flipBitAt(8000)] })
      const client = await openTlsClient(lab, pipe)

      await client.ask({ type: 'get', names: Array.from({ length: 1000 }, (_none, index) => `${name}-${index}-nowhere`) })
      await endingOf(client.peer)

      lab.expect((await client.answers(0)).map(inWords), [], {
        why: "One bit of the request was flipped on the way. What it asks for now is nobody's wish.",
      })
      await expectServed(lab, server, name, 'Somebody has changed what another client sent. This one has done nothing wrong.')
    },
  },
]

/** Ending. */
const closing: readonly Check<TlsFileTransfer>[] = [
  {
    id: '6.9',
    title: 'the server listens on its port until it is closed, whoever is connected',
    task: 3,
    about: 'startFileServer',
    async run({ learner, lab, folder }) {
      const { share } = await openShare(folder)
      const name = lab.chance.word('6.9')
      await share.write(name, name)
      const { server, port } = await onFreePort('tcp', (wanted) =>
        learner.startFileServer({ dir: share.path, port: wanted, tls: GOOD }),
      )
      const second = await learner.startFileServer({ dir: share.path, tls: GOOD })
      await expectLoopbackOnly(lab, server.address)
      const guest = await openTlsClient(lab, second)
      const idle = await openTlsClient(lab, server)
      const greeting = await knock(lab, server, 'greeting')
      await greeting.write(HALF_A_HELLO)
      await learner.settle()

      const taken = await codeOf(learner.startFileServer({ dir: share.path, port, tls: GOOD }))
      const ending = await resolvesInTime(server.close())

      lab.expect(ending, 'it resolves', {
        why: 'One client is connected and asks nothing. Another is in the middle of its handshake. close() waits for both, unless you end them.',
        hint: "A TLS server tells of each TCP connection with 'connection', and only then, when the handshake is done, with 'secureConnection'.",
      })
      lab.expect(server.address.port, port, { why: 'Clients must know the port beforehand.' })
      lab.expect(taken === NO_ERROR ? taken : 'it rejects', 'it rejects', {
        why: `Port ${port} was taken, and whoever starts the server has to hear it.`,
      })
      await expectPortFree('tcp', lab, server.address, 'close() resolved')
      await server.close()
      lab.expect(await guest.answered({ type: 'get', names: [name] }, 2), [`file "${name}" 8 bytes`, 'end'], {
        why: 'This client was connected to a second server of the same program all the time. Only the first was closed.',
        hint: 'What is kept outside of the function is shared by all that the function starts.',
      })
      await Promise.all([idle.peer.close(), greeting.close()])
    },
  },
]

export const serverChecks = [...proving, ...surviving, ...closing]

/** Requires that a client that does everything right gets its file. */
async function expectServed(lab: Lab, server: { readonly address: Address }, name: string, why: string): Promise<void> {
  const client = await openTlsClient(lab, server)
  lab.expect(await client.answered({ type: 'get', names: [name] }, 2), [`file "${name}" 8 bytes`, 'end'], { why })
}
