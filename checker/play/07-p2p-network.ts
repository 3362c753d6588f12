import { styleText } from 'node:util'
import type { Hit, Node, P2pNetwork, Transfer } from '../contracts/07-p2p-network.ts'
import { flood } from '../reporters/flood.ts'
import { inert } from '../reporters/text.ts'
import { openLocalNetwork } from './07-network.ts'
import { readAddress, type Roles } from './play.ts'

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'red'] as const
/** How long a search takes that somebody waits for. */
const SEARCH_MS = 700

export const roles: Roles<P2pNetwork> = {
  network: {
    about: 'starts a small network; you type commands',
    options: {
      nodes: { default: '5', about: 'how many nodes' },
      port: { default: '5007', about: 'the port of node 1, so that others can join; 0 is any' },
    },
    async start({ program, options, lines }) {
      const count = Math.min(60, Math.max(1, Math.floor(Number(options.nodes)) || 5))
      const network = await openLocalNetwork(program, {
        count,
        port: Number(options.port),
        onTransfer: (number, transfer) => tellTransfer(number, transfer),
      })
      for (const { number, node } of network.members.values()) {
        say(number, `${node.id.slice(0, 4)}… at ${node.address.host}:${node.address.port}, has ${number}.txt`)
      }
      const found = new Map<number, Hit[]>()

      /** The node that a command is for: the first one that is still there, unless `from` names another. */
      const chosen = (typed: string | undefined) => {
        const [first = 1] = network.members.keys()
        return network.members.get(typed === undefined ? first : Number(typed))
      }
      const commands: Commands = {
        async search([name, from]) {
          const member = chosen(from)
          if (name === undefined || member === undefined) return tell('search NAME [NODE]: the node asks the network')
          network.passed()
          const hits = await member.node.search(name, { timeoutMs: SEARCH_MS })
          for (const line of flood(network.passed(), { columns: process.stdout.columns ?? 80, rows: 40 })) tell(`   ${line}`)
          found.set(member.number, hits)
          tellHits(member.number, name, hits)
        },
        async get([name, from]) {
          const member = chosen(from)
          const hit = found.get(member?.number ?? 0)?.find((each) => each.name === name)
          if (member === undefined || hit === undefined)
            return tell('get NAME [NODE]: fetches a file that the node has found by a search')
          say(member.number, `fetched ${await member.node.download(hit, network.folderFor(member.number))}`)
          await member.node.rescan()
        },
        async peers([from]) {
          const asked = from === undefined ? [...network.members.values()] : [chosen(from)].filter((each) => each !== undefined)
          for (const { number, node } of asked) tellPeers(number, node)
        },
        async kill([typed]) {
          if (typed === undefined || !network.members.has(Number(typed)))
            return tell('kill NODE: all links of the node break at once')
          await network.kill(Number(typed))
          say(Number(typed), 'is gone')
        },
      }
      return { ended: obey(commands, lines), close: () => network.close() }
    },
  },
  node: {
    about: 'starts one node; you type commands',
    options: {
      port: { default: '0', about: 'the port of the node; 0 is any' },
      peer: { default: '', about: 'a node to link with, or several: 5007,127.0.0.1:5008' },
      dir: { default: 'lessons', about: 'the folder to share; what is fetched comes here' },
    },
    async start({ program, options, lines }) {
      const { dir = '.', peer = '' } = options
      const peers = peer.split(',').filter((each) => each !== '')
      const node = await program.startNode({
        dir,
        port: Number(options.port),
        peers: peers.map(readAddress),
        onTransfer: (transfer) => tellTransfer(1, transfer),
      })
      tellPeers(1, node)
      let hits: Hit[] = []
      const commands: Commands = {
        async search([name]) {
          if (name === undefined) return tell('search NAME: asks the network')
          hits = await node.search(name, { timeoutMs: SEARCH_MS })
          tellHits(1, name, hits)
        },
        async get([name]) {
          const hit = hits.find((each) => each.name === name)
          if (hit === undefined) return tell('get NAME: fetches a file that was found by the last search')
          tell(`fetched ${await node.download(hit, dir)}`)
          await node.rescan()
        },
        peers: async () => tellPeers(1, node),
      }
      return { address: node.address, ended: obey(commands, lines), close: () => node.close() }
    },
  },
}

type Commands = Readonly<Record<string, (words: readonly string[]) => Promise<void>>>

/** Does what is typed, until `q` or the end of the input. */
async function obey(commands: Commands, lines: AsyncIterable<string>): Promise<void> {
  const names = [...Object.keys(commands), 'q']
  tell(`commands: ${names.join(', ')}`)
  for await (const line of lines) {
    const [name = '', ...words] = line.trim().split(/\s+/)
    if (name === 'q') return
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined) tell(`"${name}" is no command; commands: ${names.join(', ')}`)
    await command?.(words).catch((error: unknown) => tell(`it rejected: ${describe(error)}`))
  }
}

function tellHits(number: number, name: string, hits: readonly Hit[]): void {
  if (hits.length === 0) say(number, `nobody has ${name}`)
  for (const hit of hits) {
    say(number, `${hit.name}, ${hit.size} bytes, at ${hit.id.slice(0, 4)}…, ${hit.address.host}:${hit.address.port}`)
  }
}

function tellPeers(number: number, node: Node): void {
  const peers = node.peers()
  if (peers.length === 0) say(number, 'has no peers')
  for (const { id, address, files } of peers)
    say(number, `${id.slice(0, 4)}… at ${address.host}:${address.port} has ${files.join(', ')}`)
}

/** Beginnings and ends are enough on a screen. */
function tellTransfer(number: number, { name, direction, state, bytes, size }: Transfer): void {
  if (state !== 'active') say(number, `${direction}s ${name}: ${state}, ${bytes} of ${size} bytes`)
}

/** Prints a line of a node in its colour. */
function say(number: number, text: string): void {
  const colour = COLOURS[(number - 1) % COLOURS.length] ?? 'cyan'
  const mark = `${number} │`.padStart(4)
  tell(`${process.stdout.isTTY && process.env.NO_COLOR === undefined ? styleText(colour, mark) : mark} ${inert(text)}`, true)
}

function tell(line: string, harmless = false): void {
  process.stdout.write(`${harmless ? line : inert(line)}\n`)
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return [code, message].filter((part) => part !== undefined).join(', ')
}
