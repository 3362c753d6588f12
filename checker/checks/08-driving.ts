import type { Page } from 'playwright-core'
import type { GuiProgram } from '../contracts/08-gui.ts'
import type { Check } from '../grading/check.ts'
import type { Advice } from '../lab/expectation.ts'
import { becomesTrue, PATIENCE_MS } from '../lab/within.ts'
import { drawBytes } from './05-partners.ts'
import { announce, hitOf, openPuppet } from './07-partners.ts'
import { openShown, type Shown } from './08-page.ts'
import { says, subscribe } from './08-events.ts'
import { appears, download, halfway, openAbsent, openGui, openOwner, OTHERS_MS, put } from './08-partners.ts'

/** The page in a real browser, as people use it. */
export const driving: readonly Check<GuiProgram>[] = [
  {
    id: '8.33',
    title: 'on the page there is what is needed to share and to search, and each part has its name',
    task: 10,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui } = await openGui({ learner, folder })

      const page = await openShown(lab, gui)

      for (const part of ['file', 'share', 'field', 'search', 'status'] as const) await page.has(part)
    },
  },
  {
    id: '8.34',
    title: 'a file that is chosen and shared comes into the folder, and the page lists it',
    task: 10,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const file = { name: `안녕 ${lab.chance.word('8.34')} 100% #1.bin`, content: drawBytes(lab, 100_000, '8.34') }
      const page = await openShown(lab, gui)

      await page.pick(file)
      await page.press('share')

      lab.expect(await appears(share, file.name, file.content.length), file.content, {
        why: 'A file was chosen, and Share was pressed. Its bytes come into the folder, under its own name.',
      })
      await expectRead(page, lab, file.name, 'The file is shared now, and the list on the page shows it without a reload.')
    },
  },
  {
    id: '8.35',
    title: 'a name that looks like HTML is shown as text',
    task: 9,
    seconds: 2,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const word = lab.chance.word('8.35')
      // Ends an attribute in quotes of either kind.
      const name = `'"><img src=x onerror=document.title='${word}'>`
      const plain = `a <b>${word}<i> & "more".txt`
      const content = drawBytes(lab, 50_000, '8.35')
      const owner = await openPuppet(lab, 'X', { contents: { [name]: content } })
      const finder = await openPuppet(lab, 'Y', { hits: [hitOf(owner, announce(name, content))] })
      const { gui, share } = await openGui({ learner, folder }, { peers: [finder.address] })
      // Windows has no such names; there the hit has to do.
      const lies = await share.write(plain, 'x').then(
        () => [plain],
        () => [],
      )
      await finder.links.next('a link with Y', () => true, OTHERS_MS)
      const page = await openShown(lab, gui)

      await expectHarmless(page, lab, word, lies)
      await page.type(name)
      await page.finds(() => page.press('search'))
      await expectHarmless(page, lab, word, [name])
      await page.press('fetch')
      // With its bar comes whatever stands beside it.
      await page.comesToBe(async () => (await page.bars()).length > 0)
      await expectHarmless(page, lab, word, [name])
    },
  },
  {
    id: '8.36',
    title: 'a file is searched for, fetched, and a bar shows how far it is, to the end',
    task: 11,
    seconds: 2,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { page, hit, gate, content, share } = await openTransfer({ learner, lab, folder })

      await page.type(hit.name)
      await page.finds(() => page.press('search'))
      // A page may have bars for other things as well, and those may be anywhere.
      const others = new Set(await page.bars())
      await page.press('fetch')

      await expectUnderWay(page, lab, {
        why: 'Half of the file has come, and the network holds the rest back. The bar says so: it has the role progressbar, a value and a maximum.',
        hint: '<progress value="50" max="100">, with the numbers of the last event.',
      })
      gate.open()
      lab.expect(await appears(share, hit.name, hit.size), content, { why: 'The rest has come as well.' })
      const reachesTheEnd = await page.comesToBe(async () => (await page.bars()).every((bar) => bar === 1 || others.has(bar)))
      lab.expect(reachesTheEnd ? 'no bar before its end' : asBars(await page.bars()), 'no bar before its end', {
        why: 'The file is there. A bar that stays before its end makes people wait for nothing.',
      })
      await expectRead(page, lab, hit.name, 'The file lies in the folder now, and the page shows it.')
    },
  },
  {
    id: '8.37',
    title: 'all of it can be done by keyboard alone',
    task: 11,
    seconds: 2,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { page, hit, gate, content, share } = await openTransfer({ learner, lab, folder })
      gate.open()
      const own = { name: `${lab.chance.word('8.37')}.txt`, content: drawBytes(lab, 500, '8.37') }

      await page.tabTo('file')
      const files = { name: own.name, mimeType: 'text/plain', buffer: Buffer.from(own.content) }
      await page.act('a window in which to choose a file, after the space bar', async (shown) => {
        const [chooser] = await Promise.all([shown.waitForEvent('filechooser'), shown.keyboard.press('Space')])
        await chooser.setFiles(files)
      })
      await page.tabTo('share')
      await page.act('the Enter key', (shown) => shown.keyboard.press('Enter'))
      lab.expect(await appears(share, own.name, own.content.length), own.content, {
        why: 'The file was chosen and shared with the keyboard.',
      })

      await page.tabTo('field')
      await page.act('the text to be typed', (shown) => shown.keyboard.insertText(hit.name))
      await page.finds(async () => {
        await page.tabTo('field')
        await page.act('the Enter key', (shown) => shown.keyboard.press('Enter'))
      })
      await page.tabTo('fetch')
      await page.act('the Enter key', (shown) => shown.keyboard.press('Enter'))

      lab.expect(await appears(share, hit.name, hit.size), content, {
        why: 'The name was typed, Enter started the search, and Enter on the button fetched the file.',
      })
    },
  },
  {
    id: '8.38',
    title: 'when a file cannot be fetched, the page says so in words',
    task: 11,
    seconds: 2.5,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { page, hit, cut } = await openTransfer({ learner, lab, folder })
      await page.has('status')
      await page.type(hit.name)
      await page.finds(() => page.press('search'))
      await page.press('fetch')
      // What it says of the search, and of the beginning, may come a moment later.
      await page.comesToBe(async () => (await page.bars()).some(isBetween))
      const before = await page.saysUntilQuiet()

      cut()

      const speaks = async () => {
        const now = await page.says()
        return now !== '' && !before.has(now)
      }
      const told = await page.comesToBe(speaks)
      lab.expect(told ? 'it says so' : `it says ${JSON.stringify((await page.says()).slice(0, 120))}`, 'it says so', {
        why: 'The owner has gone in the middle, and the transfer has failed. People who wait for the file learn of it where the page says what has happened, in words.',
        hint: 'An event with the state failed has an `error`. Put both into the region with the role status.',
      })
    },
  },
  {
    id: '8.39',
    title: 'two pages show the same: what one of them shares, and what is on its way',
    task: 12,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const { hit, gate } = await halfway(lab, owner)
      const { gui } = await openGui({ learner, folder })
      const [one, two] = [await openShown(lab, gui, 'one'), await openShown(lab, gui, 'two')]
      const file = { name: `${lab.chance.word('8.39')}.txt`, content: drawBytes(lab, 500, '8.39') }

      await one.pick(file)
      await one.press('share')

      for (const page of [one, two]) {
        await expectRead(
          page,
          lab,
          file.name,
          'One page has shared a file. Another page is open, and shows it as well: nobody reloads it.',
        )
      }
      await download(lab, gui, hit)
      for (const page of [one, two]) {
        await expectUnderWay(page, lab, {
          why: 'A file is on its way, and half of it is there. Every page that is open shows how far it is.',
        })
      }
      gate.open()
      for (const page of [one, two]) {
        await expectRead(page, lab, hit.name, 'The file is there, and both pages list it.')
      }
    },
  },
  {
    id: '8.40',
    title: 'a page that is opened later shows what is there',
    task: 12,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const owner = await openOwner(lab, folder, 300_000)
      const { hit, gate } = await halfway(lab, owner)
      const { gui } = await openGui({ learner, folder })
      const name = `${lab.chance.word('8.40')}.txt`
      await put(lab, gui, name, name)
      await download(lab, gui, hit)
      const waiting = gate.opened

      const page = await openShown(lab, gui)

      await expectRead(page, lab, name, 'The file was shared before the page was opened.')
      await expectUnderWay(page, lab, {
        why: 'A transfer was half done when the page was opened. The event stream tells that first, and the page shows it.',
      })
      gate.open()
      await waiting
    },
  },
  {
    id: '8.46',
    title: 'each hit has a button of its own, and fetches from the node that has it',
    task: 11,
    seconds: 4,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const [name, content] = [`${lab.chance.word('8.46')}.bin`, drawBytes(lab, 500, '8.46')]
      const owners = [await openAbsent(lab, 'A'), await openAbsent(lab, 'B')] as const
      const hits = owners.map(({ id, address }) => hitOf({ id, address }, announce(name, content)))
      const finder = await openPuppet(lab, 'Y', { hits })
      const { gui } = await openGui({ learner, folder }, { peers: [finder.address] })
      await finder.links.next('a link with Y', () => true, OTHERS_MS)
      const events = await subscribe(lab, gui)
      const page = await openShown(lab, gui)

      await page.type(name)
      await page.finds(() => page.press('search'), hits.length)
      lab.expect(`${await page.offers()} to press`, `${hits.length} to press`, {
        why: 'Two nodes have a file of this name, and the same content. Each of them may go away: whoever looks at the page chooses from which one to fetch.',
      })
      const asked = () => owners.filter((owner) => owner.asked() > 0).length
      await page.press('fetch')
      await page.comesToBe(async () => asked() > 0)
      // Both are gone when they are asked, so there is no file yet, and nothing against the second try.
      await events.hears('an event that says failed', says(name, 'failed'), 'The node that was asked has gone away.')
      // A page may put away what it has found as soon as one of it is fetched.
      await page.type(name)
      await page.finds(() => page.press('search'), hits.length)
      await page.press('fetch', 'last')
      await page.comesToBe(async () => asked() === owners.length)

      lab.expect(`${asked()} of ${owners.length} nodes`, `${owners.length} of ${owners.length} nodes`, {
        why: 'There are two hits, and both of their buttons were pressed, one after the other. Each of the two nodes has been asked for its file.',
        hint: 'A listener that is made together with its button knows its hit.',
      })
    },
  },
  {
    id: '8.47',
    title: 'a file that was not taken is not said to be shared',
    task: 10,
    seconds: 1.5,
    needs: 'browser',
    about: 'startGui',
    async run({ learner, lab, folder }) {
      const { gui, share } = await openGui({ learner, folder })
      const [good, bad] = [`${lab.chance.word('8.47')}.txt`, `${lab.chance.word('8.47', 'bad').repeat(40)}.txt`]
      const content = drawBytes(lab, 500, '8.47')
      const page = await openShown(lab, gui)
      await page.has('status')
      await page.pick({ name: good, content })
      await page.press('share')
      await appears(share, good, content.length)
      await expectRead(page, lab, good, 'The file is shared now, and the list on the page shows it without a reload.')
      await page.saysUntilQuiet()
      const before = await page.says()

      await page.pick({ name: bad, content })
      await page.press('share')

      // A page that says nothing is left alone: only the words of success are wrong.
      await page.comesToBe(async () => (await page.says()) !== before)
      await page.saysUntilQuiet()
      const said = await page.says()
      const asIfShared = said !== before && said === before.replaceAll(good, bad)
      lab.expect(asIfShared ? 'that it is shared' : 'something else, or nothing', 'something else, or nothing', {
        why: 'The name of this file is longer than a disk takes, so the server has refused it, and the file is not there. The page says what it says when a file is shared.',
        hint: 'fetch() resolves also when the answer is 400 or 500: look at response.ok.',
      })
    },
  },
]

