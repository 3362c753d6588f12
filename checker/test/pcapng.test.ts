import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer, type SecureVersion } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AUTHORITY, GOOD } from '../certificates/certificates.ts'
import type { Address } from '../contracts/endpoint.ts'
import { cutAfter, type StreamFault } from '../lab/stream-faults.ts'
import { openTcpPipe } from '../lab/tcp-pipe.ts'
import { closeServer, connectTcp, listeningAddress, listenTcp } from '../lab/tcp-socket.ts'
import { describeText, openTrace, type Trace } from '../lab/trace.ts'
import { MAX_TCP_PAYLOAD, tcpPacket, udpPacket } from '../reporters/ip-packet.ts'
import { pcapng } from '../reporters/pcapng.ts'
import type { TraceEvent } from '../verdict.ts'
import { hasProgram } from './has-program.ts'
import { PATIENCE_MS } from './patience.ts'
import { captureFile, dissect, follow } from './tshark.ts'

const hello = Buffer.from('안녕 hi')
const datagrams: TraceEvent[] = [
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

function blockTypes(file: Uint8Array): number[] {
  const bytes = Buffer.from(file)
  const types: number[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 4)) {
    const length = bytes.readUInt32LE(at + 4)
    expect(length % 4).toBe(0)
    expect(bytes.readUInt32LE(at + length - 4)).toBe(length)
    types.push(bytes.readUInt32LE(at))
  }
  return types
}

describe('a packet has the lengths and checksums', () => {
  const bytes = (payload: string) => ({ bytes: Buffer.from(payload), sizeBytes: payload.length })

  // Worked out apart from our code: all 16-bit words, checksums included, add up to 0xffff.
  test('of RFC 791 and RFC 768', () => {
    const { bytes: packet, originalBytes } = udpPacket(
      { host: '10.0.0.1', port: 5000 },
      { host: '10.0.0.2', port: 5001 },
      bytes('hi'),
    )

    expect(Buffer.from(packet).toString('hex')).toBe('4500001e00000000401166cd0a0000010a00000213881389000a5c5d6869')
    expect(originalBytes).toBe(30)
  })

  test('of RFC 9293', () => {
    const from = { host: '10.0.0.1', port: 50_001 }
    const to = { host: '10.0.0.2', port: 4433 }

    const first = tcpPacket(from, to, { sequence: 0, flags: ['SYN'] }, bytes(''))
    const data = tcpPacket(from, to, { sequence: 1, acknowledgment: 1, flags: ['PSH'] }, bytes('hi!'))

    expect(Buffer.from(first.bytes).toString('hex')).toBe(
      '4500003000000000400666c60a0000010a000002c351115100000000000000007002ffff945500000204ffd703030e01',
    )
    expect(Buffer.from(data.bytes).toString('hex')).toBe(
      '4500002b00000000400666cb0a0000010a000002c351115100000001000000015018ffff3db90000686921',
    )
  })
})

test('a capture is made of whole blocks, each as long as it says, with the secrets before the packets', () => {
  const secret: TraceEvent = { kind: 'secret', at: 101.5, line: 'CLIENT_RANDOM 00 11\n' }

  expect(blockTypes(pcapng(datagrams, 'you'))).toEqual([0x0a0d0d0a, 1, 1, 6, 6, 6, 6])
  expect(blockTypes(pcapng([...datagrams, secret], 'you'))).toEqual([0x0a0d0d0a, 1, 1, 0x0a, 6, 6, 6, 6])
})

