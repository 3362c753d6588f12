/**
 * One end of a transfer, as a process of its own: `node transfer-program.mjs ours|plain server|client DIR [PORT]`. A server
 * prints its port, and ends when its input does. A client fetches FILE and prints how long that took and how much memory.
 */
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fetchFiles, startFileServer } from '../../solutions/05-file-transfer.ts'
import { FILE, type TransferReport } from './transfer-report.ts'

const [, , whose, role, dir = '.', port = '0'] = process.argv
const to = { host: '127.0.0.1', port: Number(port) }

if (role === 'server') {
  process.stdout.write(`${whose === 'ours' ? await serveOurs() : await servePlain()}\n`)
  await once(process.stdin.resume(), 'end')
  report(0)
  process.exit()
}
const startedAt = performance.now()
if (whose === 'ours') await fetchFiles({ server: to, names: [FILE], into: dir })
else await pipeline(connect(to), createWriteStream(join(dir, FILE)))
report(performance.now() - startedAt)

async function serveOurs(): Promise<number> {
  return (await startFileServer({ dir })).address.port
}

async function servePlain(): Promise<number> {
  const server = createServer((socket) => void pipeline(createReadStream(join(dir, FILE)), socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function report(durationMs: number): void {
  // Linux and macOS differ in what the operating system counts in; Node says kilobytes on both.
  const { maxRSS } = process.resourceUsage()
  process.stdout.write(`${JSON.stringify({ durationMs, peakMib: maxRSS / 1024 } satisfies TransferReport)}\n`)
}
