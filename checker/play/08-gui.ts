import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { GuiProgram } from '../contracts/08-gui.ts'
import { type Neighbours, openNeighbours } from './08-neighbours.ts'
import { readAddress, type Roles } from './play.ts'

export const roles: Roles<GuiProgram> = {
  gui: {
    about: 'starts a node with a page, and a few other nodes to fetch from',
    options: {
      port: { default: '8008', about: 'the port of the page; 0 is any' },
      dir: { default: '', about: 'the folder to share; what is fetched comes here; by default a new one' },
      nodes: { default: '3', about: 'how many other nodes to start beside it; 0 for none' },
      peer: { default: '', about: 'a node to link with besides, or several: 5007,127.0.0.1:5008' },
    },
    async start({ program, options, lines, print }) {
      const count = Math.min(60, Math.max(0, Math.floor(Number(options.nodes)) || 0))
      const typedPeers = (options.peer ?? '').split(',').filter((each) => each !== '')
      const made = options.dir === '' ? await makeFolder() : undefined
      const dir = made ?? resolve(process.env.INIT_CWD ?? '.', options.dir ?? '.')
      await mkdir(dir, { recursive: true })
      const neighbours = count > 0 ? await openNeighbours(count) : undefined
      const leave = async () => {
        if (made !== undefined) await rm(made, { recursive: true, force: true })
        await neighbours?.close()
      }

      try {
        const peers = [...(neighbours === undefined ? [] : [neighbours.address]), ...typedPeers.map(readAddress)]
        const gui = await program.startGui({ dir, port: Number(options.port), peers })
        for (const line of neighbours?.about ?? []) print(line)
        print(`sharing ${dir}`)
        print(`the node is at ${gui.node.host}:${gui.node.port}`)
        print(`the page is at ${gui.url}`)
        // Before the program's own close(), which may never resolve while it is still to be written.
        const close = async () => void (await Promise.all([leave(), gui.close()]))
        return { ended: obey(lines, neighbours, print), close }
      } catch (error) {
        await leave()
        throw error
      }
    },
  },
}

/** Does what is typed, until `q`. The end of the input is no reason to end: nobody has to type here. */
async function obey(
  lines: AsyncIterable<string>,
  neighbours: Neighbours | undefined,
  print: (line: string) => void,
): Promise<void> {
  print(neighbours === undefined ? 'type q to end' : 'type kill to have the slow node crash, or q to end')
  for await (const line of lines) {
    if (line.trim() === 'q') return
    if (line.trim() !== 'kill' || neighbours === undefined) continue
    await neighbours.killFar()
    print('the slow node is gone')
  }
  await new Promise(() => undefined)
}

/** A folder with names that are more than they seem, where the system allows them. */
async function makeFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lesson-8-'))
  await writeFile(join(dir, 'hello.txt'), '안녕, hello!\n')
  await writeFile(join(dir, '&copy; me.txt'), 'The name of this file begins with &copy; and not with ©.\n')
  if (process.platform !== 'win32') {
    await writeFile(join(dir, "<img src=x onerror=document.body.style.background='gold'>"), 'This is a name for a file.\n')
  }
  return dir
}
