/**
 * What a call must resolve to, as far as it can be looked at without knowing the lesson:
 * the checker holds every answer of an attempt against its shape before a check sees it.
 * A `promise` field reaches the checker as a function that returns the promise.
 */
export type Shape =
  | 'nothing'
  | 'number'
  | 'boolean'
  | 'text'
  | 'bytes'
  | 'address'
  | 'function'
  | 'promise'
  | 'anything'
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }

/** The exports of an exercise, each with the shape of what it resolves to. */
export type ExportShapes<Contract> = { readonly [Name in keyof Contract]: Shape }
