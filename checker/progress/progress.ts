/** What is remembered of one lesson. */
export interface LessonProgress {
  /** How many different programs were graded; the untouched starter is none, and neither is the same program again. */
  readonly attempts: number
  /** Of the program graded last. */
  readonly fingerprint?: string
  /** When it was passed for the first time; ISO 8601. */
  readonly passedAt?: string
  /** The learner has said that they want to see the solution before a pass. */
  readonly solutionShown?: boolean
  /** How many hints of each task have been shown. */
  readonly hints: Readonly<Record<string, number>>
}

/** What is remembered of the learner's way. */
export interface Progress {
  /** The id of the lesson that was worked on last. */
  readonly current?: string
  /** By id; a lesson that was never touched is missing. */
  readonly lessons: Readonly<Record<string, LessonProgress>>
}

const UNTOUCHED: LessonProgress = { attempts: 0, hints: {} }

export function ofLesson(progress: Progress, id: string): LessonProgress {
  return progress.lessons[id] ?? UNTOUCHED
}

export function withLesson(progress: Progress, id: string, changed: Partial<LessonProgress>): Progress {
  return { ...progress, lessons: { ...progress.lessons, [id]: { ...ofLesson(progress, id), ...changed } } }
}

/** A grading that came to an end. */
export interface Grading {
  readonly lesson: string
  readonly passed: boolean
  /** Of the program that was graded. */
  readonly fingerprint: string
  /** Of the starter, which is nobody's attempt. */
  readonly starterFingerprint: string
  readonly at: Date
}

export function afterGrading(progress: Progress, grading: Grading): Progress {
  const { lesson, passed, fingerprint, starterFingerprint, at } = grading
  const before = ofLesson(progress, lesson)
  const isNew = fingerprint !== before.fingerprint && fingerprint !== starterFingerprint
  return {
    ...withLesson(progress, lesson, {
      attempts: before.attempts + (isNew ? 1 : 0),
      fingerprint,
      ...(passed && before.passedAt === undefined ? { passedAt: at.toISOString() } : {}),
    }),
    current: lesson,
  }
}

/** Takes what was stored. Undefined when it is not what we store; single fields that make no sense are left out. */
export function acceptProgress(value: unknown): Progress | undefined {
  if (!isRecord(value) || !isRecord(value.lessons ?? {})) return undefined
  const entries = Object.entries((value.lessons ?? {}) as Record<string, unknown>)
  return {
    ...(typeof value.current === 'string' ? { current: value.current } : {}),
    lessons: Object.fromEntries(entries.flatMap(([id, lesson]) => (isRecord(lesson) ? [[id, acceptLesson(lesson)]] : []))),
  }
}

function acceptLesson(value: Readonly<Record<string, unknown>>): LessonProgress {
  const { attempts, fingerprint, passedAt, solutionShown, hints } = value
  const shown = isRecord(hints) ? Object.entries(hints).filter(([, count]) => isCount(count)) : []
  return {
    attempts: isCount(attempts) ? attempts : 0,
    hints: Object.fromEntries(shown) as Record<string, number>,
    ...(typeof fingerprint === 'string' ? { fingerprint } : {}),
    ...(typeof passedAt === 'string' && !Number.isNaN(Date.parse(passedAt)) ? { passedAt } : {}),
    ...(solutionShown === true ? { solutionShown } : {}),
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
