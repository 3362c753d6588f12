export interface Lesson {
  /** What a person types: `lesson-1`. */
  readonly id: string
  readonly number: number
  /** The name of the lesson's file in every folder: `01-udp-basics`. */
  readonly slug: string
  readonly title: string
}

/** The lessons in the order they are worked through. */
export const lessons: readonly Lesson[] = [
  { id: 'lesson-1', number: 1, slug: '01-udp-basics', title: 'A UDP receiver and sender' },
]
