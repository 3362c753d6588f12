import { styleText } from 'node:util'
import { type Lesson, lessons } from '../catalogue.ts'
import { type CheckVerdict, firstOpen, haveSameReason, isOpen, type LessonVerdict, passedCount } from '../verdict.ts'
import { isAmongSeveral } from './flood-layout.ts'
import { flood } from './flood.ts'
import { ladder } from './ladder.ts'
import { displayWidth, fit, inert, pad, wrap } from './text.ts'

export interface TerminalOptions {
  /** Columns to fill, 80 where the width is not known. */
  readonly columns: number
  readonly colour: boolean
  /** Show every check that is not passed in full, not only the first. */
  readonly all: boolean
  /** A save checks again, and keys bring the rest: nothing needs to be typed. */
  readonly keys?: boolean
  /** Say which walls stood: the attempt is somebody else's. */
  readonly walls?: boolean
}

/** The column in which explanations start. */
const INDENT = 17
const LABEL_AT = 6
const NO_BREAK = '\u00a0'
/** The column in which the next step starts. */
const NEXT_COLUMNS = 11
/** How many lines of the attempt's output are shown. */
const OUTPUT_LINES = 5
/** How many rows of the ladder diagram are shown, and of the way of a query. */
const LADDER_ROWS = 12
const FLOOD_ROWS = 12

const SIGNS: Record<CheckVerdict['verdict'], string> = {
  passed: '✓',
  failed: '✗',
  'timed-out': '✗',
  'could-not-start': '✗',
  blocked: '·',
  'not-run': '·',
  error: '!',
}

/** Renders a verdict for a person at a terminal. */
export function renderTerminal(verdict: LessonVerdict, options: TerminalOptions): string {
  const paint = painter(options.colour)
  const columns = Math.max(60, Math.min(options.columns, 100))
  const passed = verdict.checks.filter((check) => check.verdict === 'passed')
  const open = verdict.checks.filter(isOpen)
  const excused = verdict.checks.filter((check) => check.excused === true)
  const first = firstOpen(verdict)

  if (verdict.verdict === 'interrupted') return interrupted(verdict, columns, paint)
  const lines = [heading(verdict, columns, paint), ...passedLines(passed, columns, options.all, paint)]
  if (first !== undefined && haveSameReason(open)) lines.push(...oneReason(open, verdict, columns, paint))
  else {
    for (const check of options.all ? open : open.slice(0, 1)) lines.push(...openCheck(check, columns, paint))
    if (!options.all && open.length > 1) lines.push(...others(open.slice(1), verdict, columns))
  }
  lines.push(...excusedLines(excused, columns))
  if (options.walls === true) lines.push(...wallLines(verdict.walls ?? [], columns))
  lines.push(...next(verdict, first, columns, paint, options.keys === true))
  return `${lines.join('\n')}\n`
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string

function painter(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
}

function heading(verdict: LessonVerdict, columns: number, paint: Paint): string {
  const left = `${verdict.lesson}  ${verdict.title}`
  const count = `${passedCount(verdict)} of ${verdict.checks.length}`
  const right = `${count} · seed ${verdict.seed} · ${(verdict.durationMs / 1000).toFixed(1)} s`
  return paint('bold', pad(left, columns - displayWidth(right) - 1)) + ' ' + right
}

/** What was seen before somebody ended it; the rest says nothing about the program. */
function interrupted(verdict: LessonVerdict, columns: number, paint: Paint): string {
  const made = verdict.checks.filter((check) => check.verdict !== 'not-run').length
  const text = `interrupted after ${made} of ${verdict.checks.length} checks; ${passedCount(verdict)} of these passed`
  return `${heading(verdict, columns, paint)}\n  ${paint('yellow', '!')} ${text}\n`
}

/** Passed checks take little room: one line with titles when all passed or were asked for, ids otherwise. */
function passedLines(passed: readonly CheckVerdict[], columns: number, all: boolean, paint: Paint): string[] {
  if (passed.length === 0) return []
  if (all) return passed.map((check) => `  ${paint('green', SIGNS.passed)} ${fit(`${check.id} ${check.title}`, columns - 4)}`)
  const [first, ...rest] = wrap(`passed ${ranges(passed)}`, columns - 4)
  return [`  ${paint('green', SIGNS.passed)} ${first}`, ...rest.map((line) => `    ${line}`)]
}

/** What this machine cannot run, and why: for all of them the same. */
function excusedLines(excused: readonly CheckVerdict[], columns: number): string[] {
  const [first] = excused
  if (first === undefined) return []
  const [line = '', ...rest] = wrap(`not run ${ranges(excused)}: ${inert(first.why ?? '')}`, columns - 4)
  return [`  ${SIGNS['not-run']} ${line}`, ...rest.map((each) => `    ${each}`)]
}

/** Lists ids briefly: `1.1–1.4 1.6`, where nothing between is missing. */
function ranges(checks: readonly CheckVerdict[]): string {
  const numbers = checks.map((check) => Number(check.id.split('.')[1]))
  const lesson = checks[0]?.id.split('.')[0] ?? ''
  const runs: [number, number][] = []
  for (const number of numbers) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] === number - 1) run[1] = number
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? `${lesson}.${from}` : `${lesson}.${from}–${lesson}.${to}`)).join(' ')
}

