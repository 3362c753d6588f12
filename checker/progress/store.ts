import { cp, mkdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { timeName } from './time-name.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * A folder of JSON files that outlives crashes, kills and clumsy hands. Nothing in it is needed to go on: what cannot be
 * read is set aside with a message, and what cannot be written is not kept, with a message.
 */
export interface Store {
  /** @param accept takes what was read, or answers undefined when it is not what belongs there */
  read<T>(name: string, accept: (value: unknown) => T | undefined): Promise<T | undefined>
  /** Reads, changes and writes one file, while no other process does. */
  change<T>(name: string, accept: (value: unknown) => T | undefined, change: (before: T | undefined) => T): Promise<void>
  write(name: string, value: unknown): Promise<void>
  /** Removes a file; it need not be there. */
  forget(name: string): Promise<void>
  /**
   * Does work that writes below the folder, with the folder in order and no other process at it.
   * @throws what `work` throws, when the folder cannot be brought in order
   */
  using<T>(work: (dir: string) => Promise<T>): Promise<T>
}

/** A lock older than this was left by a process that was killed; work under it takes a few milliseconds. */
const LOCK_STALE_MS = 2000
const LOCK_PAUSE_MS = 15
/** Nobody holds it that long; whatever is in its place does not go away. */
const LOCK_PATIENCE_MS = 5000

/** What says that the folder, or something in it, is not what it should be. A full disk is none of these. */
const OUT_OF_ORDER = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY', 'ELOOP'])

/** What is worth taking over from a folder that had to be set aside. */
const TAKEN_OVER = [
  { name: 'progress.json', recursive: false },
  { name: 'attempts', recursive: true },
]

/**
 * @param dir made when it is needed
 * @param say tells the learner, once for each thing that happened
 */
export function openStore(dir: string, say: (message: string) => void): Store {
  const told = new Set<string>()
  const tell = (message: string) => {
    if (!told.has(message)) say(message)
    told.add(message)
  }

  async function read<T>(name: string, accept: (value: unknown) => T | undefined): Promise<T | undefined> {
    const file = join(dir, name)
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR') tell(`${basename(dir)}/${name} cannot be read (${code}); going on without it.`)
      return undefined
    }
    const value = parse(text)
    const accepted = value === undefined ? undefined : accept(value)
    if (accepted !== undefined) return accepted
    const aside = `${file}.aside-${timeName(new Date())}`
    await rename(file, aside).catch(() => undefined)
    tell(`${basename(dir)}/${name} is damaged. It is set aside as ${basename(aside)}; your program is not touched.`)
    return undefined
  }

  async function using<T>(work: (dir: string) => Promise<T>): Promise<T> {
    try {
      return await locked(dir, () => work(dir))
    } catch (error) {
      if (!OUT_OF_ORDER.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      try {
        await setAside(error as Error)
      } catch {
        throw error
      }
      return locked(dir, () => work(dir))
    }
  }

  async function setAside(reason: Error): Promise<void> {
    const aside = `${dir}.aside-${timeName(new Date())}`
    await rename(dir, aside)
    await mkdir(dir)
    const copies = TAKEN_OVER.map(({ name, recursive }) => cp(join(aside, name), join(dir, name), { recursive }))
    const taken = (await Promise.allSettled(copies)).some(({ status }) => status === 'fulfilled')
    const rest = taken ? ' What could be read of it was taken over.' : ''
    tell(`${basename(dir)} could not be used (${reason.message}). It is set aside as ${basename(aside)}.${rest}`)
  }

  async function keep(work: (dir: string) => Promise<void>): Promise<void> {
    try {
      await using(work)
    } catch (error) {
      tell(`Your progress could not be kept in ${basename(dir)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return {
    read,
    using,
    write: (name, value) => keep(() => writeJson(join(dir, name), value)),
    forget: (name) => keep(() => rm(join(dir, name), { force: true })),
    change: (name, accept, change) => keep(async () => writeJson(join(dir, name), change(await read(name, accept)))),
  }
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  // One name is enough under the lock, and what a killed process left under it is overwritten.
  await writeAtomically(file, `${JSON.stringify(value)}\n`, `${file}.new`)
}

/** A folder as a lock: making one succeeds for one process only. */
async function locked<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const lock = join(dir, '.lock')
  await mkdir(dir, { recursive: true })
  const startedAt = performance.now()
  for (;;) {
    try {
      await mkdir(lock)
      break
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST' || performance.now() - startedAt > LOCK_PATIENCE_MS) throw error
    }
    const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }))
    if (Math.abs(Date.now() - mtimeMs) > LOCK_STALE_MS) await rm(lock, { recursive: true, force: true }).catch(() => undefined)
    else await pause(LOCK_PAUSE_MS)
  }
  try {
    return await work()
  } finally {
    await rmdir(lock).catch(() => undefined)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
