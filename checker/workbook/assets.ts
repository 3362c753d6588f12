import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Hono } from 'hono'

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f5fa8"/><path d="M9 7v18M23 7v18M9 11l13 4M23 18l-13 4" stroke="#fff" stroke-width="2.5" stroke-linecap="round" fill="none"/></svg>`

/** In this order; the later ones build on the first. */
const STYLES = ['page.css', 'picture.css', 'page/try-it.css']

interface Asset {
  readonly body: string
  readonly type: string
}

/** Serves styles, script and icon. They are made once, when the server starts: there is no build step. */
export function assetRoutes(app: Hono): void {
  const assets = new Map([
    ['page.css', styles()],
    ['page.js', script()],
    ['icon.svg', icon()],
  ])
  for (const asset of assets.values()) asset.catch(() => undefined)

  app.get('/assets/:name', async (c) => {
    const asset = await assets.get(c.req.param('name'))
    if (asset === undefined) return c.notFound()
    const tag = `"${createHash('sha256').update(asset.body).digest('hex').slice(0, 16)}"`
    c.header('etag', tag)
    c.header('cache-control', 'no-cache')
    if (c.req.header('if-none-match')?.includes(tag) === true) return c.body(null, 304)
    return c.body(asset.body, 200, { 'content-type': asset.type })
  })
}

async function icon(): Promise<Asset> {
  return { body: ICON, type: 'image/svg+xml' }
}

async function styles(): Promise<Asset> {
  const files = STYLES.map((name) => fileURLToPath(new URL(name, import.meta.url))).filter((file) => existsSync(file))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return { body: texts.join('\n'), type: 'text/css; charset=utf-8' }
}

/** The script of the pages, in one piece of plain JavaScript. */
async function script(): Promise<Asset> {
  const built = await build({
    entryPoints: [fileURLToPath(new URL('page/page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  })
  return { body: built.outputFiles[0]?.text ?? '', type: 'text/javascript; charset=utf-8' }
}
