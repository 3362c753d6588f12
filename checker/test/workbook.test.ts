import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openInbox } from '../lab/inbox.ts'
import { linesOf } from '../watching/lines.ts'
import type { RoundMessage } from '../watching/round-message.ts'
import type { Board } from '../workbook/board-state.ts'
import { leftovers } from './leftovers.ts'
import { PATIENCE_MS } from './patience.ts'
import { projectCopy } from './project-copy.ts'
import { save, solutionOf, spawnCommand, startWorkbook, type StartedWorkbook } from './start-workbook.ts'

/** A program that cannot start, so that grading it is quick. */
const broken = (word: string) => `const ${word} = =\n`

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Asks with exactly these headers, which `fetch` would not. */
async function ask({ origin }: StartedWorkbook, path: string, options: object = {}, body = ''): Promise<Answer> {
  const asking = request(`${origin}${path}`, { agent: false, ...options })
  asking.end(body)
  const [answer] = (await once(asking, 'response')) as [Readable & { statusCode: number; headers: IncomingHttpHeaders }]
  let text = ''
  for await (const piece of answer.setEncoding('utf8')) text += piece
  return { status: answer.statusCode, headers: answer.headers, text }
}

/** Sends a request as it is written here. @returns everything that comes back */
async function askRaw({ origin }: StartedWorkbook, lines: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.write(lines)
  let text = ''
  try {
    for await (const piece of socket.setEncoding('utf8')) text += piece
  } catch {
    // Broken off is an answer, too, as long as the server lives.
  }
  return text
}

/** Everything that the rounds of a workbook tell. */
async function rounds({ origin }: StartedWorkbook) {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const answer = await fetch(`${origin}/api/rounds`, { signal: controller.signal })
  const messages = openInbox<RoundMessage>()
  void eachLine(answer, (line) => line !== '' && messages.push(JSON.parse(line) as RoundMessage))
  return messages
}

/** What a page of lesson 1 is shown, one after another. */
async function boards({ origin }: StartedWorkbook, signal: AbortSignal): Promise<ReturnType<typeof openInbox<Board>>> {
  const answer = await fetch(`${origin}/api/lessons/lesson-1/events`, { signal })
  const shown = openInbox<Board>()
  void eachLine(answer, (line) => line.startsWith('data: ') && shown.push(JSON.parse(line.slice(6)) as Board))
  return shown
}

async function eachLine({ body }: Response, take: (line: string) => void): Promise<void> {
  for await (const line of linesOf(body as ReadableStream<Uint8Array>)) take(line)
}

