import type { GuiProgram } from '../contracts/08-gui.ts'
import { becomesTrue } from '../lab/within.ts'
import { type Check, CHECK_MS } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { cutAfter } from '../lab/stream-faults.ts'
import { pack, packFile } from './05-frames.ts'
import { drawBytes, openServer } from './05-partners.ts'
import { announce, drawId, hitOf, openPuppet } from './07-partners.ts'
import { inWords, isOf, says, subscribe, type Told } from './08-events.ts'
import { ask } from './08-http.ts'
import { contentOf, download, expectStatus, fetchedByAnother, halfway, listed, openGui, openOwner } from './08-partners.ts'

/** How far the transfers are, as the event stream tells it. */
export const telling: readonly Check<GuiProgram>[] = [
  {
    id: '8.17',
    title: 'while a file is on its way, events say how far it is',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const { hit, gate } = await halfway(lab, owner)
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      await download(lab, gui, hit)
      const isHalfway = (told: Told) => isOf(hit.name)(told) && Number(told.bytes) > 0
      const told = await page.hears(
        'an event with more than 0 bytes',
        isHalfway,
        'Half of the file has arrived, and the other half is held back by the network. A page that hears of it only when all is over shows a bar that never moves.',
      )

      lab.expect(
        { direction: told.direction, state: told.state, size: told.size },
        { direction: 'receive', state: 'active', size: hit.size },
        { why: 'The event says what is going on: a file is received, and it is on its way.' },
      )
      const bytes = Number(told.bytes)
      lab.expect(bytes > 0 && bytes <= hit.size / 2 ? 'at most half' : `${bytes} of ${hit.size}`, 'at most half', {
        why: 'Half of the file has arrived, and not more.',
      })
      gate.open()
      await page.hears('an event that says done', says(hit.name, 'done'), 'The rest has come as well.')
    },
  },
  {
    id: '8.18',
    title: 'bytes never get fewer, the last event has them all, and the id stays',
    task: 5,
    seconds: 1.1,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owners = [
        await openOwner(lab, folder, 400_000, 'one'),
        await openOwner(lab, folder, 200_000, 'two'),
        await openOwner(lab, folder, 0, 'empty'),
      ]
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      await Promise.all(owners.map(({ hit }) => download(lab, gui, hit)))
      for (const { hit } of owners) {
        await page.hears(
          `an event that says done for ${hit.name}`,
          says(hit.name, 'done'),
          'Three files are fetched at the same time, one of them with no bytes at all. Each has events of its own, until it is done.',
        )
      }
      // A search takes its time in the same program. Whatever that has kept back for later comes before the answer.
      await ask(lab, gui, { path: `/api/search?name=${lab.chance.word('8.18')}` })

      for (const { hit } of owners) {
        const told = page.told.all.filter(isOf(hit.name))
        const counts = told.map(({ bytes }) => Number(bytes))
        const falls = counts.find((bytes, index) => bytes < (counts[index - 1] ?? bytes))
        lab.expect(falls === undefined ? 'never fewer' : `fewer: ${counts.slice(0, 12).join(', ')}`, 'never fewer', {
          why: 'The bytes that have passed do not come back. A bar that jumps back tells of another file.',
        })
        const strange = counts.find((bytes) => !(bytes >= 0 && bytes <= hit.size))
        lab.expect(strange ?? 'between', 'between', {
          why: `Of ${hit.size} bytes there are never fewer than none, and never more than all.`,
        })
        const last = told.at(-1) ?? {}
        lab.expect(
          inWords(last),
          inWords({ name: hit.name, direction: 'receive', state: 'done', bytes: hit.size, size: hit.size }),
          {
            why: 'The last event of a transfer that went well says done, and that all bytes are there.',
          },
        )
        expectNoTrouble(lab, last)
        const states = told.map(({ state }) => String(state)).filter((state, index, all) => state !== all[index - 1])
        lab.expect(states.join(', ').replace(/^done$/, 'active, done'), 'active, done', {
          why: 'A transfer is active, and then it is done. Nothing comes after that.',
        })
        lab.expect(new Set(told.map(({ id }) => id)).size, 1, {
          why: 'All events of one transfer have the same id. The page finds the bar by it.',
        })
      }
      const ids = new Set(owners.map(({ hit }) => page.told.all.find(isOf(hit.name))?.id))
      lab.expect(ids.size < owners.length ? 'the same id' : 'an id for each', 'an id for each', {
        why: 'Each transfer has an id of its own, or the page shows two of them in one bar.',
      })
    },
  },
  {
    id: '8.19',
    title: 'done means that the file is there',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const name = `${lab.chance.word('8.19')}.bin`
      const content = drawBytes(lab, 100_000, '8.19')
      const gate = lab.gate()
      const owner = await openServer(lab, async (peer, { type }) => {
        if (type === 'list') return peer.write(pack({ type: 'files', files: [{ name, size: content.length }] }))
        await peer.write(packFile(name, content))
        await gate.opened
        await peer.write(pack({ type: 'end', count: 1 }))
      })
      const { gui, share } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      await download(lab, gui, hitOf({ id: drawId(lab, 'owner'), address: owner.address }, announce(name, content)))
      // A program may wait for the end of the answer, and say nothing of the last bytes before.
      const hasAll = (told: Told) => isOf(name)(told) && told.bytes === content.length
      await page.told.next('all bytes', hasAll, CHECK_MS / 4).catch(() => undefined)
      const toldEarly = page.told.all.some(says(name, 'done'))
      const early = toldEarly ? await contentOf(share, name) : content
      gate.open()
      await page.hears('an event that says done', says(name, 'done'), 'The file is fetched, and nothing is in the way.')

      const why =
        'The event said done. The last byte had come, but the file was not in its place: its hash was still to be looked at.'
      const hint = 'node.download() resolves when the file is there, and not before.'
      lab.expect(early, content, { why, hint })
      lab.expect(await contentOf(share, name), content, { why, hint })
    },
  },
  {
    id: '8.20',
    title: 'a file that is not what was found fails, with a reason',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const name = `${lab.chance.word('8.20')}.bin`
      const content = drawBytes(lab, 50_000, '8.20')
      const liar = await openPuppet(lab, 'X', { contents: { [name]: content.toReversed() } })
      const { gui, share } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      await download(lab, gui, hitOf(liar, announce(name, content)))
      const told = await page.hears(
        'an event that says failed',
        (each) => isOf(name)(each) && (each.state === 'failed' || each.state === 'done'),
        'The owner has sent as many bytes as it should, and other ones. Somebody has to say so.',
      )

      lab.expect([told.state, reasonOf(told)], ['failed', 'a reason'], {
        why: 'All bytes have come, but the hash is not that of the hit. This is no success, and whoever waits for the file is told why.',
      })
      // It may be put away only after it was told to have failed.
      await becomesTrue(async () => (await share.list()).length === 0)
      lab.expect(await share.list(), [], { why: 'What is not the file does not get its name.' })
      const gone = hitOf(liar, announce(`${lab.chance.word('8.20', 'gone')}.bin`, content))
      const talker = await openServer(lab, (peer) => peer.write(Buffer.from('What do you want of me?')))
      const other = announce(`${lab.chance.word('8.20', 'other')}.bin`, content)
      const nowhere = hitOf({ id: drawId(lab, 'talker'), address: talker.address }, other)
      for (const [hit, why] of [
        [gone, 'The owner has this file no more, and says so: `missing`.'],
        [nowhere, 'At this address there is something else than a node. What it says is no answer.'],
      ] as const) {
        await download(lab, gui, hit)
        const missed = await page.hears('an event that says failed', says(hit.name, 'failed'), why)
        lab.expect(reasonOf(missed), 'a reason', { why: 'A page that says only "failed" leaves people alone. `error` says why.' })
      }
    },
  },
  {
    id: '8.21',
    title: 'when the owner goes away in the middle, the transfer fails with a reason',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const gate = lab.gate()
      const pipe = await lab.tcpPipe(owner.hit.address, {
        down: [cutAfter(150_000, 'end', () => gate.opened.then(() => learner.settle()))],
        server: 'owner',
      })
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      await download(lab, gui, { ...owner.hit, address: pipe.address })
      const hasSome = (told: Told) => isOf(owner.hit.name)(told) && Number(told.bytes) > 0
      const before = await page.hears('an event with more than 0 bytes', hasSome, 'Half of the file has arrived.')
      gate.open()
      const told = await page.hears(
        'an event that says failed',
        says(owner.hit.name, 'failed'),
        'The connection ended after half of the file. The rest will never come, and the page still shows a bar that waits.',
      )

      lab.expect(reasonOf(told), 'a reason', { why: 'A page that says only "failed" leaves people alone. `error` says why.' })
      lab.expect(page.told.all.some(says(owner.hit.name, 'done')) ? 'done, and failed' : 'failed', 'failed', {
        why: 'The file has never been there, so no event may say that it is done.',
      })
      const [most, last] = [Number(before.bytes), Number(told.bytes)]
      lab.expect(last < most ? `${last}, after ${most}` : 'not fewer', 'not fewer', {
        why: 'What has come has come, also when the rest never will. A bar that jumps back tells of another file.',
      })
      lab.expect(await listed(lab, gui), [], { why: 'Half of a file is none.' })
    },
  },
  {
    id: '8.22',
    title: 'when the owner cannot be reached at all, the transfer fails with a reason',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder)
      await owner.node.close()
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      const answer = await download(lab, gui, owner.hit)
      expectStatus(lab, 'POST /api/download', answer, 202, {
        why: 'It is a good hit. That nobody is there any more turns out later.',
      })
      const told = await page.hears(
        'an event that says failed',
        says(owner.hit.name, 'failed'),
        'The owner has left the network since it was found. node.download() rejects, and the page has to hear of it.',
      )

      lab.expect([told.direction, reasonOf(told)], ['receive', 'a reason'], {
        why: 'A page that says only "failed" leaves people alone. `error` says why.',
      })
    },
  },
  {
    id: '8.23',
    title: 'a peer that fetches from this node shows as sending',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const share = await folder.folder('share')
      const name = `${lab.chance.word('8.23')}.bin`
      const content = drawBytes(lab, 200_000, '8.23')
      await share.write(name, content)
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      const into = await folder.folder('into')
      await fetchedByAnother(lab, gui.node, name, into)
      const told = await page.hears(
        'an event that says done',
        says(name, 'done'),
        'Another node has fetched a file from yours. Your page shows what goes out as well.',
      )

      lab.expect(
        inWords(told),
        inWords({ name, direction: 'send', state: 'done', bytes: content.length, size: content.length }),
        {
          why: 'Seen from your node, this file was sent.',
        },
      )
      expectNoTrouble(lab, told)
      const ids = new Set(page.told.all.filter(isOf(name)).map(({ id }) => id))
      lab.expect(ids.has(undefined) ? 'events without an id' : idCount(ids.size), idCount(1), {
        why: 'One file went out once. By the `id` a page knows which of its lines an event is about.',
      })
    },
  },
]

function idCount(ids: number): string {
  return ids === 1 ? 'one id in all events' : `${ids} ids`
}

/** Requires a transfer that went well to say nothing of why it has failed. */
function expectNoTrouble(lab: Lab, { error }: Told): void {
  lab.expect(error === undefined || error === null || error === '' ? 'no error' : error, 'no error', {
    why: 'The transfer went well. `error` says why one has failed, and a page shows it.',
  })
}

function reasonOf({ error }: Told): string {
  return typeof error === 'string' && error.trim() !== '' ? 'a reason' : `error: ${JSON.stringify(error)}`
}
