import { type ChildProcess, spawn } from 'node:child_process'
import { errorMonitor, once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isServedAt, otherAddresses } from '../checks/outcomes.ts'
import { seededChance } from '../lab/chance.ts'
import { networkOf } from '../lab/platform.ts'
import { freeTcpPort, takesConnections } from '../lab/tcp-socket.ts'
import { describeText, openTrace } from '../lab/trace.ts'
import { openUdpPeer } from '../lab/udp-peer.ts'
import { openUdpRelay } from '../lab/udp-relay.ts'
import { addressOf, bindUdp, closeUdp, freeUdpPort, LOOPBACK } from '../lab/udp-socket.ts'
import { killTree } from '../sandbox/kill.ts'
import { starters } from '../starters.ts'
import { attemptFolder } from './attempt-folder.ts'
import { copyProject } from './copy-project.ts'
import { PATIENCE_MS } from './patience.ts'
import { gradeByCli, runCli } from './run-cli.ts'

const WINDOWS = process.platform === 'win32'

describe('what systems do differently with sockets', () => {
  test('no more is expected of a system that is not known than of macOS', () => {
    expect(networkOf('darwin')).toEqual({ datagramBytes: 9_216, wholeLoopback: false, bindsBesideWildcard: true })
    expect(networkOf('openbsd')).toEqual(networkOf('darwin'))
    expect(networkOf('linux')).toEqual({ datagramBytes: 65_507, wholeLoopback: true, bindsBesideWildcard: false })
    expect(networkOf('win32')).toEqual({ datagramBytes: 65_507, wholeLoopback: true, bindsBesideWildcard: true })
  })

  test('the largest datagram of this system arrives whole, and one byte more is refused', async () => {
    const { datagramBytes } = networkOf()
    const [here, there] = [await openPeer('here'), await openPeer('there')]

    await here.send(Buffer.alloc(datagramBytes, 'x'), there.address)
    const refusal = here.send(Buffer.alloc(datagramBytes + 1, 'x'), there.address)

    await expect(refusal).rejects.toMatchObject({ code: 'EMSGSIZE' })
    expect((await there.received.atLeast(1)).map(({ bytes }) => bytes.length)).toEqual([datagramBytes])
  })

  test('where only 127.0.0.1 is loopback, no other address of 127.0.0.0/8 is tried', () => {
    expect(otherAddresses(networkOf('darwin')).filter((host) => host.startsWith('127.'))).toEqual([])
    expect(otherAddresses(networkOf('win32'))).toContain('127.0.0.2')
  })

  test('a server at every address is met by its port, and where ports can be bound twice by a connection', async () => {
    const server = createServer().listen(0, '0.0.0.0')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const everywhere = { host: LOOPBACK, port: (server.address() as AddressInfo).port }
    const nowhere = { host: LOOPBACK, port: await freeTcpPort() }

    expect([await isServedAt(everywhere), await takesConnections(everywhere)]).toEqual([true, true])
    expect(await isServedAt(nowhere, networkOf('linux'))).toBe(false)
    expect(await isServedAt(nowhere, networkOf('win32'))).toBe(false)
  })
})

describe('a datagram that nobody was there for', () => {
  // Windows does not tell Node of it.
  test.runIf(!WINDOWS)('is no event for a socket of the lab, though the system tells of it', async () => {
    const socket = await bindUdp()
    onTestFinished(() => closeUdp(socket))
    socket.connect(await freeUdpPort(), LOOPBACK)
    await once(socket, 'connect')
    const told = once(socket, errorMonitor)

    socket.send('anybody?')

    expect((await told)[0]).toMatchObject({ code: 'ECONNREFUSED' })
    expect(addressOf(socket).host).toBe(LOOPBACK)
  })

  test('leaves a peer and a relay as they were', async () => {
    const client = await openPeer('client')
    const port = await freeUdpPort()
    const names = { client: 'client', server: 'server' }
    const trace = openTrace(describeText)
    const relay = await openUdpRelay({ to: { host: LOOPBACK, port }, trace, chance: seededChance(1), ...names })
    onTestFinished(() => relay.close())

    await client.send('nobody is there', { host: LOOPBACK, port })
    await client.send('nobody is there either', relay.address)
    await client.receivedBySentinel()
    const server = await bindUdp(port)
    onTestFinished(() => closeUdp(server))
    server.on('message', (bytes, { port: back }) => server.send(bytes, back, LOOPBACK))
    await client.send('now somebody is', relay.address)

    const answer = await client.received.next('the answer', ({ bytes }) => Buffer.from(bytes).toString() === 'now somebody is')
    expect(answer.from).toEqual(relay.address)
  })
})

