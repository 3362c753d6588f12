import { PATIENCE_MS, within } from './within.ts'

/** What has arrived on a stream, and a way to wait for more. */
export interface Received {
  readonly sizeBytes: number
  /** All that has arrived so far. */
  bytes(): Uint8Array
  /**
   * Waits until `look` finds something; it is asked now and again after every piece.
   * @throws WaitedInVain when nothing was found in time; `what` completes "Waited 1000 ms for …"
   */
  until<T>(what: string, look: (received: Received) => T | undefined, patienceMs?: number): Promise<T>
}

/** How much is kept of one stream; an attempt that sends for ever must not fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024

/** @returns what has arrived, and how to tell it of one more piece or of the end, after which it is asked a last time */
export function openReceived(): { received: Received; push(piece: Uint8Array): void } {
  let pieces: Uint8Array[] = []
  let sizeBytes = 0
  const watchers = new Set<() => void>()

  const received: Received = {
    get sizeBytes() {
      return sizeBytes
    },
    bytes() {
      if (pieces.length > 1) pieces = [Buffer.concat(pieces)]
      return pieces[0] ?? new Uint8Array()
    },
    async until(what, look, patienceMs = PATIENCE_MS) {
      let watcher: () => void = () => undefined
      const found = new Promise<NonNullable<ReturnType<typeof look>>>((resolve, reject) => {
        watcher = () => {
          try {
            const result = look(received)
            if (result !== undefined) resolve(result as NonNullable<typeof result>)
          } catch (error) {
            reject(error)
          }
        }
      })
      watchers.add(watcher)
      watcher()
      try {
        return await within(patienceMs, what, found)
      } finally {
        watchers.delete(watcher)
      }
    },
  }
  return {
    received,
    push(piece) {
      sizeBytes += piece.length
      if (sizeBytes <= MAX_BYTES) pieces.push(piece)
      for (const watcher of watchers) watcher()
    },
  }
}
