import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { floodSvg } from '../reporters/flood-svg.ts'
import { flood } from '../reporters/flood.ts'
import { renderJson } from '../reporters/json.ts'
import { ladderSvg } from '../reporters/ladder-svg.ts'
import { ladder } from '../reporters/ladder.ts'
import { renderTerminal } from '../reporters/terminal.ts'
import type { CheckVerdict, LessonVerdict, TraceEvent } from '../verdict.ts'
import { attemptFolder } from './attempt-folder.ts'
import { FILE } from './contained.ts'
import { gradeByCli, runCli } from './run-cli.ts'

const EVIL = [
  '\u001b[2J\u001b]0;title\u0007\u009b31m\u202e',
  '::error file=a.ts,line=1::forged',
  '##[error]forged',
  '##vso[task.complete result=Succeeded;]',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '=cmd|"/c calc"!A0',
  '\r\n::add-mask::a\u2028::set-output name=a::b',
  '"]]>\'--><!--',
].join(' ')

/** What would work on a terminal, and what a runner of workflows would obey. */
const WORKS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/
const OBEYED = /^\s*::[\w-]+.*::|##\[|##vso\[/m

const address = { from: 'you', to: EVIL }
const trace: TraceEvent[] = [
  { kind: 'datagram', at: 0, ...address, hex: '00', sizeBytes: 1, label: EVIL, fate: 'arrived', note: EVIL },
  { kind: 'connection', at: 1, ...address, connection: 1, event: 'open', note: EVIL },
  {
    kind: 'segment',
    at: 2,
    ...address,
    connection: 1,
    hex: '00',
    sizeBytes: 1,
    label: `query "${EVIL}" ttl=7 hops=0 (3f2a)`,
    note: EVIL,
  },
  {
    kind: 'segment',
    at: 3,
    from: EVIL,
    to: 'another',
    connection: 2,
    hex: '00',
    sizeBytes: 1,
    label: `query "${EVIL}" ttl=6 hops=1 (3f2a)`,
  },
  { kind: 'mark', at: 4, party: EVIL, label: EVIL },
]
const check: CheckVerdict = {
  id: '1.1',
  title: 'a datagram arrives',
  task: 1,
  verdict: 'failed',
  durationMs: 1,
  expected: EVIL,
  actual: EVIL,
  why: EVIL,
  hint: EVIL,
  excerpt: EVIL,
  where: { file: EVIL.replaceAll('\r\n', ''), line: 1 },
  output: EVIL,
  trace,
}
const record: LessonVerdict = {
  schema: 1,
  lesson: 'lesson-1',
  slug: '01-udp-basics',
  title: 'A UDP receiver and sender',
  attempt: EVIL,
  verdict: 'failed',
  seed: 1,
  durationMs: 1,
  partial: false,
  checks: [check, { ...check, id: '1.2', verdict: 'error' }, { ...check, id: '1.3', verdict: 'not-run' }],
}

test('38 escapes, markup, workflow commands and formulas are inert text in every report', async () => {
  const text = [60, 80, 100].flatMap((columns) => [
    renderTerminal(record, { columns, colour: false, all: true }),
    renderTerminal({ ...record, checks: [{ ...check, verdict: 'could-not-start' }] }, { columns, colour: false, all: false }),
    ...ladder(trace, { columns, first: 'you', rows: 12 }),
    ...flood(trace, { columns, rows: 12 }),
  ])
  const pictures = [ladderSvg(trace), floodSvg(trace) ?? '']
  const dir = join(attemptFolder({}), '\u001b[31m<b> ::error::x =1+1')
  mkdirSync(dir)
  writeFileSync(join(dir, FILE), `throw new Error(${JSON.stringify(EVIL)})\n`)
  const [{ stdout, code }, asJson] = await Promise.all([
    runCli(['check', 'lesson-1', '--attempt', dir]),
    gradeByCli('lesson-1', dir),
  ])

  expect([...text, stdout, asJson.stdout, renderJson(record), ...pictures].filter((each) => WORKS.test(each))).toEqual([])
  expect([...text, stdout].filter((each) => OBEYED.test(each))).toEqual([])
  expect(JSON.parse(renderJson(record))).toEqual(record)
  expect(pictures.filter((picture) => /<script|<img|<!--/.test(picture))).toEqual([])
  expect(code).toBe(1)
})
