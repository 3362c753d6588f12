import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AUTHORITY, certificateFile, readIdentity } from '../certificates/certificates.ts'
import type { Address } from '../contracts/endpoint.ts'
import { freeTcpPort } from '../lab/tcp-socket.ts'
import { encodeFrame } from '../../solutions/05-file-transfer.ts'
import { fetchFiles, listFiles, startFileServer } from '../../solutions/06-tls.ts'
import { hasProgram } from './has-program.ts'

const openssl = hasProgram('openssl')
const FILES = [{ name: 'hello.txt', size: 5 }]

let folder = ''
const releases: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openssl-peers-'))
  await mkdir(join(folder, 'into'))
  await writeFile(join(folder, 'hello.txt'), 'hello')
})

afterEach(async () => {
  await Promise.all(releases.splice(0).map((release) => release()))
  await rm(folder, { recursive: true })
})

for (const name of ['good', 'good-rsa']) {
  for (const version of ['-tls1_2', '-tls1_3']) {
    test.runIf(openssl)(`openssl s_client ${version} believes lesson 6's server, which is ${name}, and is answered`, async () => {
      const server = await startFileServer({ dir: folder, tls: readIdentity(name) })
      releases.push(() => server.close())

      const client = run('s_client', '-connect', `127.0.0.1:${server.address.port}`, '-quiet', version, ...VERIFYING)
      client.stdin.write(encodeFrame({ type: 'get', names: ['hello.txt'] }))

      await client.prints('{"type":"end","count":1}')
      expect(client.printed()).toContain('{"type":"file","name":"hello.txt","size":5}hello')
    })
  }
}

test.runIf(openssl)("openssl s_client does not believe lesson 6's server when its certificate is for another host", async () => {
  const server = await startFileServer({ dir: folder, tls: readIdentity('wrong-host') })
  releases.push(() => server.close())

  const client = run('s_client', '-connect', `127.0.0.1:${server.address.port}`, '-quiet', ...VERIFYING)

  expect((await client.exited)[0]).not.toBe(0)
})

for (const version of ['-tls1_2', '-tls1_3']) {
  test.runIf(openssl)(
    `lesson 6's client believes openssl s_server ${version} with the good certificate, and reads its answer`,
    async () => {
      const server = await startOpenssl('good', version)

      const listing = listFiles(server.address, { tls: { ca: AUTHORITY } })
      await server.prints('{"type":"list"}')
      server.stdin.write(encodeFrame({ type: 'files', files: FILES }))

      expect(await listing).toEqual(FILES)
    },
  )
}

test.runIf(openssl)(
  "lesson 6's client believes openssl s_server as files.example when it is asked for by that name",
  async () => {
    const server = await startOpenssl('wrong-host')

    const listing = listFiles(server.address, { tls: { ca: AUTHORITY, servername: 'files.example' } })
    await server.prints('{"type":"list"}')
    server.stdin.write(encodeFrame({ type: 'files', files: FILES }))

    expect(await listing).toEqual(FILES)
  },
)

for (const name of ['self-signed', 'wrong-host', 'expired', 'other']) {
  test.runIf(openssl)(`lesson 6's client refuses openssl s_server when it is ${name}, and asks it nothing`, async () => {
    const server = await startOpenssl(name)
    const into = join(folder, 'into')

    const fetching = fetchFiles({ server: server.address, names: ['hello.txt'], into, tls: { ca: AUTHORITY } })

    await expect(fetching).rejects.toThrow()
    expect(await readdir(into)).toEqual([])
    expect(server.printed()).not.toContain('hello.txt')
  })
}

const VERIFYING = ['-CAfile', certificateFile('authority'), '-verify_return_error', '-verify_ip', '127.0.0.1']

async function startOpenssl(name: string, ...flags: readonly string[]): Promise<Peer & { address: Address }> {
  const port = await freeTcpPort()
  const files = ['-cert', certificateFile(name), '-key', certificateFile(`${name}.key`)]
  const peer = run('s_server', '-accept', `127.0.0.1:${port}`, ...files, ...flags)
  await peer.prints('ACCEPT')
  return { ...peer, address: { host: '127.0.0.1', port } }
}

interface Peer {
  readonly stdin: NonNullable<ChildProcess['stdin']>
  readonly exited: Promise<unknown[]>
  printed(): string
  /** Resolves when it has printed `text`. @throws Error when it ends before */
  prints(text: string): Promise<void>
}

function run(...args: readonly string[]): Peer {
  const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  releases.push(async () => {
    child.kill()
    await exited
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stdin.on('error', () => undefined)
  return {
    stdin: child.stdin,
    exited,
    printed: () => printed,
    async prints(text) {
      const gone = exited.then(() => {
        throw new Error(`openssl ended, and printed: ${printed}`)
      })
      gone.catch(() => undefined)
      while (!printed.includes(text)) await Promise.race([once(child.stdout, 'data'), gone])
    },
  }
}
