import { cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PROJECT } from '../project.ts'
import { starters } from '../starters.ts'

/** What is not needed to work through the book, or too large to copy. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'lint', 'test'])

/** Copies the workbook into an empty folder as it was shipped: without what its learner has made so far. */
export function copyProject(dir: string): void {
  const taken = (file: string) => !LEFT_OUT.has(basename(file)) && !basename(file).startsWith('.workbook')
  for (const name of readdirSync(PROJECT).filter(taken)) {
    cpSync(join(PROJECT, name), join(dir, name), { recursive: true, filter: taken })
  }
  for (const [name, text] of Object.values(starters).flatMap(Object.entries<string>)) {
    writeFileSync(join(dir, 'exercises', name), text)
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(dir, 'node_modules'), 'junction')
}
