/** Some measurements of one thing. */
export interface Figure {
  /** `check / learnyounode` */
  readonly what: string
  readonly values: readonly number[]
  /** `×` for a ratio to a peer that ran side by side with ours. */
  readonly unit: '×' | 'ms' | 'MiB' | 'MiB/s' | 'datagrams/s'
  /** What we want of the median: `at most 1.5`. */
  readonly aim?: string
}

/** The median of the measurements, the smallest and the largest, as people read them. */
export function spread({ values }: Figure): { readonly median: string; readonly least: string; readonly most: string } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (fraction: number) => {
    const value = sorted[Math.round(fraction * (sorted.length - 1))] ?? Number.NaN
    return value >= 10 ? value.toFixed(0) : value.toFixed(2)
  }
  return { median: at(0.5), least: at(0), most: at(1) }
}

export function renderFigure(figure: Figure): string {
  const { median, least, most } = spread(figure)
  const aim = figure.aim === undefined ? '' : `   (aim: ${figure.aim})`
  return `${figure.what.padEnd(42)} median ${median.padStart(5)}  (${least} to ${most}) ${figure.unit}${aim}\n`
}
