import { lessons } from '../catalogue.ts'
import type { CheckVerdict, LessonVerdict } from '../verdict.ts'
import type { WatchListener } from './watcher.ts'

/** What a watcher tells, as it crosses from one program to another: one JSON text in a line. */
export type RoundMessage =
  | { readonly kind: 'started'; readonly lesson: string; readonly checkCount: number }
  | { readonly kind: 'decided'; readonly check: CheckVerdict }
  | { readonly kind: 'ended'; readonly verdict: LessonVerdict }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'noted'; readonly text: string }

/** @returns a listener that says everything as messages */
export function asMessages(say: (message: RoundMessage) => void): WatchListener {
  return {
    started: ({ id }, checkCount) => say({ kind: 'started', lesson: id, checkCount }),
    decided(decided) {
      const check = decided.at(-1)
      if (check !== undefined) say({ kind: 'decided', check })
    },
    ended: (verdict) => say({ kind: 'ended', verdict }),
    failed: (error) => say({ kind: 'failed', message: String(error) }),
    noted: (text) => say({ kind: 'noted', text }),
  }
}

/** @returns what takes messages and tells them to a listener */
export function fromMessages(listener: WatchListener): (message: RoundMessage) => void {
  let decided: CheckVerdict[] = []
  return (message) => {
    switch (message.kind) {
      case 'started': {
        const lesson = lessons.find(({ id }) => id === message.lesson)
        decided = []
        if (lesson !== undefined) listener.started(lesson, message.checkCount)
        break
      }
      case 'decided':
        decided.push(message.check)
        listener.decided(decided)
        break
      case 'ended':
        listener.ended(message.verdict)
        break
      case 'failed':
        listener.failed(message.message)
        break
      case 'noted':
        listener.noted(message.text)
        break
    }
  }
}