/** How long a page may take to show a name that its server has told, in milliseconds of an idle machine. */
const READ_MS = 2 * PATIENCE_MS

type Bench = Parameters<(typeof driving)[number]['run']>[0]

/** A page, and a file of another node whose second half the network holds back. */
async function openTransfer({ learner, lab, folder }: Pick<Bench, 'learner' | 'lab' | 'folder'>) {
  // In an address, that sign would begin another value.
  const owner = await openOwner(lab, folder, 300_000, 'owner', '&1')
  const { hit, gate, cut } = await halfway(lab, owner)
  const finder = await openPuppet(lab, 'Y', { hits: [hit] })
  const { gui, share } = await openGui({ learner, folder }, { peers: [finder.address] })
  await finder.links.next('a link with Y', () => true, OTHERS_MS)
  const page = await openShown(lab, gui)
  return { page, hit, gate, cut, share, content: owner.content }
}

async function expectRead(page: Shown, lab: Bench['lab'], text: string, why: string): Promise<void> {
  const read = await page.comesToBe(() => page.reads(text))
  lab.expect(read ? 'it stands on the page' : 'it does not stand on the page', 'it stands on the page', { why })
}

/** Requires a bar that has left its start and not reached its end. */
async function expectUnderWay(page: Shown, lab: Bench['lab'], advice: Advice): Promise<void> {
  const moves = await page.comesToBe(async () => (await page.bars()).some(isBetween))
  lab.expect(moves ? 'a bar between its ends' : asBars(await page.bars()), 'a bar between its ends', advice)
}

