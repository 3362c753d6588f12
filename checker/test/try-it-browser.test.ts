import { join } from 'node:path'
import axe from 'axe-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { leftovers } from './leftovers.ts'
import { useBrowser } from './open-browser.ts'
import { openTryItPage } from './try-it-page.ts'

const SOLUTIONS = join(PROJECT, 'solutions')
const JSON_BODY = { 'content-type': 'application/json' }

async function serve(lessonId: string) {
  const server = await openTryItPage(lessonId, SOLUTIONS)
  onTestFinished(() => server.close())
  return server
}

describe('the try-it panel', () => {
  const browser = useBrowser()

  async function open(lessonId: string, options: Parameters<ReturnType<typeof browser>['newContext']>[0] = {}) {
    const server = await serve(lessonId)
    const context = await browser().newContext({ bypassCSP: true, ...options })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(server.url)
    await page.getByRole('button', { name: /^Start your/ }).waitFor()
    return { page, server, complaints }
  }

  test('is worked by keyboard alone: start, send, lose an ACK, send again', async () => {
    const { page, complaints } = await open('lesson-2', { bypassCSP: false })
    const slide = async (key: string) => {
      await Promise.all([page.waitForResponse(/\/faults$/), page.getByLabel('Lose').press(key)])
    }
    await page.getByRole('button', { name: 'Start your server' }).press('Enter')
    await page.getByText('Your server is running').waitFor()

    await page.getByLabel('Text').fill('안녕')
    await page.keyboard.press('Enter')
    await page.getByRole('log').getByText('onMessage("안녕")').waitFor()
    await slide('End')
    await page.getByRole('button', { name: /seq=0 "안녕"$/ }).press('Enter')
    await page.locator('.event.lost').first().waitFor()
    await slide('Home')
    await page.getByRole('button', { name: /seq=0 "안녕"$/ }).press('Enter')
    await page
      .getByRole('listitem', { name: /you sent page ACK/ })
      .nth(1)
      .waitFor()

    expect(await page.getByRole('log').locator('p').count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('shows the same in two tabs, and says when it is over', async () => {
    const { page, server } = await open('lesson-1')
    const other = await page.context().newPage()
    await other.goto(server.url)

    await page.getByRole('button', { name: 'Start your receiver' }).click()
    await page.getByLabel('Text').fill('q')
    await page.getByRole('button', { name: 'Send', exact: true }).click()

    await other.getByText('Your receiver has ended, as it says itself.').waitFor()
    await other.getByRole('listitem', { name: /page sent you "q"/ }).waitFor()
    expect(await other.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
  })

  test('keeps the focus on a row while the picture grows', async () => {
    const { page, server } = await open('lesson-1')
    const post = (deed: string, data: object) => page.request.post(`${server.url}/api/try-it/lesson-1/${deed}`, { data })
    await page.getByRole('button', { name: 'Start your receiver' }).click()
    await page.getByText('is running').waitFor()
    await post('send', { sender: 'page', text: 'first' })
    const row = page.getByRole('listitem', { name: /page sent you "first"/ })

    await row.focus()
    await post('send', { sender: 'page', text: 'second' })
    await page.getByRole('listitem', { name: /page sent you "second"/ }).waitFor()

    expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toContain('page sent you "first"')
  })

  test.each([
    { lesson: 'lesson-4', width: 1200, colorScheme: 'light' },
    { lesson: 'lesson-2', width: 360, colorScheme: 'dark' },
  ] as const)('has no fault that axe finds: $lesson, $width pixels, $colorScheme', async ({ lesson, width, colorScheme }) => {
    const { page } = await open(lesson, { colorScheme, viewport: { width, height: 800 } })
    await page.getByRole('button', { name: /^Start your/ }).click()
    await page.getByText('is running').waitFor()
    await page.getByText('Messages that are ready').click()
    await page.locator('.try-ready button').first().click()
    await page.locator('.event').first().waitFor()
    await page.getByText('The same in words').click()

    await page.addScriptTag({ content: axe.source })
    const violations = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(' ')))`,
    )

    expect(violations).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
  })
})

describe('the routes of the try-it panel', () => {
  const post = (url: string, body: string, headers: Record<string, string> = JSON_BODY) =>
    fetch(url, { method: 'POST', headers, body })

  test('refuse what they do not understand, with words', async () => {
    const { url } = await serve('lesson-1')
    const base = `${url}/api/try-it/lesson-1`

    const answers = await Promise.all([
      fetch(`${url}/api/try-it/lesson-3`),
      fetch(`${url}/api/try-it/__proto__/events`),
      post(`${base}/dance`, '{}'),
      post(`${base}/start`, '{}', { 'content-type': 'text/plain' }),
      post(`${base}/start`, '[1'),
      post(`${base}/faults`, '{"loss":2,"duplicate":0,"reorder":0}'),
      post(`${base}/send`, '{"sender":"page","text":"x"}'),
      post(`${base}/send`, '{}'),
    ])
    const errors = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { error: string }).error))

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 400, 400, 400, 409, 400])
    expect(errors[5]).toBe('loss is to be a number from 0 to 1.')
    expect(errors[6]).toBe('Start your receiver first.')
  })

  test('tell a listener what has changed, cap the listeners, and leave nothing when they close', async () => {
    const server = await serve('lesson-1')
    const base = `${server.url}/api/try-it/lesson-1`
    const streams = await Promise.all(Array.from({ length: 41 }, () => fetch(`${base}/events`)))
    const [listener] = streams as [Response]

    await post(`${base}/start`, '{"seed":5}')
    const heard = await firstWith(listener, '"state":"running"')
    await server.close()

    expect(streams.map(({ status }) => status).filter((status) => status !== 200)).toEqual([503])
    expect(heard).toContain('"seed":5')
    expect(leftovers(process.pid)).toEqual([])
  })
})

/** Reads a stream of events until words come in it. */
async function firstWith(answer: Response, words: string): Promise<string> {
  let heard = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    heard += decoder.decode(chunk, { stream: true })
    if (heard.includes(words)) return heard
  }
  throw new Error(`The stream ended without ${words}.`)
}