describe('the pages', () => {
  test('are the contents, a page for each lesson, and the instructions', async () => {
    const workbook = await startWorkbook()

    const contents = await ask(workbook, '/')
    const lesson = await ask(workbook, '/lessons/lesson-7')
    const instructions = await ask(workbook, '/instructions')

    expect([contents.status, lesson.status, instructions.status]).toEqual([200, 200, 200])
    expect(contents.text).toContain('A network without a centre')
    expect(lesson.text).toContain('id="task-1"')
    expect(lesson.text).toContain('npm run play lesson-7 -- network')
    expect(lesson.text).not.toContain('hint 1</summary>')
    expect(contents.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/)
    expect(contents.headers['x-content-type-options']).toBe('nosniff')
    expect(contents.headers).not.toHaveProperty('access-control-allow-origin')
    expect(`${contents.text}${lesson.text}`).not.toMatch(/<script>|<style|style="| on\w+="/)
  })

  test('give the hints one by one, and count them as npm run hint does', async () => {
    const workbook = await startWorkbook()
    const asPage = { method: 'POST', headers: { origin: workbook.origin } }

    const first = await ask(workbook, '/api/lessons/lesson-1/tasks/1/hint', asPage)
    const { lines } = spawnCommand(workbook.project, ['hint', 'lesson-1'])

    expect(first.text).toContain('Hint 1 of 2')
    await lines.next('the second', (line) => line.includes('hint 2 of 2'), PATIENCE_MS)
    expect((await ask(workbook, '/lessons/lesson-1')).text).toContain('Hint 2 of 2')
    expect((await ask(workbook, '/lessons/lesson-1')).text).toContain('A hint for task 2')
  })

  test('show what a program prints as text, whatever it is', async () => {
    const workbook = await startWorkbook()
    const messages = await rounds(workbook)

    save(
      workbook.project,
      `console.log('<script>alert(1)</script><img src=x onerror=alert(2)>\\u001b[31m')\n${broken('')}`.replace(/const.*/, ''),
    )
    await messages.next(
      'a verdict',
      (each) => each.kind === 'ended' && each.verdict.checks.some(({ output }) => output !== undefined),
      PATIENCE_MS,
    )
    const { text } = await ask(workbook, '/lessons/lesson-1/details')

    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;␛[31m')
    expect(text).not.toMatch(/<script|<img/)
  })

  test('give the trace and the capture of a check', async () => {
    const workbook = await startWorkbook()
    const messages = await rounds(workbook)
    await messages.next('check 1.2', (each) => each.kind === 'decided' && each.check.id === '1.2', PATIENCE_MS)

    const trace = await ask(workbook, '/lessons/lesson-1/checks/1.2/trace.json')
    const capture = await ask(workbook, '/lessons/lesson-1/checks/1.2/capture.pcapng')

    expect(JSON.parse(trace.text)).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'datagram' })]))
    expect(capture.headers['content-disposition']).toBe('attachment; filename="check-1.2.pcapng"')
    expect(capture.text.startsWith('\n\r\r\n')).toBe(true)
  })
})

describe('a running workbook', () => {
  test('is found by a second start, which ends with 0', async () => {
    const workbook = await startWorkbook()

    const { child, lines } = spawnCommand(workbook.project, ['start', '--no-open'])
    const [code] = (await once(child, 'exit')) as [number]

    expect(code).toBe(0)
    expect(lines.all.join('\n')).toContain(`runs already: ${workbook.origin}`)
  })

  test('is one, also when it is started twice at the same moment', async () => {
    const project = projectCopy()

    const starts = [1, 2].map(() => spawnCommand(project, ['start', '--no-open', '--port', '0']))
    const ended = Promise.race(starts.map(async ({ child }) => (await once(child, 'exit')) as [number]))
    const told = await Promise.all(
      starts.map(({ lines }) =>
        lines.next('an address', (line) => /The workbook (?:is open|runs already)/.test(line), PATIENCE_MS),
      ),
    )
    const [code] = await ended

    expect(told.filter((line) => line.includes('is open')).length).toBe(1)
    expect(new Set(told.map((line) => /http:\S+/.exec(line)?.[0])).size).toBe(1)
    expect(code).toBe(0)
  })

  test('leaves nothing behind', async () => {
    const workbook = await startWorkbook()
    const messages = await rounds(workbook)
    await messages.next('a check', (each) => each.kind === 'decided', PATIENCE_MS)

    const code = await workbook.stop()

    expect(code).toBe(130)
    expect(leftovers(workbook.pid)).toEqual([])
    expect(existsSync(join(workbook.project, '.workbook/workbook.json'))).toBe(false)
  })

  test('takes the place of one that was killed', async () => {
    const first = await startWorkbook()
    process.kill(first.pid, 'SIGKILL')
    const { token } = JSON.parse(readFileSync(join(first.project, '.workbook/workbook.json'), 'utf8')) as { token: string }

    const second = await startWorkbook({ project: first.project })

    const who = JSON.parse((await ask(second, '/api/who')).text) as { token: string }
    expect(who.token).not.toBe(token)
  })

  test('brings back the same values with the same seed', async () => {
    const workbook = await startWorkbook()
    const messages = await rounds(workbook)
    save(workbook.project, broken('quick'))
    await messages.next('a verdict', (each) => each.kind === 'ended', PATIENCE_MS)
    const asPage = { method: 'POST', headers: { origin: workbook.origin, 'content-type': 'application/json' } }

    const answer = await ask(workbook, '/api/lessons/lesson-1/check', asPage, JSON.stringify({ seed: 4711 }))
    const wrong = await ask(workbook, '/api/lessons/lesson-1/check', asPage, JSON.stringify({ seed: -1 }))

    expect([answer.status, wrong.status]).toEqual([204, 400])
    await messages.next('that seed', (each) => each.kind === 'ended' && each.verdict.seed === 4711, PATIENCE_MS)
  })
})

