import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import { RpcSession, type RpcStub } from 'capnweb'
import { within } from '../lab/within.ts'
import { openChannel } from './channel.ts'
import type { Compiled } from './compile.ts'
import { watchDisk } from './disk.ts'
import { debugFlags, fenceFlags } from './flags.ts'
import type { Host } from './host.ts'
import { hasProcessGroups, killTree } from './kill.ts'
import { limited } from './limits.ts'
import { collectOutput, OUTPUT_SEEN_BYTES } from './output.ts'
import { readThrown, type Thrown } from './portable.ts'
import { RESIDENT_MIB, residentMib, watchResident } from './resident.ts'
import { removeTree } from './scratch.ts'

/** Why an attempt's process ended although nobody had asked it to. */
export type Ending =
  | {
      readonly kind: 'exited'
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
      /** The error that nobody handled, if that is why. */
      readonly crash?: Thrown
      readonly outOfMemory: boolean
    }
  | { readonly kind: 'not-started'; readonly error: Error }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'too-much-output' | 'too-much-memory' | 'too-much-disk'; readonly limit: string }
  | { readonly kind: 'protocol-violation'; readonly detail: string }

/** An attempt in a process of its own. */
export interface Program {
  /** What runs in the process. Its answers are claims, not facts. */
  readonly host: RpcStub<Host>
  /** Resolves when the process ended by itself, broke a limit or was interrupted; never after a plain `stop()`. */
  readonly ended: Promise<Ending>
  /** Resolves when there is no such process any more, for whatever reason. */
  readonly gone: Promise<unknown>
  /** What it printed so far, both streams together. */
  output(): string
  /** How much memory the process occupies, in MiB: seen from outside, on Windows as it says itself. */
  memoryMib(): Promise<number>
  /** The folder that it may read and write. */
  readonly grounds: string
  /** Kills the process and all it started, and resolves when it is gone and its folder with it. */
  stop(why?: 'interrupted'): Promise<void>
}

const DRAIN_MS = 200
const MESSAGE_BYTES = 8 * 1024 * 1024
/** How much is told of what broke the rules: it may be the attempt's own text. */
const DETAIL_CHARACTERS = 200
const CHANNEL_BYTES = 64 * 1024 * 1024

/**
 * Starts a process that will run the attempt; the attempt itself is imported only when the host is told to.
 * @param grounds the process's own folder, made anew: its working directory, home and temporary folder
 * @param debugged leaves it open to a debugger, and so without its fence
 */
export async function startProgram(compiled: Compiled, grounds: string, debugged = false): Promise<Program> {
  await mkdir(grounds, { recursive: true })
  const fence = { read: [join(compiled.dir, '*'), join(grounds, '*')], write: [join(grounds, '*')] }
  const flags = debugged ? debugFlags() : fenceFlags(fence)
  const args = [...flags, compiled.hostFile, compiled.attemptFile]
  const [command, given] = debugged ? [process.execPath, args] : limited(process.execPath, args)
  const child = spawn(command, given, {
    cwd: grounds,
    env: environment(grounds, debugged ? [...KEPT, ...BROUGHT_BY_DEBUGGERS] : KEPT),
    // 'overlapped' is 'pipe' with what Windows needs to use it from an event loop.
    stdio: ['ignore', 'pipe', 'pipe', 'overlapped', 'pipe'],
    // A process group of its own, so that killing it kills what it started.
    detached: hasProcessGroups(),
    windowsHide: true,
  })
  const program = attach(child, grounds)
  try {
    if (child.pid !== undefined) await writeFile(`${grounds}.pid`, String(child.pid))
  } catch (error) {
    await program.stop()
    throw error
  }
  return program
}

