/**
 * Both ends of a way for datagrams, as a process of its own: `node relay-program.ts DATAGRAMS`. It prints the port of a server
 * that sends everything back, reads ports of ways to it line by line, and prints for each how many milliseconds it took that
 * so many datagrams went there and came back.
 */
import { createInterface } from 'node:readline'
import { addressOf, bindUdp, closeUdp, LOOPBACK } from '../lab/udp-socket.ts'

/** Few enough that no socket's buffer is ever full: what is lost would never come back. */
const ON_THE_WAY = 16
const PAYLOAD = Buffer.alloc(100, 'x')

const datagrams = Number(process.argv[2])
const server = await bindUdp()
server.on('message', (bytes, { port }) => server.send(bytes, port, LOOPBACK))
process.stdout.write(`${addressOf(server).port}\n`)
for await (const port of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await roundTrips(Number(port))}\n`)
}
await closeUdp(server)

async function roundTrips(port: number): Promise<number> {
  const client = await bindUdp()
  const send = () => client.send(PAYLOAD, port, LOOPBACK)
  const startedAt = performance.now()
  await new Promise<void>((resolve) => {
    let sent = 0
    let back = 0
    client.on('message', () => {
      back += 1
      if (back === datagrams) resolve()
      else if (sent < datagrams) {
        sent += 1
        send()
      }
    })
    for (; sent < Math.min(ON_THE_WAY, datagrams); sent += 1) send()
  })
  const durationMs = performance.now() - startedAt
  await closeUdp(client)
  return durationMs
}
