import type { Shape } from '../contracts/shape.ts'

/** What does not fit, in words. */
export interface Misfit {
  readonly expected: string
  readonly actual: string
}

/** Holds a result of the attempt against its shape. Undefined when it fits. */
export function misfit(value: unknown, shape: Shape, at = ''): Misfit | undefined {
  const wrong = (expected: string): Misfit => ({ expected: label(at, expected), actual: label(at, kindOf(value)) })
  if (typeof shape === 'object') {
    if ('list' in shape) {
      if (!Array.isArray(value)) return wrong('a list')
      return firstOf(value.map((entry, index) => misfit(entry, shape.list, `${at}[${index}]`)))
    }
    if (!isRecord(value)) return wrong(`an object with ${Object.keys(shape.fields).join(', ')}`)
    const dotted = at === '' ? '' : `${at}.`
    return firstOf(Object.entries(shape.fields).map(([name, field]) => misfit(value[name], field, dotted + name)))
  }
  return FITS[shape](value) ? undefined : wrong(WORDS[shape])
}

type SimpleShape = Extract<Shape, string>

const FITS: Record<SimpleShape, (value: unknown) => boolean> = {
  // What an attempt returns beyond its contract is its own affair.
  nothing: () => true,
  anything: () => true,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
  bytes: (value) => value instanceof Uint8Array,
  function: (value) => typeof value === 'function',
  // A promise has become a function on its way here.
  promise: (value) => typeof value === 'function',
  address: (value) => isRecord(value) && typeof value.host === 'string' && Number.isInteger(value.port) && Number(value.port) > 0,
}

const WORDS: Record<SimpleShape, string> = {
  nothing: 'nothing',
  anything: 'anything',
  number: 'a number',
  boolean: 'true or false',
  text: 'a text',
  bytes: 'a Uint8Array',
  function: 'a function',
  promise: 'a promise',
  address: '{ host, port } with the port really bound',
}

function firstOf(misfits: readonly (Misfit | undefined)[]): Misfit | undefined {
  return misfits.find((each) => each !== undefined)
}

function label(at: string, text: string): string {
  return at === '' ? text : `${at}: ${text}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return 'a BigInt'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return 'a text'
  if (Array.isArray(value)) return 'a list'
  const json = JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? `${field}n` : field))
  return json.length <= 60 ? json : `an object with ${Object.keys(value).slice(0, 8).join(', ')}`
}
