import { unwatchFile, watchFile } from 'node:fs'
import type { Lesson } from '../catalogue.ts'
import { type Follower, followWorkbook } from './follow.ts'
import { findRunningWorkbook, REGISTRATION } from './running-workbook.ts'
import { openWatcher, type WatchListener, type Watcher } from './watcher.ts'

/** How often it is looked whether a workbook was started in the browser, in milliseconds. */
const LOOK_MS = 500

/**
 * A watcher that is the only one: while the workbook runs in the browser, that one watches, and this one shows what it
 * tells. When the browser's ends, it goes on by itself.
 */
export async function openSharedWatcher(listener: WatchListener, options: { readonly poll: boolean }): Promise<Watcher> {
  let lesson: Lesson | undefined
  let closed = false
  const own = (): Watcher => openWatcher(heard, options)
  const heard: WatchListener = {
    ...listener,
    started(started, checkCount) {
      lesson = started
      listener.started(started, checkCount)
    },
  }
  const first = await followRunning()
  let current: Watcher = first ?? own()
  if (first !== undefined) void takeOverAfter(first)
  let turning = Promise.resolve()
  watchFile(REGISTRATION, { interval: LOOK_MS }, () => {
    turning = turning.then(handOver)
  })

  async function followRunning(): Promise<Follower | undefined> {
    const running = await findRunningWorkbook()
    return running === undefined ? undefined : followWorkbook(running, heard).catch(() => undefined)
  }

  /** Somebody registered, or took it back. */
  async function handOver(): Promise<void> {
    if (closed || 'ended' in current) return
    const follower = await followRunning()
    if (follower === undefined) return
    const before = current
    current = follower
    void takeOverAfter(follower)
    await before.close()
    listener.noted('the workbook in the browser watches now; this shows what it sees')
  }

  async function takeOverAfter(follower: Follower): Promise<void> {
    await follower.ended
    if (closed) return
    current = own()
    listener.noted('the workbook in the browser has ended; this watches again')
    if (lesson !== undefined) await current.goTo(lesson)
  }

  return {
    goTo(entered, seed) {
      lesson = entered
      return current.goTo(entered, seed)
    },
    check: (seed) => current.check(seed),
    async close() {
      closed = true
      unwatchFile(REGISTRATION)
      await turning
      await current.close()
    },
  }
}
