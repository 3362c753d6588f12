import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PROJECT } from '../project.ts'
import { ALL_ROWS, ladderSvg, type LadderSvgOptions } from '../reporters/ladder-svg.ts'
import { ladderText } from '../reporters/ladder-text.ts'
import type { TraceEvent } from '../verdict.ts'
import { useBrowser } from './open-browser.ts'

type Datagram = Extract<TraceEvent, { kind: 'datagram' }>

function datagram(at: number, from: string, to: string, label: string, more: Partial<Datagram> = {}): TraceEvent {
  return {
    kind: 'datagram',
    at,
    from,
    to,
    hex: Buffer.from(label).toString('hex'),
    sizeBytes: label.length,
    label,
    fate: 'arrived',
    ...more,
  }
}

const TRACE: readonly TraceEvent[] = [
  datagram(0, 'you', 'checker', 'DATA "hi"', { fate: 'lost', note: 'lost on purpose' }),
  datagram(100.3, 'you', 'checker', 'DATA "hi"', { note: 'one bit flipped' }),
  { kind: 'mark', at: 100.9, party: 'checker', label: 'delivered "hi"' },
  datagram(101, 'checker', 'you', 'ACK'),
  { kind: 'connection', at: 110, from: 'you', to: 'checker', connection: 1, event: 'open' },
  { kind: 'segment', at: 111, from: 'you', to: 'checker', connection: 1, hex: '6869', sizeBytes: 2, label: '' },
  { kind: 'connection', at: 120, from: 'checker', to: 'you', connection: 1, event: 'reset', note: 'cut on purpose' },
  { kind: 'mark', at: 130, party: 'network', label: 'holds → "x"' },
]

const HOSTILE = `"'><script>alert(1)</script>&amp;]]><![CDATA[ \u0000\u001b[31m\u202e\ud800\uffff\n`

const many = (count: number) => Array.from({ length: count }, (_, index) => datagram(index, 'you', 'checker', `number ${index}`))

/** How often a pattern occurs. */
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length

describe('a trace in sentences', () => {
  test('says who has sent whom what, and what became of it', () => {
    expect(ladderText(TRACE)).toEqual([
      'At 0.0 ms you sent checker DATA "hi". It was lost on purpose.',
      'At 100.3 ms you sent checker DATA "hi". On the way: one bit flipped.',
      'At 100.9 ms, checker: delivered "hi"',
      'At 101.0 ms checker sent you ACK.',
      'At 110.0 ms you opened a connection to checker.',
      'At 111.0 ms you sent checker 2 bytes.',
      'At 120.0 ms checker broke off by a RST with you. On the way: cut on purpose.',
      'At 130.0 ms: network holds → "x"',
    ])
  })

  test('numbers connections where there are several, and says what is left out', () => {
    const opened = [1, 2].map((connection): TraceEvent => ({
      kind: 'connection',
      at: 0,
      from: 'you',
      to: 'checker',
      connection,
      event: 'open',
    }))

    expect(ladderText(opened)[1]).toBe('At 0.0 ms you opened a connection to checker on connection #2.')
    expect(ladderText(many(10), { rows: 5 })[2]).toBe('6 events are left out here.')
  })
})

