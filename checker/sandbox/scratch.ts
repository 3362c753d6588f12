import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
    // Windows keeps a file for a moment after the process that used it is gone.
    remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  }
}

/** Removes the folders of runs that were killed before they could clean up. */
export async function sweepScratch(): Promise<void> {
  const root = await realpath(tmpdir())
  const names = await readdir(root).catch(() => [])
  for (const name of names) {
    const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('-')[0] : Number.NaN)
    if (Number.isInteger(pid) && !isRunning(pid))
      await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
