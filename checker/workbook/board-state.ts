import type { Status } from '../verdict.ts'

/** What a page shows of a lesson, but for the details of what did not pass. It is sent whole each time, so none can be missed. */
export interface Board {
  /** Tells one start of the server from another. */
  readonly server: string
  /** The lesson that is watched, which may be another one than the page's. */
  readonly watched: string
  readonly phase: 'unchecked' | 'checking' | 'done' | 'stopped'
  /** What each check has come to, by id; one that is missing waits. */
  readonly checks: Readonly<Record<string, Status | 'excused'>>
  /** One line on how far it is. */
  readonly summary: string
  /** The sentence for those who hear the page; it changes when a round has ended. */
  readonly verdict: string
  /** Changes with the details of what did not pass. */
  readonly details: string
  readonly seed?: number
  readonly note: string
}
