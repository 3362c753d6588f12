import { randomInt } from 'node:crypto'
import { LOOPBACK } from '../lab/udp-socket.ts'
import type { Describe } from '../lab/trace.ts'
import { inert } from '../reporters/text.ts'
import type { TryItLesson } from './try-it-lessons.ts'
import type { Message, Snapshot } from './try-it-snapshot.ts'

/** What the page sends, and what it may send again. */
export interface Outbox {
  /**
   * What is to go out now, and from whom. It is kept under its name from `describe`.
   * @throws Refused when nothing is
   */
  take(message: Message, describe: Describe): Outgoing
  /** The last ones, oldest first. */
  sent(): Snapshot['sent']
}

interface Outgoing {
  readonly sender: string
  readonly bytes: Uint8Array
}

/** Something that the page asked for and that is not done. `why` is for the reader. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly why: 'not-running' | 'too-long' | 'too-fast' | 'unknown'

  constructor(why: Refused['why'], message: string) {
    super(message)
    this.why = why
  }
}

/** The longest typed text, in bytes. */
const MAX_TEXT_BYTES = 1000
export const MAX_SENDS_PER_SECOND = 20
/** How many can be sent again. */
const KEPT = 8

/** Opens an empty one. The typed texts of one make up a session. */
export function openOutbox(plan: TryItLesson<never>): Outbox {
  const session = randomInt(2 ** 32)
  let texts = 0
  let count = 0
  let kept: (Outgoing & { again: number; label: string })[] = []
  let takenAt: number[] = []

  function keepPace(): void {
    const now = performance.now()
    takenAt = [...takenAt.filter((at) => now - at < 1000), now]
    if (takenAt.length > MAX_SENDS_PER_SECOND) {
      throw new Refused('too-fast', `That is too fast: at most ${MAX_SENDS_PER_SECOND} a second.`)
    }
  }

  function make(message: Exclude<Message, { again: number }>): Uint8Array {
    if ('ready' in message) {
      const ready = plan.ready(message.sender)
      const canned = Object.hasOwn(ready, message.ready) ? ready[message.ready] : undefined
      if (canned === undefined) throw new Refused('unknown', 'No message of that name is ready.')
      // Datagrams name no address of their own.
      return Buffer.from(canned.make({ host: LOOPBACK, port: 0 }))
    }
    const sizeBytes = Buffer.byteLength(message.text)
    if (sizeBytes > MAX_TEXT_BYTES) {
      throw new Refused('too-long', `That is ${sizeBytes} bytes; from here at most ${MAX_TEXT_BYTES} can be sent.`)
    }
    return plan.pack(message.text, { session, number: texts++ })
  }

  return {
    take(message, describe) {
      keepPace()
      if ('again' in message) {
        const before = kept.find(({ again }) => again === message.again)
        if (before === undefined) throw new Refused('unknown', 'That one was sent too long ago. Type it again.')
        return before
      }
      const { sender } = message
      if (!plan.senders.includes(sender)) throw new Refused('unknown', 'Nobody of that name can send here.')
      const bytes = make(message)
      count += 1
      kept = [...kept, { sender, bytes, again: count, label: inert(describe(bytes)) }].slice(-KEPT)
      return { sender, bytes }
    },
    sent: () => kept.map(({ again, sender, label }) => ({ again, sender, label })),
  }
}
