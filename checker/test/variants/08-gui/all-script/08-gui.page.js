// Everything on the page is a custom element that makes its own content. Names stand in <b>, and in the title of the window.

/** Makes an element: h('p', { id: 'a' }, 'text', child). */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else element.setAttribute(name, value)
  }
  element.append(...children)
  return element
}

const say = (text) => document.querySelector('node-news').say(text)

async function ask(path, options) {
  const response = await fetch(path, options)
  if (!response.ok) throw new Error(`the node has answered ${response.status}`)
  return response
}

const saying = (what, work) => (event) => {
  event.preventDefault()
  work(event).catch((error) => say(`${what} did not work: ${error.message}`))
}

class NodeNews extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'status')
  }

  say(text) {
    this.replaceChildren(text)
  }
}

class SharedFiles extends HTMLElement {
  list = h('ul')

  connectedCallback() {
    const input = h('input', { type: 'file', id: 'mine' })
    const share = saying('Sharing', async () => {
      const [file] = input.files
      if (file === undefined) return say('Choose something first.')
      await ask(`/api/files/${encodeURIComponent(file.name)}`, { method: 'PUT', body: await file.arrayBuffer() })
      say(`${file.name} is shared now.`)
    })
    this.append(
      h('label', { for: 'mine' }, 'Your file'),
      input,
      h('button', { type: 'button', click: share }, 'Share this'),
      this.list,
    )
    void this.show()
  }

  async show() {
    const files = await (await ask('/api/files')).json()
    this.list.replaceChildren(...files.map(({ name, size }) => h('li', {}, h('b', {}, name), ` ${size}`)))
  }
}

class NetworkSearch extends HTMLElement {
  connectedCallback() {
    const field = h('input', { 'aria-label': 'Name to search for', type: 'search' })
    const hits = h('div')
    const search = saying('Searching', async () => {
      say('Searching …')
      const found = await (await ask(`/api/search?${new URLSearchParams({ name: field.value })}`)).json()
      hits.replaceChildren(...found.map((hit) => h('p', {}, h('b', {}, hit.name), ' ', fetchButton(hit))))
      say(`${found.length} found`)
    })
    this.append(h('form', { submit: search }, field, h('button', {}, 'Search the network')), hits)
  }
}

function fetchButton(hit) {
  const click = saying('Fetching', () => ask('/api/download', { method: 'POST', body: JSON.stringify(hit) }))
  return h('button', { type: 'button', click, title: hit.sha256 }, 'Fetch')
}

class TransferList extends HTMLElement {
  rows = new Map()

  show({ id, name, state, bytes, size, error }) {
    if (!this.rows.has(id)) {
      const row = { bar: h('progress', { 'aria-label': `How far ${name} is` }), words: h('span') }
      this.rows.set(id, row)
      this.append(h('p', {}, h('b', {}, name), ' ', row.bar, ' ', row.words))
    }
    const { bar, words } = this.rows.get(id)
    bar.max = size === 0 ? 1 : size
    bar.value = state === 'done' ? bar.max : bytes
    words.textContent = state
    document.title = `${name} is ${state}`
    if (state === 'failed') say(`${name} has failed: ${error}`)
    if (state === 'done') say(`${name} is done.`)
  }
}

customElements.define('node-news', NodeNews)
customElements.define('shared-files', SharedFiles)
customElements.define('network-search', NetworkSearch)
customElements.define('transfer-list', TransferList)
const [news, files, search, transfers] = ['node-news', 'shared-files', 'network-search', 'transfer-list'].map((tag) => h(tag))
document.body.append(h('main', {}, news, files, search, transfers))

const events = new EventSource('/api/events')
events.addEventListener('transfer', ({ data }) => transfers.show(JSON.parse(data)))
events.addEventListener('files', () => files.show())
events.addEventListener('open', () => files.show())
