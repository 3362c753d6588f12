/** How long a shown value may be, in characters. */
const MAX_SHOWN = 160
/** How much of the beginning of a longer one is shown. */
const SHOWN_HEAD = MAX_SHOWN - 40
/** How much of it is shown where the rest is about a place farther on, and how much before that place. */
const SHOWN_FIRST = 40
const SHOWN_BEFORE = 40

/** A value as a person reads it in a report: texts quoted, bytes in hexadecimal, long ones shortened. */
export function show(value: unknown): string {
  return shorten(showWhole(value))
}

function showWhole(value: unknown): string {
  // JSON leaves the byte order mark as it is, and no terminal shows it.
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\uFEFF', '\\ufeff')
  if (value instanceof Uint8Array)
    return `<${hex(value.subarray(0, 24))}${value.length > 24 ? ' …' : ''}> (${value.length} bytes)`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return `[${value.map(showWhole).join(', ')}]`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${showWhole(field)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, SHOWN_HEAD)} … ${text.slice(-30)}`
}

/** Two values and, for long texts and bytes, where they part. */
export interface Comparison {
  readonly expected: string
  readonly actual: string
}

/** Shows two values that differ so that the difference can be seen. */
export function compare(expected: unknown, actual: unknown): Comparison {
  if (typeof expected === 'string' && typeof actual === 'string' && Math.max(expected.length, actual.length) > 60) {
    return compareTexts(expected, actual)
  }
  if (expected instanceof Uint8Array && actual instanceof Uint8Array) return compareBytes(expected, actual)
  const [ours, theirs] = [showWhole(expected), showWhole(actual)]
  const at = firstDifference(ours, theirs)
  return { expected: shortenAround(ours, at), actual: shortenAround(theirs, at) }
}

/** Shortens a text so that its beginning can be read, and the place at which it parts from another one. */
function shortenAround(text: string, at: number): string {
  if (text.length <= MAX_SHOWN || at < SHOWN_HEAD - SHOWN_BEFORE) return shorten(text)
  const to = at + MAX_SHOWN - SHOWN_FIRST - SHOWN_BEFORE
  return `${text.slice(0, SHOWN_FIRST)} … ${text.slice(at - SHOWN_BEFORE, to)}${to < text.length ? ' …' : ''}`
}

function compareTexts(expected: string, actual: string): Comparison {
  const at = firstDifference(Array.from(expected), Array.from(actual))
  const around = (text: string) => {
    const characters = Array.from(text)
    if (at >= characters.length) return `${characters.length} characters, and there it ends`
    return `${characters.length} characters; at ${at}: …${JSON.stringify(characters.slice(at, at + 12).join(''))}…`
  }
  return { expected: around(expected), actual: around(actual) }
}

function compareBytes(expected: Uint8Array, actual: Uint8Array): Comparison {
  const at = firstDifference(expected, actual)
  const around = (whole: Uint8Array) => {
    const from = Math.max(0, at - 4)
    const part = whole.subarray(from, at + 8)
    const text = JSON.stringify(
      Buffer.from(part)
        .toString('latin1')
        .replaceAll(/[^ -~]/g, '.'),
    )
    return `${whole.length} bytes; from ${from}: <${hex(part)}> ${text}`
  }
  return { expected: around(expected), actual: `${around(actual)} (first difference at ${at})` }
}

function firstDifference(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at += 1
  return at
}
