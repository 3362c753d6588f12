import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { processes } from './processes.ts'

/**
 * What a checker left behind: processes of attempts, and scratch folders. Nothing, if all is well.
 * @param pid of the checker; others may be at work on the same machine
 */
export function leftovers(pid: number): string[] {
  const mark = `socket-workbook-${pid}-`
  const hosts = processes().filter((line) => line.includes(mark))
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(mark))
  return [...hosts, ...folders]
}
