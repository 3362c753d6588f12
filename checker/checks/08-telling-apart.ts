import type { GuiProgram } from '../contracts/08-gui.ts'
import type { Check } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { becomesTrue } from '../lab/within.ts'
import type { Learner } from '../sandbox/learner.ts'
import { drawBytes } from './05-partners.ts'
import { isOf, says, subscribe, type Subscriber, type Told } from './08-events.ts'
import type { Server } from './08-http.ts'
import {
  download,
  expectStatus,
  fetchAndStall,
  fetchedByAnother,
  halfway,
  listed,
  openGui,
  openOwner,
  OTHERS_MS,
  reserveLarge,
} from './08-partners.ts'

/** Several pages that are told, and several transfers that are told apart. */
export const tellingApart: readonly Check<GuiProgram>[] = [
  {
    id: '8.24',
    title: 'a page that is opened later first hears what is on its way',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const { hit, gate } = await halfway(lab, owner)
      const large = await reserveLarge(lab, folder, '8.24')
      const { gui } = await openGui({ learner, folder })
      const early = await subscribe(lab, gui, 'early')
      await fetchAndStall(lab, gui.node, large)
      await early.hears('an event of a file that is sent', isOf(large), FETCHED_FROM_HERE)
      await download(lab, gui, hit)
      const isHalfway = (told: Told) => isOf(hit.name)(told) && Number(told.bytes) > 0
      const before = await early.hears('an event with more than 0 bytes', isHalfway, 'Half of the file has arrived.')

      const { late, told } = await openLate({ learner, lab }, gui, {
        early,
        name: hit.name,
        why: 'A second page was opened in the middle of a transfer. Nothing moves just now, so nothing changes: it has to be told what is.',
      })

      lab.expect([told.id, told.state], [before.id, 'active'], { why: 'It is the same transfer, and it is on its way.' })
      await late.hears(
        `an event with ${String(before.bytes)} bytes or more`,
        (each) => isOf(hit.name)(each) && Number(each.bytes) >= Number(before.bytes),
        'So much of the file had come when the second page was opened. It is told how far the transfer is, and not where it began.',
      )
      const sent = await late.hears(
        'an event of the other file, which is sent',
        isOf(large),
        'Another node is fetching a file from yours, and does not read on just now. That is on its way as well, so the second page is told of both.',
      )
      lab.expect([sent.direction, sent.state], ['send', 'active'], {
        why: 'Seen from your node, this file is sent, and it is on its way.',
      })
      gate.open()
      for (const page of [early, late]) {
        await page.hears('an event that says done', says(hit.name, 'done'), 'Both pages are open, so both are told.')
      }
    },
  },
  {
    id: '8.25',
    title: "a page that was closed is in nobody's way",
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const [one, two] = [await openOwner(lab, folder, 50_000, 'one'), await openOwner(lab, folder, 50_000, 'two')]
      const { gui } = await openGui({ learner, folder })
      const [gone, stays] = [await subscribe(lab, gui, 'gone'), await subscribe(lab, gui, 'stays')]
      await download(lab, gui, one.hit)
      await stays.hears('an event that says done', says(one.hit.name, 'done'), 'A file was fetched, and nothing is in the way.')

      gone.leave()
      await gone.ended
      await learner.settle()
      await download(lab, gui, two.hit)

      await stays.hears(
        'an event that says done',
        says(two.hit.name, 'done'),
        'Two pages were open, and one of them was closed. The other one is still told.',
      )
      await becomesTrue(async () => (await listed(lab, gui)).length === 2, OTHERS_MS)
      lab.expect((await listed(lab, gui)).length, 2, { why: 'Both files are in the folder.' })
    },
  },
  {
    id: '8.41',
    title: 'the same file can go over the network a second time',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 50_000)
      const pipe = await lab.tcpPipe(owner.hit.address, { server: 'owner' })
      const hit = { ...owner.hit, address: pipe.address }
      const own = `${lab.chance.word('8.41')}.bin`
      const share = await folder.folder('share')
      await share.write(own, drawBytes(lab, 50_000, '8.41'))
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)

      pipe.cut()
      await download(lab, gui, hit)
      await page.hears('an event that says failed', says(hit.name, 'failed'), 'The owner could not be reached.')
      pipe.mend()
      const again = await download(lab, gui, hit)
      expectStatus(lab, 'POST /api/download', again, 202, {
        why: 'The first transfer of this file has failed. Somebody tries again: that is another transfer, and it begins.',
      })
      await page.hears('an event that says done', says(hit.name, 'done'), 'The owner can be reached again, and the file comes.')
      for (const times of [1, 2]) {
        const into = await folder.folder(`into ${times}`)
        await fetchedByAnother(lab, gui.node, own, into)
        await page.hears(
          `event that says done, ${times} of 2 that are due`,
          () => page.told.all.filter(says(own, 'done')).length >= times,
          'Another node has fetched a file from yours, and then the same one once more. Each time it is sent, and done.',
        )
      }
    },
  },
  {
    id: '8.45',
    title: 'a peer that goes away in the middle of a file is told as failed',
    task: 5,
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const large = await reserveLarge(lab, folder, '8.45')
      const { gui } = await openGui({ learner, folder })
      const page = await subscribe(lab, gui)
      const leave = await fetchAndStall(lab, gui.node, large)
      const begun = await page.hears('an event of a file that is sent', isOf(large), FETCHED_FROM_HERE)

      await leave()

      const ended = await page.hears(
        'an event that says failed',
        says(large, 'failed'),
        'Another node was fetching a file from yours, and went away in the middle. The rest will never go out, and the page still shows a bar that waits.',
      )
      lab.expect([ended.id, ended.direction], [begun.id, 'send'], { why: 'It is the same transfer, and it has ended.' })
      lab.expect(page.told.all.some(says(large, 'done')) ? 'done, and failed' : 'failed', 'failed', {
        why: 'The other node has never had the whole file, so no event may say that it is done.',
      })
    },
  },
]

const FETCHED_FROM_HERE = 'Another node is fetching a large file from yours. Your page shows what goes out as well.'

/** How often a later page is opened while something still moves. */
const MAX_LATE = 6

/** Opens a page in the middle of a transfer. What it is told first must not be what all pages are told just then. */
async function openLate(
  { learner, lab }: { readonly learner: Pick<Learner<GuiProgram>, 'settle'>; readonly lab: Lab },
  server: Server,
  { early, name, why }: { readonly early: Subscriber; readonly name: string; readonly why: string },
): Promise<{ late: Subscriber; told: Told }> {
  for (let tries = 1; ; tries += 1) {
    const before = early.told.all.length
    const late = await subscribe(lab, server, 'late')
    const told = await late.hears('an event at once', isOf(name), why)
    await learner.settle()
    if (early.told.all.length === before || tries === MAX_LATE) return { late, told }
    late.leave()
  }
}
