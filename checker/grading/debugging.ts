import { setTimeout as pause } from 'node:timers/promises'
import { canBindTcp } from '../lab/tcp-socket.ts'
import { LOOPBACK } from '../lab/udp-socket.ts'
import { byPulse } from '../lab/within.ts'
import { type Program, signsOfLife } from '../sandbox/program.ts'

/** A person who looks at a check with a debugger. */
export interface Debugging {
  /**
   * Told where the inspector of the attempt's process listens, as `127.0.0.1:9229`.
   * @param waits the process stands still until a debugger comes; not where an editor has brought its own
   */
  onListening(address: string, waits: boolean): void
}

/** Where debuggers look by themselves. */
const USUAL_PORT = 9229
/** How often a program is asked for a sign of life; several times per tick of a wait. */
const BEAT_MS = 5

/** Opens the inspector of a program and waits until a debugger has attached. */
export async function letDebuggerIn(program: Program, { onListening }: Debugging): Promise<void> {
  const usualIsFree = await canBindTcp({ host: LOOPBACK, port: USUAL_PORT }).catch(() => false)
  const { url, opened } = await program.host.openInspector(usualIsFree ? USUAL_PORT : 0)
  onListening(new URL(url).host, opened)
  if (opened) await program.host.waitForDebugger()
}

/**
 * Does `work`, in which time passes only while the programs run. A program that a debugger holds gives no sign of life.
 * @param programs may grow meanwhile
 */
export async function alongPulse<T>(programs: readonly Program[], work: () => Promise<T>): Promise<T> {
  let beats = 0
  const over = new AbortController()
  const listen = async () => {
    while (!over.signal.aborted) {
      await signsOfLife(programs)
      beats += 1
      await pause(BEAT_MS)
    }
  }
  void listen()
  try {
    return await byPulse(() => beats, work)
  } finally {
    over.abort()
  }
}

/** What Node itself prints when a debugger comes and goes, which is not the attempt's output. */
export function withoutInspectorWords(output: string): string {
  return output.replaceAll(
    /^(?:Debugger (?:attached|ending on|listening on)|Waiting for the debugger to|For help, see: https:\/\/nodejs).*\n/gm,
    '',
  )
}