describe('npm run watch beside it', () => {
  test('shows what the workbook sees, and nothing is graded twice', async () => {
    const workbook = await startWorkbook()
    save(workbook.project, broken('first'))
    const messages = await rounds(workbook)
    const { lines } = spawnCommand(workbook.project, ['watch', 'lesson-1'])
    await lines.next('the first', (line) => line.includes('const first = ='), PATIENCE_MS)
    const before = messages.all.filter(({ kind }) => kind === 'started').length

    save(workbook.project, broken('second'))
    await lines.next('the second', (line) => line.includes('const second = ='), PATIENCE_MS)
    await lines.next('its end', (line) => line.includes('watching exercises/'), PATIENCE_MS)

    const graded = messages.all.filter(({ kind }) => kind === 'started').length - before
    const told = lines.all.filter((line) => line.includes('checking lesson-1')).length
    expect(graded).toBeGreaterThan(0)
    expect(told).toBeLessThanOrEqual(graded + before)
  })

  test('hands over when a workbook starts, and goes on by itself when it ends', async () => {
    const probe = await startWorkbook()
    await probe.stop()
    const { project } = probe
    save(project, broken('first'))
    const { lines } = spawnCommand(project, ['watch', 'lesson-1'])
    await lines.next('the first', (line) => line.includes('const first = ='), PATIENCE_MS)

    const workbook = await startWorkbook({ project })
    await lines.next('handing over', (line) => line.startsWith('the workbook in the browser watches now'), PATIENCE_MS)
    save(project, broken('second'))
    await lines.next('the second', (line) => line.includes('const second = ='), PATIENCE_MS)
    await workbook.stop()
    await lines.next('taking back', (line) => line.endsWith('this watches again'), PATIENCE_MS)
    save(project, broken('third'))

    await lines.next('the third', (line) => line.includes('const third = ='), PATIENCE_MS)
  })
})

