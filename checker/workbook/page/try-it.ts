import type { Faults, Snapshot } from '../try-it-snapshot.ts'

/** What the three sliders do, and what they are called. */
const FAULTS: Readonly<Record<keyof Faults, string>> = {
  loss: 'Lose',
  duplicate: 'Repeat',
  reorder: 'Hold back until the next one has passed',
}

/**
 * Builds the try-it panel of a lesson: its reader starts their own program, sends it datagrams over a network with faults, and
 * watches what becomes of them. Nothing is shown in a lesson that has none.
 * @param element empty; the panel becomes its content, and its headings are of the third level
 */
export function mountTryIt(element: HTMLElement, lessonId: string): void {
  void mount(element, `/api/try-it/${encodeURIComponent(lessonId)}`)
}

async function mount(element: HTMLElement, base: string): Promise<void> {
  const answer = await fetch(base)
  if (!answer.ok) return
  const panel = buildPanel((await answer.json()) as Snapshot, (deed, body) => ask(`${base}/${deed}`, body))
  element.replaceChildren(...panel.nodes)
  let events: EventSource | undefined
  const listen = () => {
    events = new EventSource(`${base}/events`)
    events.addEventListener('message', ({ data }) => panel.show(JSON.parse(String(data)) as Snapshot))
    events.addEventListener('error', () => panel.complain(SILENT))
    events.addEventListener('open', () => panel.complain(''))
  }
  // A browser keeps few connections to one server, and hidden tabs would take them all.
  document.addEventListener('visibilitychange', () => {
    events?.close()
    if (document.visibilityState === 'visible') listen()
  })
  if (document.visibilityState === 'visible') listen()
}

const SILENT = 'The workbook does not answer. Is npm start still running?'

/** @returns what to show, or why it was not done */
async function ask(url: string, body: object): Promise<Snapshot | { readonly error: string }> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await answer.json()) as Snapshot | { readonly error: string }
  } catch {
    return { error: SILENT }
  }
}

type Ask = (deed: 'start' | 'send' | 'faults' | 'stop', body: object) => ReturnType<typeof ask>

interface Panel {
  readonly nodes: readonly Node[]
  show(snapshot: Snapshot): void
  complain(words: string): void
}

function buildPanel(first: Snapshot, request: Ask): Panel {
  const { noun } = first
  const start = button('')
  const stop = button('Stop it')
  const status = make('p', { role: 'status', className: 'try-status' })
  const seed = make('input', {
    type: 'number',
    min: '0',
    max: '4294967295',
    step: '1',
    value: String(first.seed),
    required: true,
  })
  const faults = buildFaults(first.faults, (chosen) => void act('faults', chosen))
  const messages = buildMessages(first, (body) => void act('send', body))
  const picture = make(
    'div',
    { className: 'picture-box', tabIndex: 0, role: 'region' },
    { 'aria-label': 'What has passed, as a picture' },
  )
  const sentences = make('ol', { className: 'try-sentences' })
  const told = make(
    'div',
    { className: 'try-told', role: 'log', tabIndex: 0 },
    { 'aria-label': `What your ${noun} has handed over` },
  )
  const output = make('pre', { className: 'try-output', tabIndex: 0 })
  const outputPart = make('div', {}, {}, make('h3', { textContent: 'What it printed' }), output)

  async function act(deed: Parameters<Ask>[0], body: object): Promise<void> {
    const answer = await request(deed, body)
    if ('error' in answer) complain(answer.error)
    else show(answer)
  }
  function complain(words: string): void {
    if (words !== '' || status.classList.contains('complaint')) status.textContent = words
    status.classList.toggle('complaint', words !== '')
  }
  const begin = make('form', { className: 'try-start' }, {}, start, stop, labelled('Seed for the next start', seed))
  begin.addEventListener('submit', (event) => {
    event.preventDefault()
    void act('start', { seed: seed.valueAsNumber })
  })
  stop.type = 'button'
  stop.addEventListener('click', () => void act('stop', {}))

  let shownTold = 0
  function show(snapshot: Snapshot): void {
    const { state } = snapshot
    start.textContent = state === 'stopped' ? `Start your ${noun}` : `Start your ${noun} anew`
    start.disabled = state === 'starting'
    stop.disabled = state !== 'running'
    say(status, statusWords(snapshot))
    status.classList.remove('complaint')
    faults.show(snapshot.faults)
    messages.show(snapshot)
    showPicture(picture, snapshot.picture)
    sentences.replaceChildren(...snapshot.sentences.map((textContent) => make('li', { textContent })))
    shownTold = showTold(told, snapshot.told, shownTold)
    say(output, snapshot.output)
    outputPart.hidden = snapshot.output === ''
  }

  const results = make(
    'div',
    { className: 'try-results' },
    {},
    make('h3', { textContent: 'What has passed' }),
    picture,
    make('details', {}, {}, make('summary', { textContent: 'The same in words' }), sentences),
    make('h3', { textContent: `What your ${noun} has handed over` }),
    told,
    outputPart,
  )
  const controls = make('div', { className: 'try-controls' }, {}, begin, status, ...messages.nodes, faults.node)
  const nodes = [
    make('p', { className: 'try-advice', textContent: first.advice }),
    make('div', { className: 'try-it' }, {}, controls, results),
  ]
  show(first)
  return { nodes, show, complain }
}

