import { syncBuiltinESMExports } from 'node:module'
import type { Socket } from 'node:net'
import os from 'node:os'
import v8 from 'node:v8'

/** What Node keeps below its documented functions. */
interface Innards {
  _kill(pid: number, signal: number): number
  _debugProcess(pid: number): void
}

interface Pipe {
  readonly _handle: object
}

/** libuv's numbers for errors: those of the system with a minus, and its own on Windows. */
const [EPERM, EACCES] = process.platform === 'win32' ? [-4048, -4092] : [-os.constants.errno.EPERM, -os.constants.errno.EACCES]

/**
 * Closes doors that Node's permission flags leave open and that no lesson needs: signals to other processes (one of them
 * opens a debugger in whatever Node.js runs for the same user), sockets that are files, and V8's flags.
 * To be called before the attempt is imported. Without the flags, for a debugger, nothing is closed.
 * @param channel gives access to what all pipes have in common
 * @returns ends this process in a way that the attempt cannot take away
 */
export function closeDoors(channel: Socket): () => void {
  const innards = process as unknown as Innards
  // Taken before the attempt can put something else there, and called as they are: `call` and `apply` are its to patch.
  const { _kill: kill } = innards
  const { pid } = process
  const { SIGKILL } = os.constants.signals
  if (process.permission !== undefined) {
    innards._kill = (wanted, signal) => (wanted === pid && typeof signal === 'number' ? kill(pid, signal) : EPERM)
    innards._debugProcess = denied('EPERM')
    Object.assign(Object.getPrototypeOf((channel as unknown as Pipe)._handle), { bind: () => EACCES, connect: () => EACCES })
    Object.assign(os, { setPriority: denied('EPERM') })
    Object.assign(v8, { setFlagsFromString: denied('ERR_ACCESS_DENIED') })
    syncBuiltinESMExports()
  }
  return () => void kill(pid, SIGKILL)
}

function denied(code: string) {
  return () => {
    throw Object.assign(new Error('a program of the workbook has no business with that'), { code })
  }
}
