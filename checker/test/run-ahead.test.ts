import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Places, type Plan, runAhead } from '../grading/run-ahead.ts'

interface Run {
  readonly item: string
  /** What ran when it began, itself included. */
  readonly beside: readonly string[]
  readonly unwanted: () => boolean
  end(result: string): void
}

/** Takes all items of a plan whose runs end when the test says so. Those in capitals are slow, the later in the alphabet the slower. */
function takeAll(items: readonly string[], limits: { places?: Places } = { places: { quick: 3, slow: 2 } }) {
  const runs: Run[] = []
  const running = new Set<string>()
  const setAside: string[] = []
  const plan: Plan<string, string> = {
    items,
    ...limits,
    secondsOf: (item) => (item === item.toLowerCase() ? undefined : item.charCodeAt(0)),
    run: (item, signal) =>
      new Promise((resolve) => {
        running.add(item)
        const end = (result: string) => {
          running.delete(item)
          resolve(result)
        }
        signal.addEventListener('abort', () => end('aborted'))
        runs.push({ item, beside: [...running], unwanted: () => signal.aborted, end })
      }),
    holds: (result) => result === 'passed',
    onSetAside: (item, result) => void setAside.push(`${item} ${result}`),
  }
  const taken: string[] = []
  const ahead = runAhead(plan)
  const all = (async () => {
    for (const item of items) taken.push(`${item} ${await ahead.take(item)}`)
    await ahead.close()
  })()
  /** Ends the latest run of an item. */
  const end = async (item: string, result: string) => {
    runs.findLast((run) => run.item === item)?.end(result)
    await turn()
  }
  const begun = () => runs.map((run) => run.item)
  return { all, begun, end, running, runs, setAside, taken }
}

test('the first one runs alone, then as many as may run together', async () => {
  const { begun, end, running } = takeAll(['a', 'b', 'c', 'd', 'e'])
  expect(begun()).toEqual(['a'])

  await end('a', 'passed')
  expect([...running]).toEqual(['b', 'c', 'd'])

  await end('c', 'passed')
  expect([...running]).toEqual(['b', 'd', 'e'])
})

test('results come in their order, whichever run ends first', async () => {
  const { all, begun, end, taken } = takeAll(['a', 'b', 'c'])
  await end('a', 'passed')
  await end('c', 'passed')
  expect(taken).toEqual(['a passed'])

  await end('b', 'passed')
  await all
  expect(taken).toEqual(['a passed', 'b passed', 'c passed'])
  expect(begun()).toEqual(['a', 'b', 'c'])
})

test('where the first one fails, none runs beside another', async () => {
  const { all, end, runs, taken } = takeAll(['a', 'b', 'c'])
  await end('a', 'failed')
  await end('b', 'failed')
  await end('c', 'passed')

  await all
  expect(runs.map(({ beside }) => beside)).toEqual([['a'], ['b'], ['c']])
  expect(taken).toEqual(['a failed', 'b failed', 'c passed'])
})

test('what failed among others runs again alone, and that counts', async () => {
  const { end, runs, running, setAside, taken } = takeAll(['a', 'b', 'c', 'd'])
  await end('a', 'passed')
  await end('b', 'failed')

  expect(setAside).toEqual(['b failed'])
  const [, , c, d, again] = runs
  expect([c?.unwanted(), d?.unwanted()]).toEqual([true, true])
  expect(again).toMatchObject({ item: 'b', beside: ['b'] })
  await end('b', 'failed alone')
  expect(taken).toEqual(['a passed', 'b failed alone'])
  expect([...running]).toEqual(['c'])
})

test('what failed among others has to pass twice when it is alone', async () => {
  const { all, begun, end, taken } = takeAll(['a', 'b'])
  await end('a', 'passed')
  await end('b', 'failed')
  await end('b', 'passed')
  expect(taken).toEqual(['a passed'])

  await end('b', 'failed the second time')
  await all
  expect(begun()).toEqual(['a', 'b', 'b', 'b'])
  expect(taken).toEqual(['a passed', 'b failed the second time'])
})

test('what passed before another one failed is not run again', async () => {
  const { all, begun, end, setAside, taken } = takeAll(['a', 'b', 'c', 'd', 'e'])
  await end('a', 'passed')
  await end('c', 'passed')
  await end('b', 'failed')
  await end('b', 'failed')
  await end('d', 'passed')
  await end('e', 'passed')

  await all
  expect(setAside).toEqual(['b failed'])
  expect(begun()).toEqual(['a', 'b', 'c', 'd', 'e', 'b', 'd', 'e'])
  expect(taken).toEqual(['a passed', 'b failed', 'c passed', 'd passed', 'e passed'])
})

test('a failure ahead of its turn lets those before it end', async () => {
  const { end, runs, running, taken } = takeAll(['a', 'b', 'c', 'd', 'e'])
  await end('a', 'passed')
  await end('c', 'failed')
  expect([...running]).toEqual(['b', 'd'])

  await end('b', 'passed')
  expect(taken).toEqual(['a passed', 'b passed'])
  expect(runs.at(-1)).toMatchObject({ item: 'c', beside: ['c'] })
})

test('slow ones are begun early, the slowest first, in places of their own', async () => {
  const { end, running } = takeAll(['a', 'b', 'c', 'd', 'e', 'X', 'Y', 'Z'])
  await end('a', 'passed')
  expect([...running]).toEqual(['Z', 'Y', 'b', 'c', 'd'])

  await end('Z', 'passed')
  expect([...running]).toEqual(['Y', 'b', 'c', 'd', 'X'])
  await end('b', 'passed')
  expect([...running]).toEqual(['Y', 'c', 'd', 'X', 'e'])
})

test('one whose turn has come is begun, even if there is no place for it', async () => {
  const { all, begun, end, running, taken } = takeAll(['a', 'X', 'Y', 'Z'])
  await end('a', 'passed')
  expect([...running]).toEqual(['Z', 'Y', 'X'])

  for (const item of ['X', 'Y', 'Z']) await end(item, 'passed')
  await all
  expect(begun()).toEqual(['a', 'Z', 'Y', 'X'])
  expect(taken).toEqual(['a passed', 'X passed', 'Y passed', 'Z passed'])
})

test('without places each runs in its turn, and once', async () => {
  const { all, end, runs } = takeAll(['a', 'B', 'c'], {})
  for (const item of ['a', 'B', 'c']) await end(item, 'passed')

  await all
  expect(runs.map(({ beside }) => beside)).toEqual([['a'], ['B'], ['c']])
})
