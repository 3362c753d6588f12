import type { LessonVerdict } from '../verdict.ts'

/** What JSON leaves as it is and a terminal obeys, or shows as nothing: C1 controls, direction marks, line separators. */
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

/** Renders a verdict for programs: one line of JSON, in which nothing of an attempt's text works on a terminal. */
export function renderJson(verdict: LessonVerdict): string {
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify(verdict).replaceAll(UNSEEN, escaped)}\n`
}
