import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { openScratch } from '../sandbox/scratch.ts'
import type { Figure } from './figure.ts'
import { FILE, type TransferReport } from './transfer-report.ts'

const SIZE_MIB = 1024
const ROUNDS = 3

/**
 * One GiB through the solution of lesson 5, and through a bare `stream.pipeline` from a file to a socket and from a socket to
 * a file. Server and client are processes of their own.
 */
export async function fileTransfer(count = ROUNDS): Promise<Figure[]> {
  const scratch = await openScratch()
  try {
    const program = join(scratch.dir, 'transfer-program.mjs')
    await build({
      entryPoints: [fileURLToPath(new URL('transfer-program.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    })
    for (const folder of ['from', 'into']) mkdirSync(join(scratch.dir, folder))
    await pipeline(Readable.from(mebibytes(SIZE_MIB)), createWriteStream(join(scratch.dir, 'from', FILE)))

    const rounds: Record<'ours' | 'plain', { client: TransferReport; server: TransferReport }>[] = []
    for (let round = 0; round < count; round += 1) {
      const ours = await transfer(program, 'ours', scratch.dir)
      const plain = await transfer(program, 'plain', scratch.dir)
      rounds.push({ ours, plain })
    }
    const rate = ({ durationMs }: TransferReport) => SIZE_MIB / (durationMs / 1000)
    return [
      { what: 'lesson 5, 1 GiB', values: rounds.map(({ ours }) => rate(ours.client)), unit: 'MiB/s' },
      { what: 'stream.pipeline, 1 GiB', values: rounds.map(({ plain }) => rate(plain.client)), unit: 'MiB/s' },
      {
        what: 'rate, lesson 5 / stream.pipeline',
        values: rounds.map(({ ours, plain }) => rate(ours.client) / rate(plain.client)),
        unit: '×',
        aim: 'at least 0.8',
      },
      ...(['server', 'client'] as const).map((role): Figure => ({
        what: `lesson 5, peak memory of the ${role}`,
        values: rounds.map(({ ours }) => ours[role].peakMib),
        unit: 'MiB',
        aim: 'below 150',
      })),
    ]
  } finally {
    await scratch.remove()
  }
}

function* mebibytes(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(2 ** 20, index % 251)
}

async function transfer(program: string, whose: string, dir: string) {
  const server = start([program, whose, 'server', join(dir, 'from')])
  const port = await server.lines.next()
  const client = start([program, whose, 'client', join(dir, 'into'), port.value as string])
  const received = await reportOf(client)
  server.child.stdin?.end()
  const sent = await reportOf(server)
  rmSync(join(dir, 'into', FILE))
  return { client: received, server: sent }
}

function start(args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]()
  return { child, lines }
}

async function reportOf({ lines }: ReturnType<typeof start>): Promise<TransferReport> {
  const { value, done } = await lines.next()
  if (done === true) throw new Error('A program of the transfer ended without its report.')
  return JSON.parse(value) as TransferReport
}
