import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { copyProject } from './copy-project.ts'

/** A whole workbook of one's own to write in, for as long as the test runs. */
export function projectCopy(): string {
  const dir = mkdtempSync(join(tmpdir(), 'workbook-copy-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))
  copyProject(dir)
  return dir
}
