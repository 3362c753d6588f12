import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../project.ts'
import { measure, measurePeak } from './measure.ts'
import { printFigures } from './print.ts'

/** Peers are fetched into this folder, outside the learner's node_modules. */
const CACHE = join(PROJECT, '.workbook', 'bench')
const PEER = 'learnyounode@4.2.2'
const ROUNDS = 9
const MEMORY_ROUNDS = 3

const CHECK = ['--import', 'tsx', join(PROJECT, 'checker/cli.ts'), 'check', 'lesson-1', '--attempt', 'solutions']
const VITEST = [join(PROJECT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', join(CACHE, 'empty')]
const LEARNYOUNODE = join(CACHE, 'node_modules/learnyounode/bin/learnyounode')

/** The peer's exercise: a TCP server that tells the time to whoever connects. */
const TIME_SERVER = `
const two = (number) => String(number).padStart(2, '0')
require('node:net').createServer((socket) => {
  const now = new Date()
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  socket.end(date + ' ' + two(now.getHours()) + ':' + two(now.getMinutes()) + '\\n')
}).listen(Number(process.argv[2]))
`

/** How fast `check lesson-1` is, as ratios to two peers, taken pair by pair; and how much memory it takes. */
export async function startUp(): Promise<void> {
  fetchPeers()
  const home = { HOME: join(CACHE, 'home'), USERPROFILE: join(CACHE, 'home') }
  execFileSync(process.execPath, [LEARNYOUNODE, 'select', 'TIME SERVER'], { env: { ...process.env, ...home }, stdio: 'ignore' })
  const verify = [LEARNYOUNODE, 'verify', join(CACHE, 'time-server.js')]

  const rounds: Record<'check' | 'learnyounode' | 'vitest', number>[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const check = await measure(CHECK)
    const learnyounode = await measure(verify, home)
    const vitest = await measure(VITEST)
    // The first round warms the disk's cache and does not count.
    if (round > 0) rounds.push({ check, learnyounode, vitest })
  }

  const peaks: number[] = []
  for (let round = 0; round < MEMORY_ROUNDS; round += 1) peaks.push(await measurePeak(CHECK))

  printFigures(
    'check lesson-1 on the solution',
    rounds.map(({ check }) => check),
    'ms',
  )
  printFigures(
    'learnyounode verify, TIME SERVER',
    rounds.map(({ learnyounode }) => learnyounode),
    'ms',
  )
  printFigures(
    'vitest run, one empty test',
    rounds.map(({ vitest }) => vitest),
    'ms',
  )
  printFigures(
    'check / learnyounode',
    rounds.map(({ check, learnyounode }) => check / learnyounode),
    '×   (aim: at most 1.5)',
  )
  printFigures(
    'check / vitest',
    rounds.map(({ check, vitest }) => check / vitest),
    '×   (aim: at most 2)',
  )
  printFigures('check, peak memory of all processes', peaks, 'MiB (aim: below 250)')
}

function fetchPeers(): void {
  rmSync(join(CACHE, 'empty'), { recursive: true, force: true })
  for (const folder of ['empty', 'home']) mkdirSync(join(CACHE, folder), { recursive: true })
  writeFileSync(join(CACHE, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(CACHE, 'time-server.js'), TIME_SERVER)
  writeFileSync(join(CACHE, 'empty', 'empty.test.ts'), "import { test } from 'vitest'\ntest('nothing', () => undefined)\n")
  writeFileSync(join(CACHE, 'empty', 'vitest.config.ts'), 'export default {}\n')
  if (existsSync(LEARNYOUNODE)) return
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  execFileSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', PEER], { cwd: CACHE, stdio: 'inherit' })
}
