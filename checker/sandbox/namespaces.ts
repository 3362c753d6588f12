import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import { openScratch } from './scratch.ts'

/** Says to a process that it was started by `runInNamespaces`. */
const MARK = 'WORKBOOK_NAMESPACES'

/**
 * Makes a network in which there is nothing but loopback, and a system in which there are no other processes, and becomes the
 * command with the rights of whoever started it. All of it ends when this process does.
 * An ordinary user needs a user namespace for that, with its capabilities until loopback is switched on. Root needs none, and
 * would lose the right to read what others have handed in.
 * @see unshare(1), user_namespaces(7), network_namespaces(7), pid_namespaces(7)
 */
function inNamespaces(command: readonly string[]): [command: string, args: string[]] {
  const isRoot = process.geteuid?.() === 0
  const asUser = isRoot ? [] : ['--user', '--map-current-user', '--keep-caps']
  const drop = isRoot ? '' : 'unshare --user --map-current-user -- '
  const apart = [...asUser, '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
  const become = ['sh', '-c', `ip link set lo up && exec ${drop}"$@"`, 'sh', ...command]
  return ['setpriv', ['--pdeathsig', 'KILL', '--', 'unshare', ...apart, '--', ...become]]
}

/** Why nothing can be run in namespaces of its own here; undefined where it can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'only Linux can do that'
  if (process.env[MARK] === '1') return 'in those that were made there is more than loopback and the checker'
  try {
    await promisify(execFile)(...inNamespaces(['true']))
    return undefined
  } catch (error) {
    const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') return 'there is no setpriv (it belongs to util-linux)'
    return (stderr.trim() || message).split('\n')[0]
  }
}

/** Whether this process has a network and a table of processes of its own. Not by its mark alone: it looks. */
export function isInNamespaces(): boolean {
  const isAloneInNetwork = Object.keys(networkInterfaces()).every((name) => name === 'lo')
  return process.env[MARK] === '1' && process.pid === 1 && isAloneInNetwork
}

/**
 * Runs a Node program in namespaces of its own, on the terminal of this one.
 * @returns its exit code; 130 when it was ended by a signal
 */
export async function runInNamespaces(args: readonly string[]): Promise<number> {
  // Process ids mean something else in there, so what lies in the temporary folder under them must not be seen.
  const scratch = await openScratch()
  try {
    const env = { ...process.env, [MARK]: '1', TMPDIR: scratch.dir }
    // At the head of a group, so that signals can be passed through `unshare` to the program.
    const child = spawn(...inNamespaces([process.execPath, ...args]), { stdio: 'inherit', env, detached: true })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => passOn(child.pid, signal))
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 130
  } finally {
    await scratch.remove()
  }
}

function passOn(leader: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (leader !== undefined) process.kill(-leader, signal)
  } catch {
    // It has ended just now.
  }
}
