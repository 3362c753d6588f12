/** Where an attempt's process may read and write. */
export interface Grounds {
  readonly read: readonly string[]
  readonly write: readonly string[]
}

/** The heap of an attempt, in MiB, where it cannot cheaply be seen from outside how much memory a process takes. */
export const HEAP_MIB = 128

/**
 * On Linux the memory is watched, and limited by the system. The flag would cost a third of a start there: by Node 22 V8 throws
 * its prepared code away as soon as one of its own flags is set.
 */
export function heapFlags(platform: NodeJS.Platform = process.platform): string[] {
  return platform === 'linux' ? [] : [`--max-old-space-size=${HEAP_MIB}`]
}

/**
 * The flags that fence an attempt in, as far as the running Node has them: no other files, no child processes, no
 * workers, no addons, no inspector. Not by the flags that are meant for it is SQLite fenced in: it writes files anywhere.
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
    ...heapFlags(),
    '--enable-source-maps',
    '--no-warnings',
    ...(permission === undefined ? [] : [permission, ...files]),
    ...['--allow-net', '--disable-sigusr1', '--no-experimental-sqlite'].filter((flag) => known.has(flag)),
  ]
}

/**
 * The flags of an attempt that is debugged. There is no fence: on most versions of Node it forbids the inspector, and on all
 * of them the helper that an editor loads into the process.
 */
export function debugFlags(): string[] {
  // The address is for the checker to announce; on the attempt's own output it would be in the way.
  return [...heapFlags(), '--enable-source-maps', '--no-warnings', '--inspect-publish-uid=http']
}
