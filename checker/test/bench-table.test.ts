import MarkdownIt from 'markdown-it'
import { expect, test } from 'vitest'
import { type Figure, renderFigure, spread } from '../bench/figure.ts'
import { renderTable } from '../bench/table.ts'

const RATIO: Figure = { what: 'check / learnyounode', values: [1.4, 1.1, 1.25], unit: '×', aim: 'at most 1.5' }
const MACHINE = {
  date: '2026-11-22',
  processor: 'A Processor',
  cores: 2,
  memoryGib: 8,
  system: 'Linux 6.1',
  node: 'v20.20.2',
  load: [0.12, 1.96],
} as const

test('a figure is told by its median, its smallest and its largest value', () => {
  expect(spread(RATIO)).toEqual({ median: '1.25', least: '1.10', most: '1.40' })
  expect(renderFigure(RATIO)).toMatch(/^check \/ learnyounode +median +1\.25 {2}\(1\.10 to 1\.40\) × {3}\(aim: at most 1\.5\)\n$/)
})

test('the page of figures names the machine, its load, and each figure with its aim', () => {
  const markdown = renderTable(MACHINE, [
    { title: 'One check', figures: [RATIO, { what: 'vitest', values: [812.4], unit: 'ms' }] },
  ])

  const html = new MarkdownIt().render(markdown)
  const cells = (row: string) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, text]) => text)
  const rows = html.split('</tr>').map(cells)
  expect(rows).toContainEqual(['processor', 'A Processor, 2 cores'])
  expect(rows).toContainEqual(['load average', '0.1 before, 2.0 after'])
  expect(rows).toContainEqual(['check / learnyounode', '1.25 ×', '1.10 to 1.40', '3', 'at most 1.5'])
  expect(rows).toContainEqual(['vitest', '812 ms', '812 to 812', '1', ''])
})
