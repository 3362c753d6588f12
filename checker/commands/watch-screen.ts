import { stripVTControlCharacters, styleText } from 'node:util'
import { type Lesson, lessons } from '../catalogue.ts'
import { renderTerminal } from '../reporters/terminal.ts'
import { displayWidth, fit, wrap } from '../reporters/text.ts'
import { type CheckVerdict, type LessonVerdict, firstOpen } from '../verdict.ts'
import { linked } from './links.ts'

/** Where a watch shows what it does: a whole terminal that is drawn anew, or lines one after another. */
export interface Screen {
  checking(lesson: Lesson, checkCount: number): void
  decided(decided: readonly CheckVerdict[]): void
  verdict(verdict: LessonVerdict): void
  /** Something else in the place of the report, until the next round or `back`. */
  view(text: string, footer?: string): void
  back(): void
  /** Moves what is shown up (negative) or down. */
  scroll(pages: number, lines: number): void
  /** One line that stays until something else is shown. */
  note(text: string): void
  close(): void
}

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream
  readonly colour: boolean
  /** Whether keys are read. */
  readonly keys: boolean
}

const KEYS = 'h hint · d diff · t trace · n next · l list · q quit'
const NO_KEYS = 'Ctrl-C ends'
const KEYS_IN_VIEW = 'esc back · h d t n l q'

const HOME = '\u001b[H'
const TO_LINE_END = '\u001b[K'
const TO_SCREEN_END = '\u001b[J'

const SIGNS: Partial<Record<CheckVerdict['verdict'], string>> = { passed: '✓', failed: '✗', 'timed-out': '✗', error: '!' }

/** A terminal of its own size: a report on top, one line of keys below it. */
export function openTerminalScreen({ out, colour, keys }: ScreenOptions): Screen {
  let page: () => string = () => ''
  let report = page
  let viewing = false
  let firstLine = 0
  let footer = keys ? KEYS : NO_KEYS
  let time = ''
  let noted = ''
  let heading = ''
  let round: { lesson: Lesson; checkCount: number } | undefined
  const columns = () => out.columns || 80
  const rows = () => out.rows || 24
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text

  /** Drawn over what is there, so that nothing flickers. What does not fit is reached by scrolling. */
  function draw(): void {
    const all = page().trimEnd().split('\n').flatMap(broken)
    const below = noted === '' ? [] : [fit(noted, columns() - 1)]
    const room = Math.max(1, rows() - 2 - below.length)
    firstLine = Math.max(0, Math.min(firstLine, all.length - room))
    const hidden = all.length > room ? `↑↓ ${firstLine + 1}–${firstLine + room} of ${all.length} · ` : ''
    const keysLine = paint('dim', fit(`${viewing ? '' : time}${hidden}${footer}`, columns() - 1))
    const lines = [...all.slice(firstLine, firstLine + room).map((line) => linked(line)), '', ...below, keysLine]
    out.write(HOME + lines.map((line) => line + TO_LINE_END).join('\n') + TO_SCREEN_END)
  }

  /** A line that the terminal would break by itself, which nobody could count; it loses its colours. */
  function broken(line: string): string[] {
    const bare = stripVTControlCharacters(line)
    return displayWidth(bare) > columns() ? wrap(bare, columns()) : [line]
  }

  function show(next: () => string): void {
    report = next
    if (viewing) return
    page = next
    draw()
  }

  function turnTo(next: () => string, isView: boolean, ownFooter: string): void {
    viewing = isView
    page = next
    footer = keys ? ownFooter : NO_KEYS
    firstLine = 0
    noted = ''
    draw()
  }

  /** The picture of the wire is left out where it does not fit; a key brings it. */
  function whole(verdict: LessonVerdict): string {
    const options = { columns: columns(), colour, all: false, keys }
    const full = renderTerminal(verdict, options)
    if (full.split('\n').length + 2 <= rows()) return full
    const brief = renderTerminal({ ...verdict, checks: verdict.checks.map(withoutTrace) }, options)
    const kept = firstOpen(verdict)?.trace !== undefined && keys ? '  wire     t shows what passed\n' : ''
    return brief + kept
  }

  out.on('resize', draw)
  out.write(`\u001b[2J${HOME}`)

  return {
    checking(lesson, checkCount) {
      round = { lesson, checkCount }
      time = ''
      heading = paint('bold', fit(`${lesson.id}  ${lesson.title}`, columns()))
      report = () => `${heading}\n  … checking`
      turnTo(report, false, KEYS)
    },
    decided(decided) {
      // A program that cannot start is decided as a whole, and its report comes at once.
      if (round === undefined || decided.at(-1)?.verdict === 'could-not-start') return
      const { lesson, checkCount } = round
      const sofar = [...decided]
      show(() => {
        const status = `  … ${sofar.length} of ${checkCount} checked`
        if (sofar.every((check) => check.verdict === 'passed')) {
          const ids = wrap(sofar.map((check) => check.id).join(' '), columns() - 4)
          return [heading, ...ids.map((line, index) => `  ${index === 0 ? paint('green', '✓') : ' '} ${line}`), status].join('\n')
        }
        const partial = { ...blank(lesson), checks: sofar }
        return [heading, ...whole(partial).trimEnd().split('\n').slice(1), status].join('\n')
      })
    },
    verdict(verdict) {
      time = `${new Date().toLocaleTimeString('en-GB')} · `
      if (viewing) noted = `checked: ${verdict.verdict}`
      show(() => whole(verdict))
      if (viewing) draw()
    },
    view: (text, ownFooter = KEYS_IN_VIEW) => turnTo(() => text, true, ownFooter),
    back: () => turnTo(report, false, KEYS),
    scroll(pages, lines) {
      firstLine += pages * Math.max(1, rows() - 4) + lines
      draw()
    },
    note(text) {
      noted = text
      draw()
    },
    close() {
      out.off('resize', draw)
      out.write('\n')
    },
  }
}

/** Plain lines, for a log or a reader of the screen. */
export function openLineScreen({ out }: ScreenOptions): Screen {
  const print = (text: string) => void out.write(`${text}\n`)
  return {
    checking: (lesson) => print(`${new Date().toLocaleTimeString('en-GB')}  checking ${lesson.id}`),
    decided(decided) {
      const check = decided.at(-1)
      const sign = check === undefined ? undefined : SIGNS[check.verdict]
      if (check !== undefined && sign !== undefined) print(`  ${sign} ${check.id} ${check.title}`)
    },
    verdict(verdict) {
      out.write(renderTerminal(verdict, { columns: 80, colour: false, all: false }))
      print('  watching exercises/ · save to check again · Ctrl-C ends')
    },
    view: print,
    back: () => undefined,
    scroll: () => undefined,
    note: print,
    close: () => undefined,
  }
}

export function lessonAfter(id: string): Lesson | undefined {
  return lessons[lessons.findIndex((lesson) => lesson.id === id) + 1]
}

function withoutTrace(check: CheckVerdict): CheckVerdict {
  const { trace: _, ...rest } = check
  return rest
}

/** A record of a round that goes on. */
function blank({ id, slug, title }: Lesson): LessonVerdict {
  return {
    schema: 1,
    lesson: id,
    slug,
    title,
    attempt: 'exercises',
    verdict: 'failed',
    seed: 0,
    durationMs: 0,
    partial: false,
    checks: [],
  }
}
