import { read } from './ask.ts'

/** The details that are shown, or are on their way. */
let wanted: string | undefined
let reading = false

/** Fetches the details of what did not pass when there are others. @param key changes with them */
export function refreshDetails(lessonId: string, key: string): void {
  if (wanted === key) return
  wanted = key
  if (!reading) void readDetails(lessonId)
}

async function readDetails(lessonId: string): Promise<void> {
  reading = true
  const asked = wanted
  try {
    replaceChanged(await read(`/lessons/${lessonId}/details`))
  } catch {
    // The stream notices when the server has gone, and tells it.
    wanted = undefined
  } finally {
    reading = false
  }
  if (wanted !== undefined && wanted !== asked) await readDetails(lessonId)
}

/** What is the same stays where it is. What is new of the same check is opened, closed and focused like what it replaces. */
function replaceChanged(fresh: DocumentFragment): void {
  const place = document.getElementById('details') as HTMLElement
  const wantedKeys = new Set([...fresh.children].map(keyOf))
  const gone = [...place.children].filter((child) => !wantedKeys.has(keyOf(child)))
  const before = new Map(gone.map((child) => [idOf(child), child]))
  const focused = gone.find((child) => child.contains(document.activeElement))
  for (const child of gone) child.remove()
  for (const [index, child] of [...fresh.children].entries()) {
    const there = place.children[index]
    if (there !== undefined && keyOf(there) === keyOf(child)) continue
    const old = before.get(idOf(child))
    if (child instanceof HTMLDetailsElement && old instanceof HTMLDetailsElement) child.open = old.open
    place.insertBefore(child, there ?? null)
    if (old !== undefined && old === focused) child.querySelector('summary')?.focus({ preventScroll: true })
  }
}

/** The same for the same content. */
function keyOf(element: Element): string {
  const { key, src } = (element as HTMLElement).dataset
  return key === undefined ? element.outerHTML : `${key} ${src ?? ''}`
}

/** The id of the check, which stays when its content changes. */
function idOf(element: Element): string {
  return keyOf(element).split(' ')[0] ?? ''
}

/** Fetches what a closed check holds when it is opened. */
export function showDetails(lessonId: string): void {
  const place = document.getElementById('details') as HTMLElement
  // The event does not bubble, but it can be caught on its way down.
  place.addEventListener('toggle', (event) => void fill(event.target as HTMLElement), true)

  async function fill(opened: HTMLElement): Promise<void> {
    const { src } = opened.dataset
    const body = opened.querySelector('.failure-body')
    if (src === undefined || body === null || body.childNodes.length > 0) return
    body.textContent = 'One moment …'
    try {
      body.replaceChildren(await read(src))
    } catch {
      body.textContent = `There is a newer verdict on ${lessonId}.`
    }
  }
}
