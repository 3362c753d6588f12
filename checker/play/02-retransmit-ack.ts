import type { Client, RetransmitAck } from '../contracts/02-retransmit-ack.ts'
import { readAddress, type Roles } from './play.ts'

const PORT = { default: '5002', about: 'the port of the server' }

export const roles: Roles<RetransmitAck> = {
  server: {
    about: 'prints every message, once',
    options: { port: PORT },
    relayed: true,
    async start({ program, options, print }) {
      const server = await program.startServer({
        port: Number(options.port),
        onMessage: (text, from) => print(`${from.host}:${from.port}  ${text}`),
      })
      return { address: server.address, ended: new Promise(() => undefined), close: () => server.close() }
    },
  },
  client: {
    about: 'delivers every line you type, and tells what it took; q ends it',
    options: { port: PORT },
    async start({ program, options, lines, print }) {
      const client = await program.openClient({ to: readAddress(options.port ?? PORT.default) })
      return { ended: deliverAll(client, lines, print), close: () => client.close() }
    },
  },
}

/** Sends line by line until a `q` or the end of the input, and waits for the last one. */
async function deliverAll(client: Client, lines: AsyncIterable<string>, print: (line: string) => void): Promise<void> {
  const sendings: Promise<void>[] = []
  for await (const line of lines) {
    if (line === 'q') break
    sendings.push(deliver(client, line, print))
  }
  await Promise.all(sendings)
}

async function deliver(client: Client, line: string, print: (line: string) => void): Promise<void> {
  try {
    const { attempts } = await client.send(line)
    print(attempts === 1 ? `delivered: ${line}` : `delivered after ${attempts} attempts: ${line}`)
  } catch (error) {
    print(`not delivered: ${line} (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}
