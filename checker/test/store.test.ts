import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { acceptProgress, afterGrading, type Progress } from '../progress/progress.ts'
import { openStore } from '../progress/store.ts'
import { timeName, timeOfName } from '../progress/time-name.ts'
import { attemptFolder } from './attempt-folder.ts'

function openHere(dir = join(attemptFolder({}), '.workbook')) {
  const said: string[] = []
  return { dir, said, store: openStore(dir, (message) => said.push(message)) }
}

const count = (value: unknown) => (typeof value === 'number' ? value : undefined)

describe('the store', () => {
  test('reads what was written, and says nothing', async () => {
    const { store, said } = openHere()

    await store.write('last/lesson-1.json', 7)

    expect(await store.read('last/lesson-1.json', count)).toBe(7)
    expect(await store.read('nothing.json', count)).toBeUndefined()
    expect(said).toEqual([])
  })

  test('loses no change when several make one at the same time', async () => {
    const { dir, store } = openHere()
    const other = openHere(dir).store

    const one = (each: typeof store) => each.change('count.json', count, (before = 0) => before + 1)
    await Promise.all(Array.from({ length: 20 }, (_, index) => one(index % 2 === 0 ? store : other)))

    expect(await store.read('count.json', count)).toBe(20)
    expect(readdirSync(dir)).toEqual(['count.json'])
  })

  test.each(['', '{"half', 'null', '"text"'])('sets a damaged file aside and goes on: %j', async (text) => {
    const { dir, store, said } = openHere()
    mkdirSync(dir)
    writeFileSync(join(dir, 'count.json'), text)

    expect(await store.read('count.json', count)).toBeUndefined()
    await store.write('count.json', 1)

    expect(await store.read('count.json', count)).toBe(1)
    expect(said).toEqual([expect.stringContaining('count.json is damaged. It is set aside as count.json.aside-')])
    const aside = readdirSync(dir).find((name) => name.includes('.aside-')) ?? ''
    expect(readFileSync(join(dir, aside), 'utf8')).toBe(text)
  })

  test('sets a file aside that stands in its place', async () => {
    const { dir, store, said } = openHere()
    writeFileSync(dir, 'no folder')

    await store.write('count.json', 1)

    expect(await store.read('count.json', count)).toBe(1)
    expect(said).toEqual([expect.stringContaining('.workbook could not be used')])
  })

  test('sets the folder aside when something in it is in the way, and takes over what can be read', async () => {
    const { dir, store } = openHere()
    await store.write('progress.json', 1)
    mkdirSync(join(dir, 'count.json', 'folder'), { recursive: true })

    await store.write('count.json', 2)

    expect(await store.read('count.json', count)).toBe(2)
    expect(await store.read('progress.json', count)).toBe(1)
  })

  test('says so when nothing can be kept at all, and goes on', async () => {
    const { store, said } = openHere(join(attemptFolder({ file: '' }), 'file', '.workbook'))

    await store.write('count.json', 1)
    await store.write('count.json', 2)

    expect(said).toEqual([expect.stringContaining('could not be kept')])
  })

  test('takes over the lock of a process that was killed', async () => {
    const { dir, store } = openHere()
    mkdirSync(join(dir, '.lock'), { recursive: true })
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(join(dir, '.lock'), longAgo, longAgo)

    await store.write('count.json', 1)

    expect(await store.read('count.json', count)).toBe(1)
    expect(existsSync(join(dir, '.lock'))).toBe(false)
  })
})

describe('progress', () => {
  const at = new Date('2026-01-02T03:04:05Z')
  const graded = (progress: Progress, fingerprint: string, passed = false) =>
    afterGrading(progress, { lesson: 'lesson-1', passed, fingerprint, starterFingerprint: 'starter', at })

  test('counts each new program as an attempt, but not the starter and not the same again', () => {
    const programs = ['starter', 'a', 'a', 'b', 'starter', 'b']

    const after = programs.reduce<Progress>((progress, program) => graded(progress, program), { lessons: {} })

    expect(after.lessons['lesson-1']?.attempts).toBe(3)
    expect(after.current).toBe('lesson-1')
  })

  test('keeps the time of the first pass', () => {
    const passed = graded({ lessons: {} }, 'a', true)
    const later = afterGrading(passed, {
      lesson: 'lesson-1',
      passed: true,
      fingerprint: 'b',
      starterFingerprint: 'starter',
      at: new Date(),
    })

    expect(later.lessons['lesson-1']?.passedAt).toBe(at.toISOString())
  })

  test('is read back as it was written, and leaves out what makes no sense', () => {
    const progress = graded({ lessons: {} }, 'a', true)

    expect(acceptProgress(JSON.parse(JSON.stringify(progress)))).toEqual(progress)
    expect(
      acceptProgress({ current: 7, lessons: { 'lesson-1': { attempts: -1, passedAt: 'never', hints: { 1: 'x' } } } }),
    ).toEqual({ lessons: { 'lesson-1': { attempts: 0, hints: {} } } })
    expect(acceptProgress([])).toBeUndefined()
  })
})

test('a moment and its name are the same', () => {
  const moment = new Date('2026-11-22T01:26:28.123Z')

  expect(timeName(moment)).toBe('2026-11-22T01-26-28.123Z')
  expect(timeOfName(timeName(moment))).toEqual(moment)
  expect(timeOfName('.new')).toBeUndefined()
})
