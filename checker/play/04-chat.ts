import { styleText } from 'node:util'
import type { Chat } from '../contracts/04-chat.ts'
import { inert } from '../reporters/text.ts'
import { readAddress, type Roles } from './play.ts'

const PORT = { default: '5004', about: 'the port of the server' }

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'red'] as const

export const roles: Roles<Chat> = {
  server: {
    about: 'passes on what members say, and logs it',
    options: { port: PORT, idle: { default: '60000', about: 'how long a member may be silent, in milliseconds' } },
    relayed: true,
    async start({ program, options, print }) {
      const server = await program.startChatServer({ port: Number(options.port), idleMs: Number(options.idle), log: print })
      return { address: server.address, ended: new Promise(() => undefined), close: () => server.close() }
    },
  },
  client: {
    about: 'says every line you type; q leaves the chat',
    options: { port: PORT, name: { default: `guest${process.pid}`, about: 'how the others know you' } },
    async start({ program, options, lines, print }) {
      const { name = '', port = PORT.default } = options
      print(`joining as ${name}`)
      const chatting = program.runChat({ server: readAddress(port), name, lines: fromNowOn(lines), print: printColoured })
      const ended = chatting.then(
        () => print('you have left the chat'),
        (error: unknown) => print(`the chat is over: ${describe(error)}`),
      )
      // On Ctrl-C the lines end, and with them the chat.
      return { ended, close: () => ended }
    },
  },
}

/** What is typed while the program is still joining counts, too: readline forgets lines that nobody iterates over yet. */
function fromNowOn(lines: AsyncIterable<string>): AsyncIterable<string> {
  const iterator = lines[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => iterator }
}

/** Prints `[14:05:09] 민수: 안녕` with a colour for each name, where the terminal has colours. */
function printColoured(line: string): void {
  const [whole, time = '', name = '', text = ''] = /^(\[[\d:]+\] |)([^:]+)(:.*)$/s.exec(inert(line)) ?? []
  const parts = whole === undefined ? [inert(line)] : [paint('dim', time), paint(colourOf(name), name), text]
  process.stdout.write(`${parts.join('')}\n`)
}

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? styleText(style, text) : text
}

function colourOf(name: string): (typeof COLOURS)[number] {
  const sum = Buffer.from(name).reduce((total, byte) => total + byte, 0)
  return COLOURS[sum % COLOURS.length] ?? 'cyan'
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return [code, message].filter((part) => part !== undefined).join(', ')
}
