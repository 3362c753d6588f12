import { join } from 'node:path'
import type { Compiled } from '../sandbox/compile.ts'
import { type Program, startProgram } from '../sandbox/program.ts'

/** Fresh processes for an attempt, each started while the one before is still in use. */
export interface WarmPrograms {
  /** A process that nobody has used. The caller stops it. */
  take(): Promise<Program>
  /** Stops the process that was never taken. */
  close(): Promise<void>
}

/** @param count how many will be taken at most */
export function warmPrograms(compiled: Compiled, scratchDir: string, count: number): WarmPrograms {
  let started = 0
  const start = (): Promise<Program> | undefined => {
    if (started >= count) return undefined
    started += 1
    const program = startProgram(compiled, join(scratchDir, `program-${started}`))
    program.catch(() => undefined)
    return program
  }
  let next = start()

  return {
    take() {
      const program = next
      if (program === undefined) throw new RangeError(`only ${count} programs were asked for`)
      next = start()
      return program
    },
    async close() {
      const unused = await next?.catch(() => undefined)
      await unused?.stop()
    },
  }
}