/** Requires names to be read on the page, and to have become nothing else. @param word stands in all of them */
async function expectHarmless(page: Shown, lab: Bench['lab'], word: string, names: readonly string[]): Promise<void> {
  // What the names would become. A page may show them in elements of its own, `<b>` too, and in its title.
  const hasMade = (shown: Page) =>
    shown
      .locator(`img[onerror*=${word}]`)
      .or(shown.locator('b').filter({ hasText: new RegExp(`^\\s*${word}`) }))
      .count()
  let made = false
  const settled = await becomesTrue(async () => {
    made = await page.look(async (shown) => (await hasMade(shown)) > 0 || (await shown.title()) === word)
    return made || (await Promise.all(names.map((name) => page.reads(name)))).every(Boolean)
  }, READ_MS)
  lab.expect(made ? 'an element of the page' : settled ? 'text' : 'nothing that can be read', 'text', {
    why: 'Another node has chosen the name of its file. Put into the page as HTML, it becomes a part of the page, and its script runs there, with all that your page may do.',
    hint: 'textContent, or append() with a string, keeps text what it is.',
  })
}

const isBetween = (bar: number) => bar > 0 && bar < 1

function asBars(bars: readonly number[]): string {
  return bars.length === 0 ? 'no bar' : `bars at ${bars.map((bar) => (bar < 0 ? 'no value' : bar.toFixed(2))).join(', ')}`
}
