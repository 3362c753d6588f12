import { createHash } from 'node:crypto'
import type { Lesson } from '../catalogue.ts'
import { type CheckVerdict, firstOpen, isOpen, type LessonVerdict, passedCount, type Status } from '../verdict.ts'
import type { Board } from './board-state.ts'
import type { Session } from './session.ts'

export async function readBoard(session: Session, lesson: Lesson, server: string): Promise<Board> {
  const round = session.round()
  const latest = await session.latest(lesson)
  const watched = round?.lesson.id ?? ''
  const common = { server, watched, details: detailsKey(latest), note: session.note() }
  if (round === undefined || watched !== lesson.id) return { ...common, ...atRest(latest) }
  if (round.failure !== undefined) {
    const text = `The checker itself failed; this is not your fault. ${round.failure}`
    return { ...common, phase: 'stopped', checks: statuses(round.decided), summary: text, verdict: text }
  }
  if (round.verdict !== undefined) return { ...common, ...atRest(round.verdict) }
  const summary = `Checking: ${round.decided.length} of ${round.checkCount}`
  return { ...common, phase: 'checking', checks: statuses(round.decided), summary, verdict: '' }
}

/** How far a lesson is when nothing goes on. */
export function atRest(verdict: LessonVerdict | undefined): Pick<Board, 'phase' | 'checks' | 'summary' | 'verdict' | 'seed'> {
  if (verdict === undefined) return { phase: 'unchecked', checks: {}, summary: 'Not checked yet', verdict: '' }
  const { seed, durationMs, checks } = verdict
  const count = `${passedCount(verdict)} of ${checks.length} checks passed`
  const summary = `${count} · seed ${seed} · ${(durationMs / 1000).toFixed(1)}\u00a0s`
  return { phase: 'done', checks: statuses(checks), summary, verdict: spoken(verdict, count), seed }
}

/** `All 31 checks`, or as many as this machine can run. */
function allPassed({ checks }: LessonVerdict): string {
  const run = checks.filter(({ excused }) => excused !== true)
  return `All ${run.length} checks${run.length < checks.length ? ' that can be run here' : ''}`
}

/** A verdict as a sentence. */
function spoken(verdict: LessonVerdict, count: string): string {
  const open = firstOpen(verdict)
  if (open === undefined) return `${allPassed(verdict)} of ${verdict.lesson} passed.`
  return `${count}. First to look at: ${open.id}, ${open.title}.`
}

function statuses(checks: readonly CheckVerdict[]): Record<string, Status | 'excused'> {
  return Object.fromEntries(checks.map(({ id, verdict, excused }) => [id, excused === true ? 'excused' : verdict]))
}

/** The same for the same details, so that a page need not draw again what it shows. */
function detailsKey(verdict: LessonVerdict | undefined): string {
  if (verdict === undefined) return ''
  const open = verdict.checks.filter(isOpen)
  return createHash('sha256')
    .update(JSON.stringify([verdict.partial, verdict.verdict === 'passed', open]))
    .digest('hex')
    .slice(0, 12)
}