describe.runIf(hasProgram('tshark'))('tshark reads a capture', () => {
  test('of datagrams: payloads, times, who lost what', () => {
    const payload = hello.toString('hex')

    const { packets, suspect } = dissect(captureFile(datagrams), [
      'frame.time_epoch',
      'ip.src',
      'udp.dstport',
      'udp.payload',
      'udp.checksum.status',
      'frame.interface_name',
      'frame.comment',
    ])

    expect(suspect).toEqual([])
    expect(packets.map((packet) => Object.values(packet))).toEqual([
      [expect.stringMatching(/^0\.0+$/), '10.0.0.1', '5001', payload, '1', 'before the network', 'DATA seq=0: lost on purpose'],
      [expect.stringMatching(/^0\.10025/), '10.0.0.1', '5001', payload, '1', 'after the network', 'DATA seq=0'],
      [expect.stringMatching(/^0\.101/), '10.0.0.2', '5000', '00', '3', 'after the network', 'cut off'],
      [expect.stringMatching(/^0\.102/), '10.0.0.2', '5000', '', '1', 'after the network', '(empty)'],
    ])
  })

  test('of a stream: handshake, every byte in order both ways, FIN, and what was said about the pieces', async () => {
    const trace = openTrace(describeText)
    const question = frame({ type: 'get', names: ['a.bin'] })
    const body = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * index) & 0xff))
    const answer = Buffer.concat([
      frame({ type: 'file', name: 'a.bin', size: body.length }),
      body,
      frame({ type: 'end', count: 1 }),
    ])
    const { client } = await connected(trace, (socket) => socket.once('data', () => socket.end(answer)))
    client.end(question)
    expect((await buffer(client)).equals(answer)).toBe(true)
    await bothEnded(trace)

    const file = captureFile(trace.events)
    const fields = ['frame.protocols', 'ip.src', 'tcp.flags.str', 'tcp.seq', 'tcp.ack', 'tcp.len', 'frame.comment']
    const { packets, suspect } = dissect(file, fields)

    expect(suspect).toEqual([])
    expect(packets.slice(0, 4).map((packet) => Object.values(packet))).toEqual([
      ['raw:ip:tcp', '10.0.0.1', '··········S·', '0', '0', '0', 'you connects'],
      ['raw:ip:tcp', '10.0.0.2', '·······A··S·', '0', '1', '0', ''],
      ['raw:ip:tcp', '10.0.0.1', '·······A····', '1', '1', '0', ''],
      ['raw:ip:tcp:data', '10.0.0.1', '·······AP···', '1', '1', `${question.length}`, describeText(question)],
    ])
    expect(
      packets.map((packet) => packet['frame.protocols']).filter((protocols) => !/^raw:ip:tcp(:data)?$/.test(protocols ?? '')),
    ).toEqual([])
    expect(packets.filter((packet) => packet['tcp.flags.str']?.endsWith('F'))).toHaveLength(2)
    expect(follow(file, 'tcp')).toEqual([question.toString('hex'), answer.toString('hex')])
  })

  test('of a connection that is broken off, beside another one', async () => {
    const trace = openTrace(describeText)
    const serve = (socket: Socket) => socket.end('0123456789')
    const { client, address } = await connected(trace, serve, [cutAfter(4, 'reset')])
    await readToEnd(client)
    await readToEnd(await connectTcp(address))

    const file = captureFile(trace.events)
    const { packets, suspect } = dissect(file, ['tcp.stream', 'ip.src', 'tcp.flags.reset', 'tcp.seq', 'frame.comment'])

    expect(suspect).toEqual([])
    expect(
      packets.filter((packet) => packet['frame.comment'] === 'cut on purpose').map((packet) => Object.values(packet)),
    ).toEqual([
      ['0', '10.0.0.2', '1', '5', 'cut on purpose'],
      ['1', '10.0.0.2', '1', '5', 'cut on purpose'],
    ])
    expect(follow(file, 'tcp', '10.0.0.1', 1)).toEqual(['', hex('0123')])
  })

  test('of pieces that no packet could carry', () => {
    const large = Buffer.alloc(2 * MAX_TCP_PAYLOAD + 1, 'abcdefg').toString('hex')

    const file = captureFile([opened, piece('you', large), piece('checker', hex('ok'))])
    const { packets, suspect } = dissect(file, ['tcp.seq', 'tcp.len', 'tcp.flags.push', 'frame.comment'])

    expect(suspect).toEqual([])
    expect(packets.slice(3).map((packet) => Object.values(packet))).toEqual([
      ['1', `${MAX_TCP_PAYLOAD}`, '0', ''],
      [`${1 + MAX_TCP_PAYLOAD}`, `${MAX_TCP_PAYLOAD}`, '0', ''],
      [`${1 + 2 * MAX_TCP_PAYLOAD}`, '1', '1', 'piece'],
      ['1', '2', '1', 'piece'],
    ])
    expect(follow(file, 'tcp')).toEqual([large, hex('ok')])
  })

  test('of pieces that the trace keeps no more of, with the numbers right from there on', () => {
    const file = captureFile([
      opened,
      { ...piece('you', hex('known')), sizeBytes: 100_000 },
      { ...piece('you', ''), sizeBytes: 1000 },
      piece('checker', hex('ok')),
      piece('you', hex('more')),
      { kind: 'connection', at: 9, from: 'you', to: 'checker', connection: 1, event: 'end' },
    ])

    const { packets, suspect } = dissect(file, ['tcp.seq', 'tcp.ack', 'tcp.len', 'tcp.flags.fin', 'frame.cap_len', 'frame.len'])

    expect(suspect).toEqual([])
    expect(packets.slice(3).map((packet) => Object.values(packet))).toEqual([
      ['1', '1', `${MAX_TCP_PAYLOAD}`, '0', '45', '65535'],
      [`${1 + MAX_TCP_PAYLOAD}`, '1', `${100_000 - MAX_TCP_PAYLOAD}`, '0', '40', `${40 + 100_000 - MAX_TCP_PAYLOAD}`],
      ['100001', '1', '1000', '0', '40', '1040'],
      ['1', '101001', '2', '0', '42', '42'],
      ['101001', '3', '4', '0', '44', '44'],
      ['101005', '3', '0', '1', '40', '40'],
      ['3', '101006', '0', '0', '40', '40'],
    ])
  })

  test.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('of %s: by the secrets of the trace, and by nothing else', async (version) => {
    const trace = await traceOfTls(version)

    const file = captureFile(trace.events)
    const { packets, suspect } = dissect(file, ['tls.handshake.type', 'tls.app_data'])
    const blind = captureFile(trace.events.filter(({ kind }) => kind !== 'secret'))

    const CLIENT_HELLO = '1'
    const FINISHED = '20'
    const handshakes = packets.flatMap((packet) => (packet['tls.handshake.type'] ?? '').split(','))
    expect(suspect).toEqual([])
    expect(handshakes).toContain(CLIENT_HELLO)
    expect(handshakes.filter((type) => type === FINISHED)).toHaveLength(2)
    expect(follow(file, 'tls')).toEqual([hex('a secret question'), hex('a secret answer')])
    expect(follow(blind, 'tls')).toEqual(['', ''])
  })
})

