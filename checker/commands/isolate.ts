import { join } from 'node:path'
import { PROJECT } from '../project.ts'
import { isInNamespaces, runInNamespaces, whyNoNamespaces } from '../sandbox/namespaces.ts'
import { UsageError } from './usage-error.ts'

export interface Isolation {
  /** What was typed: `--isolated`, `--no-isolated`, or neither. */
  readonly asked: boolean | undefined
  /** Whether the attempt is somebody else's. A person's own program needs no wall against its author. */
  readonly isForeign: boolean
  readonly debug: boolean
}

/**
 * Runs `check` once more in namespaces of its own, where that was asked for, and for a foreign attempt where it can be done.
 * @returns the exit code of that run; undefined where this process is to grade
 * @throws UsageError when it was asked for and cannot be done
 */
export async function checkIsolated(
  args: readonly string[],
  { asked, isForeign, debug }: Isolation,
): Promise<number | undefined> {
  if (asked === true && debug)
    throw new UsageError('No debugger reaches a program that is isolated.', 'Leave --isolated or --debug out.')
  const isWanted = asked ?? (isForeign && !debug)
  if (!isWanted || isInNamespaces()) return undefined
  const obstacle = await whyNoNamespaces()
  if (obstacle === undefined) return runInNamespaces([join(PROJECT, 'checker/launch.js'), 'check', ...args])
  if (asked === undefined) return undefined
  throw new UsageError(
    `This machine cannot keep a program apart: ${obstacle}`,
    'Leave --isolated out, or grade in a container: docs/security.md says how.',
  )
}
