import { describe, expect, test } from 'vitest'
import { flood } from '../reporters/flood.ts'
import { layOutFlood } from '../reporters/flood-layout.ts'
import { displayWidth } from '../reporters/text.ts'
import { crossed, FLOOD, query } from './flood-trace.ts'

const OPTIONS = { columns: 80, rows: 20 }

describe('the picture of a flood', () => {
  test('grows from the one who has asked, and shows what was dropped and who has the file', () => {
    expect(flood(FLOOD, OPTIONS)).toEqual([
      'query "5.txt" from 1: 4 nodes reached by 6 copies, 2 of them dropped',
      '1',
      '├─▶ 2          ttl 7',
      '│   ├─▶ 3      ttl 6  ✗ had seen it',
      '│   └─▶ 4      ttl 6',
      '│       └─▶ 5  ttl 5  ● has it',
      '└─▶ 3          ttl 7',
      '    └─▶ 2      ttl 6  ✗ had seen it',
      'hit  5 ──▶ 4 ──▶ 2 ──▶ 1',
    ])
  })

  test('shows the last query unless another one is asked for, and two that came in one piece apart', () => {
    const both = crossed('query "a" ttl=2 hops=0 (0001), query "b, ttl" ttl=1 hops=0 (0002)', 'A', 'B')

    expect(flood([both], OPTIONS)[0]).toContain('query "b, ttl" from A')
    expect(flood([both], { ...OPTIONS, qid: '0001' })).toEqual([
      'query "a" from A: 1 node reached by 1 copy, none of them dropped',
      'A',
      '└─▶ B  ttl 2',
    ])
  })

  test('is as wide and as long as it may be, and harmless', () => {
    const long = Array.from({ length: 30 }, (_, index) =>
      query(40 - index, `${'안'.repeat(9)}\u001b${index}`, `${'안'.repeat(9)}\u001b${index + 1}`),
    )

    const lines = flood(long, { columns: 60, rows: 10 })

    expect(lines.length).toBe(12)
    expect(lines.at(-1)).toBe('… 21 more')
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60)
    expect(lines.join('')).not.toContain('\u001b')
  })

  test('is nothing where nobody has asked, and ends where a copy comes back to the one who has', () => {
    expect(flood([crossed('bye', 'A', 'B')], OPTIONS)).toEqual([])
    expect(flood([query(2, 'A', 'B'), query(1, 'B', 'A')], OPTIONS).slice(1)).toEqual([
      'A',
      '└─▶ B      ttl 2',
      '    └─▶ A  ttl 1  ✗ had seen it',
    ])
  })

  test('lies ready as plain data for other ways to draw it', () => {
    const layout = layOutFlood(FLOOD)

    expect(layout?.nodes.map(({ name, hops, owner }) => [name, hops, owner])).toEqual([
      ['1', 0, false],
      ['2', 1, false],
      ['3', 1, false],
      ['4', 2, false],
      ['5', 3, true],
    ])
    expect(layout?.links).toContainEqual({ ends: [1, 2], crossings: 2 })
    expect(layout?.links.length).toBe(5)
    expect(layout?.hits).toEqual([[4, 3, 1, 0]])
  })
})
