/** Makes text from an attempt inert: control characters, terminal escapes and direction marks become visible signs. */
export function inert(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (control) =>
      control === '\u007f' ? '\u2421' : String.fromCodePoint(0x2400 + control.charCodeAt(0)),
    )
    .replaceAll(/[\u0080-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\uFFFD')
    .replaceAll('\t', '  ')
    .replaceAll(WORKFLOW_COMMAND, (start) => `${start.charAt(0)} ${start.slice(1)}`)
}

/**
 * `::error …::` as GitHub reads it, blanks before it or not, and `##[error]`, `##vso[…]` anywhere in a line. Also where no line
 * begins yet: a report may break one there. Addresses such as `::1` are none.
 */
const WORKFLOW_COMMAND = /(?<!\S)::(?=[a-z][\w-]*(?:\s|::))|##(?=\[|vso\[)/gi

let segmenter: Intl.Segmenter | undefined

/** Made once, and not before it is needed: making one takes longer than what it is used for, and longer than the start of a check may. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter()
  return segmenter.segment(text)
}

/** Characters of one column each. Our own reports are written with them, and so need nobody to take them apart. */
const ONE_COLUMN_EACH = /^[ -~\u00a0·–—‘-”…─-╿✓✗]*$/

/** How many columns a terminal gives to a text. East Asian wide characters and emoji take two. */
export function displayWidth(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes(text)) width += segmentWidth(segment)
  return width
}

/** @see Unicode Standard Annex 11, East Asian Width: wide and fullwidth ranges, and emoji presentation */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|\ufe0f/u

function segmentWidth(segment: string): number {
  if (/^\p{Mark}$|^[\u200b-\u200d\ufeff]$/u.test(segment)) return 0
  return WIDE.test(segment) ? 2 : 1
}

/** A text column by column. The second column of a wide character is empty; what takes no column stands with its neighbour. */
export function columnsOf(text: string): string[] {
  const columns: string[] = []
  for (const { segment } of graphemes(text)) {
    const width = segmentWidth(segment)
    if (width === 0 && columns.length > 0) columns.push(`${columns.pop() ?? ''}${segment}`)
    if (width > 0) columns.push(segment, ...Array.from({ length: width - 1 }, () => ''))
  }
  return columns
}

/** Cuts a text so that it takes at most `columns`, with an ellipsis where something is missing. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let width = 1
  for (const { segment } of graphemes(text)) {
    width += segmentWidth(segment)
    if (width > columns) break
    kept += segment
  }
  return `${kept}…`
}

/** Fills a text up with blanks to `columns`. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

/** Breaks a text into lines of at most `columns`, at blanks where there are any. Other blanks stay as they are. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    const [first = '', ...words] = paragraph.split(' ')
    let line = fit(first, columns)
    for (const word of words) {
      const longer = `${line} ${word}`
      if (displayWidth(longer) <= columns) {
        line = longer
        continue
      }
      lines.push(line)
      line = fit(word, columns)
    }
    lines.push(line)
  }
  return lines
}
