import { createHash } from 'node:crypto'
import { constants, type Dirent, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

/** A folder that a check and an attempt share. What an attempt leaves in it is not trusted: links are never followed. */
export interface Folder {
  /** Absolute. */
  readonly path: string
  /** A folder in this folder; made if it is not there. */
  folder(name: string): Promise<Folder>
  /** Writes a file, text as UTF-8. @returns its absolute path */
  write(name: string, content: string | Uint8Array): Promise<string>
  /** Makes a file of so many zero bytes; they take no room on most disks. @returns its absolute path */
  reserve(name: string, sizeBytes: number): Promise<string>
  /** Makes a symbolic link `name` to `target`. @returns whether the system allows it; Windows often does not */
  link(name: string, target: string): Promise<boolean>
  /** The content of a plain file; undefined where there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Size and SHA-256 in hexadecimal of a plain file, however long; undefined where there is none. */
  digest(name: string): Promise<{ sizeBytes: number; sha256: string } | undefined>
  /** Relative names of everything below that is no folder, with `/`, sorted. */
  list(): Promise<string[]>
}

/** @param path where it is; made if it is not there */
export async function openFolder(path: string): Promise<Folder> {
  await mkdir(path, { recursive: true })
  const inside = (name: string) => join(path, name)
  return {
    path,
    folder: (name) => openFolder(inside(name)),
    async write(name, content) {
      await mkdir(dirname(inside(name)), { recursive: true })
      await writeFile(inside(name), content)
      return inside(name)
    },
    async reserve(name, sizeBytes) {
      const file = await open(inside(name), 'w')
      await file.truncate(sizeBytes)
      await file.close()
      return inside(name)
    },
    link: (name, target) =>
      symlink(target, inside(name)).then(
        () => true,
        () => false,
      ),
    async read(name) {
      const file = await openPlain(inside(name))
      if (file === undefined) return undefined
      // A plain Uint8Array, not a Buffer: a check compares it with others.
      const content = new Uint8Array(await file.readFile())
      await file.close()
      return content
    },
    async digest(name) {
      const file = await openPlain(inside(name))
      if (file === undefined) return undefined
      const hash = createHash('sha256')
      let sizeBytes = 0
      for await (const bytes of file.createReadStream()) {
        hash.update(bytes as Uint8Array)
        sizeBytes += (bytes as Uint8Array).length
      }
      return { sizeBytes, sha256: hash.digest('hex') }
    },
    async list() {
      const entries = await entriesBelow(path)
      const files = entries.filter((entry) => !entry.isDirectory())
      return files.map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join('/')).toSorted()
    },
  }
}

/** Everything below a folder. What an attempt removes meanwhile is no obstacle: then it is looked at again. */
async function entriesBelow(path: string): Promise<Dirent[]> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await readdir(path, { recursive: true, withFileTypes: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || looks === MAX_LOOKS) throw error
    }
  }
}

/** An attempt that never stops making and removing folders is not waited for. */
const MAX_LOOKS = 100

/** Opens a plain file to read; anything else, such as a link or a pipe, counts as none. */
async function openPlain(path: string) {
  const stats = await lstat(path).catch((): Stats | undefined => undefined)
  if (stats?.isFile() !== true) return undefined
  // Windows knows neither flag; there they are 0.
  return open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(() => undefined)
}
