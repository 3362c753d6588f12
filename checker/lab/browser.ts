import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import type * as playwright from 'playwright-core'
import { lookForBrowser } from '../browser.ts'
import { type Pulse, within } from './within.ts'

/** One browser for all checks of a lesson: to start one takes longer than most checks. */
export interface Browser {
  /**
   * Opens a page, and waits until its document is there.
   * @param tell is told what happens in the page that nobody sees: errors of its scripts
   * @throws WaitedInVain when it does not come
   */
  open(url: string, tell: (label: string) => void): Promise<WebPage>
  /** The program. */
  readonly path: string
  /** Beats as often as the browser gets round to anything: seldom on a busy machine, however often the checker has its turn. */
  readonly pulse: Pulse
  close(): Promise<void>
}

/** A page in the hands of a check. Its waits count ticks, as all waits of the lab do. */
export interface WebPage {
  /** For looking at it. What is done to it goes through `act`. */
  readonly page: playwright.Page
  /** Does something that should be quick. @param what completes the sentence "Waited 3000 ms for …" */
  act<T>(what: string, work: (page: playwright.Page) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** How long one action on a page may take, in milliseconds of an idle machine: it goes through three other processes. */
const ACTION_MS = 8000
/** How long it is left alone between two signs of life: shorter than a tick of a wait. */
const BEAT_MS = 12
/** How long it may give none before it is taken for stuck, and time passes without it. */
const SILENCE_MS = 10_000
/** How long a browser may take to close a page, or itself, before it is left to its end. */
const CLOSE_MS = 3000

const FLAGS = [
  // Nothing leaves the machine: no name is looked up, and the browser has nothing of its own to fetch.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
]

/**
 * Starts whatever browser there is on this machine.
 * @param dir where everything goes that it writes
 * @returns the browser, or why there is none, as a sentence
 */
export async function startBrowser(dir: string): Promise<Browser | { readonly missing: string }> {
  const found = lookForBrowser()
  if ('missing' in found) return found
  try {
    return await openBrowser(found.path, dir)
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return { missing: `${found.path} cannot be started: ${reason}` }
  }
}

/**
 * Starts a browser without a window.
 * @param path the program
 * @param dir where everything goes that it writes
 * @throws Error when it cannot be started
 */
async function openBrowser(path: string, dir: string): Promise<Browser> {
  // It takes a while to load, and seven of eight lessons do without it. Imported it would take a third longer: Node would look
  // through all of it for what could be a named export.
  const { chromium } = createRequire(import.meta.url)('playwright-core') as typeof playwright
  const launch = (chromiumSandbox: boolean) =>
    chromium.launchPersistentContext(dir, {
      executablePath: path,
      artifactsDir: `${dir}-artifacts`,
      chromiumSandbox,
      args: FLAGS,
      serviceWorkers: 'block',
      viewport: { width: 1000, height: 800 },
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
  // Root may not have the browser's own sandbox, and neither may others on some systems.
  const context = process.getuid?.() === 0 ? await launch(false) : await launch(true).catch(() => launch(false))
  context.setDefaultTimeout(0)
  const heart = await openHeart(context)

  return {
    path,
    pulse: heart.pulse,
    async open(url, tell) {
      const page = await within(ACTION_MS, 'the browser to open a page', context.newPage())
      page.on('pageerror', (error) => tell(`error: ${error.message}`))
      page.on('console', (message) => message.type() === 'error' && tell(`console: ${message.text()}`))
      // Whoever has pressed a button says yes when asked whether it was meant.
      page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined))
      // From the first on: to begin with it takes a moment, in which a key press would open a window that nobody sees.
      page.on('filechooser', () => undefined)
      const act: WebPage['act'] = (what, work) => within(ACTION_MS, what, work(page))
      tell(`opens ${url}`)
      await act('the page to be loaded', () => page.goto(url, { waitUntil: 'domcontentloaded' }))
      return { page, act, close: () => ended(page.close()) }
    },
    close() {
      heart.stop()
      return ended(context.close())
    },
  }
}

/** Asks a page of its own for a sign of life, again and again. A page of the attempt that is stuck does not hold that one up. */
async function openHeart(context: playwright.BrowserContext): Promise<{ pulse: Pulse; stop(): void }> {
  const [quiet = await context.newPage()] = context.pages()
  let beats = 0
  const over = new AbortController()
  let stuck = false
  const sign = () => within(SILENCE_MS, 'a sign of life', quiet.evaluate('0'))
  const beat = async () => {
    while (!over.signal.aborted) {
      if (!stuck) await sign().catch(() => (stuck = true))
      beats += 1
      await pause(BEAT_MS)
    }
  }
  void beat()
  return {
    pulse: () => beats,
    stop: () => over.abort(),
  }
}

/** A page that is stuck cannot be closed; it ends with the browser. */
async function ended(closing: Promise<void>): Promise<void> {
  await within(CLOSE_MS, 'the end', closing).catch(() => undefined)
}
