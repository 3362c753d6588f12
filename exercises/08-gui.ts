// Lesson 8: a page for the node. It shares, searches, fetches, and shows how far it is.
// Read first: lessons/08-gui.md
// Then work through TODO 1 to 8 here, and 9 to 12 in 08-gui.html. After each one run: npm run check lesson-8

import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Gui, GuiOptions } from '../checker/contracts/08-gui.ts'
// If you have left out lesson 7, take ours: '../solutions/07-p2p-network.ts'
import { startNode } from './07-p2p-network.ts'

/**
 * Starts a node, and a page for it on 127.0.0.1.
 * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
 */
export async function startGui({ dir, port = 0, peers = [] }: GuiOptions): Promise<Gui> {
  const page = await readFile(new URL('08-gui.html', import.meta.url))
  // TODO 5: hear from the node how far its transfers are, and tell it at /api/events.
  const node = await startNode({ dir, peers })

  const server = createServer((request, response) => {
    void answer(request, response)
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // TODO 6: answer this page only, and nobody who comes from another one.
    if (request.url === '/api/files') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(await list(dir)))
      return
    }
    // TODO 1: PUT /api/files/NAME makes a file of the body.
    // TODO 2: a name comes from outside. Decode it, and refuse what is more than a name.
    // TODO 3: GET /api/search asks the network.
    // TODO 4: POST /api/download fetches a file that was found.
    // TODO 7: the page is at `/`, and not everywhere. Say so with 404, and with 405.
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page)
  }

  // TODO 6: who can reach this? Only programs on this machine should.
  server.listen(port)
  // TODO 8: when this rejects, the node is still running.
  await once(server, 'listening') // rejects when 'error' comes first
  const { port: bound } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${bound}/`,
    node: node.address,
    async close() {
      // TODO 8: end what is open, the node too, and make a second close() harmless.
      server.close()
      await once(server, 'close')
    },
  }
}

/** The files that lie in a folder directly. */
async function list(dir: string): Promise<{ name: string; size: number }[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  return Promise.all(names.map(async (name) => ({ name, size: (await stat(join(dir, name))).size })))
}
