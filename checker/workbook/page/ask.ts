/**
 * Asks the server to do something.
 * @returns what it answered as a piece of a page, undefined when there is none
 * @throws Error with words for the reader when it refused
 */
export async function ask(path: string, body: object): Promise<DocumentFragment | undefined> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return answer.status === 204 ? undefined : fragment(text)
}

/** Reads a piece of a page. @throws Error when the server refused */
export async function read(path: string): Promise<DocumentFragment> {
  const answer = await fetch(path)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return fragment(text)
}

/** What our own server has written, with everything escaped that is not ours. */
function fragment(source: string): DocumentFragment {
  const made = document.createDocumentFragment()
  made.append(...new DOMParser().parseFromString(source, 'text/html').body.childNodes)
  return made
}