function statusWords({ state, words, noun, seed }: Snapshot): string {
  if (state === 'starting') return `Your ${noun} is starting.`
  if (state === 'running') return `Your ${noun} is running, as your file was when you started it. Seed ${seed}.`
  return words.length === 0 ? `Your ${noun} is not running.` : words.join('\n')
}

function buildFaults(first: Faults, choose: (faults: Faults) => void) {
  const names = Object.keys(FAULTS) as (keyof Faults)[]
  const sliders = names.map((name) => ({
    name,
    input: make('input', { type: 'range', min: '0', max: '100', step: '5' }),
    value: make('output', {}),
  }))
  const chosen = () =>
    Object.fromEntries(sliders.map(({ name, input }) => [name, input.valueAsNumber / 100])) as unknown as Faults
  for (const { input, value } of sliders) {
    input.addEventListener('input', () => {
      value.textContent = `${input.value} %`
      choose(chosen())
    })
  }
  const rows = sliders.map(({ name, input, value }) =>
    make('div', { className: 'try-fault' }, {}, labelled(FAULTS[name], input), value),
  )
  const node = make('fieldset', {}, {}, make('legend', { textContent: 'What the network does, there and back' }), ...rows)
  const show = (faults: Faults) => {
    for (const { name, input, value } of sliders) {
      // Whoever is moving it knows better.
      if (document.activeElement !== input) input.value = String(Math.round(faults[name] * 100))
      value.textContent = `${input.value} %`
    }
  }
  show(first)
  return { node, show }
}

function buildMessages({ senders, ready }: Snapshot, send: (body: object) => void) {
  const text = make('input', { type: 'text', maxLength: 1000, autocomplete: 'off', value: 'hello' })
  const sender = make('select', {}, {}, ...senders.map((name) => make('option', { textContent: name })))
  const from = senders.length > 1 ? [labelled('From', sender)] : []
  const form = make('form', { className: 'try-send' }, {}, ...from, labelled('Text', text), button('Send'))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send({ sender: sender.value, text: text.value })
    text.select()
  })
  const rows = ready.map(({ name, about }) => {
    const choose = button(name)
    choose.addEventListener('click', () => send({ sender: sender.value, ready: name }))
    return make('li', {}, {}, choose, make('span', { textContent: about }))
  })
  const shelf = make(
    'details',
    {},
    {},
    make('summary', { textContent: 'Messages that are ready, good and bad ones' }),
    make('ul', { className: 'try-ready' }, {}, ...rows),
  )
  const sentList = make('ul', { className: 'try-sent' })
  const sentPart = make('div', {}, {}, make('h3', { textContent: 'Send again' }), sentList)
  let shown = ''
  function show({ sent, state }: Snapshot): void {
    for (const each of [...form.querySelectorAll('button'), ...shelf.querySelectorAll('button')])
      each.disabled = state !== 'running'
    sentPart.hidden = sent.length === 0 || state !== 'running'
    const key = JSON.stringify(sent)
    // Built only when it has changed, so that a focused button stays what it is.
    if (key === shown) return
    shown = key
    const focused = (document.activeElement as HTMLElement | null)?.dataset.again
    sentList.replaceChildren(
      ...sent.toReversed().map(({ again, label, sender: who }) => {
        const repeat = button(senders.length > 1 ? `${who}: ${label}` : label)
        repeat.dataset.again = String(again)
        repeat.addEventListener('click', () => send({ again }))
        return make('li', {}, {}, repeat)
      }),
    )
    if (focused !== undefined) sentList.querySelector<HTMLElement>(`[data-again="${CSS.escape(focused)}"]`)?.focus()
  }
  return { nodes: [form, shelf, sentPart], show }
}

/** The drawing comes escaped from our own server. It is read as XML, in which no script would run, and not as HTML. */
function showPicture(box: HTMLElement, source: string): void {
  if (box.dataset.source === source) return
  box.dataset.source = source
  const focused = [...box.querySelectorAll('.event')].indexOf(document.activeElement as Element)
  if (source === '') {
    box.replaceChildren(make('p', { className: 'try-nothing', textContent: 'Nothing yet.' }))
    return
  }
  const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
  box.replaceChildren(document.adoptNode(parsed.documentElement))
  box.querySelectorAll<SVGElement>('.event')[focused]?.focus()
}

/** Adds what is new, so that a screen reader reads it and nothing else. @returns how many lines have been shown in all */
function showTold(list: HTMLElement, { from, lines }: Snapshot['told'], shown: number): number {
  const all = from + lines.length
  if (all < shown) list.replaceChildren()
  const fresh = all < shown ? lines : lines.slice(Math.max(0, shown - from))
  list.append(...fresh.map((textContent) => make('p', { textContent })))
  while (list.children.length > 100) list.firstElementChild?.remove()
  list.scrollTop = list.scrollHeight
  return all
}

/** Leaves it alone when nothing has changed: a live region would be read again. */
function say(element: HTMLElement, words: string): void {
  if (element.textContent !== words) element.textContent = words
}

function labelled(words: string, control: HTMLElement): HTMLElement {
  return make('label', {}, {}, make('span', { textContent: words }), control)
}

function button(words: string): HTMLButtonElement {
  return make('button', { textContent: words })
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}
