import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { PROJECT } from '../project.ts'
import { tryItRoutes } from '../workbook/try-it-routes.ts'

const WORKBOOK = join(PROJECT, 'checker/workbook')
const STYLES = ['page.css', 'picture.css', 'page/try-it.css']
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"

/** Serves a page with nothing but the try-it panel of a lesson, as strictly as the workbook does. The caller closes it. */
export async function openTryItPage(lessonId: string, attemptDir: string) {
  const app = new Hono()
  const routes = tryItRoutes({ attemptDir })
  const styles = (await Promise.all(STYLES.map((name) => readFile(join(WORKBOOK, name), 'utf8')))).join('\n')
  const script = await build({
    stdin: {
      contents: `import { mountTryIt } from './try-it.ts'; mountTryIt(document.getElementById('panel'), '${lessonId}')`,
      resolveDir: join(WORKBOOK, 'page'),
    },
    bundle: true,
    write: false,
    format: 'esm',
  })
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>Try it</title><link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script>
    <main><h1>Lesson</h1><h2>Try it</h2><div id="panel"></div></main></html>`

  app.get('/', (c) => {
    c.header('content-security-policy', CSP)
    return c.html(page)
  })
  app.get('/page.css', (c) => c.body(styles, 200, { 'content-type': 'text/css' }))
  app.get('/page.js', (c) => c.body(script.outputFiles[0]?.text ?? '', 200, { 'content-type': 'text/javascript' }))
  app.route('/', routes)
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await Promise.all([closed, routes.close()])
    },
  }
}
