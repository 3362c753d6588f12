/**
 * Runs inside the attempt's own process. Loads the attempt when told to, and calls it on behalf of the checker over fd 3.
 * Nothing in here is trusted: the attempt shares this process and may do whatever this file can do.
 */
import fs, { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { RpcSession, RpcTarget } from 'capnweb'
import { openChannel } from './channel.ts'
import { closeDoors } from './doors.ts'
import { keep, type Outcome, outcome, thrown } from './portable.ts'

// Node's own `realpath` looks at every folder on the way, and Node 20's fence forbids it those above; the system's does not.
const systemsRealpath = fs.realpath.native
fs.realpath = Object.assign(systemsRealpath, { native: systemsRealpath }) as unknown as typeof fs.realpath
syncBuiltinESMExports()

const CHANNEL_FD = 3
/** Where the last words go. The channel itself loses what was not read yet when the checker happens to write to it at the end. */
const LAST_WORDS_FD = 4
const attemptPath = process.argv[2]
if (attemptPath === undefined) throw new Error('usage: node host.mjs ATTEMPT')

/** What the checker may ask of this process. */
export class Host extends RpcTarget {
  #exports: Record<string, unknown> = {}

  /** Imports the attempt. Resolves to the names of the functions it exports. */
  async load(): Promise<Outcome> {
    return outcome(async () => {
      this.#exports = (await import(pathToFileURL(attemptPath as string).href)) as Record<string, unknown>
      return Object.keys(this.#exports).filter((name) => typeof this.#exports[name] === 'function')
    })
  }

  /** Calls one export. @param fields what of the result is wanted; all of it by default */
  call(name: string, args: unknown[], fields?: string[]): Promise<Outcome> {
    return this.#start(name, args, fields)
  }

  /** Calls one export several times in the same turn of the event loop. */
  callTogether(name: string, argLists: unknown[][], fields?: string[]): Promise<Outcome[]> {
    return Promise.all(argLists.map((args) => this.#start(name, args, fields)))
  }

  /** Calls one export. Tells whether it settled before a timer that was started just before the call. */
  async settlesWithin(ms: number, name: string, args: unknown[]): Promise<boolean> {
    let isOver = false
    const timer = setTimeout(() => (isOver = true), ms)
    await this.#start(name, args)
    clearTimeout(timer)
    return !isOver
  }

  /** Resolves after the event loop has gone round: the program is not stuck, and earlier callbacks have been sent. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Has this process live in another time zone from now on. */
  moveTo(timeZone: string): void {
    process.env.TZ = timeZone
  }

  /** How much memory this process occupies, in MiB. */
  memoryMib(): number {
    return process.memoryUsage.rss() / 2 ** 20
  }

  /** How many UDP sockets keep this process from ending. */
  udpSockets(): number {
    return process.getActiveResourcesInfo().filter((kind) => kind === 'UDPWrap').length
  }

  /** Whether TLS with Node's own defaults talks to a server whose certificate nobody vouches for. */
  async acceptsStrangers(address: { host: string; port: number }): Promise<boolean> {
    const { connect } = await import('node:tls')
    return new Promise((resolve) => {
      const socket = connect(address, () => resolve(true))
      socket.on('secureConnect', () => socket.destroy())
      socket.on('error', () => resolve(false))
    })
  }

  /**
   * Opens the inspector on 127.0.0.1, unless somebody's debugger has done so.
   * @param port 0 is any; any is taken as well where this one is not free
   */
  async openInspector(port: number): Promise<{ url: string; opened: boolean }> {
    const inspector = await import('node:inspector')
    const brought = inspector.url()
    if (brought !== undefined) return { url: brought, opened: false }
    inspector.open(port, '127.0.0.1')
    if (inspector.url() === undefined) inspector.open(0, '127.0.0.1')
    return { url: inspector.url() ?? '', opened: true }
  }

  /** Stands still until a debugger has attached. */
  async waitForDebugger(): Promise<void> {
    const inspector = await import('node:inspector')
    inspector.waitForDebugger()
  }

  #start(name: string, args: unknown[], fields?: string[]): Promise<Outcome> {
    const exported = this.#exports[name] as (...args: unknown[]) => unknown
    const kept = args.map(keep)
    return outcome(() => exported(...kept), fields)
  }
}

process.on('uncaughtExceptionMonitor', (error, origin) => {
  try {
    writeSync(LAST_WORDS_FD, JSON.stringify({ crash: { ...thrown(error), origin } }))
  } catch {
    // The pipe is full or gone. The exit code tells enough.
  }
  // The end that Node would bring about now, but without its dump of the compiled code among what the attempt printed.
  if (process.listenerCount('uncaughtException') === 0) process.exit(1)
})

const pipe = new Socket({ fd: CHANNEL_FD, readable: true, writable: true })
const channel = openChannel(pipe, { lineBytes: Infinity, totalBytes: Infinity }, () => undefined)
// Without its checker this process has nothing to do.
pipe.on('close', closeDoors(pipe))
void new RpcSession(channel, new Host())
