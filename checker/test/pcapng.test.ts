import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { udpPacket } from '../reporters/ip-packet.ts'
import { pcapng } from '../reporters/pcapng.ts'
import type { TraceEvent } from '../verdict.ts'
import { attemptFolder } from './attempt-folder.ts'
import { hasProgram } from './has-program.ts'

const hello = Buffer.from('안녕 hi')
const events: TraceEvent[] = [
  {
    kind: 'datagram',
    at: 0,
    from: 'you',
    to: 'checker',
    hex: hello.toString('hex'),
    sizeBytes: hello.length,
    label: 'DATA seq=0',
    fate: 'lost',
    note: 'lost on purpose',
  },
  { kind: 'mark', at: 5, party: 'you', label: 'waits' },
  {
    kind: 'datagram',
    at: 100.25,
    from: 'you',
    to: 'checker',
    hex: hello.toString('hex'),
    sizeBytes: hello.length,
    label: 'DATA seq=0',
    fate: 'arrived',
  },
  { kind: 'datagram', at: 101, from: 'checker', to: 'you', hex: '00', sizeBytes: 9000, label: 'cut off', fate: 'arrived' },
  { kind: 'datagram', at: 102, from: 'checker', to: 'you', hex: '', sizeBytes: 0, label: '(empty)', fate: 'arrived' },
]

test('a packet has the lengths and checksums of RFC 791 and RFC 768', () => {
  const from = { host: '10.0.0.1', port: 5000 }
  const to = { host: '10.0.0.2', port: 5001 }

  const { packet, originalBytes } = udpPacket(from, to, Buffer.from('hi'), 2)

  // Worked out by hand: all 16-bit words, checksums included, add up to 0xffff.
  expect(packet.toString('hex')).toBe('4500001e00000000401166cd0a0000010a00000213881389000a5c5d6869')
  expect(originalBytes).toBe(30)
})

test('a capture is made of whole blocks, each as long as it says', () => {
  const file = Buffer.from(pcapng(events, 'you'))

  const types: number[] = []
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    const length = file.readUInt32LE(at + 4)
    expect(length % 4).toBe(0)
    expect(file.readUInt32LE(at + length - 4)).toBe(length)
    types.push(file.readUInt32LE(at))
  }
  expect(types).toEqual([0x0a0d0d0a, 1, 1, 6, 6, 6, 6])
})

test.runIf(hasProgram('tshark'))('tshark reads the capture: payloads, checksums, comments', () => {
  const file = join(attemptFolder({}), 'trace.pcapng')
  writeFileSync(file, pcapng(events, 'you'))

  const fields = [
    'frame.time_epoch',
    'ip.src',
    'udp.dstport',
    'udp.payload',
    'ip.checksum.status',
    'udp.checksum.status',
    'frame.interface_name',
  ]
  const preferences = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-d', 'udp.port==5000-5001,data']
  const options = ['-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])]
  const rows = execFileSync('tshark', ['-r', file, ...preferences, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const payload = hello.toString('hex')

  const [first, second, , fourth] = rows
    .trimEnd()
    .split('\n')
    .map((row) => row.split('|'))
  expect(first).toEqual([expect.stringMatching(/^0\.0+$/), '10.0.0.1', '5001', payload, '1', '1', 'before the network'])
  expect(second).toEqual([expect.stringMatching(/^0\.10025/), '10.0.0.1', '5001', payload, '1', '1', 'after the network'])
  expect(fourth?.slice(1)).toEqual(['10.0.0.2', '5000', '', '1', '1', 'after the network'])
  const detail = execFileSync('tshark', ['-r', file, '-V'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  expect(detail).toContain('DATA seq=0: lost on purpose')
})
