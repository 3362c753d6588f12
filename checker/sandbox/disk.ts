import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * How much may lie in an attempt's folder, in MiB, and how many files. Checks lay files there themselves, the largest of 512 MiB,
 * which take room where a system knows no sparse files.
 */
const DISK_MIB = 768
const DISK_FILES = 10_000
const LOOK_EVERY_MS = 100

/**
 * Watches what a folder takes of the disk and tells once when it is more than DISK_MIB or DISK_FILES.
 * Asking the disk for its free room costs next to nothing; the folder is measured only when the room has shrunk.
 * @returns stops watching
 */
export function watchDisk(folder: string, onTooMuch: (limit: string) => void): () => void {
  let timer: NodeJS.Timeout
  let stopped = false
  let before: Room | undefined
  const again = () => {
    timer = setTimeout(() => void look(), LOOK_EVERY_MS)
    timer.unref()
  }
  const look = async () => {
    const room = await roomOf(folder).catch(() => undefined)
    if (room !== undefined && before !== undefined && hasShrunk(before, room)) {
      const limit = exceeded(await measure(folder))
      if (stopped) return
      if (limit !== undefined) return onTooMuch(limit)
      before = room
    }
    // What others have freed meanwhile must not be given to the attempt.
    if (room !== undefined) before = most(before ?? room, room)
    if (!stopped) again()
  }
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

interface Room {
  readonly mib: number
  readonly files: number
}

async function roomOf(folder: string): Promise<Room> {
  const { bavail, bsize, ffree } = await statfs(folder)
  return { mib: (bavail * bsize) / 2 ** 20, files: ffree }
}

function most(one: Room, other: Room): Room {
  return { mib: Math.max(one.mib, other.mib), files: Math.max(one.files, other.files) }
}

function hasShrunk(before: Room, now: Room): boolean {
  return before.mib - now.mib > DISK_MIB || before.files - now.files > DISK_FILES
}

function exceeded({ mib, files }: Room): string | undefined {
  if (mib > DISK_MIB) return `${DISK_MIB} MiB`
  return files > DISK_FILES ? `${DISK_FILES} files` : undefined
}

/** What lies in a folder, links not followed; no further than to what is too much. */
async function measure(folder: string): Promise<Room> {
  let mib = 0
  let files = 0
  const open = [folder]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      const path = join(at, entry.name)
      files += 1
      if (entry.isDirectory()) open.push(path)
      else
        mib += await lstat(path).then(
          // What a sparse file takes of the disk, not how long it is.
          ({ blocks }) => (blocks * 512) / 2 ** 20,
          () => 0,
        )
      if (exceeded({ mib, files }) !== undefined) return { mib, files }
    }
  }
  return { mib, files }
}
