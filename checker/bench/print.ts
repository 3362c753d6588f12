/** Prints the median of some measurements with the smallest and the largest. */
export function printFigures(what: string, values: readonly number[], unit: string): void {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (fraction: number) => {
    const value = sorted[Math.round(fraction * (sorted.length - 1))] ?? Number.NaN
    return value >= 10 ? value.toFixed(0) : value.toFixed(2)
  }
  process.stdout.write(`${what.padEnd(38)} median ${at(0.5).padStart(5)}  (${at(0)} to ${at(1)}) ${unit}\n`)
}
