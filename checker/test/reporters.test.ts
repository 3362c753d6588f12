import { describe, expect, test } from 'vitest'
import { compare, show } from '../lab/show.ts'
import { eventLine } from '../reporters/event-line.ts'
import { ladder } from '../reporters/ladder.ts'
import { renderTerminal } from '../reporters/terminal.ts'
import { columnsOf, displayWidth, fit, inert, wrap } from '../reporters/text.ts'
import { type CheckVerdict, type LessonVerdict, overall, type TraceEvent } from '../verdict.ts'

const lost: TraceEvent = {
  kind: 'datagram',
  at: 0,
  from: 'you',
  to: 'checker',
  hex: '',
  sizeBytes: 2,
  label: 'DATA seq=0 "hi"',
  fate: 'lost',
  note: 'lost on purpose',
}
const ack: TraceEvent = {
  kind: 'datagram',
  at: 201.1,
  from: 'checker',
  to: 'you',
  hex: '',
  sizeBytes: 9,
  label: 'ACK seq=0',
  fate: 'arrived',
}

const OPTIONS = { columns: 80, first: 'you', rows: 12 }

describe('text from an attempt', () => {
  test('is inert: no escapes, no control characters, no workflow commands', () => {
    expect(inert('\u001b[31mred\u0007\u0000\r\n::error::x')).toBe('␛[31mred␇␀\n: :error::x')
    expect(inert('a\u202eb\u0085c')).toBe('a\uFFFDb\uFFFDc')
  })

  test('is measured, cut and wrapped by the columns it takes', () => {
    expect(displayWidth('안녕 hi 👩‍🚀')).toBe(10)
    expect(displayWidth(fit('안녕하세요', 5))).toBeLessThanOrEqual(5)
    expect([0, 1, 2].map((columns) => displayWidth(fit('안녕하세요', columns)))).toEqual([0, 1, 1])
    expect(columnsOf('a안e\u0301👩‍🚀')).toEqual(['a', '안', '', 'e\u0301', '👩‍🚀', ''])
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('  a   b', 20)).toEqual(['  a   b'])
  })
})

