import type { Locator, Page } from 'playwright-core'
import type { WebPage } from '../lab/browser.ts'
import type { Lab } from '../lab/lab.ts'
import { type Advice, Inconclusive } from '../lab/expectation.ts'
import { becomesTrue, PATIENCE_MS, WaitedInVain } from '../lab/within.ts'
import type { Server } from './08-http.ts'

/** A file as a person picks it. */
export interface Picked {
  readonly name: string
  readonly content: Uint8Array
}

/** A part of a page that a check needs, by the words in which people and screen readers find it. */
interface Wanted {
  readonly inWords: string
  /** Where it may be, the likeliest place first. */
  in(page: Page): readonly Locator[]
}

/** Words that mean the same are taken as well. */
const PARTS = {
  file: {
    inWords: 'a file input whose label has the word "file"',
    in: (page) => [page.locator('input[type=file]').and(page.getByLabel(/file/i))],
  },
  share: {
    inWords: 'a button with "share" in its name',
    in: (page) => named('share|upload', (name) => page.getByRole('button', { name }).and(page.locator(':not(input[type=file])'))),
  },
  field: {
    inWords: 'a text field with "search" in its name',
    in: (page) => [
      ...named('search|find', (name) => anyOf(page, ['searchbox', 'textbox', 'combobox'], name)),
      page.getByRole('searchbox'),
    ],
  },
  search: {
    inWords: 'a button with "search" in its name',
    in: (page) => named('search|find', (name) => page.getByRole('button', { name })),
  },
  fetch: {
    inWords: 'a button with "fetch" in its name',
    in: (page) => named('fetch|download', (name) => page.getByRole('button', { name })),
  },
  status: {
    inWords: 'a region with the role status or alert',
    in: (page) => [anyPlace([page.getByRole('status'), page.getByRole('alert'), page.locator('[aria-live]')])],
  },
} as const satisfies Record<string, Wanted>
export type Part = keyof typeof PARTS

/** How long a page may take to show what has happened, in milliseconds of an idle machine: it may poll. */
const SHOWN_MS = 4 * PATIENCE_MS
/** How often a page is made to search, and how long it is given each time. */
const MAX_SEARCHES = 3
const FOUND_MS = 2 * PATIENCE_MS
/** How long it may take until its parts are there. */
const PARTS_MS = 1.5 * PATIENCE_MS

/** The page of the attempt in a real browser, as a person sees it. */
export interface Shown {
  /** Waits until the page has a part. The check fails when it does not come. */
  has(part: Part): Promise<Locator>
  pick(file: Picked): Promise<void>
  /** @param which of several that are alike; the first by default */
  press(part: Part, which?: 'first' | 'last'): Promise<void>
  type(text: string): Promise<void>
  /**
   * Searches until there is something to fetch: on a busy machine a search may be over before the answer is there.
   * @param start starts a search
   * @param count how many buttons it takes; the caller judges if there are fewer, but at least one
   */
  finds(start: () => Promise<void>, count?: number): Promise<void>
  /** How many hits can be fetched. */
  offers(): Promise<number>
  /** Does something by keyboard: goes to a part with the Tab key. */
  tabTo(part: Part): Promise<void>
  /** Whether a text can be read on the page, apart from what it says in its status. */
  reads(text: string): Promise<boolean>
  /** How far each progress bar is, from 0 to 1; -1 where it does not say. */
  bars(): Promise<number[]>
  /** What the page says in its status, as it can be seen. */
  says(): Promise<string>
  /** All that it says until it has said the same for a while. */
  saysUntilQuiet(): Promise<ReadonlySet<string>>
  /** Waits until something is so, as long as a page may take. @returns whether it is */
  comesToBe(ask: () => Promise<boolean>): Promise<boolean>
  /** For what only one check does. */
  act: WebPage['act']
  /** For what only one check looks at. */
  look<T>(work: (page: Page) => Promise<T>): Promise<T>
  mark(label: string): void
}

