/** How many may run at the same time. */
export interface Places {
  readonly quick: number
  /** Slow ones mostly wait, so they have places of their own. */
  readonly slow: number
}

export const PLACES: Places = { quick: 3, slow: 4 }

export interface Plan<Item, Result> {
  /** All there is to run, in order. */
  readonly items: readonly Item[]
  /** Without places each runs in its turn, and nothing beside it. */
  readonly places?: Places
  /** How long an item takes, in seconds, if it is slow. Slow ones are begun early, the slowest first, so that none is left for the end. */
  secondsOf(item: Item): number | undefined
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
  const { items, places, secondsOf, run, holds, onSetAside } = plan
  const started = new Map<Item, Promise<Result>>()
  const running = new Map<Item, Promise<Result>>()
  const unwanted = new AbortController()
  const isSlow = (item: Item) => secondsOf(item) !== undefined
  const waiting = new Set(items.toSorted((a, b) => (secondsOf(b) ?? 0) - (secondsOf(a) ?? 0)))
  let mayStart = false

  const alone = (item: Item) => run(item, new AbortController().signal)
  const startMore = () => {
    if (!mayStart || places === undefined) return
    for (const item of waiting) {
      const alike = [...running.keys()].filter((other) => isSlow(other) === isSlow(item))
      if (alike.length < (isSlow(item) ? places.slow : places.quick)) start(item)
    }
  }
  const start = (item: Item) => {
    waiting.delete(item)
    const result = run(item, unwanted.signal)
    started.set(item, result)
    running.set(item, result)
    const ended = (isHeld: boolean) => {
      running.delete(item)
      mayStart &&= isHeld
      startMore()
    }
    void result.then(holds, () => false).then(ended)
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
        mayStart = places !== undefined && holds(result)
        startMore()
        return result
      }
      // Its turn has come, whether there is a place for it or not.
      if (mayStart && waiting.has(item)) start(item)
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
