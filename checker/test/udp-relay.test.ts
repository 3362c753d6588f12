import { describe, expect, onTestFinished, test } from 'vitest'
import { seededChance } from '../lab/chance.ts'
import { on, type Rule } from '../lab/faults.ts'
import { createGate } from '../lab/gate.ts'
import { describeText, openTrace } from '../lab/trace.ts'
import { openUdpPeer, type UdpPeer } from '../lab/udp-peer.ts'
import { openUdpRelay, type Weather } from '../lab/udp-relay.ts'

async function network({ rules = [], weather = {}, seed = 1 }: { rules?: Rule[]; weather?: Weather; seed?: number } = {}) {
  const trace = openTrace(describeText)
  const server = await openUdpPeer({ trace: openTrace(describeText), name: 'server', partner: 'client' })
  const client = await openUdpPeer({ trace: openTrace(describeText), name: 'client', partner: 'server' })
  const relay = await openUdpRelay({
    to: server.address,
    trace,
    chance: seededChance(seed),
    rules,
    weather,
    client: 'client',
    server: 'server',
  })
  onTestFinished(async () => {
    await Promise.all([server.close(), client.close(), relay.close()])
  })
  return { trace, server, client, relay }
}

const texts = (peer: UdpPeer) => peer.received.all.map(({ bytes }) => Buffer.from(bytes).toString())
const says = (text: string) => (datagram: { bytes: Uint8Array }) => Buffer.from(datagram.bytes).toString() === text

describe('the UDP relay', () => {
  test('carries datagrams there and back, for each client by a way of its own', async () => {
    const { server, client, relay } = await network()
    const other = await openUdpPeer({ trace: openTrace(describeText), name: 'other', partner: 'server' })
    onTestFinished(() => other.close())

    await client.send('a', relay.address)
    await server.received.atLeast(1)
    await other.send('b', relay.address)
    const [first, second] = await server.received.atLeast(2)
    await server.send('to a', first?.from ?? relay.address)
    await client.received.atLeast(1)

    expect(texts(server)).toEqual(['a', 'b'])
    expect(first?.from.port).not.toBe(second?.from.port)
    expect(texts(client)).toEqual(['to a'])
    expect(texts(other)).toEqual([])
  })

  test('loses, repeats and spoils what its rules say, as often as they say', async () => {
    const rules = [on(says('lost')).first(1).lose(), on(says('twice')).repeat(2), on(says('bad')).first(1).corrupt(-1)]
    const { server, client, relay, trace } = await network({ rules })

    for (const text of ['lost', 'lost', 'twice', 'bad', 'end']) await client.send(text, relay.address)
    await server.received.atLeast(5)

    expect(texts(server)).toEqual(['lost', 'twice', 'twice', 'bae', 'end'])
    expect(trace.events[0]).toMatchObject({ label: '"lost" (4 bytes)', fate: 'lost', note: 'lost on purpose' })
    expect(relay.unfired()).toEqual([])
  })

  test('names the rules that never applied', async () => {
    const rule = on(says('never')).lose()
    const { relay } = await network({ rules: [rule] })

    expect(relay.unfired()).toEqual([rule])
  })

  test('holds a datagram until later ones have passed, or until a gate opens', async () => {
    const gate = createGate()
    const rules = [on(says('a')).first(1).hold({ behind: 2 }), on(says('b')).first(1).hold({ until: gate.opened })]
    const { server, client, relay } = await network({ rules })

    for (const text of ['a', 'b', 'c']) await client.send(text, relay.address)
    await server.received.atLeast(2)
    expect(texts(server)).toEqual(['c', 'a'])

    gate.open()
    await server.received.atLeast(3)
    expect(texts(server)).toEqual(['c', 'a', 'b'])
  })

  test('lets a held datagram go behind one of another client', async () => {
    const { server, client, relay } = await network({ rules: [on(says('a')).first(1).hold({ behind: 1 })] })
    const other = await openUdpPeer({ trace: openTrace(describeText), name: 'other', partner: 'server' })
    onTestFinished(() => other.close())

    await client.send('a', relay.address)
    await other.send('b', relay.address)
    await server.received.atLeast(2)

    expect(texts(server).toSorted()).toEqual(['a', 'b'])
  })

  test('has the same luck again with the same seed, whatever the timing', async () => {
    const weather = { loss: 0.3, duplicate: 0.2, corrupt: 0.1 }
    const sent = Array.from({ length: 40 }, (_, index) => `message ${index}`)
    const fates = async (seed: number) => {
      const { server, client, relay, trace } = await network({ weather, seed })
      for (const text of sent) await client.send(text, relay.address)
      await client.send('flush', relay.address)
      await server.received.next('what got through', () => trace.events.length >= sent.length)
      return trace.events.map((event) => (event.kind === 'datagram' ? `${event.label} ${event.fate} ${event.note ?? ''}` : ''))
    }

    const [first, second, other] = [await fates(7), await fates(7), await fates(8)]

    expect(first.slice(0, 30)).toEqual(second.slice(0, 30))
    expect(first.slice(0, 30)).not.toEqual(other.slice(0, 30))
  })

  test('never loses more than three in a row by chance', async () => {
    const { server, client, relay } = await network({ weather: { loss: 1 } })

    for (const text of ['1', '2', '3', '4']) await client.send(text, relay.address)

    await server.received.atLeast(1)
    expect(texts(server)).toEqual(['4'])
  })
})
