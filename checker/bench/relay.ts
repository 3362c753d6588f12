import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Address } from '../contracts/endpoint.ts'
import { seededChance } from '../lab/chance.ts'
import { describeText, openTrace } from '../lab/trace.ts'
import { openUdpRelay } from '../lab/udp-relay.ts'
import { addressOf, bindUdp, closeUdp, LOOPBACK } from '../lab/udp-socket.ts'
import { within } from '../lab/within.ts'
import type { Figure } from './figure.ts'

const DATAGRAMS = 4_000
const ROUNDS = 21
/** A datagram that is lost never comes back, and then the bench must not wait for it. */
const PATIENCE_MS = 60_000

/** A way for datagrams to a server and back. */
interface Way {
  readonly port: number
  close(): Promise<void>
}

/** What it took to carry DATAGRAMS there and back. */
interface Carried {
  /** Datagrams per second, counted in both directions. */
  readonly rate: number
  /** Processor time of this process, without both ends. */
  readonly processorMs: number
}

/** How many datagrams go through the relay and back, beside one plain socket that only forwards; both ends are another process. */
export async function relay(count = ROUNDS): Promise<Figure[]> {
  const program = fileURLToPath(new URL('relay-program.ts', import.meta.url))
  const ends = spawn(process.execPath, ['--import', 'tsx', program, String(DATAGRAMS)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: ends.stdout })[Symbol.asyncIterator]()
  const say = async () => Number((await within(PATIENCE_MS, 'the other process', lines.next())).value)
  try {
    const server = { host: LOOPBACK, port: await say() }
    const carry = async (open: (to: Address) => Promise<Way>): Promise<Carried> => {
      const way = await open(server)
      const before = process.cpuUsage()
      ends.stdin.write(`${way.port}\n`)
      const durationMs = await say()
      const { user, system } = process.cpuUsage(before)
      await way.close()
      return { rate: (2 * DATAGRAMS) / (durationMs / 1000), processorMs: (user + system) / 1000 }
    }
    const rounds: Record<'relay' | 'plain', Carried>[] = []
    for (let round = 0; round <= count; round += 1) {
      const both = { relay: await carry(openRelay), plain: await carry(openPlain) }
      // In the first round the code is compiled, and it does not count.
      if (round > 0) rounds.push(both)
    }
    return [
      { what: 'relay, 100 bytes each', values: rounds.map((each) => each.relay.rate), unit: 'datagrams/s' },
      { what: 'plain forwarding socket', values: rounds.map(({ plain }) => plain.rate), unit: 'datagrams/s' },
      {
        what: 'rate, relay / plain forwarding socket',
        values: rounds.map((each) => each.relay.rate / each.plain.rate),
        unit: '×',
        aim: 'at least 0.5',
      },
      {
        // Also on a busy machine it says what the relay costs.
        what: 'processor time, relay / plain socket',
        values: rounds.map((each) => each.relay.processorMs / each.plain.processorMs),
        unit: '×',
      },
    ]
  } finally {
    ends.kill('SIGKILL')
  }
}

/** The relay as checks use it, with its trace. */
async function openRelay(to: Address): Promise<Way> {
  const chance = seededChance(1)
  const opened = await openUdpRelay({ to, trace: openTrace(describeText), chance, client: 'client', server: 'server' })
  return { port: opened.address.port, close: opened.close }
}

/** The least that can stand between a client and a server: one socket, which takes all that is not the server's for the client's. */
async function openPlain(to: Address): Promise<Way> {
  const socket = await bindUdp()
  let client = 0
  socket.on('message', (bytes, { port }) => {
    if (port === to.port) return socket.send(bytes, client, LOOPBACK)
    client = port
    socket.send(bytes, to.port, to.host)
  })
  return { port: addressOf(socket).port, close: () => closeUdp(socket) }
}
