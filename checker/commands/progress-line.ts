/** One line that moves while something takes long; nothing at all where there is no terminal. */
export interface ProgressLine {
  show(text: string): void
  /** Wipes the line, so that what is printed next starts clean. */
  clear(): void
}

/** Shorter work needs no progress, and a line that flashes up is only unrest. */
const APPEARS_AFTER_MS = 500
const WIPE = '\r\u001b[K'

export function openProgressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  const startedAt = performance.now()
  let shown = false
  return {
    show(text) {
      if (performance.now() - startedAt < APPEARS_AFTER_MS) return
      shown = true
      stream.write(WIPE + text.slice(0, (stream.columns || 80) - 1))
    },
    clear() {
      if (shown) stream.write(WIPE)
    },
  }
}
