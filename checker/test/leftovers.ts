import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * What a checker left behind: processes of attempts, and scratch folders. Nothing, if all is well.
 * @param pid of the checker; others may be at work on the same machine
 */
export function leftovers(pid: number): string[] {
  const mark = `socket-workbook-${pid}-`
  const processes = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
  const hosts = processes.split('\n').filter((line) => line.includes(mark))
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(mark))
  return [...hosts, ...folders]
}
