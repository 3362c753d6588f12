import { existsSync, mkdirSync, readFileSync, readlinkSync, readdirSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lessons } from '../catalogue.ts'
import { loadChecks } from '../grading/check.ts'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { attackedSolution, changedSolution, contained, FILE } from './contained.ts'
import { startHostile } from './start-hostile.ts'

test('28 checks, solutions, other attempts and the home folder cannot be read in any way', async () => {
  const { passed, checks } = await contained('reads-everything', '--only', '1.1')

  expect(passed).toEqual([])
  expect(checks[0]?.actual).toBe('it rejected with Error: read: nothing')
})

test('29 a link in the attempt folder is refused, to a file and through a folder', async () => {
  const dirs = ['./linked.ts', './folder/01-udp-basics.check.ts'].map((path) =>
    attemptFolder({ [FILE]: `import ${JSON.stringify(path)}\n` }),
  )
  for (const dir of dirs) {
    symlinkSync(join(PROJECT, 'checker/checks/01-udp-basics.check.ts'), join(dir, 'linked.ts'))
    symlinkSync(join(PROJECT, 'checker/checks'), join(dir, 'folder'))
  }
  const page = changedSolution((solution) => solution)
  symlinkSync('/etc/passwd', join(page, '01-udp-basics.html'))
  mkdirSync(join(page, '01-udp-basics'))

  const runs = await Promise.all([...dirs, page].map((dir) => contained(dir, '--only', '1.1')))

  expect(runs.map(({ passed }) => passed)).toEqual([[], [], []])
  expect(runs.map(({ checks }) => checks[0]?.actual)).toEqual([
    '"./linked.ts" lies outside your folder. Import node:* modules, files beside this one, or earlier solutions.',
    '"./folder/01-udp-basics.check.ts" lies outside your folder. Import node:* modules, files beside this one, or earlier solutions.',
    '01-udp-basics.html is a link. Put the file itself there.',
  ])
})

test('30 of the descriptors of the checker only the channel is there', async () => {
  const { program, pid } = await startHostile('leaves-a-server', 'behind its fence')
  await program.host.settle()

  const descriptors = readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .toSorted((a, b) => a - b)
  const targets = descriptors.map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)] as const)

  // 0 is nothing, and 1 to 4 are pairs of sockets with the checker.
  const kinds = targets.map(([fd, target]) => `${fd} ${target.replace(/\d+/, '')}`)
  expect(kinds.slice(0, 5)).toEqual(['0 /dev/null', ...[1, 2, 3, 4].map((fd) => `${fd} socket:[]`)])
  // What this Node has opened by itself: how it waits for events, and nothing that leads to the checker or to a file.
  expect(targets.slice(5).filter(([, target]) => !/^(?:anon_inode:|pipe:|\/dev\/null$)/.test(target))).toEqual([])
})

test('31 what is still hidden does not show in messages, stack traces or paths', async () => {
  const { checks, stdout } = await contained('tells-all-it-knows', '--only', '1.1,1.15', '--seed', '86420')
  const definition = await loadChecks(lessons[0] as (typeof lessons)[number])

  const told = checks.map((check) => `${check.actual}${check.output}`).join('\n')
  expect(told).toContain('class RpcSession')
  expect(stdout).not.toMatch(/checker\/checks|\.check\.ts|checker\/sandbox|checker\/lab/)
  expect(definition.checks.filter(({ title, run }) => told.includes(title) || told.includes(String(run)))).toEqual([])
  expect(told).not.toContain('86420')
})

test('32 a detached grandchild never starts', async () => {
  const { passed, checks } = await contained('detaches-a-grandchild', '--only', '1.1,1.15')

  expect(passed).toEqual([])
  expect(checks.map((check) => check.actual)).toEqual(
    checks.map(() => expect.stringContaining('it rejected with Error ERR_ACCESS_DENIED: ')),
  )
})

test('33 fixed ports that one check takes are free for the next', async () => {
  const { passed, output } = await contained(attackedSolution('takes-fixed-ports'), '--only', '1.1,1.2,1.15,1.16')

  expect(passed).toEqual(['1.1', '1.2', '1.15', '1.16'])
  expect(output).toBe('took them all\n'.repeat(4))
})

test("34 the port of the checker's socket cannot be taken as well", async () => {
  const { passed, output } = await contained(attackedSolution('steals-the-port'), '--only', '1.1,1.3,1.14')

  expect(passed).toEqual(['1.1', '1.3', '1.14'])
  expect(new Set(output.split('\n').filter((line) => line !== ''))).toEqual(new Set(['EADDRINUSE']))
})

test('35 datagrams to all neighbours in one check disturb no other', async () => {
  const { passed, output } = await contained(attackedSolution('sprays-datagrams'), '--only', '1.3,1.4,1.5,1.9,1.15')

  expect(output).toContain('sprayed')
  expect(passed.filter((id) => id !== '1.4')).toEqual(['1.3', '1.5', '1.9', '1.15'])
})

test('36 what is written to the home folder is not there afterwards', async () => {
  const { passed, output } = await contained(attackedSolution('writes-to-the-home'), '--only', '1.1')

  expect(new Set(output.split('\n').filter((line) => line !== ''))).toEqual(new Set(['home: own']))
  expect(passed).toEqual(['1.1'])
  const npmrc = join(homedir(), '.npmrc')
  expect(existsSync(npmrc) ? readFileSync(npmrc, 'utf8') : '').not.toContain('hostile')
  expect(existsSync(join(homedir(), '.cache/node/forged'))).toBe(false)
})

test('37 a program that listens on every address is told so', async () => {
  const everywhere = changedSolution((source) =>
    source.replace("socket.bind(options.port ?? 0, '127.0.0.1')", 'socket.bind(options.port ?? 0)'),
  )

  const { checks } = await contained(everywhere, '--only', '1.12')

  expect(checks[0]).toMatchObject({ verdict: 'failed', actual: '"it can be reached at every address of this machine"' })
})
