import { existsSync } from 'node:fs'

/** How much memory an attempt may take, in KiB, should it grow faster than RESIDENT_MIB is watched. Only Linux holds to it. */
const DATA_KIB = 2 * 1024 * 1024
/** How many files and sockets an attempt may hold open; without a limit it takes every port of the machine. */
const OPEN_FILES = 4096

const SHELL = '/bin/sh'

/**
 * No dumps of memory, DATA_KIB and OPEN_FILES. A limit that is lower already stays as it is. The shell then becomes the program, with
 * the same process id, and takes what it has added to the environment away.
 */
const LIMITED = `ulimit -c 0 2>/dev/null || :; ulimit -d ${DATA_KIB} 2>/dev/null || :; ulimit -n ${OPEN_FILES} 2>/dev/null || :; unset PWD OLDPWD SHLVL; exec "$0" "$@"`

/**
 * Puts a command under limits that the system itself holds, where a shell is there to set them. Windows has none.
 * @returns the command, and its arguments
 */
export function limited(command: string, args: readonly string[]): [command: string, args: string[]] {
  if (process.platform === 'win32' || !existsSync(SHELL)) return [command, [...args]]
  return [SHELL, ['-c', LIMITED, command, ...args]]
}
