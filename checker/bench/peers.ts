import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from '../authoring/npm.ts'
import { PROJECT } from '../project.ts'

/** Peers are fetched into this folder, outside the learner's node_modules. */
const CACHE = join(PROJECT, '.workbook', 'bench')
const LEARNYOUNODE = join(CACHE, 'node_modules/learnyounode/bin/learnyounode')
const RELEASE = 'learnyounode@4.2.2'

/** The peer's exercise: a TCP server that tells the time to whoever connects. */
const TIME_SERVER = `
const two = (number) => String(number).padStart(2, '0')
require('node:net').createServer((socket) => {
  const now = new Date()
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  socket.end(date + ' ' + two(now.getHours()) + ':' + two(now.getMinutes()) + '\\n')
}).listen(Number(process.argv[2]))
`

/**
 * Gets learnyounode from npm, unless it is there already, and has it choose the exercise.
 * @returns what Node is to run to verify a right attempt, and in which environment
 */
export function fetchLearnyounode(): { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  const home = join(CACHE, 'home')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(CACHE, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(CACHE, 'time-server.js'), TIME_SERVER)
  if (!existsSync(LEARNYOUNODE)) npm(['install', '--no-save', '--no-audit', '--no-fund', RELEASE], CACHE)
  const env = { HOME: home, USERPROFILE: home }
  execFileSync(process.execPath, [LEARNYOUNODE, 'select', 'TIME SERVER'], { env: { ...process.env, ...env }, stdio: 'ignore' })
  return { args: [LEARNYOUNODE, 'verify', join(CACHE, 'time-server.js')], env }
}

/** @returns what Node is to run for all of vitest with one empty test */
export function vitestRun(): readonly string[] {
  const folder = join(CACHE, 'empty')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'empty.test.ts'), "import { test } from 'vitest'\ntest('nothing', () => undefined)\n")
  writeFileSync(join(folder, 'vitest.config.ts'), 'export default {}\n')
  return [join(PROJECT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder]
}
