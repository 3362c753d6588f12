import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pcapng } from '../reporters/pcapng.ts'
import type { TraceEvent } from '../verdict.ts'
import { attemptFolder } from './attempt-folder.ts'

/** Whatever Wireshark would colour red in a capture. */
const SUSPECT =
  '_ws.malformed || tcp.analysis.flags || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0'

/** What tshark makes of a capture: a row per packet, the value of each field under its name. */
export interface Dissection {
  readonly packets: readonly Readonly<Record<string, string>>[]
  /** Packets with a wrong checksum, with something malformed, or that do not fit those before them. */
  readonly suspect: readonly string[]
}

/** A capture of a trace, for as long as the test runs. */
export function captureFile(events: readonly TraceEvent[]): string {
  const file = join(attemptFolder({}), 'trace.pcapng')
  writeFileSync(file, pcapng(events, 'you'))
  return file
}

export function dissect(file: string, fields: readonly string[]): Dissection {
  const columns = ['-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=,', ...fields.flatMap((field) => ['-e', field])]
  const packets = tshark(file, columns).map((line) => {
    const values = line.split('|')
    return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? '']))
  })
  return { packets, suspect: tshark(file, ['-Y', SUSPECT]) }
}

/** The bytes of a stream as Wireshark puts them together, first those that `client` sent, then the others. */
export function follow(file: string, protocol: 'tcp' | 'tls', client = '10.0.0.1', stream = 0): [up: string, down: string] {
  const lines = tshark(file, ['-q', '-z', `follow,${protocol},raw,${stream}`])
  const bytes = lines.filter((line) => /^\t?[0-9a-f]+$/.test(line))
  // Node 0 is who was seen first, and over TLS that need not be the client. What the other one sent is indented.
  const clientFirst = lines.some((line) => line.startsWith(`Node 0: ${client}:`))
  const sentBy = (first: boolean) => bytes.filter((line) => line.startsWith('\t') !== first).map((line) => line.trim())
  return [sentBy(clientFirst).join(''), sentBy(!clientFirst).join('')]
}

function tshark(file: string, args: readonly string[]): string[] {
  const preferences = ['ip.check_checksum', 'udp.check_checksum', 'tcp.check_checksum'].flatMap((name) => ['-o', `${name}:TRUE`])
  const options = ['-n', '-r', file, ...preferences, '-d', 'udp.port==5000-5001,data', ...args]
  const output = execFileSync('tshark', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 })
  return output.split('\n').filter((line) => line !== '')
}
