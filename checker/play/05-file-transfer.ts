import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FileTransfer, Transfer } from '../contracts/05-file-transfer.ts'
import { pieces } from '../lab/stream-peer.ts'
import { inert } from '../reporters/text.ts'
import { readAddress, type Roles } from './play.ts'

const PORT = { default: '5005', about: 'the port of the server' }

/** How the 21 bytes of a frame are written in `pieces`; the last size repeats. */
const WAYS = {
  'in one write': [21],
  'byte by byte, with pauses': [1],
  'in three pieces, with pauses': [2, 8, 7],
} as const

export const roles: Roles<FileTransfer> = {
  server: {
    about: 'serves the files of a folder',
    options: { port: PORT, dir: { default: '', about: 'the folder; by default a new one with a few files' } },
    async start({ program, options, print }) {
      const made = options.dir === '' ? await makeHome() : undefined
      const dir = made === undefined ? fromThere(options.dir ?? '.') : join(made, 'share')
      print(`serving ${dir}`)
      const server = await program.startFileServer({ dir, port: Number(options.port), onTransfer: tell(print) })
      const close = async () => {
        await server.close()
        if (made !== undefined) await rm(made, { recursive: true })
      }
      return { address: server.address, ended: new Promise(() => undefined), close }
    },
  },
  list: {
    about: 'prints which files a server has',
    options: { port: PORT },
    async start({ program, options, print }) {
      const listing = async () => {
        const files = await program.listFiles(readAddress(options.port ?? PORT.default))
        for (const { name, size } of files) print(`${String(size).padStart(12)}  ${name}`)
      }
      return { ended: listing(), close: async () => undefined }
    },
  },
  fetch: {
    about: 'fetches files; without --names, all that the server has',
    options: {
      port: PORT,
      names: { default: '', about: 'which, with commas between them: a.txt,b.txt' },
      into: { default: 'downloads', about: 'the folder for them; made if it is not there' },
    },
    async start({ program, options, print }) {
      const server = readAddress(options.port ?? PORT.default)
      const into = fromThere(options.into ?? 'downloads')
      const controller = new AbortController()
      const fetching = async () => {
        await mkdir(into, { recursive: true })
        const typed = (options.names ?? '').split(',').filter((name) => name !== '')
        const names = typed.length > 0 ? typed : (await program.listFiles(server)).map(({ name }) => name)
        const { signal } = controller
        const fetched = await program.fetchFiles({ server, names, into, onTransfer: tell(print), signal })
        for (const { name, status } of fetched) print(`${status.padEnd(8)} ${name}`)
        print(`into ${into}`)
      }
      return { ended: fetching(), close: async () => controller.abort() }
    },
  },
  pieces: {
    about: 'shows how the same bytes arrive when they are written in three ways',
    options: {},
    async start({ print }) {
      return { ended: showPieces(print), close: async () => undefined }
    },
  },
}

/** Sends the same bytes in three ways, and prints every 'data' event at the other end. */
async function showPieces(print: (line: string) => void): Promise<void> {
  const server = createServer((socket) => {
    socket.on('data', (piece) => print(`   'data' with ${String(piece.length).padStart(2)} bytes  ${shown(piece)}`))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolveListening) => server.once('listening', resolveListening))
  const { port } = server.address() as { port: number }

  const json = Buffer.from('{"name":"안녕"}')
  const frame = Buffer.concat([Buffer.from([0, 0, 0, json.length]), json])
  for (const [way, sizes] of Object.entries(WAYS)) {
    print(`${frame.length} bytes, written ${way}:`)
    const socket = connect(port, '127.0.0.1').setNoDelay()
    for (const piece of pieces(frame, sizes)) {
      socket.write(piece)
      await sleep(30)
    }
    socket.end()
    await new Promise((resolveClosed) => socket.once('close', resolveClosed))
  }
  print('and two of them, written one right after the other:')
  const socket = connect(port, '127.0.0.1')
  socket.write(frame)
  socket.end(frame)
  await new Promise((resolveClosed) => socket.once('close', resolveClosed))
  server.close()
}

/** Bytes as characters where they are ASCII, as · where not. */
function shown(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/[^ -~]/g, '·')
}

/** A line for each file that has passed; on a terminal, a bar for the one that is on its way. */
function tell(print: (line: string) => void): (transfer: Transfer) => void {
  const live = process.stdout.isTTY
  return ({ name, direction, bytes, size, state }) => {
    const share = size === 0 ? 1 : bytes / size
    const arrow = direction === 'send' ? '↑' : '↓'
    if (live && state === 'active') {
      process.stdout.write(
        `\r${arrow} ${bar(share)} ${String(Math.floor(share * 100)).padStart(3)} %  ${inert(name).slice(0, 40)}\u001B[K`,
      )
      return
    }
    if (live) process.stdout.write('\r\u001B[K')
    if (state === 'done') print(`${arrow} ${bar(1)} 100 %  ${name}, ${size} bytes`)
    if (state === 'failed') print(`${arrow} ${bar(share)} failed after ${bytes} of ${size} bytes: ${name}`)
  }
}

function bar(share: number): string {
  const full = Math.round(share * 20)
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)}`
}

/** A folder with a secret, and in it another, `share`, with some files. */
async function makeHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'lesson-5-'))
  const share = join(home, 'share')
  await mkdir(share)
  await writeFile(join(home, 'secret.txt'), 'This is not in the folder, and nobody should get it.\n')
  await writeFile(join(share, 'hello.txt'), '안녕, hello!\n')
  await writeFile(join(share, 'answer.txt'), 'File not found')
  await writeFile(join(share, 'big.bin'), Buffer.alloc(50_000_000, '0123456789abcdef'))
  return home
}

/** A folder as typed from where it was typed; npm itself changes to the project's. */
function fromThere(typed: string): string {
  return resolve(process.env.INIT_CWD ?? '.', typed)
}