function openCheck(check: CheckVerdict, columns: number, paint: Paint): string[] {
  const colour = check.verdict === 'error' ? 'yellow' : 'red'
  const [title, ...more] = wrap(`${check.id} ${check.title}`, columns - 4)
  return [
    `  ${paint(colour, SIGNS[check.verdict])} ${paint('bold', title ?? '')}`,
    ...more.map((line) => `    ${line}`),
    ...explanation(check, columns),
    ...picture(check, columns),
    ...output(check, columns),
  ]
}

function explanation(check: CheckVerdict, columns: number): string[] {
  const { expected, actual, why, hint, where, excerpt } = check
  return [
    ...labelled('expected', expected, columns),
    ...labelled('actual', actual, columns),
    ...(excerpt === undefined ? [] : excerpt.split('\n').map((line) => ' '.repeat(INDENT) + fit(inert(line), columns - INDENT))),
    ...labelled('why', why, columns),
    ...labelled('hint', hint, columns),
    ...(where === undefined
      ? []
      : [`${' '.repeat(LABEL_AT)}${pad('where', INDENT - LABEL_AT)}${inert(where.file)}:${where.line}`]),
  ]
}

function labelled(label: string, text: string | undefined, columns: number): string[] {
  if (text === undefined) return []
  const lines = wrap(inert(text), columns - INDENT).slice(0, 4)
  return lines.map((line, index) => `${' '.repeat(LABEL_AT)}${pad(index === 0 ? label : '', INDENT - LABEL_AT)}${line}`)
}

/** Among more than two, the way of a query says more than who has sent what to whom; both fit. */
function picture({ trace }: CheckVerdict, columns: number): string[] {
  if (trace === undefined) return []
  const way = isAmongSeveral(trace) ? flood(trace, { columns: columns - LABEL_AT, rows: FLOOD_ROWS }) : []
  return [...way.map((line) => ' '.repeat(LABEL_AT) + line), ...ladder(trace, { columns, first: 'you', rows: LADDER_ROWS })]
}

function output(check: CheckVerdict, columns: number): string[] {
  if (check.output === undefined) return []
  const lines = inert(check.output).trimEnd().split('\n')
  const more = lines.length > OUTPUT_LINES ? [`… ${lines.length - OUTPUT_LINES} more lines`] : []
  const shown = [...lines.slice(0, OUTPUT_LINES), ...more]
  const label = `your output (${lines.length === 1 ? '1 line' : `${lines.length} lines`})`
  return [
    `${' '.repeat(LABEL_AT)}${label}`,
    ...shown.map((line) => `${' '.repeat(LABEL_AT)}│ ${fit(line, columns - LABEL_AT - 2)}`),
  ]
}

