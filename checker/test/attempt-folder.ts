import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder laid out like `exercises/`, for as long as the test runs. */
export function attemptFolder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'attempt-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [name, source] of Object.entries(files)) writeFileSync(join(dir, name), source)
  return dir
}