export async function openShown(lab: Lab, server: Server, name = 'browser'): Promise<Shown> {
  const act = blaming(
    lab,
    await lab.openPage(server.url, name).catch((error: unknown) => blame(lab, 'a page that can be opened', error)),
  )
  const mark = (label: string) => lab.trace.mark(name, label)
  const look: Shown['look'] = (work) => act('the page to answer', (page) => whereItStands(() => work(page)))
  const comesToBe = (ask: () => Promise<boolean>) => becomesTrue(ask, SHOWN_MS)

  /** All that may be meant by a part: those whose names fit best. */
  async function find(part: Part, advice: Advice = AS_A_SCREEN_READER): Promise<Locator> {
    const { inWords, in: locate } = PARTS[part]
    const places = await look(async (page) => locate(page))
    let best: Locator | undefined
    const isThere = async () => {
      best = await look(() => firstThatIsThere(places))
      return best !== undefined
    }
    await becomesTrue(isThere, PARTS_MS)
    return best ?? lab.fail(inWords, 'there is none', advice)
  }

  const has = async (part: Part) => (await find(part)).first()

  // A page may have other buttons to fetch or download something: some from the start, and some for what has failed.
  const others = new Set<string>()
  let offered: ReadonlySet<string> = new Set()
  const fetchButtons = () => look((page) => anyPlace(PARTS.fetch.in(page)).evaluateAll(namesOf))
  const newButtons = async () => (await fetchButtons()).filter((each) => !others.has(each))

  /** The button of a hit, as it was named when the hit came; whatever may be meant where none is. */
  async function buttonOfHit(which: 'first' | 'last'): Promise<Locator> {
    await find('fetch')
    const places = (await fetchButtons()).flatMap((each, index) => (offered.has(each) ? [index] : []))
    const place = which === 'first' ? places[0] : places.at(-1)
    if (place === undefined) return (await find('fetch'))[which]()
    return look(async (page) => anyPlace(PARTS.fetch.in(page)).nth(place))
  }

  async function says(): Promise<string> {
    const texts = await look((page) => anyPlace(PARTS.status.in(page)).filter({ visible: true }).allInnerTexts())
    return texts
      .map((text) => text.trim())
      .join('\n')
      .trim()
  }

  return {
    has,
    act,
    look,
    mark,
    comesToBe,
    async pick({ name: fileName, content }) {
      const input = await has('file')
      mark(`chooses ${fileName}`)
      const file = { name: fileName, mimeType: 'application/octet-stream', buffer: Buffer.from(content) }
      await act('the file to be chosen', () => input.setInputFiles(file))
    },
    async press(part, which = 'first') {
      const target = part === 'fetch' ? await buttonOfHit(which) : (await find(part))[which]()
      mark(which === 'first' ? `presses ${part}` : `presses the ${which} ${part}`)
      await act(`${PARTS[part].inWords} that can be pressed`, async (shown) => {
        // Behind other pages it may not be drawn for a second, and a click waits for that.
        await shown.bringToFront()
        await target.click()
      })
    },
    async type(text) {
      const field = await has('field')
      mark(`types ${text}`)
      await act('the text to be typed', () => field.fill(text))
    },
    async finds(start, wanted = 1) {
      for (const each of await fetchButtons()) if (!offered.has(each)) others.add(each)
      for (let tries = 0; tries < MAX_SEARCHES; tries += 1) {
        await start()
        const isEnough = await becomesTrue(async () => (await newButtons()).length >= wanted, FOUND_MS)
        offered = new Set(await newButtons())
        if (isEnough) return
      }
      await find('fetch', AFTER_A_SEARCH)
    },
    offers: async () => (await newButtons()).length,
    async tabTo(part) {
      const found = await find(part)
      const target = (page: Page) => (part === 'file' ? found.or(page.getByRole('button', { name: /file/i })) : found)
      for (let presses = 0; presses < MAX_TABS; presses += 1) {
        if (await look((page) => target(page).and(page.locator(':focus')).count())) return mark(`reaches ${part} with Tab`)
        await look((page) => page.keyboard.press('Tab'))
      }
      lab.fail(`the Tab key reaches ${PARTS[part].inWords}`, `it does not, in ${MAX_TABS} steps`, {
        why: 'Some people have no mouse, or no hand for one. They go from part to part with the Tab key.',
        hint: 'A <button> and an <input> can be reached by themselves; a <div> with a click handler cannot.',
      })
    },
    reads: (text) => look((page) => readsText(page, text)),
    async bars() {
      const bars = await look((page) => page.getByRole('progressbar').evaluateAll(attributesOf))
      return bars.map(positionOf)
    },
    says,
    async saysUntilQuiet() {
      const texts: string[] = []
      await becomesTrue(async () => {
        texts.push(await says())
        return texts.length >= QUIET_LOOKS && new Set(texts.slice(-QUIET_LOOKS)).size === 1
      })
      return new Set(texts)
    },
  }
}