describe('whoever else asks', () => {
  test('is refused under a foreign name, and from a foreign page', async () => {
    const workbook = await startWorkbook()
    const { port } = new URL(workbook.origin)
    const enter = '/api/lessons/lesson-1/enter'
    const post = (headers: object) => ask(workbook, enter, { method: 'POST', headers })

    const hosts = ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`]
    const foreign = await Promise.all(hosts.map((host) => ask(workbook, '/', { headers: { host } })))
    const posts = [
      await post({ origin: 'http://evil.example' }),
      await post({ origin: 'null' }),
      await post({ origin: `https://127.0.0.1:${port}` }),
      await post({ origin: 'http://127.0.0.1:1' }),
      await post({}),
    ]
    const own = [await post({ origin: workbook.origin }), await post({ origin: `http://localhost:${port}` })]

    expect(foreign.map(({ status }) => status)).toEqual([403, 403, 403, 403])
    expect(foreign[0]?.text).toContain('does not answer to another name')
    expect(posts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect(own.map(({ status }) => status)).toEqual([204, 204])
    expect((await ask(workbook, '/', { headers: { host: `localhost:${port}` } })).status).toBe(200)
  })

  test('is told in words that there is no such page, however odd its name', async () => {
    const workbook = await startWorkbook()
    const { host } = new URL(workbook.origin)
    const paths = [
      '/%',
      '/..%2f..%2fpackage.json',
      '/../../package.json',
      '/assets/..%2fpage.css',
      '/%00',
      '/%ff%fe',
      '//',
      '/lessons/lesson-99',
      `/${'x'.repeat(10_000)}`,
      '/lessons/constructor',
      '/assets/__proto__',
      '/api/lessons/lesson-1/tasks/x/hint',
      '*',
    ]

    const answers = await Promise.all(
      paths.map((path) => askRaw(workbook, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)),
    )

    for (const [index, answer] of answers.entries()) {
      expect(answer, paths[index]).toMatch(/^HTTP\/1\.1 40[0-9] /)
      expect(answer, paths[index]).not.toContain('    at ')
    }
    expect((await ask(workbook, '/')).status).toBe(200)
  })

  test('does no harm with what is no request, and with bodies that do not end', async () => {
    const workbook = await startWorkbook()
    const { host } = new URL(workbook.origin)
    const head = `host: ${host}\r\norigin: ${workbook.origin}\r\nconnection: close\r\n`
    const enter = 'POST /api/lessons/lesson-1/enter HTTP/1.1\r\n'

    const huge = await ask(
      workbook,
      '/api/lessons/lesson-1/enter',
      { method: 'POST', headers: { origin: workbook.origin } },
      'x'.repeat(1_000_000),
    )
    const answers = await Promise.all([
      askRaw(workbook, `GARBAGE\r\n\r\n`),
      askRaw(workbook, `GET / HTTP/1.1\r\n\r\n`),
      askRaw(workbook, `GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n`),
      askRaw(workbook, `GET http://evil.example/ HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
      askRaw(workbook, `BREW / HTTP/1.1\r\n${head}\r\n`),
      askRaw(workbook, `TRACE / HTTP/1.1\r\n${head}\r\n`),
      askRaw(workbook, `${enter}${head}transfer-encoding: chunked\r\n\r\nzzz\r\n`),
      askRaw(workbook, `${enter}${head}content-type: application/json\r\ncontent-length: 9\r\n\r\n{"again":`),
    ])

    expect(huge.status).toBe(413)
    expect(answers.slice(0, 5).map((answer) => answer.slice(9, 10))).toEqual(['4', '4', '4', '4', '4'])
    expect(answers.join('\n')).not.toContain('    at ')
    expect((await ask(workbook, '/')).status).toBe(200)
  })

  test('gets 100 event streams at once, and words instead of the others', async () => {
    const workbook = await startWorkbook()
    const asked: ClientRequest[] = []
    // Not by fetch, which gives up on a connection after ten seconds; a busy machine takes longer for so many.
    const open = () =>
      new Promise<number>((resolve, reject) => {
        const asking = request(`${workbook.origin}/api/lessons/lesson-1/events`, { agent: false }, ({ statusCode = 0 }) =>
          resolve(statusCode),
        )
        asked.push(asking.on('error', reject))
        asking.end()
      })

    const statuses = await Promise.all(Array.from({ length: 1000 }, open))
    const contents = await ask(workbook, '/')
    for (const asking of asked) asking.destroy()

    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    expect(statuses.filter((status) => status === 503)).toHaveLength(900)
    expect(contents.status).toBe(200)
    const again = await boardsOnceFree(workbook)
    expect(again.server).not.toBe('')
  })
})

/** Places become free when the server has noticed that the others are gone. */
async function boardsOnceFree(workbook: StartedWorkbook): Promise<Board> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  for (;;) {
    const shown = await boards(workbook, controller.signal)
    const first = await shown.next('a board', () => true).catch(() => undefined)
    if (first !== undefined) return first
  }
}

test('a save is on the page as soon as it is graded', async () => {
  const workbook = await startWorkbook()
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const shown = await boards(workbook, controller.signal)
  save(workbook.project, broken('first'))
  await shown.next('a verdict', ({ verdict }) => verdict.includes('First to look at'), PATIENCE_MS)

  writeFileSync(join(workbook.project, 'exercises/01-udp-basics.ts'), solutionOf(workbook.project))

  await shown.next('a tick', ({ phase, checks }) => phase === 'checking' && checks['1.1'] === 'passed', PATIENCE_MS)
  await shown.next('a pass', ({ verdict }) => verdict.startsWith('All 23 checks'), PATIENCE_MS)
})
