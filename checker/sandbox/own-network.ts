import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'

/** Says to a process that it was started by `runInOwnNetwork`. */
const MARK = 'WORKBOOK_OWN_NETWORK'

/**
 * Makes a network in which there is nothing but loopback, and becomes the command with the rights of whoever started it. In a
 * network of its own even an ordinary user may switch loopback on, for which the capabilities are kept that far.
 * @see unshare(1), user_namespaces(7), network_namespaces(7)
 */
function inOwnNetwork(command: readonly string[]): [command: string, args: string[]] {
  const become = 'ip link set lo up && exec unshare --user --map-current-user -- "$@"'
  return ['unshare', ['--user', '--map-current-user', '--keep-caps', '--net', '--', 'sh', '-c', become, 'sh', ...command]]
}

/** Why nothing can be run in a network of its own here; undefined where it can. */
export async function whyNoOwnNetwork(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'only Linux can do that'
  if (process.env[MARK] === '1') return 'in the one that was made there is more than loopback'
  try {
    await promisify(execFile)(...inOwnNetwork(['true']))
    return undefined
  } catch (error) {
    const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') return 'there is no unshare (it belongs to util-linux)'
    return (stderr.trim() || message).split('\n')[0]
  }
}

/** Whether this process has a network of its own. Not by its mark alone: it looks. */
export function isInOwnNetwork(): boolean {
  return process.env[MARK] === '1' && Object.keys(networkInterfaces()).every((name) => name === 'lo')
}

/**
 * Runs a Node program in a network of its own, on the terminal of this one.
 * @returns its exit code; 130 when it was ended by a signal
 */
export async function runInOwnNetwork(args: readonly string[]): Promise<number> {
  const child = spawn(...inOwnNetwork([process.execPath, ...args]), { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 130
}
