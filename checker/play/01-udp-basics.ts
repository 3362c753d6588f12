import type { UdpBasics } from '../contracts/01-udp-basics.ts'
import { readAddress, type Roles } from './play.ts'

const PORT = { default: '5001', about: 'the port of the receiver' }

export const roles: Roles<UdpBasics> = {
  receiver: {
    about: 'prints every message until a q arrives',
    options: { port: PORT },
    relayed: true,
    async start({ program, options, print }) {
      const receiver = await program.startReceiver({
        port: Number(options.port),
        onMessage: (text, from) => print(`${from.host}:${from.port}  ${text === '' ? '(empty)' : text}`),
        onError: (error) => print(`damaged: ${error.message}`),
      })
      return { address: receiver.address, ended: receiver.done, close: () => receiver.close() }
    },
  },
  sender: {
    about: 'sends every line you type; q ends both sides',
    options: { port: PORT },
    async start({ program, options, lines, print }) {
      const sending = program.sendLines(lines, readAddress(options.port ?? PORT.default))
      const ended = sending.then((count) => print(count === 1 ? '1 datagram sent' : `${count} datagrams sent`))
      return { ended, close: async () => undefined }
    },
  },
}
