/** How many quick checks run at the same time, and how many slow ones beside them. */
export const TOGETHER = 3

export interface Plan<Item, Result> {
  /** All there is to run, in order. */
  readonly items: readonly Item[]
  /** How many of the quick ones may run at the same time, and how many of the slow ones. */
  readonly together: number
  /** Whether an item takes long, and that mostly by waiting. Such ones are begun early, so that they are not left for the end. */
  isSlow(item: Item): boolean
  /** Runs one of them. Once the signal is aborted nobody wants the result, and it should end soon. */
  run(item: Item, signal: AbortSignal): Promise<Result>
  /** Whether a result counts although others ran beside it. */
  holds(result: Result): boolean
  /** Told of a result that does not count, before the item is run again alone. */
  onSetAside?(item: Item, result: Result): void
}

export interface RunAhead<Item, Result> {
  /** Gives the result of an item. They are taken in their order. */
  take(item: Item): Promise<Result>
  /** Resolves when nothing runs any more. */
  close(): Promise<void>
}

/**
 * Runs items ahead of their turn, from when the first result held until one does not. That one is run again alone, and only
 * that counts, for it may have failed because of the others: an attempt that insists on one port is in its own way. Alone it
 * has to hold twice, or the second chance would be a gift for what works only now and then. From there on all run alone.
 */
export function runAhead<Item, Result>(plan: Plan<Item, Result>): RunAhead<Item, Result> {
  const { items, together, isSlow, run, holds, onSetAside } = plan
  const started = new Map<Item, Promise<Result>>()
  const running = new Map<Item, Promise<Result>>()
  const unwanted = new AbortController()
  const waiting = new Set(items)
  let mayStart = false

  const alone = (item: Item) => run(item, new AbortController().signal)
  const startMore = () => {
    for (const item of waiting) {
      const alike = [...running.keys()].filter((other) => isSlow(other) === isSlow(item))
      if (!mayStart || alike.length >= together) continue
      waiting.delete(item)
      void start(item)
    }
  }
  const start = async (item: Item) => {
    const result = run(item, unwanted.signal)
    started.set(item, result)
    running.set(item, result)
    const isHeld = await result.then(holds, () => false)
    running.delete(item)
    mayStart &&= isHeld
    startMore()
  }
  const close = async () => {
    mayStart = false
    unwanted.abort()
    const left = [...running]
    await Promise.allSettled(left.map(([, result]) => result))
    for (const [item] of left) started.delete(item)
  }

  return {
    async take(item) {
      if (item === items[0]) {
        waiting.delete(item)
        const result = await alone(item)
        mayStart = together > 1 && holds(result)
        startMore()
        return result
      }
      const among = await started.get(item)
      if (among !== undefined && holds(among)) return among
      await close()
      if (among === undefined) return alone(item)
      onSetAside?.(item, among)
      const again = await alone(item)
      return holds(again) ? alone(item) : again
    },
    close,
  }
}
