import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { openInbox } from '../lab/inbox.ts'
import { PATIENCE_MS } from './patience.ts'
import { projectCopy } from './project-copy.ts'

/** A workbook in the browser, in a copy of the project that is the test's own. */
export interface StartedWorkbook {
  readonly project: string
  readonly origin: string
  readonly pid: number
  readonly lines: readonly string[]
  /** Ends it as Ctrl-C does. @returns its exit code */
  stop(): Promise<number | null>
}

/** Starts `npm start` and waits until it serves. @param project made anew unless given */
export async function startWorkbook(options: { project?: string; port?: number } = {}): Promise<StartedWorkbook> {
  const { project = projectCopy(), port = 0 } = options
  const { child, lines } = spawnCommand(project, ['start', '--no-open', '--port', String(port)])
  const exit = once(child, 'exit') as Promise<[code: number | null]>
  const line = await lines.next('the address', (each) => each.includes('http://'), PATIENCE_MS)
  return {
    project,
    origin: /http:\S+/.exec(line)?.[0] ?? '',
    pid: child.pid ?? 0,
    lines: lines.all,
    async stop() {
      child.kill('SIGINT')
      return (await exit)[0]
    },
  }
}

/** Runs a command of a project, as a learner would. It is killed at the end of the test, if it runs until then. */
export function spawnCommand(project: string, args: readonly string[]) {
  const node = [join(project, 'checker/launch.js'), ...args]
  const child = spawn(process.execPath, node, { cwd: project, env: { ...process.env, NO_COLOR: '1' } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = openInbox<string>()
  createInterface(child.stdout).on('line', lines.push)
  createInterface(child.stderr).on('line', lines.push)
  return { child, lines }
}

const NAME = '01-udp-basics.ts'

/** Writes the learner's file of lesson 1. */
export function save(project: string, text: string): void {
  writeFileSync(join(project, 'exercises', NAME), text)
}

export function solutionOf(project: string): string {
  return readFileSync(join(project, 'solutions', NAME), 'utf8')
}
