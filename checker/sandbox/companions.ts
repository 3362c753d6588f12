import { copyFile, lstat, mkdir, readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'

/** How many bytes the files beside a program may take together. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Copies what a program reads while it runs, such as its page: the files of its folder that bear its name and are no
 * TypeScript, `08-gui.html` and all of `08-gui/` beside `08-gui.ts`.
 * @param file the program
 * @param into where the compiled program will lie
 * @returns why it cannot be done, if so
 */
export async function copyCompanions(file: string, into: string): Promise<string | undefined> {
  const folder = dirname(file)
  const slug = basename(file, '.ts')
  const root = await realpath(folder)
  let bytesLeft = MAX_BYTES
  for (const name of await companionsOf(folder, slug)) {
    const source = join(folder, name)
    const stats = await lstat(source)
    // A link may lead to anything that the checker may read, and the attempt may not.
    if (stats.isSymbolicLink() || !(await realpath(source)).startsWith(root + sep)) {
      return `${name} is a link. Put the file itself there.`
    }
    if (!stats.isFile()) return `${name} is no plain file.`
    bytesLeft -= stats.size
    if (bytesLeft < 0) return `The files beside ${slug}.ts take more than ${MAX_BYTES / 1024 / 1024} MiB.`
    await mkdir(dirname(join(into, name)), { recursive: true })
    await copyFile(source, join(into, name))
  }
  return undefined
}

/** Their paths in the folder. */
async function companionsOf(folder: string, slug: string): Promise<string[]> {
  const beside = (await readdir(folder)).filter((name) => name.startsWith(`${slug}.`))
  const below = await readdir(join(folder, slug), { recursive: true, withFileTypes: true }).catch(() => [])
  const inside = below
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  return [...beside, ...inside].filter((name) => !/\.[cm]?tsx?$/.test(name)).toSorted()
}