describe('the ladder diagram as SVG', () => {
  test('shows by shapes and not by colours alone what was lost, changed and broken off', () => {
    const svg = ladderSvg(TRACE)

    expect(svg).toMatch(/class="event lost"[^]*?stroke-dasharray="5 4"[^]*?class="sign"/)
    expect(svg).toMatch(/class="event changed"[^]*?class="sign full"/)
    expect(count(/class="event broken"[^]*?<\/g>/.exec(svg)?.[0] ?? '', /class="shaft"/g)).toBe(2)
    expect(count(svg, /role="listitem" tabindex="0" aria-label="At /g)).toBe(TRACE.length)
    expect(svg).toContain('<desc>Time runs down, in milliseconds. Sent: 6. Lost: 1. Changed on the way: 1.</desc>')
  })

  test('has no style, script or id of its own', () => {
    const svg = ladderSvg([...TRACE, datagram(200, 'you', 'checker', HOSTILE, { note: HOSTILE })])

    expect(svg).not.toMatch(/<style|<script|\sstyle=|\sid=|\son\w+=/)
  })

  test('shows the bytes of a row as far as there is room above it, and says how many there are', () => {
    const long = { hex: '61'.repeat(2000), sizeBytes: 65_507 }
    const [first, later] = ladderSvg([
      datagram(0, 'you', 'checker', 'long', long),
      ...many(8),
      datagram(9, 'you', 'checker', 'long', long),
    ])
      .split('class="event')
      .filter((row) => row.includes('65,507'))

    expect(first).toContain('65,507 bytes, the first 48 of them:')
    expect(later).toContain('65,507 bytes, the first 144 of them:')
    expect(later).toContain('61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  aaaaaaaaaaaaaaaa')
  })

  test('shows the rows round the failure, or all of them as far as they are a picture', () => {
    const rows = (options: LadderSvgOptions) => count(ladderSvg(many(300), options), /role="listitem"/g)

    expect(rows({})).toBe(12)
    expect(rows({ rows: 'all' })).toBe(ALL_ROWS)
    expect(ladderSvg(many(300))).toContain('⋮ 289 events are left out here.')
    expect(ladderSvg(many(300))).toContain('number 299')
  })

  test('gives parties a post that have done nothing yet', () => {
    expect(ladderSvg([TRACE[2] as TraceEvent], { first: 'ann', always: ['ann', 'checker', 'bob'] })).toContain(
      'aria-label="What passed between ann, checker, bob"',
    )
  })
})

describe('the ladder diagram in a browser', () => {
  const browser = useBrowser()

  async function show(svg: string): Promise<Page> {
    const page = await browser().newPage()
    onTestFinished(() => page.close())
    const styles = readFileSync(join(PROJECT, 'checker/workbook/picture.css'), 'utf8')
    await page.setContent(`<style>${styles}</style><div class="picture-box">${svg}</div>`)
    return page
  }

  test('is well-formed and harmless, whatever the trace says', async () => {
    const svg = ladderSvg([
      datagram(0, HOSTILE, `${HOSTILE}2`, HOSTILE, { note: HOSTILE }),
      { kind: 'mark', at: 1, party: HOSTILE, label: HOSTILE.repeat(20) },
      { kind: 'mark', at: 1, party: 'another', label: '안'.repeat(200) },
    ])
    const page = await show(svg)

    const parsed = await page.evaluate(`(() => {
      const { documentElement } = new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')
      return [documentElement.nodeName, documentElement.querySelectorAll('parsererror, script').length, documentElement.textContent]
    })()`)

    expect(parsed).toEqual(['svg', 0, expect.stringContaining('<script>alert(1)</script>&amp;]]>')])
    expect(await page.locator('script').count()).toBe(0)
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e\p{Surrogate}\uffff]/u)
  })

  test('shows the bytes of the row that has the focus or the pointer, without a script', async () => {
    const page = await show(ladderSvg(TRACE))
    const bytes = (index: number) =>
      page.evaluate(`getComputedStyle(document.querySelectorAll('.event')[${index}].querySelector('.detail')).visibility`)

    const before = await bytes(0)
    await page.keyboard.press('Tab')
    const focused = await bytes(0)
    await page.locator('.event').nth(1).hover()
    const both = [await bytes(0), await bytes(1)]

    expect([before, focused, ...both]).toEqual(['hidden', 'visible', 'hidden', 'visible'])
  })

  test('keeps every text within the picture', async () => {
    const page = await show(ladderSvg([...TRACE, datagram(140, 'checker', 'you', '안녕'.repeat(60), { note: 'x'.repeat(200) })]))

    const outside = await page.evaluate(`(() => {
      const box = document.querySelector('svg').getBoundingClientRect()
      return [...document.querySelectorAll('text')]
        .filter((text) => { const { left, right } = text.getBoundingClientRect(); return left < box.left - 1 || right > box.right + 1 })
        .map((text) => text.textContent)
    })()`)

    expect(outside).toEqual([])
  })
})
