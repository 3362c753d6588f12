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
  { id: 'lesson-2', number: 2, slug: '02-retransmit-ack', title: 'Delivery you can count on' },
  { id: 'lesson-3', number: 3, slug: '03-encryption', title: 'Datagrams nobody else can read or change' },
  { id: 'lesson-4', number: 4, slug: '04-chat', title: 'A chat that survives its users' },
  { id: 'lesson-5', number: 5, slug: '05-file-transfer', title: 'Many files over one connection' },
  { id: 'lesson-6', number: 6, slug: '06-tls', title: 'The same, and nobody listens in' },
  { id: 'lesson-7', number: 7, slug: '07-p2p-network', title: 'A network without a centre' },
  { id: 'lesson-8', number: 8, slug: '08-gui', title: 'A page to drive it' },
]