const opened: TraceEvent = { kind: 'connection', at: 1, from: 'you', to: 'checker', connection: 1, event: 'open' }

function piece(from: 'you' | 'checker', bytes: string): TraceEvent & { kind: 'segment' } {
  const to = from === 'you' ? 'checker' : 'you'
  return { kind: 'segment', at: 2, from, to, connection: 1, hex: bytes, sizeBytes: bytes.length / 2, label: 'piece' }
}

/** As in lesson 5. */
function frame(header: object): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json])
}

function hex(written: string): string {
  return Buffer.from(written).toString('hex')
}

/** A client of a server, with a pipe between them that tells the trace what passes. */
async function connected(trace: Trace, serve: (socket: Socket) => void, down: readonly StreamFault[] = []) {
  const server = await listenTcp((socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  onTestFinished(() => closeServer(server))
  const address = await pipeTo(trace, listeningAddress(server), down)
  const client = await connectTcp(address)
  onTestFinished(() => void client.destroy())
  return { client, address }
}

async function pipeTo(trace: Trace, to: Address, down: readonly StreamFault[]): Promise<Address> {
  const pipe = await openTcpPipe({ to, trace, down, client: 'you', server: 'checker' })
  onTestFinished(() => pipe.close())
  return pipe.address
}

/** A real TLS connection on which one question is asked and answered. */
async function traceOfTls(version: SecureVersion): Promise<Trace> {
  const trace = openTrace(describeText, () => () => '')
  const server = createTlsServer({ ...GOOD, minVersion: version, maxVersion: version }, (socket) => {
    socket.once('data', () => socket.end('a secret answer'))
  })
  server.on('keylog', (line) => trace.secret(line.toString()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => closeServer(server))
  const { host, port } = await pipeTo(trace, listeningAddress(server), [])

  const client = connectTls({ socket: connect({ host, port }), host, ca: AUTHORITY })
  client.write('a secret question')
  expect(await text(client)).toBe('a secret answer')
  await bothEnded(trace)
  return trace
}

/** Reads a connection to its end, however that comes, and gives it up. */
async function readToEnd(socket: Socket): Promise<void> {
  await buffer(socket).catch(() => undefined)
  socket.destroy()
}

/** Waits until the trace has seen both directions of its connection end. */
async function bothEnded(trace: Trace): Promise<void> {
  const ends = () => trace.events.filter((event) => event.kind === 'connection' && event.event === 'end')
  await expect.poll(() => ends().length, { timeout: PATIENCE_MS }).toBe(2)
}
