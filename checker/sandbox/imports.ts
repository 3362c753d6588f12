import { existsSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

/** The folder of our solutions; an attempt may import those of earlier lessons from it. */
const SOLUTIONS = fileURLToPath(new URL('../../solutions', import.meta.url))

/** Modules that start other programs or reach into the process from outside. No lesson needs one. */
const CLOSED_MODULES = new Set(['child_process', 'cluster', 'worker_threads', 'inspector', 'inspector/promises', 'wasi', 'repl'])

export interface ImportRules {
  /** The folder that is graded, without symbolic links. */
  readonly attemptDir: string
  /** The number of the lesson that is graded. */
  readonly lesson: number
}

/**
 * Refuses what an attempt may not import, by name and with the reason: only `node:*`, files of its own folder, and our
 * solutions of earlier lessons. Types are not looked at, they are gone by then.
 */
export function importRules(rules: ImportRules): Plugin {
  return {
    name: 'import-rules',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind, resolveDir }) => {
        if (kind === 'entry-point') return undefined
        if (isBuiltin(path)) {
          const module = path.replace(/^node:/, '')
          if (CLOSED_MODULES.has(module)) {
            return refusal(`node:${module} is closed: no lesson needs it, and the checker grades one process.`)
          }
          return { path: `node:${module}`, external: true }
        }
        if (path.startsWith('node:')) return refusal(`There is no "${path}" in Node.js. Is it misspelt?`)
        if (!path.startsWith('.') && !isAbsolute(path)) {
          return refusal(
            `"${path}" is a package. Here the network code is yours: import only node:* modules and files of your own.`,
          )
        }
        return resolveFile(path, resolveDir, rules)
      })
    },
  }
}

function resolveFile(path: string, fromDir: string, rules: ImportRules) {
  const wanted = fromWherever(resolve(fromDir, path), rules)
  if (!existsSync(wanted)) return refusal(`There is no file "${path}" here. Write the whole name, with its ending: "./name.ts".`)
  const file = realpathSync(wanted)
  if (inside(rules.attemptDir, file)) return { path: file }
  if (inside(realpathSync(SOLUTIONS), file)) {
    const number = Number.parseInt(relative(realpathSync(SOLUTIONS), file), 10)
    if (number < rules.lesson) return { path: file }
    return refusal('That is the solution of the lesson itself. Only solutions of earlier lessons can be imported.')
  }
  return refusal(`"${path}" lies outside your folder. Import node:* modules, files beside this one, or earlier solutions.`)
}

/** Our solutions lie beside `exercises`. A folder that is graded elsewhere finds them in the same place. */
function fromWherever(wanted: string, { attemptDir }: ImportRules): string {
  if (existsSync(wanted)) return wanted
  const ours = resolve(SOLUTIONS, relative(resolve(attemptDir, '../solutions'), wanted))
  return inside(SOLUTIONS, ours) ? ours : wanted
}

function refusal(text: string) {
  return { errors: [{ text }] }
}

function inside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
