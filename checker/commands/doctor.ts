import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { access, constants, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startBrowser } from '../lab/browser.ts'
import { openTrace } from '../lab/trace.ts'
import { openUdpPeer } from '../lab/udp-peer.ts'
import { PROJECT } from '../project.ts'
import { fenceFlags } from '../sandbox/flags.ts'
import { whyNoNamespaces } from '../sandbox/namespaces.ts'
import { readArguments } from './arguments.ts'
import { print } from './print.ts'

const HELP = `npm run doctor

Looks for what stands in the way on this machine and says how to get it out.
Exit code: 0 all that is needed works, 1 something needed does not.
`

/** What an examination found. `needed` ones must be well, the others only matter to some lessons. */
interface Finding {
  readonly well: boolean
  readonly saw: string
  /** One next step, when it is not well. */
  readonly remedy?: string
}

interface Examination {
  readonly name: string
  readonly needed: boolean
  examine(): Promise<Finding>
}

const OLDEST_NODE = [20, 19] as const
const NEWEST_NODE = 26

const examinations: readonly Examination[] = [
  { name: 'Node.js', needed: true, examine: nodeVersion },
  { name: 'loopback 127.0.0.1', needed: true, examine: udpRoundTrip },
  {
    name: 'TCP on 127.0.0.1',
    needed: true,
    examine: () => tcpListens('127.0.0.1', 'Look for a firewall that forbids Node.js to listen on loopback.'),
  },
  { name: 'loopback ::1', needed: false, examine: () => tcpListens('::1', 'Fine: the workbook uses IPv4 only.') },
  { name: 'free ports', needed: true, examine: freePorts },
  { name: 'temporary folder', needed: true, examine: temporaryFolder },
  { name: 'fence', needed: false, examine: fence },
  { name: 'namespaces', needed: false, examine: namespaces },
  { name: 'project folder', needed: true, examine: projectFolder },
  { name: 'openssl (lesson 3)', needed: false, examine: openssl },
  { name: 'browser (lesson 8)', needed: false, examine: browser },
]

export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments('doctor', args, { help: { type: 'boolean', default: false } })
  if (values.help) {
    await print(HELP)
    return 0
  }
  let ill = 0
  for (const { name, needed, examine } of examinations) {
    const { well, saw, remedy } = await examine().catch((error: unknown): Finding => ({
      well: false,
      saw: error instanceof Error ? error.message : String(error),
    }))
    if (!well && needed) ill += 1
    const sign = well ? '✓' : needed ? '✗' : '·'
    await print(`  ${sign} ${name.padEnd(20)} ${saw}\n`)
    if (!well && remedy !== undefined) await print(`    ${' '.repeat(20)} ${remedy}\n`)
  }
  await print(
    ill === 0 ? '\nAll that is needed works.\n' : `\n${ill} of these stand in the way. Mend them, then: npm run doctor\n`,
  )
  return ill === 0 ? 0 : 1
}

async function nodeVersion(): Promise<Finding> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  const old = major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
  return {
    well: !old && major <= NEWEST_NODE,
    saw: `v${process.versions.node}, ${process.platform} ${process.arch}`,
    remedy: `Install a Node.js from ${OLDEST_NODE.join('.')} to ${NEWEST_NODE}.`,
  }
}

async function udpRoundTrip(): Promise<Finding> {
  const trace = openTrace(() => '')
  const [here, there] = await Promise.all([1, 2].map(() => openUdpPeer({ trace, name: 'here', partner: 'there' })))
  if (here === undefined || there === undefined) throw new Error('no sockets')
  try {
    const startedAt = performance.now()
    await here.send('ping', there.address)
    const received = await there.received.atLeast(1)
    const well = received.length === 1
    const saw = well
      ? `a UDP datagram arrives in ${(performance.now() - startedAt).toFixed(1)} ms`
      : 'a UDP datagram does not arrive'
    return { well, saw, remedy: 'Look for a firewall or VPN that filters UDP on loopback.' }
  } finally {
    await Promise.all([here.close(), there.close()])
  }
}

async function tcpListens(host: string, remedy: string): Promise<Finding> {
  const server = createServer()
  try {
    server.listen(0, host)
    await once(server, 'listening')
    return { well: true, saw: 'a server can listen' }
  } catch (error) {
    return { well: false, saw: `a server cannot listen: ${(error as NodeJS.ErrnoException).code}`, remedy }
  } finally {
    await closed(server)
  }
}

async function freePorts(): Promise<Finding> {
  const wanted = 100
  const sockets = Array.from({ length: wanted }, () => createSocket('udp4'))
  const bound = await Promise.allSettled(
    sockets.map((socket) => {
      socket.bind(0, '127.0.0.1')
      return once(socket, 'listening')
    }),
  )
  for (const socket of sockets) socket.close()
  const got = bound.filter((each) => each.status === 'fulfilled').length
  return {
    well: got === wanted,
    saw: `${got} of ${wanted} sockets could be bound`,
    remedy: 'Close programs that hold many connections open.',
  }
}

async function temporaryFolder(): Promise<Finding> {
  const dir = await mkdtemp(join(tmpdir(), 'socket-workbook-doctor-'))
  await rm(dir, { recursive: true })
  return { well: true, saw: `${tmpdir()} can be written` }
}

async function fence(): Promise<Finding> {
  const flags = fenceFlags({ read: [], write: [] }).filter((flag) => flag.includes('permission'))
  return {
    well: flags.length > 0,
    saw: flags.length > 0 ? `your programs run with ${flags.join(' ')}` : 'this Node.js has no permission flags',
    remedy: 'Checks work all the same, but nothing keeps your program from touching your files.',
  }
}

async function namespaces(): Promise<Finding> {
  const obstacle = await whyNoNamespaces()
  return {
    well: obstacle === undefined,
    saw: obstacle === undefined ? "others' programs get a network and processes of their own" : `there are none: ${obstacle}`,
    remedy: 'Fine for your own programs. Grade those of others in a container: docs/security.md.',
  }
}

async function projectFolder(): Promise<Finding> {
  await access(PROJECT, constants.W_OK)
  const unusual = /[^\u0021-\u007e]/.test(PROJECT)
  return { well: true, saw: unusual ? `${PROJECT} (blanks or other scripts in the path are fine)` : PROJECT }
}

async function openssl(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('openssl', ['version'])
    return { well: true, saw: `${stdout.trim()}; Node.js has ${process.versions.openssl}` }
  } catch {
    return {
      well: false,
      saw: `no openssl program; Node.js has its own ${process.versions.openssl}`,
      remedy: 'Only needed to try the demonstrations that the text of the lesson shows.',
    }
  }
}

/** It is started, not only found: what a package has left half installed is no browser. */
async function browser(): Promise<Finding> {
  const dir = await mkdtemp(join(tmpdir(), 'socket-workbook-doctor-'))
  try {
    const started = await startBrowser(join(dir, 'browser'))
    if ('missing' in started) {
      return { well: false, saw: started.missing, remedy: 'Lesson 8 can be passed without one. BROWSER_PATH names another.' }
    }
    await started.close()
    return { well: true, saw: started.path }
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
