import { takeClicks } from './actions.ts'
import { showDetails } from './details.ts'
import { followLesson } from './follow.ts'
import { mountTryIt } from './try-it.ts'

const lessonId = document.body.dataset.lesson

if (lessonId !== undefined) {
  followLesson(lessonId)
  showDetails(lessonId)
  takeClicks(lessonId)
  const panel = document.getElementById('try-it-panel')
  if (panel !== null) mountTryIt(panel, lessonId)
}
