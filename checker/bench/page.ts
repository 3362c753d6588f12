import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../test/launch-browser.ts'
import type { Figure } from './figure.ts'
import { measure } from './measure.ts'
import { openSolvedCopy } from './solved-copy.ts'

const ROUNDS = 9
/** After a round, so that the save does not meet its end. */
const BREATH_MS = 300

interface Round {
  /** From the last byte of the answer until the page can be used, its script included; milliseconds, as the browser says. */
  readonly contents: number
  readonly lesson: number
  /** From the save of a file to the first check that turns on the page, in milliseconds. */
  readonly tick: number
  readonly bareNode: number
}

/** How soon a page of the workbook can be used, and shows the first verdict on a save, beside a bare start of Node. */
export async function page(count = ROUNDS): Promise<Figure[]> {
  const browser = await launchBrowser()
  const workbook = openSolvedCopy(['start', '--no-open', '--port', '0'])
  const rounds: Round[] = []
  try {
    const origin = await addressOf(workbook.stdout)
    const reader = await browser.newPage()
    await reader.goto(`${origin}/lessons/lesson-1`)
    await reader.getByText(/checks passed · seed/).waitFor()
    for (let round = 0; round < count; round += 1) {
      const contents = await untilUsable(browser, `${origin}/`)
      const lesson = await untilUsable(browser, `${origin}/lessons/lesson-1`)
      const bareNode = await measure(['-e', '0'])
      await pause(BREATH_MS)
      const tick = await untilTick(reader, () => workbook.save(String(round)))
      await reader.getByText(/checks passed · seed/).waitFor()
      rounds.push({ contents, lesson, tick, bareNode })
    }
  } finally {
    await browser.close()
    await workbook.close()
  }
  const usable = { unit: 'ms', aim: 'at most 100' } as const
  return [
    { what: 'contents, answer to usable page', values: rounds.map(({ contents }) => contents), ...usable },
    { what: 'lesson 1, answer to usable page', values: rounds.map(({ lesson }) => lesson), ...usable },
    { what: 'page, save to first check that turns', values: rounds.map(({ tick }) => tick), unit: 'ms', aim: 'at most 500' },
    { what: 'the same / bare start of node', values: rounds.map(({ tick, bareNode }) => tick / bareNode), unit: '×' },
  ]
}

async function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const address = /http:\S+/.exec(line)?.[0]
    if (address !== undefined) return address
  }
  throw new Error('npm start has ended before it said its address')
}

/** In a context of its own, and so with nothing in its cache. @see https://www.w3.org/TR/navigation-timing-2/ */
async function untilUsable(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext()
  const shown = await context.newPage()
  await shown.goto(url)
  const ms = await shown.evaluate<number>(`(() => {
    const { responseEnd, domContentLoadedEventEnd } = performance.getEntriesByType('navigation')[0]
    return domContentLoadedEventEnd - responseEnd
  })()`)
  await context.close()
  return ms
}

async function untilTick(shown: Page, save: () => void): Promise<number> {
  await shown.evaluate(`(() => {
    window.turned = new Promise((resolve) => {
      new MutationObserver((changes) => {
        if (changes.some(({ target }) => target.dataset.status === 'passed')) resolve(Date.now())
      }).observe(document.getElementById('result'), { subtree: true, attributeFilter: ['data-status'] })
    })
  })()`)
  const savedAt = Date.now()
  save()
  return (await shown.evaluate<number>('window.turned')) - savedAt
}
