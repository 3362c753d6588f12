import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { PROJECT } from '../project.ts'

const SAMPLE_MS = 15

/**
 * Runs a Node program as a whole and takes its time from outside.
 * @returns milliseconds
 * @throws Error when it does not end with exit code 0: what failed early is not fast
 */
export async function measure(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const startedAt = performance.now()
  await finished(start(args, env), args)
  return performance.now() - startedAt
}

/**
 * Runs a Node program as a whole and watches its memory; looking costs time, so this is a run of its own.
 * @returns the largest sum of resident sizes of the process and its descendants, in MiB; 0 where /proc is missing
 */
export async function measurePeak(args: readonly string[]): Promise<number> {
  const child = start(args, {})
  let peakMib = 0
  const sampler = setInterval(() => {
    peakMib = Math.max(peakMib, treeMib(child.pid ?? 0))
  }, SAMPLE_MS)
  await finished(child, args)
  clearInterval(sampler)
  return peakMib
}

/**
 * Runs a Node program as a whole and keeps what it prints.
 * @returns its time in milliseconds; and its own peak of resident memory in MiB, without its descendants: 0 where /proc is missing
 */
export async function measureOutput(args: readonly string[]): Promise<{ ms: number; stdout: string; peakMib: number }> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...args], { cwd: PROJECT, stdio: ['ignore', 'pipe', 'ignore'] })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  // The system remembers the highest value, so one late look is enough; when the end comes is not known.
  let peakMib = 0
  const sampler = setInterval(() => {
    peakMib = Math.max(peakMib, (readStatus(String(child.pid))?.('VmHWM') ?? 0) / 1024)
  }, SAMPLE_MS)
  const printed = once(child.stdout, 'end')
  await finished(child, args)
  clearInterval(sampler)
  const ms = performance.now() - startedAt
  await printed
  return { ms, stdout: Buffer.concat(pieces).toString(), peakMib }
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [...args], { cwd: PROJECT, env: { ...process.env, ...env }, stdio: 'ignore' })
}

async function finished(child: ChildProcess, args: readonly string[]): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with exit code ${code}`)
}

/** Resident size of a process and all below it. Shared pages count for each, so this is an upper bound. */
function treeMib(root: number): number {
  const sizes = new Map<number, { parent: number; mib: number }>()
  for (const name of listProc()) {
    const field = readStatus(name)
    if (field !== undefined) sizes.set(Number(name), { parent: field('PPid'), mib: field('VmRSS') / 1024 })
  }
  const below = (pid: number): number =>
    (sizes.get(pid)?.mib ?? 0) +
    [...sizes].filter(([, { parent }]) => parent === pid).reduce((sum, [child]) => sum + below(child), 0)
  return below(root)
}

/** What Linux says of a process, by label; undefined when it has ended. @see proc_pid_status(5) */
function readStatus(pid: string): ((label: string) => number) | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return (label) => Number(new RegExp(`^${label}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  } catch {
    return undefined
  }
}

function listProc(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}
