import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** How much memory an attempt may occupy in all, in MiB: its heap, and what lies outside as Buffers do. */
export const RESIDENT_MIB = 512
const LOOK_EVERY_MS = 100

/**
 * Watches the resident size of a process and tells once when it is above RESIDENT_MIB.
 * On Windows there is nothing cheap to ask, so only the heap flag holds there.
 * @returns stops watching
 */
export function watchResident(pid: number, onTooMuch: () => void): () => void {
  const look = LOOKS[process.platform]
  if (look === undefined) return () => undefined
  let timer: NodeJS.Timeout
  let stopped = false
  const again = () => {
    timer = setTimeout(() => void measure(), LOOK_EVERY_MS)
    timer.unref()
  }
  const measure = async () => {
    const mib = await look(pid).catch(() => 0)
    if (stopped) return
    if (mib > RESIDENT_MIB) onTooMuch()
    else again()
  }
  again()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** The resident size of a process in MiB; undefined where there is nothing cheap to ask. */
export async function residentMib(pid: number): Promise<number | undefined> {
  return LOOKS[process.platform]?.(pid)
}

const LOOKS: Partial<Record<NodeJS.Platform, (pid: number) => Promise<number>>> = {
  linux: async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
  },
  darwin: (pid) =>
    new Promise((resolve, reject) => {
      execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) =>
        error ? reject(error) : resolve(Number(stdout) / 1024),
      )
    }),
}
