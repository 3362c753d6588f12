import type { Arrow } from './ladder-layout.ts'
import { element, rounded, type Svg, text } from './svg.ts'

/** How much lower an arrow ends than it begins. */
export const SLANT = 10
/** How far what is lost comes, as a share of its way. */
export const LOST_AT = 0.58

/** What a column of a fixed-width font takes, for each size of font in use: 0.6 em in nearly all of them. */
export const FONT = {
  label: { size: 12, column: 7.2 },
  small: { size: 10.5, column: 6.3 },
  bytes: { size: 9.5, column: 5.7 },
} as const

export interface Shaft {
  /** Where it begins and where it was to go. */
  readonly start: number
  readonly target: number
  /** How high it begins. */
  readonly y: number
  readonly fate: Arrow['fate']
  /** Something was done to it on its way. */
  readonly changed: boolean
}

/** The line of an arrow with its head, or with a cross where it got lost. */
export function drawShaft({ start, target, y, fate, changed }: Shaft): Svg[] {
  const step = start < target ? 1 : -1
  const share = fate === 'lost' ? LOST_AT : 1
  const [endX, endY] = [start + (target - start) * share, y + SLANT * share]
  const line = (dy: number) =>
    element('line', {
      class: 'shaft',
      stroke: 'currentColor',
      'stroke-dasharray': fate === 'lost' ? '5 4' : undefined,
      x1: start,
      y1: rounded(y + dy),
      x2: rounded(fate === 'lost' ? endX - step * 7 : endX - step * 6),
      y2: rounded(endY + dy),
    })
  const shafts = fate === 'broken' ? [line(-1.5), line(1.5)] : [line(0)]
  const head = fate === 'lost' ? cross(endX, endY) : arrowHead(endX, endY, step)
  const middle = changed ? [diamond((start + target) / 2, y + SLANT / 2)] : []
  return [...shafts, head, ...middle]
}

export function labelled(words: string, x: number, y: number, rightwards: boolean): Svg {
  return element('text', { class: 'label', x: rounded(x), y, 'text-anchor': rightwards ? 'start' : 'end' }, text(words))
}

export function small(words: string, x: number, y: number, anchor = 'start', kind = 'small'): Svg {
  const place = { x: rounded(x), y: rounded(y), 'text-anchor': anchor, 'font-size': FONT.small.size }
  return element('text', { class: kind, ...place }, text(words))
}

function arrowHead(x: number, y: number, step: number): Svg {
  const back = rounded(x - step * 9)
  return element('path', { class: 'head', d: `M${x} ${rounded(y)}L${back} ${rounded(y - 4.5)}L${back} ${rounded(y + 4.5)}Z` })
}

export function cross(x: number, y: number): Svg {
  const [left, right, above, below] = [x - 5, x + 5, y - 5, y + 5].map(rounded)
  return element('path', {
    class: 'sign',
    stroke: 'currentColor',
    d: `M${left} ${above}L${right} ${below}M${right} ${above}L${left} ${below}`,
  })
}

export function diamond(x: number, y: number): Svg {
  return element('path', { class: 'sign full', d: `M${x - 6} ${y}L${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}Z` })
}

export function bars(x: number, y: number): Svg {
  return element('path', { class: 'sign', stroke: 'currentColor', d: `M${x - 6} ${y - 1.5}h12M${x - 6} ${y + 1.5}h12` })
}
