/** A clock that a check sets by hand and an attempt reads: it can be passed wherever a contract asks for `now`. */
export interface Clock<T> {
  (): T
  /** Resolves when everyone who was given the clock reads the new time. */
  set(time: T): Promise<void>
  /** Has `listener` told of every new time. */
  onSet(listener: (time: T) => Promise<void>): void
}

export function createClock<T>(start: T): Clock<T> {
  let current = start
  const listeners: ((time: T) => Promise<void>)[] = []
  return Object.assign(() => current, {
    async set(time: T) {
      current = time
      await Promise.all(listeners.map((listener) => listener(time)))
    },
    onSet(listener: (time: T) => Promise<void>) {
      listeners.push(listener)
    },
  })
}

export function isClock(value: unknown): value is Clock<unknown> {
  return typeof value === 'function' && 'onSet' in value
}
