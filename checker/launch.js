/**
 * Starts a command of the workbook: `node checker/launch.js check lesson-1`. Plain JavaScript, because Node 20 reads no TypeScript.
 *
 * Through tsx the checker takes a quarter of a second longer to start, and a learner starts it a hundred times a day. So it is
 * bundled once with esbuild and kept in .workbook/bundles, under a name made from all that it consists of: what has been changed is
 * bundled anew. Commands that import TypeScript while they run, and folders where nothing can be kept, get tsx.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const KEPT = join(PROJECT, '.workbook/bundles')
/** `play` imports the learner's file, `verify` the recorded mistakes. */
const FROM_SOURCES = new Set(['play', 'verify'])
/** Bundles of other versions are kept for so long: something that still runs may want a part of them. */
const KEPT_MS = 7 * 24 * 3600 * 1000
/** Cap'n Web asks every value whether it is one of fetch's classes, and the first mention of one loads all of fetch. */
const WITHOUT_FETCH = 'class NotFetch {} const Request = NotFetch, Response = NotFetch, Headers = NotFetch;'

try {
  await start(process.argv[2] ?? '')
} catch (error) {
  process.stderr.write(explain(error))
  process.exitCode = 3
}

/** @param {string} word the command */
async function start(word) {
  const bundle = FROM_SOURCES.has(word) ? undefined : await bundled().catch(unlessFolder)
  if (bundle === undefined) {
    await import('tsx')
    await import('./cli.ts')
  } else {
    process.setSourceMapsEnabled(true)
    await import(pathToFileURL(bundle).href)
  }
}

/** Nothing can be kept: the disk is full, or the folder is not ours. @param {unknown} error */
function unlessFolder(error) {
  if (!(error instanceof Error && 'syscall' in error)) throw error
}

/** @param {unknown} error @returns {string} why nothing could be started, and what to do */
function explain(error) {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
    return `The workbook lacks a part: ${error.message}\nIts packages are fetched by: npm ci\n`
  return `The checker cannot be started; this is not your fault.\n${error instanceof Error ? error.message : String(error)}\n`
}

/** @returns {Promise<string>} the bundle of the sources as they are now */
async function bundled() {
  const name = fingerprint()
  const entry = join(KEPT, name, 'cli.mjs')
  if (!existsSync(entry)) {
    const unfinished = join(KEPT, `${name}.${process.pid}`)
    try {
      await build(unfinished)
      // Somebody has saved a source meanwhile, and nobody knows which text of it went in.
      if (fingerprint() !== name) return await bundled()
      // All of it or nothing; when another run was faster, its bundle is the same.
      if (!existsSync(entry)) renameSync(unfinished, join(KEPT, name))
    } finally {
      rmSync(unfinished, { recursive: true, force: true })
    }
    removeOld(name)
  }
  return entry
}

/** @returns {string} a name for what the checker consists of, and for where it lies, because a bundle bears the paths of its files */
function fingerprint() {
  const hash = createHash('sha256').update(PROJECT)
  const files = ['checker', 'solutions'].flatMap((folder) => sources(join(PROJECT, folder))).toSorted()
  for (const file of [fileURLToPath(import.meta.url), join(PROJECT, 'package-lock.json'), ...files])
    hash.update(`\0${file}\0`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 32)
}

/** @returns {string[]} the TypeScript below a folder that a command may import */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'test'].includes(entry.name) ? [] : sources(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

/** @param {string} outdir */
async function build(outdir) {
  const esbuild = await import('esbuild')
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(PROJECT, 'checker/cli.ts')],
    outdir,
    write: false,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // So that no command loads what only another one needs.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // The packages as well, as far as they consist of nothing but code.
    external: [
      'esbuild',
      'playwright-core',
      'fsevents',
      ...[...FROM_SOURCES].map((word) => join(PROJECT, `checker/commands/${word}.ts`)),
    ],
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    tsconfigRaw: {},
    plugins: [{ name: 'own-address', setup: keepOwnAddress }],
  })
  await esbuild.stop()
  mkdirSync(outdir, { recursive: true })
  // Flushed, so that no empty file is taken for the bundle after a power cut.
  for (const { path, contents } of outputFiles) writeFileSync(path, contents, { flush: true })
}

/**
 * A file that asks where it lies means its source, beside which its certificates and pages are.
 * @param {import('esbuild').PluginBuild} plugin
 */
function keepOwnAddress(plugin) {
  plugin.onLoad({ filter: /capnweb.dist.index\.js$/ }, ({ path }) => ({ contents: WITHOUT_FETCH + readFileSync(path, 'utf8') }))
  plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const address = JSON.stringify(pathToFileURL(path).href)
    return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', address), loader: 'ts' }
  })
}

/** @param {string} current */
function removeOld(current) {
  for (const name of readdirSync(KEPT)) {
    const path = join(KEPT, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (name !== current && Date.now() - mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true })
  }
}