function oneReason(open: readonly CheckVerdict[], verdict: LessonVerdict, columns: number, paint: Paint): string[] {
  const first = open[0] as CheckVerdict
  const what = open.length === verdict.checks.length ? 'no check could be made' : `${open.length} checks could not be made`
  return [
    `  ${paint('red', SIGNS[first.verdict])} ${paint('bold', what)}`,
    ...explanation(first, columns),
    ...output(first, columns),
  ]
}

function others(rest: readonly CheckVerdict[], verdict: LessonVerdict, columns: number): string[] {
  const text = `${rest.length} more not passed: ${ranges(rest)} (${whole(`npm run check ${verdict.lesson} -- --all`)} shows each)`
  return wrapWhole(text, columns - 4).map((line, index) => `  ${index === 0 ? '·' : ' '} ${line}`)
}

/** A command is easier to read and to copy when it stands on one line. */
function whole(command: string): string {
  return command.replaceAll(' ', NO_BREAK)
}

/** Wraps a text with commands made by `whole`. */
function wrapWhole(text: string, columns: number): string[] {
  return wrap(text, columns).map((line) => line.replaceAll(NO_BREAK, ' '))
}

function lessonAfter({ lesson }: LessonVerdict): Lesson | undefined {
  return lessons[lessons.findIndex(({ id }) => id === lesson) + 1]
}

function praise(verdict: LessonVerdict): string {
  if (verdict.partial) return `What was asked for passes. All of it: ${whole(`npm run check ${verdict.lesson}`)}`
  const following = lessonAfter(verdict)
  const onward = following === undefined ? '' : `, then ${whole(`npm run check ${following.id}`)}`
  return `All checks passed. Compare: solutions/${verdict.slug}.ts${onward}`
}

function wallLines(walls: readonly string[], columns: number): string[] {
  return wrap(walls.join(', '), columns - NEXT_COLUMNS).map(
    (line, index) => `${pad(index === 0 ? '  walls' : '', NEXT_COLUMNS)}${line}`,
  )
}

function next(verdict: LessonVerdict, first: CheckVerdict | undefined, columns: number, paint: Paint, keys: boolean): string[] {
  const lines = wrapWhole((keys ? nextKey : nextStep)(verdict, first), columns - NEXT_COLUMNS)
  const painted = first === undefined ? lines.map((line) => paint('green', line)) : lines
  return painted.map((line, index) => `${pad(index === 0 ? '  next' : '', NEXT_COLUMNS)}${line}`)
}

function nextKey(verdict: LessonVerdict, first: CheckVerdict | undefined): string {
  if (first === undefined) {
    const following = lessonAfter(verdict)
    return `All checks passed. d compares with ours${following === undefined ? '' : `, n goes on to ${following.id}`}`
  }
  if (first.verdict === 'error') return `Enter checks again   (or ${whole('npm run doctor')}, if it happens again)`
  if (first.verdict === 'could-not-start') return 'mend that and save'
  if (first.verdict === 'blocked') return 'the lesson before, or its solution; then save'
  return `h gives a hint  ·  lessons/${verdict.slug}.md, task ${first.task}`
}

function nextStep(verdict: LessonVerdict, first: CheckVerdict | undefined): string {
  if (first === undefined) return praise(verdict)
  if (first.verdict === 'error') return `npm run check ${verdict.lesson}   (or npm run doctor, if it happens again)`
  if (first.verdict === 'could-not-start') return `mend that, then npm run check ${verdict.lesson}`
  if (first.verdict === 'blocked') return `the lesson before, or its solution; then npm run check ${verdict.lesson}`
  return `npm run hint ${verdict.lesson}  ·  lessons/${verdict.slug}.md, task ${first.task}`
}
