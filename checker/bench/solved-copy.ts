import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { copyProject } from '../test/copy-project.ts'

const NAME = '01-udp-basics.ts'

/** A whole workbook to write in, whose learner has solved lesson 1, and one of its commands at work. */
export interface SolvedCopy {
  /** What the command prints. */
  readonly stdout: Readable
  /** Saves the learner's file with another remark at its end. */
  save(remark: string): void
  /** Ends the command as Ctrl-C does, and removes the copy. */
  close(): Promise<void>
}

/** @param args the command, as it stands after `npm run` */
export function openSolvedCopy(args: readonly string[]): SolvedCopy {
  const dir = mkdtempSync(join(tmpdir(), 'workbook-bench-'))
  copyProject(dir)
  const file = join(dir, 'exercises', NAME)
  const solution = readFileSync(join(dir, 'solutions', NAME), 'utf8')
  writeFileSync(file, solution)
  const command: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [join(dir, 'checker/launch.js'), ...args], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(command, 'exit')
  return {
    stdout: command.stdout,
    save: (remark) => writeFileSync(file, `${solution}// ${remark}\n`),
    async close() {
      command.kill('SIGINT')
      await gone
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