/** Looks again when a page has gone in the middle of it, and another one comes: a form may load a page. */
async function whereItStands<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (!/context was destroyed/.test(String(error))) throw error
    }
  }
}

/** Whatever goes wrong with a page is the page's doing, unless the browser itself is gone. */
function blaming(lab: Lab, { act }: WebPage): WebPage['act'] {
  return (what, work) => act(what, work).catch((error: unknown) => blame(lab, what, error))
}

function blame(lab: Lab, what: string, error: unknown): never {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  if (error instanceof WaitedInVain) {
    lab.fail(what, `nothing within ${error.limitMs} ms`, {
      why: 'The browser waited for it. While a script of the page runs without end, nothing else can happen in the page.',
    })
  }
  if (/crashed|has been closed/.test(reason)) throw new Inconclusive(`The browser is gone: ${reason}`)
  return lab.fail(what, reason, { why: 'The browser could not do it, and this is what it said.' })
}

const AS_A_SCREEN_READER: Advice = {
  why: 'The checker looks for it like a screen reader: by what it is, and by what it is called. What has no name is not there for people who cannot see it.',
  hint: 'A <label> around an input names it. A <button> is named by its text.',
}
const AFTER_A_SEARCH: Advice = {
  why: 'A node has the file that was searched for. What is found is shown with a button that fetches it, and the checker looks for that like a screen reader: by what it is, and by what it is called.',
  hint: 'Does the query have the whole name? In an address, & begins another value, and encodeURIComponent() keeps it what it is.',
}

/** More parts than any page here has. */
const MAX_TABS = 60

/** How often a page is looked at before it is believed to have nothing more to say. */
const QUIET_LOOKS = 12

/**
 * Where something of that name may be: by that word alone, by a name that begins with it, and by any that has it. So `Search` is
 * found before `Clear search`, and `Share` before `Choose a file to share`. Signs and letters of other scripts count for nothing.
 */
function named(words: string, locate: (name: RegExp) => Locator): readonly Locator[] {
  return [`^\\W*(${words})\\W*$`, `^\\W*(${words})\\b`, words].map((each) => locate(new RegExp(each, 'i')))
}

async function firstThatIsThere(places: readonly Locator[]): Promise<Locator | undefined> {
  for (const place of places) if ((await place.count()) > 0) return place
  return undefined
}

function anyPlace([first, ...others]: readonly Locator[]): Locator {
  return others.reduce((all, each) => all.or(each), first as Locator)
}

function anyOf(page: Page, roles: readonly ('searchbox' | 'textbox' | 'combobox')[], name: RegExp): Locator {
  return anyPlace(roles.map((role) => page.getByRole(role, { name })))
}

/** Whether a text can be seen outside the regions in which the page says what has happened. */
async function readsText(page: Page, text: string): Promise<boolean> {
  const inStatus = ['[role=status]', '[role=alert]', 'output'].flatMap((region) => [region, `${region} *`]).join(', ')
  const outside = page.getByText(text).and(page.locator(`:not(${inStatus})`))
  return (await outside.filter({ visible: true }).count()) > 0
}

/** From 0 to 1, by what the attributes of a `<progress>` or of an element with that role say; -1 where they do not. */
function positionOf({ value, max, now, least, most }: BarAttributes): number {
  if (value !== null) return Number(value) / Number(max ?? 1)
  return now === null ? -1 : (Number(now) - Number(least ?? 0)) / (Number(most ?? 100) - Number(least ?? 0))
}

/** Runs in the page. */
function namesOf(elements: readonly { getAttribute(name: string): string | null; textContent: string | null }[]): string[] {
  return elements.map((element) => (element.getAttribute('aria-label') ?? element.textContent ?? '').trim())
}

type BarAttributes = Readonly<Record<'value' | 'max' | 'now' | 'least' | 'most', string | null>>

/** Runs in the page. */
function attributesOf(elements: readonly { getAttribute(name: string): string | null }[]): BarAttributes[] {
  return elements.map((element) => ({
    value: element.getAttribute('value'),
    max: element.getAttribute('max'),
    now: element.getAttribute('aria-valuenow'),
    least: element.getAttribute('aria-valuemin'),
    most: element.getAttribute('aria-valuemax'),
  }))
}
