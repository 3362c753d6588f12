import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { becomesTrue, waitingForTurns, WaitedInVain, within } from '../lab/within.ts'

test('within gives back what was waited for', async () => {
  await expect(within(1000, 'a value', Promise.resolve(7))).resolves.toBe(7)
})

test('within passes a rejection on', async () => {
  await expect(within(1000, 'a value', Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('within names what it waited for in vain', async () => {
  const waiting = within(40, 'the third ACK', new Promise(() => undefined))

  await expect(waiting).rejects.toBeInstanceOf(WaitedInVain)
  await expect(waiting).rejects.toThrow('Waited 40 ms for the third ACK')
})

test('within does not count the time in which this process had no turn', async () => {
  const late = new Promise((resolve) => setTimeout(resolve, 150, 'late'))
  const waiting = within(200, 'a busy machine', late)
  const until = performance.now() + 400
  while (performance.now() < until);

  await expect(waiting).resolves.toBe('late')
})

test('becomesTrue asks again until the answer is yes', async () => {
  let asked = 0

  await expect(becomesTrue(async () => ++asked === 3)).resolves.toBe(true)
  await expect(becomesTrue(async () => false, 40)).resolves.toBe(false)
})

test('no wait is given up before the programs have had a turn', async () => {
  const late = pause(300, 'late')
  let isThere = false
  void late.then(() => (isThere = true))
  const turn = async () => void (await late)

  await expect(waitingForTurns(turn, () => within(40, 'a late answer', late))).resolves.toBe('late')
  await expect(waitingForTurns(turn, () => becomesTrue(async () => isThere, 40))).resolves.toBe(true)
})

test('a program that never has a turn is not waited for without end', async () => {
  const never = () => new Promise<void>(() => undefined)

  const waiting = waitingForTurns(never, () => within(40, 'a late answer', never()))

  await expect(waiting).rejects.toBeInstanceOf(WaitedInVain)
})

test('a limit around several waits does not run out because they are prolonged', async () => {
  const turn = () => pause(40)
  const three = async () => {
    for (let count = 0; count < 3; count += 1) await within(20, 'nothing', new Promise(() => undefined)).catch(() => undefined)
    return 'three waits'
  }

  const waiting = waitingForTurns(turn, () => within(200, 'all of them', three()))

  await expect(waiting).resolves.toBe('three waits')
})