function attach(child: ChildProcess, grounds: string): Program {
  // 'exit' comes when the process is gone; 'close' would wait for whoever else holds its output open.
  const gone = once(child, 'exit').catch(() => undefined)
  let stopping = false
  let end!: (ending: Ending) => void
  const ended = new Promise<Ending>((resolve) => {
    end = resolve
  })
  const breakOff = (ending: Ending) => {
    end(ending)
    void killTree(child)
  }

  const [, stdout, stderr, pipe, farewell] = child.stdio as unknown as [null, Readable, Readable, Duplex, Duplex]
  const output = collectOutput([stdout, stderr], () =>
    breakOff({ kind: 'too-much-output', limit: `${OUTPUT_SEEN_BYTES / 1024 / 1024} MiB` }),
  )
  const violate = (detail: string) => breakOff({ kind: 'protocol-violation', detail: detail.slice(0, DETAIL_CHARACTERS) })
  const lastWords = collectOutput([farewell], () => violate('too much on file descriptor 4'))
  const channel = openChannel(pipe, { lineBytes: MESSAGE_BYTES, totalBytes: CHANNEL_BYTES }, violate)
  const session = new RpcSession<Host>(channel)
  const host = session.getRemoteMain()
  const watches = [
    watchResident(child.pid ?? 0, () => breakOff({ kind: 'too-much-memory', limit: `${RESIDENT_MIB} MiB` })),
    watchDisk(grounds, (limit) => breakOff({ kind: 'too-much-disk', limit })),
  ]
  const unwatch = () => {
    for (const stopWatching of watches) stopWatching()
  }

  child.once('exit', (code, signal) => {
    unwatch()
    if (!stopping) void tellExit(code, signal)
  })
  async function tellExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    await drained([stdout, stderr, farewell])
    const crash = readCrash(lastWords.text())
    const outOfMemory = output.text().includes('JavaScript heap out of memory')
    end({ kind: 'exited', code, signal, outOfMemory, ...(crash === undefined ? {} : { crash }) })
    channel.close(new Error('the program ended'))
  }

  // The session breaks when the process ends, which 'exit' will tell. When the process lives on, it broke the session.
  host.onRpcBroken(
    (error: unknown) =>
      void within(DRAIN_MS, 'the exit', gone).catch(() => {
        if (!stopping) violate(error instanceof Error ? error.message : String(error))
      }),
  )
  child.once('error', (error) => end({ kind: 'not-started', error }))

  return {
    host,
    ended,
    gone,
    output: output.text,
    grounds,
    memoryMib: async () => (await residentMib(child.pid ?? 0)) ?? (await host.memoryMib()),
    async stop(why) {
      stopping = true
      if (why !== undefined) end({ kind: why })
      unwatch()
      await killTree(child)
      await gone
      channel.close(new Error('the program was stopped'))
      for (const stream of [stdout, stderr, farewell]) stream.destroy()
      // What one check has left on the disk must not be in the way of the next.
      await removeTree(grounds).catch(() => undefined)
    },
  }
}

/** Resolves when the event loop of each program has gone round; also where a program has ended. */
export async function signsOfLife(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map(({ host }) => Promise.resolve(host.settle()).catch(() => undefined)))
}

/** Waits for what a process wrote last, but not for whoever else may hold its pipes open. */
async function drained(pipes: readonly Readable[]): Promise<void> {
  const ends = pipes.filter((pipe) => !pipe.closed).map((pipe) => once(pipe, 'close'))
  await within(DRAIN_MS, 'the end of the pipes', Promise.all(ends)).catch(() => undefined)
}

/** What Node needs of the checker's environment to run. */
const KEPT = ['SystemRoot', 'windir', 'LANG', 'LC_ALL', 'TZ']
/** With these an editor that debugs the checker attaches itself to the processes that it starts. */
const BROUGHT_BY_DEBUGGERS = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS']

/** By allow-list: nothing of the checker's environment but `kept`. */
function environment(home: string, kept: readonly string[]): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(kept.filter((name) => name in process.env).map((name) => [name, process.env[name]])),
    HOME: home,
    USERPROFILE: home,
    TMPDIR: home,
    TEMP: home,
    TMP: home,
  }
}

/** Reads what a process said when it crashed, if it is that. */
function readCrash(lastWords: string): Thrown | undefined {
  try {
    const { crash } = JSON.parse(lastWords) as { crash?: unknown }
    return crash === undefined ? undefined : readThrown(crash)
  } catch {
    return undefined
  }
}
