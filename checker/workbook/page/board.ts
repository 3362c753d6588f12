import type { Board } from '../board-state.ts'
import { refreshDetails } from './details.ts'

const WORDS: Readonly<Record<string, string>> = {
  passed: 'passed',
  failed: 'not passed',
  'timed-out': 'not passed: it took too long',
  'could-not-start': 'could not start',
  blocked: 'waits for an earlier lesson',
  'not-run': 'not run',
  error: 'could not be checked',
  excused: 'cannot be run here',
  waiting: 'waiting',
}

/** Shows how far it is. Only what has changed is touched, so that nothing is said twice and no focus is lost. */
export function drawBoard(board: Board, lessonId: string): void {
  const panel = document.getElementById('result') as HTMLElement
  const isWatched = board.watched === lessonId
  panel.dataset.phase = board.phase
  for (const item of panel.querySelectorAll<HTMLElement>('[data-check]')) {
    const status = board.checks[item.dataset.check ?? ''] ?? 'waiting'
    if (item.dataset.status !== status) item.dataset.status = status
    const word = item.querySelector('[data-word]')
    if (word !== null) setText(word, `: ${WORDS[status] ?? status}`)
  }
  show('summary', board.summary)
  show('verdict', board.verdict)
  show('note', isWatched ? board.note : `The checks are at ${board.watched} now. Press Check again to have this one checked.`)
  show('short', short(board))
  const again = panel.querySelector<HTMLElement>('[data-do="again"]')
  // During a round it keeps the seed of the one before, and its place under the fingers.
  if (again !== null && board.seed !== undefined) {
    again.hidden = false
    again.dataset.seed = String(board.seed)
  }
  if (board.phase === 'done' && Object.values(board.checks).every((status) => status === 'passed' || status === 'excused'))
    showPassed()
  refreshDetails(lessonId, board.details)
}

/** What was only asked for before a pass. */
function showPassed(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-when]')) part.hidden = part.dataset.when === 'open'
}

/** For the bar that stands at the foot of a narrow window. */
function short({ phase, summary }: Board): string {
  return phase === 'done' ? summary.replace(/ ·.*/, '') : summary
}

function show(name: string, text: string): void {
  for (const place of document.querySelectorAll<HTMLElement>(`[data-text="${name}"]`)) {
    setText(place, text)
    if (place.classList.contains('note')) place.hidden = text === ''
  }
}

function setText(place: Element, text: string): void {
  if (place.textContent !== text) place.textContent = text
}
