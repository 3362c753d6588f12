/**
 * Whose turn it is. `failed`, `timed-out` and `could-not-start` are the learner's; `blocked` waits for an earlier lesson;
 * `not-run` was never tried; `error` is the checker's or the machine's, and never counts as the learner's failure.
 */
export type Status = 'passed' | 'failed' | 'timed-out' | 'could-not-start' | 'blocked' | 'not-run' | 'error'

/** Something the lab saw, in the order it was seen. `at` is milliseconds since the check began. */
export type TraceEvent =
  | {
      readonly kind: 'datagram'
      readonly at: number
      readonly from: string
      readonly to: string
      /** The bytes in hexadecimal, at most TRACE_BYTES of them. */
      readonly hex: string
      readonly sizeBytes: number
      /** What the lesson calls it: `DATA seq=0 "hi"`. */
      readonly label: string
      readonly fate: 'arrived' | 'lost'
      /** What the lab did to it on purpose. */
      readonly note?: string
    }
  | {
      /** A piece of a byte stream, as it was written; several are told as one where a long stream would fill the trace. */
      readonly kind: 'segment'
      readonly at: number
      readonly from: string
      readonly to: string
      /** Counted from 1. */
      readonly connection: number
      /** The bytes in hexadecimal; fewer than `sizeBytes` where a trace keeps no more of the connection. */
      readonly hex: string
      readonly sizeBytes: number
      /** What this piece completes, in the language of the lesson; empty when it is only a part of something. */
      readonly label: string
      readonly note?: string
    }
  | {
      /** A connection was opened by `from`, or `from` says that it will send no more (FIN), or breaks it off (RST). */
      readonly kind: 'connection'
      readonly at: number
      readonly from: string
      readonly to: string
      readonly connection: number
      readonly event: 'open' | 'end' | 'reset'
      readonly note?: string
    }
  | {
      /** A line of a TLS key log, with which a capture can be read. @see RFC 9850 */
      readonly kind: 'secret'
      readonly at: number
      readonly line: string
    }
  | { readonly kind: 'mark'; readonly at: number; readonly party: string; readonly label: string }

/** Where in the learner's file to look. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** Why a check did not pass, in the learner's world. Every field is plain text for people. */
export interface Reason {
  readonly expected?: string
  readonly actual?: string
  readonly why?: string
  readonly hint?: string
  readonly where?: Place
  /** A picture of the place, several lines in a fixed-width font. */
  readonly excerpt?: string
}

export interface CheckVerdict extends Reason {
  readonly id: string
  readonly title: string
  readonly verdict: Status
  /** The task of the lesson that this check belongs to. */
  readonly task: number
  readonly durationMs: number
  /** It was not run because this machine lacks something, and the lesson can be passed without it. */
  readonly excused?: true
  /** What the attempt printed during the check, both streams, at most OUTPUT_KEPT_BYTES. */
  readonly output?: string
  readonly trace?: readonly TraceEvent[]
}

/** What grading one lesson of one attempt came to. Every report is rendered from this record. */
export interface LessonVerdict {
  readonly schema: 1
  readonly lesson: string
  /** The name of the lesson's file in every folder: `01-udp-basics`. */
  readonly slug: string
  readonly title: string
  /** The folder that was graded, relative to the project where it lies inside it. */
  readonly attempt: string
  readonly verdict: 'passed' | 'failed' | 'error' | 'interrupted'
  readonly seed: number
  readonly durationMs: number
  /** Only some checks were asked for, so a pass says nothing about the lesson. */
  readonly partial: boolean
  /** What stood between the attempt and the machine, as docs/security.md calls it. Records of earlier versions do not say. */
  readonly walls?: readonly string[]
  readonly checks: readonly CheckVerdict[]
}

/**
 * Passed only if every check did, apart from those that this machine cannot run; `error` only if nothing but errors stands
 * between the attempt and a pass.
 */
export function overall(checks: readonly CheckVerdict[]): LessonVerdict['verdict'] {
  const open = checks.filter(isOpen)
  if (open.length === 0 && checks.some((check) => check.verdict === 'passed')) return 'passed'
  const ours = open.some((check) => check.verdict === 'error')
  const theirs = open.some((check) => check.verdict !== 'error' && check.verdict !== 'not-run')
  return ours && !theirs ? 'error' : 'failed'
}

/** Whether a check still stands between the attempt and a pass. */
export function isOpen(check: CheckVerdict): boolean {
  return check.verdict !== 'passed' && check.excused !== true
}

export function firstOpen(verdict: LessonVerdict): CheckVerdict | undefined {
  return verdict.checks.find(isOpen)
}

export function passedCount(verdict: LessonVerdict): number {
  return verdict.checks.filter((check) => check.verdict === 'passed').length
}

/** Whether all of several open checks have the same reason, which is then said once. */
export function haveSameReason(open: readonly CheckVerdict[]): boolean {
  const [first] = open
  return (
    first !== undefined &&
    first.verdict !== 'failed' &&
    open.length > 1 &&
    open.every((check) => check.actual === first.actual && check.why === first.why)
  )
}
