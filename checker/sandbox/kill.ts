import { type ChildProcess, execFile } from 'node:child_process'

/** Kills a process and all it started with a signal that cannot be handled. Resolves when the kill is under way. */
export async function killTree(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  if (process.platform === 'win32') {
    await new Promise<void>((resolve) => {
      execFile('taskkill', ['/T', '/F', '/PID', String(pid)], () => resolve())
    })
    return
  }
  if (!killGroup(pid)) child.kill('SIGKILL')
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