describe.runIf(!WINDOWS)('a process and what it has started', () => {
  test('are killed as a group where there are groups', async () => {
    const { parent, grandchild } = await startFamily()

    await killTree(parent, 'linux')

    await expect.poll(() => isRunning(grandchild), { timeout: PATIENCE_MS }).toBe(false)
  })

  test('are killed by taskkill on Windows', async () => {
    const { parent } = await startFamily()
    const said = join(onPath('taskkill', 'echo "$@" > "$0.said"; kill -9 $4'), 'taskkill.said')
    const gone = once(parent, 'exit')

    await killTree(parent, 'win32')

    expect((await gone)[1]).toBe('SIGKILL')
    expect(readFileSync(said, 'utf8')).toBe(`/T /F /PID ${parent.pid}\n`)
  })

  test('lose at least the process itself where taskkill does not work', async () => {
    const { parent } = await startFamily()
    onPath('taskkill', 'exit 1')
    const gone = once(parent, 'exit')

    await killTree(parent, 'win32')

    expect((await gone)[1]).toBe('SIGKILL')
  })
})

describe('a workbook', () => {
  test('works in a folder with blanks, signs and other scripts in its name, and so does its scratch folder', async () => {
    const root = mkdtempSync(join(tmpdir(), 'Übungen & mehr, 100% #1 日本語 '))
    onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
    const [project, temporary] = [join(root, 'das Buch'), join(root, 'für jetzt')]
    for (const folder of [project, temporary]) mkdirSync(folder)
    copyProject(project)
    const env = { TMPDIR: temporary, TEMP: temporary, TMP: temporary }

    const right = await runCli(['check', 'lesson-1', '--attempt', 'solutions', '--json'], env, project)
    const starter = await runCli(['check', 'lesson-1', '--only', '1.2'], env, project)

    expect(JSON.parse(right.stdout)).toMatchObject({ verdict: 'passed' })
    expect(starter.stdout).toMatch(/where +exercises\/01-udp-basics\.ts:\d+\n/)
  })

  test('grades a file with the line ends of Windows as it grades any other', async () => {
    const name = '01-udp-basics.ts'
    const plain = starters['lesson-1']?.[name] ?? ''
    const [unix, windows] = [attemptFolder({ [name]: plain }), attemptFolder({ [name]: plain.replaceAll('\n', '\r\n') })]

    const [first, second] = [
      await gradeByCli('lesson-1', unix, '--only', '1.1,1.2,1.5,1.6'),
      await gradeByCli('lesson-1', windows, '--only', '1.1,1.2,1.5,1.6'),
    ]

    const told = ({ verdict }: typeof first) => verdict.checks.map((check) => [check.id, check.verdict, check.where?.line])
    expect(told(second)).toEqual(told(first))
  })
})

async function openPeer(name: string) {
  const peer = await openUdpPeer({ trace: openTrace(describeText), name, partner: 'other' })
  onTestFinished(() => peer.close())
  return peer
}

/** A process at the head of its group, with a child of its own that would run for ever. */
async function startFamily(): Promise<{ parent: ChildProcess; grandchild: number }> {
  const child = "spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })"
  const source = `const { spawn } = require('node:child_process'); console.log(${child}.pid); setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  const [told] = await once(parent.stdout, 'data')
  onTestFinished(() => killTree(parent, 'linux'))
  return { parent, grandchild: Number(told) }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Puts a program of our own on the search path for as long as the test runs. @returns its folder */
function onPath(name: string, script: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'on-path-'))
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(dir, name), 0o755)
  const { PATH } = process.env
  process.env.PATH = [dir, PATH].join(delimiter)
  onTestFinished(() => {
    process.env.PATH = PATH
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}
