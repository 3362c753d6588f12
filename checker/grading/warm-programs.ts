import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Compiled } from '../sandbox/compile.ts'
import { type Program, startProgram } from '../sandbox/program.ts'

/** How many processes are starting while one is in use. On two cores a second one would only slow the others down. */
const AHEAD = availableParallelism() > 2 ? 2 : 1

/** Fresh processes for an attempt, started ahead of their use. */
export interface WarmPrograms {
  /** A process that nobody has used. The caller stops it. */
  take(): Promise<Program>
  /** Stops the processes that were never taken. */
  close(): Promise<void>
}

/**
 * @param count how many will be taken for sure; more are started when they are asked for
 * @param debugged leaves them open to a debugger
 */
export function warmPrograms(compiled: Compiled, scratchDir: string, count: number, debugged: boolean): WarmPrograms {
  let started = 0
  const start = (): Promise<Program> => {
    started += 1
    const program = startProgram(compiled, join(scratchDir, `program-${started}`), debugged)
    program.catch(() => undefined)
    return program
  }
  const waiting: Promise<Program>[] = []
  const fill = () => {
    for (let left = Math.min(AHEAD - waiting.length, count - started); left > 0; left -= 1) waiting.push(start())
  }
  fill()

  return {
    take() {
      const program = waiting.shift() ?? start()
      fill()
      return program
    },
    async close() {
      for (const unused of waiting)
        await unused.then(
          (program) => program.stop(),
          () => undefined,
        )
    },
  }
}
