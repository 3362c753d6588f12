import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Windows refuses to replace a file while somebody reads it; so long is it tried again. */
const RENAME_TRIES = 10
const RENAME_PAUSE_MS = 20

/**
 * Replaces a file as a whole: whoever looks, also after a power cut, sees the old text or the new one and never a part.
 * @param draft where the text is written first; on the same disk as `file`
 */
export async function writeAtomically(file: string, text: string, draft: string): Promise<void> {
  await writeThrough(draft, text)
  await moveInto(draft, file)
}

/** Writes a file and waits until it is on the disk. */
export async function writeThrough(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Renames, and makes the new name last. */
export async function moveInto(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await rename(from, to)
      break
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (process.platform !== 'win32' || tries === RENAME_TRIES || (code !== 'EPERM' && code !== 'EACCES')) throw error
      await pause(RENAME_PAUSE_MS)
    }
  }
  // Windows cannot open a folder, and needs no help there.
  if (process.platform === 'win32') return
  const folder = await open(dirname(to), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
