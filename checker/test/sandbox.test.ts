import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExportShapes } from '../contracts/shape.ts'
import { seededChance } from '../lab/chance.ts'
import { createClock } from '../lab/clock.ts'
import { openInbox } from '../lab/inbox.ts'
import { openLab } from '../lab/lab.ts'
import { describeText, openTrace } from '../lab/trace.ts'
import { PROJECT } from '../project.ts'
import { compile } from '../sandbox/compile.ts'
import { fenceFlags, heapFlags } from '../sandbox/flags.ts'
import { asLearner, CallRejected, ProgramEnded, WrongShape } from '../sandbox/learner.ts'
import { misfit } from '../sandbox/misfit.ts'
import { portable, thrown } from '../sandbox/portable.ts'
import { startProgram } from '../sandbox/program.ts'
import { openScratch } from '../sandbox/scratch.ts'
import type * as everything from './programs/everything.ts'

type Everything = Omit<typeof everything, 'untidy'> & {
  untidy(options: { tick(...args: unknown[]): void }): Promise<{ label: string; done: Promise<string> }>
}

const shapes: ExportShapes<Everything> = {
  instance: { fields: { label: 'text', doubled: 'number', increase: 'function' } },
  later: { fields: { done: 'promise', start: 'function' } },
  read: { list: 'text' },
  fails: 'nothing',
  crashesSoon: 'nothing',
  time: 'text',
  keepClock: 'nothing',
  readClock: 'number',
  untilAborted: 'text',
  echo: 'nothing',
  ownFolder: 'text',
  environment: 'anything',
  untidy: { fields: { label: 'text', done: 'promise' } },
}

async function load() {
  const scratch = await openScratch()
  const dir = join(PROJECT, 'checker/test/programs')
  const compiled = await compile({
    file: join(dir, 'everything.ts'),
    attemptDir: dir,
    lesson: 1,
    into: join(scratch.dir, 'compiled'),
  })
  if ('message' in compiled) throw new Error(compiled.message)
  const program = await startProgram(compiled, join(scratch.dir, 'program'))
  onTestFinished(async () => {
    await program.stop()
    await scratch.remove()
  })
  await program.host.load()
  return { program, learner: asLearner<Everything>(program, shapes) }
}

