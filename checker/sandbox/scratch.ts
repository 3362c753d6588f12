import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { killGroup } from './kill.ts'

const PREFIX = 'socket-workbook-'

/** A folder of one grading run. Everything an attempt can touch lies in it; it is gone afterwards. */
export interface Scratch {
  /** Without symbolic links, because Node's permission flags compare real paths. */
  readonly dir: string
  remove(): Promise<void>
}

export async function openScratch(): Promise<Scratch> {
  const dir = await mkdtemp(join(await realpath(tmpdir()), `${PREFIX}${process.pid}-`))
  return {
    dir,
    remove: () => removeTree(dir),
  }
}

/** Removes a folder with all that is in it, also where an attempt has taken our rights to it away. */
export async function removeTree(dir: string): Promise<void> {
  // Windows keeps a file for a moment after the process that used it is gone.
  const remove = () => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  await remove().catch(async () => {
    await openUp(dir)
    await remove()
  })
}

/** Gives us every right to a folder and to those below it; links are not followed. */
async function openUp(dir: string): Promise<void> {
  await chmod(dir, 0o700).catch(() => undefined)
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) if (entry.isDirectory()) await openUp(join(dir, entry.name))
}

/** Ends the processes and removes the folders of runs that were killed before they could clean up. */
export async function sweepScratch(): Promise<void> {
  const root = await realpath(tmpdir())
  const names = await readdir(root).catch(() => [])
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0])
    if (!Number.isInteger(pid) || isRunning(pid)) continue
    await endOrphans(join(root, name))
    await removeTree(join(root, name)).catch(() => undefined)
  }
}

/** Kills what still runs from a scratch folder; a program stuck in a loop does not notice that its checker is gone. */
async function endOrphans(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => [])
  for (const name of names.filter((each) => each.endsWith('.pid'))) {
    const pid = Number(await readFile(join(dir, name), 'utf8').catch(() => ''))
    // The number may belong to somebody else by now: only a process that names this folder is ours.
    if (pid > 0 && (await commandLine(pid)).includes(dir)) killGroup(pid)
  }
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (process.platform === 'win32') return ''
  return promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  )
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
