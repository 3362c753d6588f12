import { describe, expect, onTestFinished, test } from 'vitest'
import { floodSvg, floodText } from '../reporters/flood-svg.ts'
import { crossed, FLOOD, query } from './flood-trace.ts'
import { useBrowser } from './open-browser.ts'

/** With a link besides, to a node that no copy reaches. */
const UNREACHED = [crossed('hello 9b02 with 1 file', '6', '5'), ...FLOOD]

const count = (text: string | undefined, pattern: RegExp) => [...(text ?? '').matchAll(pattern)].length

describe('a flood in sentences', () => {
  test('says where each copy went, which were dropped, who was not reached, and which way a hit came', () => {
    const sentences = floodText(UNREACHED)

    expect(sentences[0]).toBe('Query "5.txt" from 1: 4 nodes reached by 6 copies, 2 of them dropped.')
    expect(sentences).toContain('At 1.0 ms 2 sent the query to 3 with ttl 6; 3 had seen it and dropped it.')
    expect(sentences).toContain('At 1.0 ms 4 sent the query to 5 with ttl 5; it was new there, 3 links from the start.')
    expect(sentences.slice(-2)).toEqual(['Not reached: 6.', 'A hit went from 5 to 4 to 2 to 1.'])
  })

  test('says nothing where nobody has asked', () => {
    expect(floodText([crossed('bye', 'A', 'B')])).toEqual([])
    expect(floodSvg([crossed('bye', 'A', 'B')])).toBeUndefined()
  })
})

describe('the picture of a flood as SVG', () => {
  const browser = useBrowser()

  test('shows every node, link and copy once, and by its shape what was dropped', () => {
    const svg = floodSvg(UNREACHED)

    expect(count(svg, /<g class="node/g)).toBe(6)
    expect(count(svg, /class="link"/g)).toBe(6)
    expect(count(svg, /class="event new" role="listitem" tabindex="0"/g)).toBe(4)
    expect(count(svg, /class="event seen" role="listitem" tabindex="0"/g)).toBe(2)
    expect(count(svg, /class="event seen"[^]*?stroke-dasharray="5 4"[^]*?class="sign"/g)).toBe(2)
    expect(count(svg, /<path class="way"/g)).toBe(3)
    expect(svg).toContain('not reached')
    expect(svg).not.toMatch(/<style|<script|\sstyle=|\sid=|\son\w+=/)
  })

  test('does not grow without end', () => {
    const endless = Array.from({ length: 500 }, (_, index) => query(7, `${index % 5}`, `${(index + 1) % 5}`))

    expect(count(floodSvg(endless), /role="listitem"/g)).toBe(200)
    expect(floodText(endless)).toContain('300 more copies are left out.')
  })

  test('is well-formed and harmless, whatever the trace says', async () => {
    const hostile = `"'><script>alert(1)</script>&amp;]]>\u0000\u001b[31m\u202e\ud800\uffff`
    const svg = floodSvg([crossed(`query "${hostile}" ttl=<b> hops=0 (3f2a)`, hostile, `${hostile}2`)]) ?? ''
    const page = await browser().newPage()
    onTestFinished(() => page.close())

    const parsed = await page.evaluate(`(() => {
      const { documentElement } = new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')
      return [documentElement.nodeName, documentElement.querySelectorAll('parsererror, script').length]
    })()`)

    expect(parsed).toEqual(['svg', 0])
    expect(svg).toContain('&lt;script&gt;')
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e\p{Surrogate}\uffff]/u)
  })

  test('keeps every text within the picture', async () => {
    const names = ['a', 'checker', 'another checker', '안녕하세요 여러분']
    const svg = floodSvg([...names.map((name) => query(7, '1', name)), ...names.map((name) => crossed('bye', name, `${name} 2`))])
    const page = await browser().newPage()
    onTestFinished(() => page.close())
    await page.setContent(svg ?? '')

    const outside = await page.evaluate(`(() => {
      const box = document.querySelector('svg').getBoundingClientRect()
      return [...document.querySelectorAll('text')]
        .filter((text) => { const { left, right, bottom } = text.getBoundingClientRect(); return left < box.left - 1 || right > box.right + 1 || bottom > box.bottom + 1 })
        .map((text) => text.textContent)
    })()`)

    expect(outside).toEqual([])
  })
})
