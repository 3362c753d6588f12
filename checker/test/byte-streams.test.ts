import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { seededChance } from '../lab/chance.ts'
import { type Lab, openLab } from '../lab/lab.ts'
import { cutAfter, delayed, flipBitAt, glued, inPieces, stallAfter } from '../lab/stream-faults.ts'
import type { StreamFault } from '../lab/stream-faults.ts'
import { describeText, openTrace } from '../lab/trace.ts'
import { canBindTcp } from '../lab/tcp-socket.ts'
import { AUTHORITY, GOOD, SELF_SIGNED } from '../certificates/certificates.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

function openLabHere() {
  const trace = openTrace(describeText)
  const lab = openLab(seededChance(1), trace)
  open.push(() => lab.close())
  return { lab, trace }
}

/** A client and a server with a pipe between, whose faults are on the client's way to the server. */
async function throughPipe(lab: Lab, up: StreamFault[], down: StreamFault[] = []) {
  const server = await lab.tcpServer()
  const pipe = await lab.tcpPipe(server.address, { up, down })
  const client = await lab.tcpClient(pipe.address)
  const accepted = await server.accepted.next('a connection', () => true)
  return { server, pipe, client, accepted }
}

const nothingBetween = async () => undefined
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

describe('a byte pipe', () => {
  it('passes bytes both ways, unchanged, and each end by itself', async () => {
    const { lab } = openLabHere()
    const { client, accepted, pipe } = await throughPipe(lab, [])
    const bytes = randomBytes(3_000_000)

    const writing = client.write(bytes)
    const arrived = await accepted.received.until('all bytes', (received) =>
      received.sizeBytes === bytes.length ? received.bytes() : undefined,
    )
    await writing
    client.end()
    expect(await accepted.closed).toBe('end')
    await accepted.write('still here')
    const back = await client.received.until('an answer', (received) =>
      received.sizeBytes === 10 ? received.bytes() : undefined,
    )

    expect(createHash('sha256').update(arrived).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(text(back)).toBe('still here')
    expect(text(pipe.overheard('down'))).toBe('still here')
  })

  it('passes a reset on as a reset', async () => {
    const { lab } = openLabHere()
    const { client, accepted } = await throughPipe(lab, [])

    client.reset()

    expect(await accepted.closed).toBe('reset')
  })

  it('writes in pieces of the sizes that were asked for', async () => {
    const { lab, trace } = openLabHere()
    const { client, accepted, pipe } = await throughPipe(lab, [inPieces([1, 2, 4], nothingBetween)])

    await client.write('abcdefghijk')
    await accepted.received.until('all', (received) => (received.sizeBytes === 11 ? true : undefined))

    const sizes = trace.events.flatMap((event) => (event.kind === 'segment' ? [event.sizeBytes] : []))
    expect(sizes).toEqual([1, 2, 4, 4])
    expect(pipe.unfired()).toEqual([])
  })

  it('keeps bytes back and writes them at once', async () => {
    const { lab, trace } = openLabHere()
    const { client, accepted } = await throughPipe(lab, [glued(6)])

    await client.writeInPieces('abcdef', [1], nothingBetween)
    await accepted.received.until('all', (received) => (received.sizeBytes === 6 ? true : undefined))

    expect(trace.events.filter((event) => event.kind === 'segment')).toHaveLength(1)
  })

  it.each(['end', 'reset'] as const)('cuts after a number of bytes, by %s, on both sides', async (how) => {
    const { lab } = openLabHere()
    const arrived = lab.gate()
    const { client, accepted, pipe } = await throughPipe(lab, [], [cutAfter(4, how, () => arrived.opened)])

    await accepted.write('abcdefgh')
    await client.received.until('the start', (received) => (received.sizeBytes === 4 ? true : undefined))
    arrived.open()

    expect(await client.closed).toBe(how)
    expect(await accepted.closed).toBe('reset')
    expect(text(pipe.overheard('down'))).toBe('abcd')
    expect(pipe.unfired()).toEqual([])
  })

  it('flips one bit of one byte', async () => {
    const { lab } = openLabHere()
    const { client, accepted } = await throughPipe(lab, [flipBitAt(3)])

    await client.write('aa')
    await client.write('aaa')
    const bytes = await accepted.received.until('all', (received) => (received.sizeBytes === 5 ? received.bytes() : undefined))

    expect(text(bytes)).toBe('aaa`a')
  })

  it('holds the rest back until a gate opens', async () => {
    const { lab } = openLabHere()
    const gate = lab.gate()
    const { client, accepted } = await throughPipe(lab, [stallAfter(3, gate.opened)])

    await client.write('abcdef')
    await accepted.received.until('the start', (received) => (received.sizeBytes >= 3 ? true : undefined))
    const before = text(accepted.received.bytes())
    gate.open()
    const after = await accepted.received.until('all', (received) => (received.sizeBytes === 6 ? received.bytes() : undefined))

    expect(before).toBe('abc')
    expect(text(after)).toBe('abcdef')
  })

  it('takes its time, and keeps the order', async () => {
    const { lab, trace } = openLabHere()
    const { client, accepted } = await throughPipe(lab, [delayed(30)])

    await client.writeInPieces('abc', [1], async () => undefined)
    const bytes = await accepted.received.until('all', (received) => (received.sizeBytes === 3 ? received.bytes() : undefined))

    const [opened, first] = [trace.events[0], trace.events.find((event) => event.kind === 'segment')]
    expect((first?.at ?? 0) - (opened?.at ?? 0)).toBeGreaterThanOrEqual(27)
    expect(text(bytes)).toBe('abc')
  })

  it('names the faults that never took effect', async () => {
    const { lab } = openLabHere()
    const fault = cutAfter(100, 'end')
    const { client, accepted, pipe } = await throughPipe(lab, [fault])

    await client.write('short')
    client.end()
    await accepted.closed

    expect(pipe.unfired()).toEqual([fault])
  })

  it('lets nobody write for ever to somebody who does not read', async () => {
    const { lab } = openLabHere()
    const server = await lab.tcpServer({ paused: true })
    const pipe = await lab.tcpPipe(server.address)
    const client = await lab.tcpClient(pipe.address)

    const writing = client.write(new Uint8Array(48 * 1024 * 1024))

    await expect(writing).rejects.toThrow('Waited')
  })

  it('can be cut and mended', async () => {
    const { lab } = openLabHere()
    const { client, accepted, pipe, server } = await throughPipe(lab, [])

    pipe.cut()
    await Promise.all([client.closed, accepted.closed])
    // The connection is broken off so early that connecting may fail already.
    await lab.tcpClient(pipe.address).then(
      (refused) => refused.closed,
      () => 'reset',
    )
    pipe.mend()
    const again = await lab.tcpClient(pipe.address)
    await again.write('hello again')
    const second = await server.accepted.next('a connection after the first', (peer) => peer !== accepted)
    const heard = await second.received.until('the words', (received) =>
      received.sizeBytes === 11 ? received.bytes() : undefined,
    )

    expect(text(heard)).toBe('hello again')
    expect(pipe.connections).toBe(2)
  })

  it('leaves no port behind', async () => {
    const trace = openTrace(describeText)
    const lab = openLab(seededChance(1), trace)
    const { pipe, server } = await throughPipe(lab, [])

    await lab.close()

    expect(await canBindTcp(pipe.address)).toBe(true)
    expect(await canBindTcp(server.address)).toBe(true)
  })
})

describe('a peer that speaks TLS', () => {
  it('talks to another, says so in the trace, and gives the secrets away', async () => {
    const { lab, trace } = openLabHere()
    const server = await lab.tcpServer({ tls: GOOD })
    const pipe = await lab.tcpPipe(server.address)
    const client = await lab.tcpClient(pipe.address, { name: 'client', tls: { ca: AUTHORITY } })
    const accepted = await server.accepted.next('a handshake', () => true)

    await client.write('a secret line')
    const heard = await accepted.received.until('the line', (received) =>
      received.sizeBytes === 13 ? received.bytes() : undefined,
    )

    expect(text(heard)).toBe('a secret line')
    expect(text(pipe.overheard('up'))).not.toContain('secret')
    expect(trace.events.filter((event) => event.kind === 'secret').length).toBeGreaterThanOrEqual(4)
    expect(trace.events.flatMap((event) => (event.kind === 'mark' ? [event.label] : []))).toContain(
      'reads "a secret line" (13 bytes)',
    )
  })

  it('can leave without the goodbye of TLS', async () => {
    const { lab } = openLabHere()
    const server = await lab.tcpServer({ tls: GOOD })
    const pipe = await lab.tcpPipe(server.address)
    const client = await lab.tcpClient(pipe.address, { tls: { ca: AUTHORITY } })
    const accepted = await server.accepted.next('a handshake', () => true)
    await accepted.write('half')
    await client.received.until('half', (received) => (received.sizeBytes === 4 ? true : undefined))
    const before = pipe.overheard('down').length

    accepted.cut()

    expect(await client.closed).toBe('end')
    expect(pipe.overheard('down').length).toBe(before)
  })

  it('is refused by whoever does not trust its certificate', async () => {
    const { lab } = openLabHere()
    const server = await lab.tcpServer({ tls: SELF_SIGNED })

    const connecting = lab.tcpClient(server.address, { tls: { ca: AUTHORITY } })

    await expect(connecting).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it.each(['plain text, no TLS at all', ''])('refuses what is no handshake: "%s"', async (hello) => {
    const { lab } = openLabHere()
    const server = await lab.tcpServer({ tls: GOOD })
    const client = await lab.tcpClient(server.address)

    await client.write(hello)
    client.end()

    expect(await server.refused.next('a refusal', () => true)).toBeInstanceOf(Error)
    expect(server.accepted.all).toEqual([])
  })
})
