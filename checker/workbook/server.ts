import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { assetRoutes } from './assets.ts'
import { eventRoutes } from './events.ts'
import { guard, limitBody } from './guard.ts'
import { actionRoutes, lessonOf, pageRoutes } from './lesson-routes.ts'
import { openSession } from './session.ts'
import { tryItRoutes } from './try-it-routes.ts'

/** The workbook in the browser, as long as it runs. */
export interface Workbook {
  readonly port: number
  /** Whoever answers with it is this one. */
  readonly token: string
  /** Ends everything that was started, and resolves when nothing is left of it. */
  close(): Promise<void>
}

/**
 * Serves the workbook on 127.0.0.1 and watches the learner's files.
 * @param ports tried one after another; 0 is any free one
 * @throws Error with the system's code when none of them can be had
 */
export async function openWorkbook(ports: readonly number[]): Promise<Workbook> {
  const token = randomUUID()
  const app = new Hono()
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
  const session = await openSession()

  app.use(guard)
  app.use(limitBody)
  app.use(compress())
  app.get('/api/who', (c) => c.json({ token, pid: process.pid }))
  assetRoutes(app)
  pageRoutes(app, session)
  actionRoutes(app, session)
  const tryIt = tryItRoutes()
  app.route('/', tryIt)
  const events = eventRoutes(app, session, token, lessonOf)
  app.notFound((c) => c.text('There is no such page. The workbook begins at /\n', 404))
  app.onError((error, c) => {
    process.stderr.write(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}\n`)
    return c.text('The workbook itself failed; this is not your fault.\n', 500)
  })

  let port: number
  try {
    port = await listen(server, ports)
  } catch (error) {
    await session.close()
    throw error
  }

  return {
    port,
    token,
    async close() {
      events.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await Promise.all([closed, session.close(), tryIt.close()])
    },
  }
}

async function listen(server: Server, ports: readonly number[]): Promise<number> {
  const [port = 0, ...others] = ports
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch (error) {
    if (others.length === 0) throw error
    return listen(server, others)
  }
}
