import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { useBrowser } from './open-browser.ts'
import { PATIENCE_MS } from './patience.ts'
import { save, solutionOf, startWorkbook, type StartedWorkbook } from './start-workbook.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const browser = useBrowser()

/** A page of a workbook, and what went wrong in it. */
async function openPage(workbook: StartedWorkbook, path: string, options: BrowserContextOptions = {}) {
  const context = await browser().newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.setDefaultTimeout(PATIENCE_MS)
  await page.goto(`${workbook.origin}${path}`)
  return { page, complaints }
}

/** The solution of lesson 1, with the one mistake that check 1.2 finds. */
function nearly(project: string): string {
  const right = '{ host: sender.address, port: sender.port }'
  expect(solutionOf(project)).toContain(right)
  return solutionOf(project).replace(right, "{ host: '127.0.0.1', port: 0 }")
}

const LESSON = '/lessons/lesson-1'

/** The check in the list of all checks. */
function checkOf(page: Page, id: string, status: string) {
  return page.locator(`.checks [data-check="${id}"][data-status="${status}"]`)
}

async function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent')
}

/** Waits until the panel says so. */
async function summary(page: Page, text: string): Promise<void> {
  await page.locator('.summary', { hasText: text }).waitFor()
}

describe('a reader', () => {
  test('reads lesson 1, sees what is wrong, and sees it turn after a save', async () => {
    const workbook = await startWorkbook()
    save(workbook.project, nearly(workbook.project))
    const { page, complaints } = await openPage(workbook, '/')

    await page.getByRole('link', { name: /with lesson 1$/ }).click()
    await page.getByRole('heading', { level: 1, name: 'A UDP receiver and sender' }).waitFor()
    await checkOf(page, '1.2', 'failed').waitFor()
    await page.getByText('Node hands that over with every datagram.').waitFor()
    await summary(page, '22 of 23 checks passed')
    const failure = page.locator('details.failure[open]')
    const svg = failure.locator('svg').first()
    const [row] = await svg.locator('[tabindex="0"]').all()
    const label = await row?.getAttribute('aria-label')
    save(workbook.project, solutionOf(workbook.project))
    await checkOf(page, '1.2', 'passed').waitFor()
    await summary(page, '23 of 23 checks passed')

    expect(label).toMatch(/ms/)
    await page.getByText('All checks passed.').waitFor()
    await page.getByRole('status').filter({ hasText: 'All 23 checks of lesson-1 passed.' }).waitFor()
    expect(await page.locator('.failure').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('takes hints one by one, downloads the capture, and asks for the solution, by keyboard alone', async () => {
    const workbook = await startWorkbook()
    save(workbook.project, nearly(workbook.project))
    const { page, complaints } = await openPage(workbook, LESSON)
    await summary(page, '22 of 23')
    const press = async (name: string) => {
      await page.getByRole('button', { name }).focus()
      await page.keyboard.press('Enter')
    }

    await page.keyboard.press('Tab')
    const skip = await focusedText(page)
    await press('A hint for task 1')
    await page.getByText('Hint 1 of 2').waitFor()
    await press('Another hint for task 1')
    await page.getByText('Hint 2 of 2').waitFor()
    const focused = await focusedText(page)
    const link = page.getByRole('link', { name: 'Capture for Wireshark' })
    await link.focus()
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    await press('Show the solution all the same')
    await page.locator('.diff .is-yours', { hasText: 'port: 0' }).waitFor()

    expect(skip).toBe('Skip to the text')
    expect(focused).toContain('Hint 2 of 2')
    expect(await page.getByRole('button', { name: 'hint for task 1' }).count()).toBe(0)
    expect(download.suggestedFilename()).toBe('check-1.2.pcapng')
    expect(readFileSync(await download.path()).subarray(0, 4)).toEqual(Buffer.from('0a0d0d0a', 'hex'))
    expect(await page.locator('.diff .is-ours', { hasText: 'sender.port' }).count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('reloads in the middle of a run and sees it go on, and two tabs agree', async () => {
    const workbook = await startWorkbook()
    const { page } = await openPage(workbook, LESSON)
    await page.locator('.panel[data-phase="checking"] .checks [data-status="passed"]').first().waitFor()

    await page.reload()
    await page.locator('.panel[data-phase="checking"] .checks [data-status="passed"]').first().waitFor()
    const { page: second } = await openPage(workbook, LESSON)
    await Promise.all([summary(page, 'of 23 checks passed'), summary(second, 'of 23 checks passed')])

    const text = (tab: Page) => tab.locator('.panel').innerText()
    expect(await text(second)).toBe(await text(page))
    expect(await page.locator('.failure').count()).toBeGreaterThan(5)
  })

  test('is told when the server has gone, and the page goes on when it is back', async () => {
    const workbook = await startWorkbook()
    save(workbook.project, nearly(workbook.project))
    const { page } = await openPage(workbook, LESSON)
    await summary(page, '22 of 23')
    const alert = page.getByRole('alert').filter({ hasText: 'This page goes on as soon as it is back.' })

    await workbook.stop()
    await alert.waitFor()
    save(workbook.project, solutionOf(workbook.project))
    await startWorkbook({ project: workbook.project, port: Number(new URL(workbook.origin).port) })
    await alert.waitFor({ state: 'hidden' })

    await summary(page, '23 of 23')
  })

  test('keeps what is open and where the focus is while new verdicts come', async () => {
    const workbook = await startWorkbook()
    const { page } = await openPage(workbook, LESSON)
    await summary(page, 'of 23 checks passed')
    const other = page.locator('details.failure[data-key^="1.4 "]')
    await other.locator('summary').click()
    await other.getByText('expected', { exact: true }).waitFor()
    const key = await other.getAttribute('data-key')

    await page.evaluate(`document.querySelector('[data-do="again"]').click()`)
    await page.locator(`details.failure[data-key^="1.4 "]:not([data-key="${key}"])`).waitFor()
    await other.getByText('expected', { exact: true }).waitFor()

    expect(await focusedText(page)).toContain('1.4')
    expect(await other.getAttribute('open')).toBe('')
    await page.getByRole('button', { name: 'Again with the same seed' }).focus()
    await summary(page, 'of 23 checks passed')
    expect(await focusedText(page)).toContain('Again with the same seed')
  })
})

describe('axe', () => {
  test.each([
    { colorScheme: 'light', width: 1440 },
    { colorScheme: 'dark', width: 1440 },
    { colorScheme: 'light', width: 360 },
    { colorScheme: 'dark', width: 2000 },
  ] as const)('finds nothing on any page, $colorScheme, $width pixels wide', async ({ colorScheme, width }) => {
    const workbook = await startWorkbook()
    save(workbook.project, nearly(workbook.project))
    const options = { colorScheme, viewport: { width, height: 900 }, bypassCSP: true }

    const { page } = await openPage(workbook, LESSON, options)
    await summary(page, '22 of 23')
    await page.locator('details.failure[open] svg').first().waitFor()
    const failed = await look(page)
    save(workbook.project, solutionOf(workbook.project))
    await page.getByText('All checks passed.').waitFor()
    await page.getByRole('button', { name: 'A hint for task 2' }).click()
    await page.getByText('Hint 1 of').waitFor()
    await page.getByRole('button', { name: 'Compare your file with ours' }).click()
    await page.locator('#diff', { hasText: 'They are the same' }).waitFor()
    const passed = await look(page)
    await page.goto(`${workbook.origin}/`)
    const contents = await look(page)
    await page.goto(`${workbook.origin}/instructions`)

    expect({ failed, passed, contents, instructions: await look(page) }).toEqual({
      failed: [],
      passed: [],
      contents: [],
      instructions: [],
    })
  })
})

/** Opens all that can be opened, and lists what axe complains about. It runs in the page, whose types are not known here. */
const LOOK = `(async () => {
  for (const details of document.querySelectorAll('details')) details.open = true
  const { violations } = await axe.run()
  return violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | '))
})()`
const TOO_WIDE = 'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)'

/** What axe complains about, and whether the page is wider than the window. */
async function look(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: AXE })
  const found = await page.evaluate<string[]>(LOOK)
  const tooWide = await page.evaluate<number>(TOO_WIDE)
  return tooWide === 0 ? found : [...found, `the page is ${tooWide} pixels too wide`]
}
