import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { becomesTrue } from '../lab/within.ts'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { PATIENCE_MS } from './patience.ts'

// Not in namespaces: the process that is started is the one that grades.
const CHECK = [join(PROJECT, 'checker/launch.js'), 'check', 'lesson-1', '--only', '1.1', '--no-isolated', '--attempt']

/** An attempt that says so in its own folder before it goes into an endless loop. */
const LOOPS = `import { writeFileSync } from 'node:fs'
export async function startReceiver() {
  writeFileSync('looping', '')
  for (;;);
}
export const sendText = startReceiver
export const sendLines = startReceiver
`

/** A checker at work. */
export interface Checking {
  readonly pid: number
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }>
}

/** A check of an attempt that hangs, caught while it does. */
export async function startHanging(): Promise<Checking> {
  const child = spawn(process.execPath, [...CHECK, attemptFolder({ '01-udp-basics.ts': LOOPS })], {
    cwd: PROJECT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const pid = child.pid ?? 0
  const ended = Promise.all([once(child, 'exit'), text(child.stderr)]).then(([[code, signal], stderr]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stderr,
  }))
  await becomesTrue(async () => isLooping(pid), PATIENCE_MS)
  return { pid, ended }
}

function isLooping(pid: number): boolean {
  const folder = readdirSync(tmpdir()).find((name) => name.startsWith(`socket-workbook-${pid}-`))
  return folder !== undefined && existsSync(join(tmpdir(), folder, 'program-1', 'looping'))
}
