import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { compile } from '../sandbox/compile.ts'
import { type Program, startProgram } from '../sandbox/program.ts'
import { openScratch } from '../sandbox/scratch.ts'
import { FILE, HOSTILE } from './contained.ts'

/**
 * Starts one hostile attempt, which is not imported yet, for as long as the test runs.
 * @param fence `without its fence` lets it do what Node's permission flags forbid, to see what holds behind them
 */
export async function startHostile(
  name: string,
  fence: 'behind its fence' | 'without its fence',
): Promise<{ readonly program: Program; readonly pid: number }> {
  const dir = join(HOSTILE, name)
  const scratch = await openScratch()
  onTestFinished(() => scratch.remove())
  const compiled = await compile({ file: join(dir, FILE), attemptDir: dir, lesson: 1, into: join(scratch.dir, 'compiled') })
  if ('message' in compiled) throw new Error(compiled.message)
  const program = await startProgram(compiled, join(scratch.dir, 'program'), fence === 'without its fence')
  onTestFinished(() => program.stop())
  return { program, pid: Number(await readFile(`${program.grounds}.pid`, 'utf8')) }
}
