import { ask } from './ask.ts'

/** Does what a button says when it is pressed. */
export function takeClicks(lessonId: string): void {
  const acts: Readonly<Record<string, (button: HTMLElement) => Promise<void>>> = {
    async check() {
      await ask(`/api/lessons/${lessonId}/check`, {})
    },
    async again({ dataset }) {
      await ask(`/api/lessons/${lessonId}/check`, { seed: Number(dataset.seed) })
    },
    async hint(button) {
      const fresh = await ask(`/api/lessons/${lessonId}/tasks/${button.dataset.task}/hint`, {})
      const box = fresh?.firstElementChild
      const old = button.closest('.hints')
      if (box === null || box === undefined || old === null) return
      old.replaceWith(box)
      goTo(box.querySelector<HTMLElement>('.hint:last-of-type'))
    },
    async diff() {
      const fresh = await ask(`/api/lessons/${lessonId}/solution`, {})
      const place = document.getElementById('diff')
      if (fresh === undefined || place === null) return
      place.replaceChildren(fresh)
      goTo(place)
    },
  }

  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-do]')
    const act = acts[button?.dataset.do ?? '']
    if (button === null || act === undefined) return
    act(button).catch((error: unknown) => {
      const note = document.querySelector<HTMLElement>('.note')
      if (note === null) return
      note.textContent = error instanceof Error ? error.message : String(error)
      note.hidden = false
    })
  })
}

/** Whoever works by keyboard or ear goes on where the new text stands. */
function goTo(place: HTMLElement | null): void {
  if (place === null) return
  place.tabIndex = -1
  place.focus({ preventScroll: true })
}
