import { type Figure, spread } from './figure.ts'

/** What the figures were taken on. */
export interface Machine {
  /** `2026-11-22` */
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  /** Programs that wanted a core, on the average of the last minute: before the first measurement and after the last. */
  readonly load: readonly [before: number, after: number]
}

export interface Part {
  readonly title: string
  readonly figures: readonly Figure[]
}

/** The page of figures in Markdown. It is written by the command that measures, never by hand. */
export function renderTable(machine: Machine, parts: readonly Part[]): string {
  const { date, processor, cores, memoryGib, system, node, load } = machine
  const [before, after] = load.map((each) => each.toFixed(1))
  return `# Benchmarks

Written by \`npm run bench -- --write\`. What counts are the ratios (×): ours and its peer ran in turn, in the same minutes, on the
same machine. Absolute values are those of this machine alone.

| | |
| --- | --- |
| date | ${date} |
| processor | ${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'} |
| memory | ${memoryGib} GiB |
| system | ${system} |
| Node | ${node} |
| load average | ${before} before, ${after} after |
${parts.map(renderPart).join('')}`
}

function renderPart({ title, figures }: Part): string {
  const rows = figures.map((figure) => {
    const { median, least, most } = spread(figure)
    return `| ${figure.what} | ${median} ${figure.unit} | ${least} to ${most} | ${figure.values.length} | ${figure.aim ?? ''} |\n`
  })
  return `
## ${title}

| what | median | least to most | rounds | aim |
| --- | ---: | ---: | ---: | --- |
${rows.join('')}`
}
