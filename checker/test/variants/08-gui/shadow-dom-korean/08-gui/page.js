// Elements of its own, each with a tree in the shadow. What people read is Korean; the English names are for whoever has the page
// read out. Nothing listens to an EventSource: the stream is read by hand, and the list of files is asked for every second.
class Part extends HTMLElement {
  html = ''
  connectedCallback() {
    this.attachShadow({ mode: 'open' }).innerHTML = this.html
    this.ready()
  }
  ready() {}
  get(selector) {
    return this.shadowRoot.querySelector(selector)
  }
}
const part = (name) => document.querySelector(`node-${name}`)
const say = (text) => (part('status').get('output').textContent = text)
const cell = (row, ...children) => row.insertCell().append(...children)

customElements.define(
  'node-status',
  class extends Part {
    html = '<output>준비되었습니다.</output>'
  },
)

customElements.define(
  'node-files',
  class extends Part {
    html = `<h2>공유하는 파일</h2>
      <style>.away { position: absolute; width: 1px; height: 1px; opacity: 0 }</style>
      <input type="file" class="away" tabindex="-1" aria-label="The chosen file" />
      <button id="choose" type="button" aria-label="Choose a file to share">📂 고르기</button>
      <progress value="0" aria-label="Upload"></progress>
      <button id="share" type="button" aria-label="공유 (Share)" disabled>⇪</button>
      <table></table>`
    ready() {
      const input = this.get('input')
      this.get('#choose').addEventListener('click', () => input.click())
      input.addEventListener('change', () => (this.get('#share').disabled = input.files.length === 0))
      this.get('#share').addEventListener('click', async () => {
        const [file] = input.files
        const { ok } = await fetch(`/api/files/${encodeURIComponent(file.name)}`, {
          method: 'PUT',
          body: await file.arrayBuffer(),
        })
        say(ok ? `공유했습니다: ${file.name}` : `거절되었습니다: ${file.name}`)
        await this.show()
      })
      void this.show()
      setInterval(() => void this.show(), 1000)
    }
    async show() {
      const files = await (await fetch('/api/files')).json()
      const table = document.createElement('table')
      for (const { name, size } of files) {
        const row = table.insertRow()
        cell(row, name)
        cell(row, `${size} 바이트`)
      }
      this.get('table').replaceWith(table)
    }
  },
)

customElements.define(
  'node-search',
  class extends Part {
    html = `<h2>찾기</h2>
      <form>
        <input placeholder="파일 이름" aria-label="Search for a name" />
        <button type="reset" aria-label="Clear search">✕</button>
        <button aria-label="Search">🔍</button>
      </form>
      <dialog aria-label="찾은 파일"><ol></ol><form method="dialog"><button>닫기</button></form></dialog>`
    ready() {
      this.get('form').addEventListener('submit', async (event) => {
        event.preventDefault()
        const name = this.get('input').value
        const hits = await (await fetch(`/api/search?${new URLSearchParams({ name })}`)).json()
        this.get('ol').replaceChildren(...hits.map((hit) => this.item(hit)))
        say(hits.length === 0 ? `아무도 없습니다: ${name}` : `찾았습니다: ${name}`)
        if (hits.length > 0 && !this.get('dialog').open) this.get('dialog').showModal()
      })
    }
    item(hit) {
      const [item, button] = [document.createElement('li'), document.createElement('button')]
      button.textContent = '⬇'
      button.ariaLabel = `Fetch ${hit.name}`
      button.addEventListener('click', () => {
        if (!confirm(`${hit.name}: 받을까요?`)) return
        this.get('dialog').close()
        void fetch('/api/download', { method: 'POST', body: JSON.stringify(hit) })
      })
      item.append(hit.name, ' ', button)
      return item
    }
  },
)

customElements.define(
  'node-transfers',
  class extends Part {
    html = '<h2>오가는 파일</h2><table></table>'
    rows = new Map()
    ready() {
      void this.read()
    }
    async read() {
      const { body } = await fetch('/api/events')
      let text = ''
      for await (const piece of body.pipeThrough(new TextDecoderStream())) {
        const events = (text + piece).split('\r\n\r\n')
        text = events.pop()
        for (const event of events) {
          const [, data] = /^event: transfer\r\ndata: (.*)$/m.exec(event) ?? []
          if (data) this.show(JSON.parse(data))
        }
      }
    }
    show({ id, name, state, bytes, size, error }) {
      if (!this.rows.has(id)) {
        const row = this.get('table').insertRow()
        const bar = document.createElement('progress')
        bar.ariaLabel = name
        cell(row, name)
        cell(row, bar)
        this.rows.set(id, bar)
      }
      // From 0 to 1, which is the maximum where none is given.
      this.rows.get(id).value = state === 'done' ? 1 : bytes / Math.max(size, 1)
      // Whoever looks sees it at the bar, and only what goes wrong is said.
      if (state === 'failed') say(`받지 못했습니다. ${error}`)
    }
  },
)
