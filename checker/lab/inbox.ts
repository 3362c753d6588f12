import { PATIENCE_MS, within } from './within.ts'

/** Keeps what arrives, in order, and lets a check wait for it. */
export interface Inbox<T> {
  readonly all: readonly T[]
  push(item: T): void
  /**
   * Waits until at least `count` items are there.
   * @returns everything that is there by then, or when the patience ends: the caller judges what is missing
   */
  atLeast(count: number, patienceMs?: number): Promise<readonly T[]>
  /**
   * Waits for an item that `matches`.
   * @throws WaitedInVain when none came in time; `what` completes "Waited 1000 ms for …"
   */
  next(what: string, matches: (item: T) => boolean, patienceMs?: number): Promise<T>
}

/** How many items are kept; an attempt that sends for ever must not fill the memory. */
const MAX_ITEMS = 10_000

/** @param onItem is told of every item as it arrives; for the trace */
export function openInbox<T>(onItem?: (item: T) => void): Inbox<T> {
  const items: T[] = []
  const watchers = new Set<() => void>()

  /**
   * Waits until `look` finds something.
   * @throws WaitedInVain when it does not in time
   */
  async function seen<R>(look: () => R | undefined, patienceMs: number, what: string): Promise<R> {
    let watcher: () => void = () => undefined
    const found = new Promise<R>((resolve) => {
      watcher = () => {
        const result = look()
        if (result !== undefined) resolve(result)
      }
    })
    watchers.add(watcher)
    watcher()
    try {
      return await within(patienceMs, what, found)
    } finally {
      watchers.delete(watcher)
    }
  }

  return {
    all: items,
    push(item) {
      if (items.length >= MAX_ITEMS) return
      items.push(item)
      onItem?.(item)
      for (const watcher of watchers) watcher()
    },
    async atLeast(count, patienceMs = PATIENCE_MS) {
      const enough = () => (items.length >= count ? true : undefined)
      await seen(enough, patienceMs, `${count} items`).catch(() => undefined)
      return [...items]
    },
    async next(what, matches, patienceMs = PATIENCE_MS) {
      const find = () => {
        const index = items.findIndex(matches)
        return index < 0 ? undefined : { item: items[index] as T }
      }
      return (await seen(find, patienceMs, what)).item
    },
  }
}
