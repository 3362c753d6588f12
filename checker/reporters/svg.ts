import { inert } from './text.ts'

/** A piece of SVG that is ready: everything in it is escaped. Only `element` and `text` make one. */
export interface Svg {
  readonly source: string
}

type Attributes = Readonly<Record<string, string | number | undefined>>

/**
 * Makes an element. What stands in its attributes may come from anywhere, its name and theirs may not.
 * An attribute that is undefined is left out.
 */
export function element(name: string, attributes: Attributes, ...children: readonly Svg[]): Svg {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(String(value))}"`],
  )
  return { source: `<${name}${written.join('')}>${children.map(({ source }) => source).join('')}</${name}>` }
}

/** Text that may come from anywhere. */
export function text(content: string): Svg {
  return { source: escaped(content) }
}

/** A number as short as a picture needs it. */
export function rounded(length: number): number {
  return Math.round(length * 10) / 10
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Half a surrogate pair, U+FFFE and U+FFFF may not stand in XML at all, not even as an entity. @see XML 1.0, section 2.2 */
function escaped(content: string): string {
  return inert(content)
    .replaceAll(/[\p{Surrogate}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}
