import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Compiled } from '../sandbox/compile.ts'
import { type Program, startProgram } from '../sandbox/program.ts'

/** How many processes are starting while one is in use. On two cores a second one would only slow the others down. */
const AHEAD = availableParallelism() > 2 ? 2 : 1
/** None is started ahead beyond so many: each takes some 45 MiB. */
const MOST = 3

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
  let inUse = 0
  let closed = false
  const start = (): Promise<Program> => {
    started += 1
    const program = startProgram(compiled, join(scratchDir, `program-${started}`), debugged)
    program.catch(() => undefined)
    return program
  }
  const waiting: Promise<Program>[] = []
  const fill = () => {
    if (closed) return
    const wanted = Math.min(AHEAD, MOST - inUse) - waiting.length
    for (let left = Math.min(wanted, count - started); left > 0; left -= 1) waiting.push(start())
  }
  const countOff = async (program: Promise<Program>) => {
    await program.then(
      ({ gone }) => gone,
      () => undefined,
    )
    inUse -= 1
    fill()
  }
  fill()

  return {
    take() {
      const program = waiting.shift() ?? start()
      inUse += 1
      fill()
      void countOff(program)
      return program
    },
    async close() {
      closed = true
      for (const unused of waiting)
        await unused.then(
          (program) => program.stop(),
          () => undefined,
        )
    },
  }
}
