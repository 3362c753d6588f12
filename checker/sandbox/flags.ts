/** Where an attempt's process may read and write. */
export interface Grounds {
  readonly read: readonly string[]
  readonly write: readonly string[]
}

/** The heap of an attempt, in MiB. What lies outside the heap is watched from outside. */
export const HEAP_MIB = 128

/**
 * The flags that fence an attempt in, as far as the running Node has them: no other files, no child processes, no
 * workers, no addons, no inspector.
 * @param known the flags this Node knows; `process.allowedNodeEnvironmentFlags` by default
 * @see https://nodejs.org/api/permissions.html
 */
export function fenceFlags(grounds: Grounds, known: ReadonlySet<string> = process.allowedNodeEnvironmentFlags): string[] {
  const permission = ['--permission', '--experimental-permission'].find((flag) => known.has(flag))
  const files = [
    ...grounds.read.map((folder) => `--allow-fs-read=${folder}`),
    ...grounds.write.map((folder) => `--allow-fs-write=${folder}`),
  ]
  return [
    `--max-old-space-size=${HEAP_MIB}`,
    '--enable-source-maps',
    '--no-warnings',
    ...(permission === undefined ? [] : [permission, ...files]),
    ...['--allow-net', '--disable-sigusr1'].filter((flag) => known.has(flag)),
  ]
}
