import { type ChildProcess, execFile } from 'node:child_process'

/** Whether the system has process groups, so that a process can be started at the head of its own. Windows has none. */
export function hasProcessGroups(platform: NodeJS.Platform = process.platform): boolean {
  return platform !== 'win32'
}

/**
 * Kills a process and all it started with a signal that cannot be handled. Resolves when the kill is under way.
 * @param child the head of a process group, where there are such
 */
export async function killTree(child: ChildProcess, platform: NodeJS.Platform = process.platform): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  if (!(hasProcessGroups(platform) ? killGroup(pid) : await killByTaskList(pid))) child.kill('SIGKILL')
}

/** What Windows has instead: a program that kills a process and those that it is the parent of. @returns whether it could */
function killByTaskList(pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('taskkill', ['/T', '/F', '/PID', String(pid)], (error) => resolve(error === null))
  })
}

/** Kills a process group, where the system has them. @returns whether there was one to kill */
export function killGroup(leader: number): boolean {
  try {
    process.kill(-leader, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
