import { cpSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PROJECT } from '../project.ts'

/** What is not needed to work through the book, or too large to copy. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'lint', 'test'])

/** Copies the workbook into an empty folder, without what its learner has made so far; the starters are as they are now. */
export function copyProject(dir: string): void {
  const taken = (file: string) => !LEFT_OUT.has(basename(file)) && !basename(file).startsWith('.workbook')
  for (const name of readdirSync(PROJECT).filter(taken)) {
    cpSync(join(PROJECT, name), join(dir, name), { recursive: true, filter: taken })
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(dir, 'node_modules'), 'junction')
}
