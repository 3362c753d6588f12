import { join } from 'node:path'
import type { Compiled } from '../sandbox/compile.ts'
import { type Program, startProgram } from '../sandbox/program.ts'

/** How many processes are starting while one is in use: on two cores a third would only slow the others down. */
const AHEAD = 2

/** Fresh processes for an attempt, started ahead of their use. */
export interface WarmPrograms {
  /** A process that nobody has used. The caller stops it. */
  take(): Promise<Program>
  /** Stops the processes that were never taken. */
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
  const waiting: Promise<Program>[] = []
  const fill = () => {
    while (waiting.length < AHEAD) {
      const program = start()
      if (program === undefined) return
      waiting.push(program)
    }
  }
  fill()

  return {
    take() {
      const program = waiting.shift()
      if (program === undefined) throw new RangeError(`only ${count} programs were asked for`)
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
