import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Lesson, lessons } from '../catalogue.ts'
import { within } from '../lab/within.ts'
import { PROJECT } from '../project.ts'
import { openTryIt, type TryIt } from '../workbook/try-it.ts'
import { MAX_SENDS_PER_SECOND, type Refused } from '../workbook/try-it-outbox.ts'
import type { Snapshot } from '../workbook/try-it-snapshot.ts'
import { attemptFolder } from './attempt-folder.ts'
import { leftovers } from './leftovers.ts'

const SOLUTIONS = join(PROJECT, 'solutions')
const SEED = 7

/** The table of a lesson, and a way to wait until it shows something. */
function table(number: number, attemptDir = SOLUTIONS, idleMs?: number) {
  const watchers = new Set<() => void>()
  const onChange = () => {
    for (const watcher of watchers) watcher()
  }
  const lesson = lessons[number - 1] as Lesson
  const tryIt = openTryIt(lesson, { attemptDir, onChange, ...(idleMs === undefined ? {} : { idleMs }) }) as TryIt
  onTestFinished(() => tryIt.stop())

  async function until(what: string, holds: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    const seen = new Promise<Snapshot>((resolve) => {
      const look = () => {
        const snapshot = tryIt.snapshot()
        if (holds(snapshot)) resolve(snapshot)
      }
      watchers.add(look)
      look()
    })
    return within(5000, what, seen)
  }
  return { tryIt, until }
}

const told = (count: number) => (snapshot: Snapshot) => snapshot.told.lines.length >= count
const says = (words: string) => (snapshot: Snapshot) => snapshot.sentences.some((each) => each.includes(words))
const linesWith = ({ sentences }: Snapshot, words: string) => sentences.filter((each) => each.includes(words)).length

/** A receiver that does with each datagram what `body` says. */
function receiverThat(body: string): string {
  return attemptFolder({
    '01-udp-basics.ts': `
      import { createSocket } from 'node:dgram'
      export async function startReceiver({ onMessage }) {
        const socket = createSocket('udp4')
        socket.on('message', (bytes, from) => { ${body} })
        await new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(undefined)))
        return { address: { host: '10.9.8.7', port: socket.address().port }, done: new Promise(() => {}), close: async () => socket.close() }
      }
      export async function sendText() {}
      export async function sendLines() { return 0 }
    `,
  })
}

describe('a program that is tried out', () => {
  test('gets what is typed, hands it over, and ends by the q', async () => {
    const { tryIt, until } = table(1)
    await tryIt.start(SEED)

    await tryIt.send({ sender: 'page', text: 'hi <b>' })
    const heard = await until('the text', told(1))
    await tryIt.send({ sender: 'page', ready: 'q' })
    const over = await until('the end', ({ state }) => state === 'stopped')

    expect(heard.told.lines[0]).toMatch(/^onMessage\("hi <b>"\) from 127\.0\.0\.1:\d+$/)
    expect(heard.sentences[0]).toMatch(/^At \d+\.\d ms page sent you "hi <b>" \(6 bytes\)\.$/)
    expect(heard.picture).toContain('&quot;hi &lt;b&gt;&quot;')
    expect(over.words).toEqual(['Your receiver has ended, as it says itself.'])
    expect(over.picture).not.toBe('')
  })

  test('answers what is sent again, and hands it over once', async () => {
    const { tryIt, until } = table(2)
    await tryIt.start(SEED)

    await tryIt.send({ sender: 'page', text: 'hi' })
    await until('the ACK', says('you sent page ACK'))
    const [packet] = tryIt.snapshot().sent
    await tryIt.send({ again: packet?.again ?? 0 })
    const snapshot = await until('another ACK', (each) => linesWith(each, 'you sent page ACK') === 2)

    expect(packet?.label).toMatch(/^DATA s=[\da-f]{4} seq=0 "hi"$/)
    expect(snapshot.told.lines.length).toBe(1)
    expect(snapshot.sent.length).toBe(1)
  })

  test('counts the typed texts of a session up from 0', async () => {
    const { tryIt, until } = table(2)
    await tryIt.start(SEED)

    for (const text of ['a', 'b']) await tryIt.send({ sender: 'page', text })
    const { sent } = await until('both', told(2))

    expect(sent.map(({ label }) => /seq=\d/.exec(label)?.[0])).toEqual(['seq=0', 'seq=1'])
  })

  test('passes on what one member of the chat says to the other', async () => {
    const { tryIt, until } = table(4)
    await tryIt.start(SEED)

    for (const sender of ['ann', 'bob']) await tryIt.send({ sender, ready: 'join' })
    await until('both answers', (each) => linesWith(each, 'joined') === 2)
    await tryIt.send({ sender: 'ann', text: 'hello' })
    const snapshot = await until('the message', says('message ann: "hello"'))

    expect(snapshot.sentences.find((each) => each.includes('message ann'))).toMatch(/ms you sent bob message/)
    expect(snapshot.picture).toContain('>bob</text>')
  })

  test('is shown a network that loses and repeats as the seed says, the same again with the same seed', async () => {
    const { tryIt, until } = table(1)
    const TEXTS = ['a', 'b', 'c', 'd', 'e']
    const fates = async (seed: number) => {
      await tryIt.start(seed)
      for (const text of TEXTS) await tryIt.send({ sender: 'page', text })
      // Each is seen, whether it arrives or not, and they keep their order.
      const { sentences } = await until('the last one', says(`page sent you "${TEXTS.at(-1)}"`))
      return sentences.filter((each) => each.includes('page sent')).map((each) => each.replace(/^At \S+ ms /, ''))
    }
    tryIt.setFaults({ loss: 0.4, duplicate: 0.4, reorder: 0 })

    const [first, second, other] = [await fates(SEED), await fates(SEED), await fates(SEED + 1)]

    expect(first).toEqual(second)
    expect(first).not.toEqual(other)
    expect(first.join()).toContain('It was lost by chance.')
    expect(first.join()).toContain('On the way: repeated by chance.')
  })

  test('is shown a datagram that is held back until the next one has passed', async () => {
    const { tryIt, until } = table(1)
    await tryIt.start(SEED)
    tryIt.setFaults({ loss: 0, duplicate: 0, reorder: 1 })
    await tryIt.send({ sender: 'page', text: 'early' })
    await until('the hold', says('network holds'))
    tryIt.setFaults({ loss: 0, duplicate: 0, reorder: 0 })

    await tryIt.send({ sender: 'page', text: 'late' })
    const { told: handed } = await until('both', told(2))

    expect(handed.lines.map((line) => line.slice(0, 18))).toEqual(['onMessage("late") ', 'onMessage("early")'])
  })

  test('is reached on this machine, wherever it says it is, and what it prints and tells is shown as it is', async () => {
    const dir = receiverThat(`console.log('\\u001b[31mgot ' + bytes); onMessage('<script>\\u202e', undefined)`)
    const { tryIt, until } = table(1, dir)
    await tryIt.start(SEED)

    await tryIt.send({ sender: 'page', text: 'x' })
    const snapshot = await until('both', (each) => told(1)(each) && each.output !== '')

    expect(snapshot.output).toBe('␛[31mgot x\n')
    expect(snapshot.told.lines).toEqual(['onMessage("<script>\uFFFD") from undefined'])
    expect(snapshot.picture).not.toContain('<script')
  })

  test('that crashes is told why and where', async () => {
    const { tryIt, until } = table(1, receiverThat(`null.length`))
    await tryIt.start(SEED)

    await tryIt.send({ sender: 'page', text: 'x' })
    const { words } = await until('the crash', ({ state }) => state === 'stopped')

    expect(words[0]).toContain('it crashed: TypeError')
    expect(words.join('\n')).toContain('01-udp-basics.ts:5')
  })

  test('that cannot be compiled, lacks an export or is not there is told so', async () => {
    const broken = table(1, attemptFolder({ '01-udp-basics.ts': 'export const = 1' }))
    const empty = table(1, attemptFolder({ '01-udp-basics.ts': 'export async function sendText() {}' }))
    const missing = table(1, attemptFolder({}))

    for (const { tryIt } of [broken, empty, missing]) await tryIt.start(SEED)

    expect(broken.tryIt.snapshot().words.join('\n')).toContain('1 │ export const = 1')
    expect(empty.tryIt.snapshot().words[0]).toBe('startReceiver, sendLines are missing')
    expect(missing.tryIt.snapshot().words[0]).toMatch(/^There is no file /)
  })
})

