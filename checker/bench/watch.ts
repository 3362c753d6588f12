import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Figure } from './figure.ts'
import { measure } from './measure.ts'
import { openSolvedCopy } from './solved-copy.ts'

/** One save in a running watch, and a bare Node start beside it; milliseconds. */
interface Save {
  readonly firstLine: number
  readonly bareNode: number
}

const SAVES = 20
/** After a report, so that the editor's save does not meet the end of the round before. */
const BREATH_MS = 200

/** How soon a running watch says something of a save, beside a bare start of Node. */
export async function watch(count = SAVES): Promise<Figure[]> {
  const saves = await measureSaves(count)
  return [
    {
      what: 'watch, save to first verdict line',
      values: saves.map(({ firstLine }) => firstLine),
      unit: 'ms',
      aim: 'at most 400',
    },
    { what: 'watch / bare start of node', values: saves.map(({ firstLine, bareNode }) => firstLine / bareNode), unit: '×' },
  ]
}

/** Takes the time from a save to the first check that is told, on the solution of lesson 1. */
async function measureSaves(count: number): Promise<Save[]> {
  const watching = openSolvedCopy(['watch', 'lesson-1'])
  let tell: (line: string) => void = () => undefined
  createInterface(watching.stdout).on('line', (line) => tell(line))
  const next = (fits: (line: string) => boolean) =>
    new Promise<void>((resolve) => {
      tell = (line) => (fits(line) ? resolve() : undefined)
    })
  const saves: Save[] = []
  try {
    await next((line) => line.includes('watching'))
    for (let number = 0; number < count; number += 1) {
      await pause(BREATH_MS)
      const bareNode = await measure(['-e', '0'])
      const startedAt = performance.now()
      watching.save(String(number))
      await next((line) => /^ {2}[✓✗]/.test(line))
      saves.push({ firstLine: performance.now() - startedAt, bareNode })
      await next((line) => line.includes('watching'))
    }
  } finally {
    await watching.close()
  }
  return saves
}
