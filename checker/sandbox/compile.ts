import { existsSync, realpathSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as esbuild from 'esbuild'
import { copyCompanions } from './companions.ts'
import { importRules } from './imports.ts'

/** An attempt that is ready to be started. */
export interface Compiled {
  /** The folder with the compiled files; an attempt may read it, not write it. */
  readonly dir: string
  readonly hostFile: string
  readonly attemptFile: string
  /** The files that the attempt consists of: absolute paths without symbolic links. */
  readonly sources: readonly string[]
}

/** Why an attempt could not be compiled, in the compiler's words and with its picture of the line. */
export interface CompileFailure {
  readonly message: string
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  /** The line and a caret below the place. */
  readonly excerpt?: string
}

export interface CompileRequest {
  /** The file to grade. */
  readonly file: string
  /** The folder the attempt may import from. */
  readonly attemptDir: string
  readonly lesson: number
  /** Where the compiled files go; made anew. */
  readonly into: string
  /** Puts the source beside the compiled code, for debuggers that cannot read files. */
  readonly withSource?: boolean
}

// Node takes twice as long to import it, because it looks through CommonJS for what could be a named export.
const { build } = createRequire(import.meta.url)('esbuild') as typeof esbuild

const HOST_SOURCE = fileURLToPath(new URL('host.ts', import.meta.url))

/**
 * Compiles one attempt, and the host that will run it, to plain JavaScript in a folder of their own. What the attempt reads
 * while it runs, such as a page, is copied beside it.
 * Configuration files of the attempt are not read; stack traces will name the learner's own lines.
 */
export async function compile(request: CompileRequest): Promise<Compiled | CompileFailure> {
  const { file, attemptDir, lesson, into, withSource = false } = request
  if (!existsSync(file)) return { message: `There is no file ${shown(file)}.` }
  const root = realpathSync(attemptDir)
  const real = realpathSync(file)
  if (!real.startsWith(root + sep)) return { message: `${shown(file)} is a link that leads out of ${shown(attemptDir)}.` }

  await mkdir(into, { recursive: true })
  const files = { dir: into, hostFile: join(into, 'host.mjs'), attemptFile: join(into, 'attempt.mjs') }
  const settings = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'silent',
    tsconfigRaw: {},
  } as const
  const host = build({
    ...settings,
    entryPoints: [HOST_SOURCE],
    outfile: files.hostFile,
    minify: true,
    // Cap'n Web asks every value whether it is one of fetch's classes, and the first mention of one loads all of fetch.
    banner: { js: 'class NotFetch {}' },
    define: { Request: 'NotFetch', Response: 'NotFetch', Headers: 'NotFetch' },
  })
  const attempt = build({
    ...settings,
    entryPoints: [real],
    outfile: files.attemptFile,
    plugins: [importRules({ attemptDir: root, lesson })],
    sourcemap: 'inline',
    sourcesContent: withSource,
    keepNames: true,
    metafile: true,
  })
  try {
    const [{ metafile }, obstacle] = await Promise.all([attempt, copyCompanions(real, into), host])
    if (obstacle !== undefined) return { message: obstacle }
    return { ...files, sources: Object.keys(metafile.inputs).map((input) => resolve(input)) }
  } catch (error) {
    await host
    const first = (error as { errors?: readonly esbuild.Message[] }).errors?.[0]
    if (first === undefined) throw error
    return describe(first)
  }
}

function describe({ text, location }: esbuild.Message): CompileFailure {
  if (location === null) return { message: text }
  const { line, column, length, lineText } = location
  const number = String(line)
  return {
    message: text,
    file: location.file,
    line,
    excerpt: `${number} │ ${lineText}\n${' '.repeat(number.length)} ╵ ${' '.repeat(column)}${length > 1 ? '~'.repeat(length) : '^'}`,
  }
}

function shown(file: string): string {
  return relative(process.cwd(), file)
}
