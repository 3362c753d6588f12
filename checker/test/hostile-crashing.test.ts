import { execFileSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { canBindTcp } from '../lab/tcp-socket.ts'
import { canBindUdp, LOOPBACK } from '../lab/udp-socket.ts'
import { becomesTrue } from '../lab/within.ts'
import { readOutcome } from '../sandbox/learner.ts'
import { collectOutput } from '../sandbox/output.ts'
import type { Outcome } from '../sandbox/portable.ts'
import type { Ending, Program } from '../sandbox/program.ts'
import { attackedSolution, contained } from './contained.ts'
import { startHanging } from './hanging.ts'
import { leftovers } from './leftovers.ts'
import { startHostile } from './start-hostile.ts'

/** How much later than its limit an end may come, in milliseconds; a busy machine is given as much again. */
const GRACE_MS = 2 * 2000
/** What is kept of the output of a check, in bytes. */
const OUTPUT_KEPT = 64 * 1024

test('16 an endless loop, at import or in a call, ends with its limit', async () => {
  const [atImport, inCall] = await Promise.all([contained('loops-at-import'), contained('loops-in-a-call')])

  expect([atImport.passed, inCall.passed]).toEqual([[], []])
  expect(atImport.checks[0]?.actual).toBe('timed out: importing it does not end within 3000 ms')
  expect(inCall.checks[0]?.actual).toBe('timed out: it does not answer for 500 ms')
  expect(atImport.checks[0]?.durationMs).toBeLessThan(3000 + GRACE_MS)
  expect(inCall.checks[0]?.durationMs).toBeLessThan(2000 + 500 + GRACE_MS)
  // After three of them nobody waits for the fourth.
  expect(inCall.checks[3]?.why).toBe('Not run: your program got stuck or ran wild in the checks before. Mend those first.')
})

test('17 a loop that catches everything, with every signal handled, is dead all the same', async () => {
  const { passed, checks } = await contained('swallows-signals', '--only', '1.1')

  expect(passed).toEqual([])
  expect(checks[0]?.actual).toBe('timed out: it does not answer for 500 ms')
})

test('18 a child that keeps the output open delays no verdict, and is gone with its parent', async () => {
  const { program, pid } = await startHostile('leaves-output-open', 'without its fence')

  void Promise.resolve(program.host.load()).catch(() => undefined)
  const ending = await program.ended
  const printed = program.output()
  const before = groupLives(pid)
  await program.stop()
  const after = await becomesTrue(async () => !groupLives(pid))

  expect(ending).toMatchObject({ kind: 'exited', code: 0 })
  expect(printed).toBe('the last words\n')
  expect([before, after]).toEqual([true, true])
})

/** Whether anything of a process group still runs; what is dead and only not buried yet does not. */
function groupLives(leader: number): boolean {
  const rows = execFileSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return rows.some((row) => {
    const [group, state = ''] = row.trim().split(/\s+/)
    return Number(group) === leader && !state.startsWith('Z')
  })
}

test('19 output without end, in lines, in bytes or in one line, is cut off and kept small', async () => {
  const { checks } = await contained('prints-without-end', '--only', '1.1,1.15,1.20')
  const stream = new PassThrough()
  const kept = collectOutput([stream], () => undefined)
  for (let mib = 0; mib < 64; mib += 1) stream.write(Buffer.alloc(2 ** 20, 'x'))
  await finished(stream.end())

  expect(checks.map((check) => check.actual)).toEqual(checks.map(() => 'too much output: more than 4 MiB'))
  expect(checks.filter((check) => (check.output ?? '').length > OUTPUT_KEPT)).toEqual([])
  expect(kept.text().length).toBe(OUTPUT_KEPT)
})

test('20 rubbish on every descriptor is a violation of the protocol', async () => {
  const { passed, checks } = await contained('writes-rubbish-everywhere', '--only', '1.1,1.15,1.20')

  expect(passed).toEqual([])
  expect(checks[0]?.actual).toMatch(/^protocol violation: Unexpected token/)
})

test('21 too much memory, in the heap or in Buffers, is told as such', async () => {
  const [heap, buffers] = [await endingOf('fills-the-heap'), await endingOf('fills-memory-with-buffers')]
  const graded = await Promise.all(
    ['fills-the-heap', 'fills-memory-with-buffers'].map((name) => contained(name, '--only', '1.1')),
  )

  const watched = { kind: 'too-much-memory', limit: '512 MiB' }
  expect(heap).toMatchObject(process.platform === 'linux' ? watched : { kind: 'exited', outOfMemory: true })
  expect(buffers).toEqual(watched)
  for (const { passed, checks } of graded) {
    expect(passed).toEqual([])
    // Where the machine is busy, a check may reach its limit before the memory does.
    expect(checks[0]?.actual).toMatch(/^(?:too much memory|timed out: it does not answer for 500 ms|nothing within 2000 ms)$/)
  }
})

/** How an attempt's first export ends its program, however long that takes. */
async function endingOf(name: string): Promise<Ending> {
  const { program } = await startHostile(name, 'behind its fence')
  await program.host.load()
  void answerOf(program, 'startReceiver').catch(() => undefined)
  return program.ended
}

/** What an export comes to, however long that takes. */
async function answerOf({ host }: Program, name: string): Promise<Outcome> {
  return readOutcome(await host.call(name, [{}], []))
}

test('22 programs, workers and a cluster are denied', async () => {
  const { passed, checks } = await contained('starts-other-programs', '--only', '1.1,1.15,1.20')

  expect(passed).toEqual([])
  expect(checks.map((check) => check.actual)).toEqual(
    checks.map(() => expect.stringMatching(/^it rejected with Error ERR_ACCESS_DENIED: Access to this API has been restricted/)),
  )
})

test('23 too many sockets, files or timers, and too much on the disk, are failures with a name', async () => {
  const { program } = await startHostile('opens-too-much', 'behind its fence')
  await program.host.load()
  const sockets = await answerOf(program, 'startReceiver')
  const files = await answerOf(program, 'sendText')
  const disk = await endingOf('fills-the-disk')
  const [many, full] = await Promise.all([
    contained('opens-too-much', '--only', '1.1,1.15,1.20'),
    contained('fills-the-disk', '--only', '1.1'),
  ])

  expect(sockets).toMatchObject({ threw: { code: 'EMFILE' } })
  expect(files).toMatchObject({ threw: { code: 'EMFILE' } })
  expect(disk).toEqual({ kind: 'too-much-disk', limit: '768 MiB' })
  expect([many.passed, full.passed]).toEqual([[], []])
})

test('24 no signal reaches the checker, and after one from elsewhere the next run works', async () => {
  const { passed, checks } = await contained('signals-its-parent', '--only', '1.1')
  const hanging = await startHanging()
  process.kill(hanging.pid, 'SIGSTOP')
  process.kill(hanging.pid, 'SIGCONT')
  const { code } = await hanging.ended
  const killed = await startHanging()
  process.kill(killed.pid, 'SIGKILL')
  const { signal } = await killed.ended
  const next = await contained(attackedSolution('leaves-a-server'), '--only', '1.1')

  expect(passed).toEqual([])
  expect(checks[0]?.actual).toBe('it rejected with Error: signals: EPERM')
  expect(code).toBe(1)
  expect(signal).toBe('SIGKILL')
  expect(next.passed).toEqual(['1.1'])
  expect(leftovers(killed.pid)).toEqual([])
})

test('25 errors that cannot be read, or that never end, are told in a few words', async () => {
  const { passed, checks, stdout } = await contained('throws-awful-errors', '--only', '1.1,1.11,1.15,1.20')

  expect(passed).toEqual([])
  expect(checks[0]?.actual).toBe('it rejected with Error: (its message cannot be read)')
  const [first, second, third] = checks.slice(1).map((check) => check.actual ?? '')
  expect(first).toMatch(/^it rejected with Error \u001b\[31mRED: /)
  expect(second).toBe(first)
  expect(third).toMatch(/^it crashed: Error \u001b\[31mRED: /)
  expect(Math.max(...checks.map((check) => (check.actual ?? '').length))).toBeLessThan(4100)
  expect(stdout).not.toMatch(/[\u0000-\u0009\u001b\u0080-\u009f\u202e]/)
})

test('26 a rejection long after a check is blamed on none, and one just behind it on the right one', async () => {
  const { checks, passed } = await contained(attackedSolution('rejects-late'), '--only', '1.1,1.9,1.14,1.15,1.20')

  expect(passed).toEqual(['1.1', '1.9', '1.14'])
  expect(checks.slice(3).map((check) => check.actual)).toEqual(Array(2).fill('it crashed: Error: just behind'))
})

test('27 a server left listening after the work is fine', async () => {
  const { passed, output } = await contained(attackedSolution('leaves-a-server'), '--only', '1.1,1.15,1.22')

  expect(passed).toEqual(['1.1', '1.15', '1.22'])
  const ports = [...output.matchAll(/(tcp|udp) (\d+)/g)].map(([, kind, port]) => ({ kind, port: Number(port) }))
  expect(ports.length).toBeGreaterThan(0)
  for (const { kind, port } of ports) {
    const isFree = kind === 'tcp' ? canBindTcp({ host: LOOPBACK, port }) : canBindUdp({ host: LOOPBACK, port })
    expect(await isFree).toBe(true)
  }
})