describe('a call of the attempt', () => {
  test('returns an instance as fields and bound methods', async () => {
    const { learner } = await load()

    const counter = await learner.instance()

    expect(counter.label).toBe('counter')
    expect(counter.doubled).toBe(0)
    await expect(counter.increase()).resolves.toBe(1)
    await expect(counter.increase()).resolves.toBe(2)
  })

  test('keeps callbacks beyond the call, and promises as functions', async () => {
    const { learner } = await load()
    const ticks = openInbox<{ text: string; bytes: Uint8Array }>()

    const job = await learner.later({ tick: (text, bytes) => ticks.push({ text, bytes }) })
    await job.start()

    await expect(job.done()).resolves.toBe('done')
    await learner.settle()
    expect(ticks.all).toEqual([
      { text: 'one', bytes: new Uint8Array([1, 2, 3]) },
      { text: 'two', bytes: new Uint8Array([4]) },
    ])
  })

  test('takes of a result what the contract names, and leaves the rest where it is', async () => {
    const { learner } = await load()
    const ticks = openInbox<unknown[]>()

    const result = await learner.untidy({ tick: (...args) => ticks.push(args) })
    await learner.settle()

    expect(Object.keys(result)).toEqual(['label', 'done'])
    await expect(result.done()).resolves.toBe('done')
    expect(ticks.all).toEqual([['text', undefined]])
  })

  test('hands lines, clocks and signals over', async () => {
    const { learner } = await load()
    async function* lines() {
      yield 'a'
      yield ''
      yield '안녕'
    }
    const clock = createClock(5)
    const abort = new AbortController()

    await expect(learner.read(lines())).resolves.toEqual(['a', '', '안녕'])
    await learner.keepClock(clock)
    await expect(learner.readClock()).resolves.toBe(5)
    await clock.set(61)
    await expect(learner.readClock()).resolves.toBe(61)
    const aborted = learner.untilAborted(abort.signal)
    await learner.settle()
    abort.abort()
    await expect(aborted).resolves.toBe('aborted')
    const early = new AbortController()
    const atOnce = learner.untilAborted(early.signal)
    early.abort()
    await expect(atOnce).resolves.toBe('aborted')
  })

  test('rejects with the code and the line of the learner', async () => {
    const { learner } = await load()

    const error = await learner.fails().catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(CallRejected)
    expect((error as CallRejected).code).toBe('ON_PURPOSE')
    expect((error as CallRejected).thrown.stack).toContain('checker/test/programs/everything.ts:')
  })

  test('says what has the wrong shape', async () => {
    const { learner } = await load()

    await expect(learner.time(createClock(1))).rejects.toBeInstanceOf(WrongShape)
  })

  test('tells a crash by its error', async () => {
    const { learner, program } = await load()

    await learner.crashesSoon()

    await expect(program.ended).resolves.toMatchObject({
      kind: 'exited',
      crash: { code: 'UNHANDLED', message: 'nobody handles this' },
    })
    await expect(learner.settle()).rejects.toBeInstanceOf(ProgramEnded)
  })

  test('gets a stream whose other end is here, and may return what it likes where nothing is asked for', async () => {
    const { learner } = await load()
    const lab = openLab(seededChance(1), openTrace(describeText))
    onTestFinished(() => lab.close())
    const { handed, accepted } = await lab.stream()

    await learner.echo(handed)
    const peer = await accepted.next('the connection', () => true)
    await peer.write('hello')
    const heard = await peer.received.until('the echo', (received) => (received.sizeBytes === 5 ? received.bytes() : undefined))

    expect(Buffer.from(heard).toString()).toBe('hello')
  })

  test('may ask for the real path of its folder in every way that Node has', async () => {
    const { program, learner } = await load()

    expect(await learner.ownFolder()).toBe(program.grounds)
  })

  test('occupies memory that can be seen from outside', async () => {
    const { learner } = await load()

    expect(await learner.memoryMib()).toBeGreaterThan(20)
  })

  test('finds nothing of the checker in its environment', async () => {
    const { learner } = await load()

    const { names, argv, cwd } = await learner.environment()

    const allowed = ['HOME', 'LANG', 'LC_ALL', 'PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'TZ', 'USERPROFILE', 'windir']
    expect(names.filter((name) => !allowed.includes(name))).toEqual([])
    expect([...argv.slice(1), cwd].filter((path) => path.includes(PROJECT))).toEqual([])
  })
})

describe('the fence', () => {
  const grounds = { read: ['/r/*'], write: ['/w/*'] }

  test('uses the flags that this Node knows', () => {
    expect(fenceFlags(grounds, new Set(['--experimental-permission']))).toContain('--experimental-permission')
    expect(fenceFlags(grounds, new Set(['--permission', '--experimental-permission', '--allow-net']))).toEqual(
      expect.arrayContaining(['--permission', '--allow-net', '--allow-fs-read=/r/*', '--allow-fs-write=/w/*']),
    )
    expect(fenceFlags(grounds, new Set())).not.toContain('--allow-fs-read=/r/*')
  })

  test.each([
    ['linux', false],
    ['darwin', true],
    ['win32', true],
  ] as const)('on %s the heap is limited by a flag: %s', (platform, isLimited) => {
    expect(heapFlags(platform).length > 0).toBe(isLimited)
  })

  test('is there on the Node that runs this test', () => {
    expect(fenceFlags(grounds).some((flag) => flag.endsWith('permission'))).toBe(true)
  })
})

describe('values that cross', () => {
  test('are refused when they cannot be laid out', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle

    expect(() => portable(cycle)).toThrow('refers to itself')
    expect(() => portable(Array.from({ length: 20_000 }))).toThrow('too long')
  })

  test('include errors whose message cannot be read', () => {
    const error = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no')
      },
    })

    expect(thrown(error)).toMatchObject({ message: '(its message cannot be read)' })
    expect(thrown('text')).toEqual({ name: 'not an Error', message: 'text' })
  })

  test('are held against their shape', () => {
    expect(misfit({ host: 'h', port: 1 }, 'address')).toBeUndefined()
    expect(misfit({ address: { host: 'h', port: 0 } }, { fields: { address: 'address' } })).toEqual({
      expected: 'address: { host, port } with the port really bound',
      actual: 'address: {"host":"h","port":0}',
    })
    expect(misfit(['a', 1], { list: 'text' })?.actual).toBe('[1]: 1')
    expect(misfit(undefined, { fields: { close: 'function' } })).toEqual({
      expected: 'an object with close',
      actual: 'undefined',
    })
  })
})