describe('the limits of trying out', () => {
  const reasonOf = (sending: Promise<void>) =>
    sending.then(
      () => 'sent',
      (error: unknown) => (error as Refused).why,
    )

  test('nothing is sent to what does not run, by strangers, too long or too fast', async () => {
    const { tryIt } = table(1)
    const early = await reasonOf(tryIt.send({ sender: 'page', text: 'x' }))
    await tryIt.start(SEED)

    const long = await reasonOf(tryIt.send({ sender: 'page', text: '안'.repeat(400) }))
    const stranger = await reasonOf(tryIt.send({ sender: 'constructor', text: 'x' }))
    const noMessage = await reasonOf(tryIt.send({ sender: 'page', ready: 'constructor' }))
    const never = await reasonOf(tryIt.send({ again: 99 }))
    const many = await Promise.all(
      Array.from({ length: MAX_SENDS_PER_SECOND + 1 }, () => reasonOf(tryIt.send({ sender: 'page', text: 'x' }))),
    )

    expect([early, long, stranger, noMessage, never]).toEqual(['not-running', 'too-long', 'unknown', 'unknown', 'unknown'])
    expect(many).toContain('sent')
    expect(many.at(-1)).toBe('too-fast')
  })

  test('a program that nobody uses is ended', async () => {
    const { tryIt, until } = table(1, SOLUTIONS, 1)

    await tryIt.start(SEED)
    const { words } = await until('the end', ({ state, words: why }) => state === 'stopped' && why.length > 0)

    expect(words).toEqual(['Nothing was sent for a while, so your receiver was ended.'])
  })

  test('two starts at once leave one program, and a stop leaves nothing', async () => {
    const { tryIt } = table(1)

    await Promise.all([tryIt.start(1), tryIt.start(2)])
    const running = leftovers(process.pid).filter((each) => each.includes('host.mjs'))
    await tryIt.stop()

    expect(running.length).toBe(1)
    expect(leftovers(process.pid)).toEqual([])
    expect(tryIt.snapshot()).toMatchObject({ state: 'stopped', seed: 2, words: [] })
  })

  test('there is nothing to try out in a lesson without a part for it', () => {
    const none = [3, 5, 6, 7].map((number) => openTryIt(lessons[number - 1] as Lesson, { onChange: () => undefined }))

    expect(none).toEqual([undefined, undefined, undefined, undefined])
  })
})
