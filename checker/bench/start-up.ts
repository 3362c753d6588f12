import { join } from 'node:path'
import { PROJECT } from '../project.ts'
import type { Figure } from './figure.ts'
import { measure, measurePeak } from './measure.ts'
import { fetchLearnyounode, vitestRun } from './peers.ts'

const ROUNDS = 9
const MEMORY_ROUNDS = 3

const CHECK = [join(PROJECT, 'checker/launch.js'), 'check', 'lesson-1', '--attempt', 'solutions']

/** How fast `check lesson-1` is, as ratios to two peers, taken pair by pair; and how much memory it takes. */
export async function startUp(count = ROUNDS): Promise<Figure[]> {
  const peers = { learnyounode: fetchLearnyounode(), vitest: vitestRun() }
  const rounds: Record<'check' | 'learnyounode' | 'vitest', number>[] = []
  for (let round = 0; round <= count; round += 1) {
    const check = await measure(CHECK)
    const learnyounode = await measure(peers.learnyounode.args, peers.learnyounode.env)
    const vitest = await measure(peers.vitest)
    // The first round warms the disk's cache and does not count.
    if (round > 0) rounds.push({ check, learnyounode, vitest })
  }

  const peaks: number[] = []
  for (let round = 0; round < Math.min(count, MEMORY_ROUNDS); round += 1) peaks.push(await measurePeak(CHECK))

  return [
    { what: 'check lesson-1 on the solution', values: rounds.map(({ check }) => check), unit: 'ms' },
    { what: 'learnyounode verify, TIME SERVER', values: rounds.map(({ learnyounode }) => learnyounode), unit: 'ms' },
    { what: 'vitest run, one empty test', values: rounds.map(({ vitest }) => vitest), unit: 'ms' },
    {
      what: 'check / learnyounode',
      values: rounds.map(({ check, learnyounode }) => check / learnyounode),
      unit: '×',
      aim: 'at most 1.5',
    },
    { what: 'check / vitest', values: rounds.map(({ check, vitest }) => check / vitest), unit: '×', aim: 'at most 2' },
    { what: 'check, peak memory of all processes', values: peaks, unit: 'MiB', aim: 'below 250' },
  ]
}
