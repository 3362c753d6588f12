import type { ReadableStream } from 'node:stream/web'
import { linesOf } from './lines.ts'
import { fromMessages, type RoundMessage } from './round-message.ts'
import { originOf, type RunningWorkbook } from './running-workbook.ts'
import type { WatchListener, Watcher } from './watcher.ts'

/** A watcher that lets the workbook in the browser do the watching. */
export interface Follower extends Watcher {
  /** Resolves when the workbook has gone. */
  readonly ended: Promise<void>
}

/**
 * Shows what the watcher of a running workbook tells, and asks that one for whatever is to be done: two that grade the same
 * files would only be in each other's way.
 * @throws Error when it does not answer as it should
 */
export async function followWorkbook(running: RunningWorkbook, listener: WatchListener): Promise<Follower> {
  const origin = originOf(running)
  const controller = new AbortController()
  const { signal } = controller
  const answer = await fetch(`${origin}/api/rounds`, { signal })
  if (!answer.ok || answer.body === null) throw new Error(`${origin} answered ${answer.status}`)
  let lessonId: string | undefined
  const take = fromMessages({
    ...listener,
    started(lesson, checkCount) {
      lessonId = lesson.id
      listener.started(lesson, checkCount)
    },
  })
  const told = tell(answer.body as ReadableStream<Uint8Array>, take)

  async function ask(path: string, body: object): Promise<void> {
    const headers = { origin, 'content-type': 'application/json' }
    // Whether it was done is told by the rounds that follow.
    await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal }).catch(() => undefined)
  }

  return {
    ended: told,
    goTo: ({ id }, seed) => ask(`/api/lessons/${id}/check`, { seed }),
    check(seed) {
      if (lessonId !== undefined) void ask(`/api/lessons/${lessonId}/check`, { seed })
    },
    async close() {
      controller.abort()
      await told
    },
  }
}

async function tell(body: AsyncIterable<Uint8Array>, take: (message: RoundMessage) => void): Promise<void> {
  for await (const line of linesOf(body)) if (line !== '') take(JSON.parse(line) as RoundMessage)
}
