import { join } from 'node:path'
import { lessons } from '../catalogue.ts'
import { PROJECT } from '../project.ts'
import type { LessonVerdict } from '../verdict.ts'
import type { Figure } from './figure.ts'
import { measure, measureOutput } from './measure.ts'
import { vitestRun } from './peers.ts'

const ROUNDS = 3
const CHECK_ALL = [join(PROJECT, 'checker/launch.js'), 'check', '--every', '--attempt', 'solutions', '--json']

/** How long all solutions take one after another in one process, beside vitest and bare starts of Node; and its memory. */
export async function lessonRun(count = ROUNDS): Promise<Figure[]> {
  const rounds: { all: number; peakMib: number; verdicts: LessonVerdict[]; vitest: number; bareNode: number }[] = []
  for (let round = 0; round < count; round += 1) {
    const { ms, stdout, peakMib } = await measureOutput(CHECK_ALL)
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LessonVerdict)
    const vitest = await measure(vitestRun())
    const bareNode = await measure(['-e', '0'])
    rounds.push({ all: ms, peakMib, verdicts, vitest, bareNode })
  }
  const checksOf = (verdicts: readonly LessonVerdict[]) => verdicts.reduce((sum, { checks }) => sum + checks.length, 0)
  return [
    ...lessons.map(({ id, slug }, index): Figure => ({
      what: `${id}, ${slug.slice(3)}`,
      values: rounds.map(({ verdicts }) => verdicts[index]?.durationMs ?? Number.NaN),
      unit: 'ms',
    })),
    { what: 'all lessons, start to end', values: rounds.map(({ all }) => all), unit: 'ms', aim: 'at most 20000' },
    { what: 'all lessons / vitest, one empty test', values: rounds.map(({ all, vitest }) => all / vitest), unit: '×' },
    {
      what: 'one check of all / bare start of node',
      values: rounds.map(({ all, verdicts, bareNode }) => all / checksOf(verdicts) / bareNode),
      unit: '×',
    },
    {
      what: 'all lessons, peak memory of the checker',
      values: rounds.map(({ peakMib }) => peakMib),
      unit: 'MiB',
      aim: 'below 250',
    },
  ]
}
