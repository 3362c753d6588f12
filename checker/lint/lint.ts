import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PROJECT } from '../project.ts'

/** Runs formatter, linter and dead-code check one after another, and ends with exit code 1 if any of them found something. */
const modules = fileURLToPath(new URL('node_modules/', import.meta.url))
const fix = process.argv.includes('--fix')

const tools: readonly (readonly [tool: string, ...args: string[]])[] = fix
  ? [['oxfmt/bin/oxfmt']]
  : [['oxfmt/bin/oxfmt', '--check'], ['oxlint/bin/oxlint'], ['knip/bin/knip.js', '--no-config-hints']]

const env = { ...process.env, OXLINT_TSGOLINT_PATH: `${modules}.bin/tsgolint` }
const codes = tools.map(([tool, ...args]) =>
  spawnSync(process.execPath, [modules + tool, ...args], { cwd: PROJECT, env, stdio: 'inherit' }),
)
process.exit(codes.every(({ status }) => status === 0) ? 0 : 1)
