import { type Browser, chromium } from 'playwright-core'
import { lookForBrowser } from '../browser.ts'

/** Starts the browser of this machine for pages that are all ours. @throws Error when there is none, which says why */
export async function launchBrowser(): Promise<Browser> {
  const found = lookForBrowser()
  if ('missing' in found) throw new Error(found.missing)
  // Its own sandbox cannot be had as root.
  return chromium.launch({ executablePath: found.path, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}
