import { readFileSync, statSync } from 'node:fs'
import { watch } from 'chokidar'

/** Editors write a file in several steps; this long must be quiet, in milliseconds. */
const QUIET_MS = 20
const POLL_MS = 500
/** chokidar drops changes of a file for 50 ms after one; so long after a save it is looked at again. */
const SECOND_LOOK_MS = 100

export interface FileWatch {
  close(): Promise<void>
}

export interface FileWatchOptions {
  readonly poll: boolean
  /** Gets the files that were saved; called once for saves that come together. */
  onSave(files: readonly string[]): void
  /** Told when the system does not tell of changes any more, and polling takes over. */
  onPolling(reason: string): void
}

/** Watches a folder for saves. */
export function watchFiles(dir: string, { poll, onSave, onPolling }: FileWatchOptions): FileWatch {
  let timer: NodeJS.Timeout | undefined
  let secondLook: NodeJS.Timeout | undefined
  let saved = new Set<string>()
  let watcher = open(poll)

  function open(polling: boolean) {
    const opened = watch(dir, {
      ignoreInitial: true,
      usePolling: polling,
      interval: POLL_MS,
      ignored: (file) => /(~|\.swp|\.new|\.tmp)$/.test(file),
    })
    opened.on('all', (_event, file) => {
      saved.add(file)
      clearTimeout(timer)
      timer = setTimeout(flush, QUIET_MS)
    })
    // Too many watches for this system, or a disk that has none.
    opened.on('error', (error) => {
      if (polling || watcher !== opened) return
      void opened.close()
      watcher = open(true)
      onPolling(error instanceof Error ? error.message : String(error))
    })
    return opened
  }

  function flush(): void {
    const files = [...saved]
    saved = new Set()
    lookAgain(files)
    onSave(files)
  }

  function lookAgain(files: readonly string[]): void {
    const before = files.map(stateOf)
    clearTimeout(secondLook)
    secondLook = setTimeout(() => {
      for (const [index, file] of files.entries()) if (stateOf(file) !== before[index]) saved.add(file)
      if (saved.size > 0) flush()
    }, SECOND_LOOK_MS)
  }

  return {
    close() {
      clearTimeout(timer)
      clearTimeout(secondLook)
      return watcher.close()
    },
  }
}

/** What changes with every save. */
function stateOf(file: string): string {
  const { mtimeNs, size, ino } = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? {}
  return `${mtimeNs} ${size} ${ino}`
}

/** Whether a folder lies on a disk of Windows as WSL shows it, where no changes are reported. */
export function needsPolling(dir: string, kernel = kernelVersion()): boolean {
  return /microsoft/i.test(kernel) && /^\/mnt\/[a-z]\//.test(dir)
}

function kernelVersion(): string {
  try {
    return readFileSync('/proc/version', 'utf8')
  } catch {
    return ''
  }
}
