import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { lookForBrowser } from '../browser.ts'

/** A browser for the tests of a file. Without one on this machine they fail: nobody would notice if they were left out. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    const found = lookForBrowser()
    if ('missing' in found) throw new Error(found.missing)
    // Its own sandbox cannot be had as root; everything that is shown here is ours.
    browser = await chromium.launch({ executablePath: found.path, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterAll(() => browser?.close())
  return () => browser as Browser
}
