import { execFileSync } from 'node:child_process'

/** A line for each process of this machine: its id, and the command that started it. */
export function processes(): string[] {
  const [program, ...args] = process.platform === 'win32' ? WINDOWS : UNIX
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split(/\r?\n/)
}

const UNIX = ['ps', '-eo', 'pid,args'] as const
const WINDOWS = [
  'powershell',
  '-NoProfile',
  '-Command',
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }',
] as const
