import { spawnSync } from 'node:child_process'

/** Whether a program is installed here. Tests that need one say so with `test.runIf`; in CI they must all run. */
export function hasProgram(name: string): boolean {
  const found = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
  if (!found && process.env.CI === 'true') throw new Error(`${name} is not installed, and in CI it must be`)
  return found
}