describe('values', () => {
  test('are shown as a person reads them', () => {
    expect(show('a"b')).toBe('"a\\"b"')
    expect(show(new Uint8Array([0xff, 1]))).toBe('<ff 01> (2 bytes)')
    expect(show({ a: [1, undefined], b: {} })).toBe('{ a: [1, undefined], b: {} }')
  })

  test('that differ late are shown where they differ', () => {
    const text = 'x'.repeat(2000)
    expect(compare(text, text.slice(0, 1024))).toEqual({
      expected: '2000 characters; at 1024: …"xxxxxxxxxxxx"…',
      actual: '1024 characters, and there it ends',
    })
    expect(compare(new Uint8Array([1, 2, 3]), new Uint8Array([1, 9, 3])).actual).toContain('first difference at 1')
    const files = Array.from({ length: 9 }, (_, index) => ({ name: `${index}.txt`, sha256: String(index).repeat(64) }))
    const { expected, actual } = compare(files.with(5, { name: 'new.txt', sha256: '' }), files)
    expect(expected).toMatch(/^\[\{ name: "0\.txt", s.* … .*"new\.txt", sha256: "".* …$/)
    expect(actual).toMatch(/^\[\{ name: "0\.txt", s.* … .*"5\.txt", sha256: "5+ …$/)
  })
})

test('an event of a trace is told in a line', () => {
  const stream = { at: 1, from: 'you', to: 'checker', connection: 1 } as const
  const events: TraceEvent[] = [
    lost,
    ack,
    { ...stream, kind: 'connection', event: 'open' },
    { ...stream, kind: 'segment', hex: '', sizeBytes: 1, label: '', note: 'held back' },
    { ...stream, kind: 'segment', hex: '', sizeBytes: 9, label: 'get "a.txt"' },
    { ...stream, kind: 'connection', event: 'end' },
    { ...stream, kind: 'connection', event: 'reset' },
    { kind: 'secret', at: 1, line: 'x' },
    { kind: 'mark', at: 1, party: 'you', label: 'onMessage("hi")' },
  ]

  expect(events.map(eventLine)).toEqual([
    'you ──✗ checker  DATA seq=0 "hi"   (lost on purpose)',
    'checker ──▶ you  ACK seq=0',
    'you connects to checker',
    'you ══▶ checker  1 byte   (held back)',
    'you ══▶ checker  get "a.txt"',
    'you will send no more to checker',
    'you breaks off with checker',
    undefined,
    'you onMessage("hi")',
  ])
})

describe('the verdict of a lesson', () => {
  const check = (verdict: CheckVerdict['verdict']): CheckVerdict => ({ id: '1.1', title: 't', task: 1, verdict, durationMs: 1 })

  test.each([
    { verdicts: ['passed', 'passed'], comesTo: 'passed' },
    { verdicts: ['passed', 'failed'], comesTo: 'failed' },
    { verdicts: ['passed', 'error'], comesTo: 'error' },
    { verdicts: ['failed', 'error'], comesTo: 'failed' },
    { verdicts: ['passed', 'not-run'], comesTo: 'failed' },
    { verdicts: [], comesTo: 'failed' },
  ] as const)('of $verdicts is $comesTo', ({ verdicts, comesTo }) => {
    expect(overall(verdicts.map(check))).toBe(comesTo)
  })

  test('does not wait for what the machine cannot run', () => {
    const excused: CheckVerdict = { ...check('not-run'), excused: true }

    expect(overall([check('passed'), excused])).toBe('passed')
    expect(overall([check('failed'), excused])).toBe('failed')
    expect(overall([excused])).toBe('failed')
  })
})

describe('the terminal report', () => {
  const failed: CheckVerdict = {
    id: '2.4',
    title: 'a message whose ACK was lost is delivered once',
    task: 3,
    verdict: 'failed',
    durationMs: 210,
    expected: '1 delivery of "hi"',
    actual: '2 deliveries',
    why: 'The ACK was lost, so the client sent the same packet again.',
    where: { file: 'exercises/02-retransmit-ack.ts', line: 41 },
    trace: [lost, ack],
    output: 'got hi\n',
  }
  const record: LessonVerdict = {
    schema: 1,
    lesson: 'lesson-2',
    slug: '02-retransmit-ack',
    title: 'Delivery you can count on',
    attempt: 'exercises',
    verdict: 'failed',
    seed: 4711,
    durationMs: 1100,
    partial: false,
    checks: [{ ...failed, id: '2.1', verdict: 'passed' }, failed, { ...failed, id: '2.5' }],
  }

  test('tells the first failure whole, the others by number, and what to do next', () => {
    expect(renderTerminal(record, { columns: 80, colour: false, all: false }).split('\n')).toEqual([
      'lesson-2  Delivery you can count on                   1 of 3 · seed 4711 · 1.1 s',
      '  ✓ passed 2.1',
      '  ✗ 2.4 a message whose ACK was lost is delivered once',
      '      expected   1 delivery of "hi"',
      '      actual     2 deliveries',
      '      why        The ACK was lost, so the client sent the same packet again.',
      '      where      exercises/02-retransmit-ack.ts:41',
      ...ladder([lost, ack], OPTIONS),
      '      your output (1 line)',
      '      │ got hi',
      '  · 1 more not passed: 2.5 (npm run check lesson-2 -- --all shows each)',
      '  next     npm run hint lesson-2  ·  lessons/02-retransmit-ack.md, task 3',
      '',
    ])
  })

  test('wraps the next step and the praise', () => {
    const passed = { ...record, slug: '02-a-lesson-with-a-name-that-is-long-enough', verdict: 'passed', checks: [] } as const

    const lines = renderTerminal(passed, { columns: 80, colour: false, all: false }).split('\n')

    expect(lines.slice(1)).toEqual([
      '  next     All checks passed. Compare:',
      '           solutions/02-a-lesson-with-a-name-that-is-long-enough.ts, then',
      '           npm run check lesson-3',
      '',
    ])
  })

  test('names keys instead of commands where there are some', () => {
    const shown = (verdict: LessonVerdict) => renderTerminal(verdict, { columns: 80, colour: false, all: false, keys: true })

    expect(shown(record)).toContain('  next     h gives a hint  ·  lessons/02-retransmit-ack.md, task 3\n')
    expect(shown({ ...record, verdict: 'passed', checks: [] })).toContain(
      '  next     All checks passed. d compares with ours, n goes on to lesson-3\n',
    )
  })

  test('shows the way of a query above the ladder, where more than two took part', () => {
    const asked = (from: string, to: string): TraceEvent => ({
      ...ack,
      kind: 'segment',
      from,
      to,
      connection: 1,
      label: 'query "5.txt" ttl=7 hops=0 (3f2a)',
    })
    const two = { ...failed, trace: [asked('you', 'b')] }
    const three = { ...failed, trace: [asked('you', 'b'), asked('b', 'c')] }
    const shown = (check: CheckVerdict) =>
      renderTerminal({ ...record, checks: [check] }, { columns: 80, colour: false, all: false })

    expect(shown(two)).not.toContain('reached by')
    expect(shown(three)).toContain(
      '      query "5.txt" from you: 2 nodes reached by 2 copies, none of them dropped\n      you\n      └─▶ b      ttl 7\n',
    )
    expect(shown(three).indexOf('reached by')).toBeLessThan(shown(three).indexOf('t(ms)'))
  })

  test('uses colour only when asked to', () => {
    expect(renderTerminal(record, { columns: 80, colour: true, all: false })).toContain('\u001b[')
    expect(renderTerminal(record, { columns: 80, colour: false, all: false })).not.toContain('\u001b[')
  })
})
