import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hexDump } from '../reporters/hex-dump.ts'
import { openInbox } from '../lab/inbox.ts'
import { freeUdpPort } from '../lab/udp-socket.ts'
import { PROJECT } from '../project.ts'
import { attemptFolder } from './attempt-folder.ts'
import { hasProgram } from './has-program.ts'
import { PATIENCE_MS } from './patience.ts'
import { runCli } from './run-cli.ts'

function startCli(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(PROJECT, 'checker/launch.js'), ...args], { cwd: PROJECT })
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed = openInbox<string>()
  createInterface(child.stdout).on('line', printed.push)
  return {
    printed,
    type: (text: string) => child.stdin.write(text),
    stop: () => child.kill('SIGINT'),
    exit: once(child, 'exit') as Promise<[code: number | null]>,
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return String((server.address() as { port: number }).port)
}

describe('npm run poke', () => {
  test('has the messages of a lesson ready, and shows bytes', async () => {
    const receiver = createSocket('udp4')
    onTestFinished(() => void receiver.close())
    const arrived = openInbox<string>()
    receiver.on('message', (bytes, from) => {
      arrived.push(bytes.toString('hex'))
      receiver.send('두', from.port, from.address)
    })
    receiver.bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const port = String(receiver.address().port)

    const poke = startCli('poke', 'lesson-1', '--port', port)
    await poke.printed.next('the start', (line) => line.includes('/list shows'), PATIENCE_MS)
    poke.type('/damaged\n/hex 00 ff\n//x\n/helo\n')
    await poke.printed.next('the nearest', (line) => line.includes('the nearest is /hello'), PATIENCE_MS)
    await poke.printed.next('the answer as bytes', (line) => line.includes('000000  eb 91 90  '), PATIENCE_MS)
    poke.stop()

    expect((await poke.exit)[0]).toBe(130)
    expect(arrived.all).toEqual(['6869fffe', '00ff', '2f78'])
  })

  test('says that nobody listens', async () => {
    const tcp = await listening(createServer())
    const nobody = createServer()
    const port = await listening(nobody)
    nobody.close()
    await once(nobody, 'close')

    const udp = await runCli(['poke', 'udp', String(await freeUdpPort()), '--send', 'hi', '--wait', '0.3'])
    const refused = await runCli(['poke', 'tcp', port, '--send', 'hi'])

    expect(tcp).not.toBe(port)
    expect(udp.stdout).toContain('nobody listens on 127.0.0.1:')
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining(`nobody listens on 127.0.0.1:${port}`)])
  })

  test('talks over TCP until the other side has ended, in the view that was asked for', async () => {
    const port = await listening(
      createServer((socket) => {
        socket.end('bye\n')
      }),
    )

    const { code, stdout } = await runCli(['poke', 'tcp', port, '--send', 'hi', '--view', 'text'])

    expect(stdout).toContain('▶  2 bytes  hi\n')
    expect(stdout).toMatch(/◀ 127\.0\.0\.1:\d+ {2}4 bytes {2}bye/)
    expect(stdout).not.toContain('000000')
    expect(code).toBe(0)
  })

  test('waits for others, and answers them', async () => {
    const server = startCli('poke', 'tcp', '0', '--listen')
    const opened = await server.printed.next('the port', (line) => line.includes('listening on'), PATIENCE_MS)
    const port = /127\.0\.0\.1:(\d+)/.exec(opened)?.[1] ?? ''

    const client = startCli('poke', 'tcp', port)
    await server.printed.next('a connection', (line) => line.includes('has connected'), PATIENCE_MS)
    server.type('welcome\n')

    await client.printed.next('the greeting', (line) => line.endsWith('8 bytes  welcome␊'), PATIENCE_MS)
    server.stop()
    await client.printed.next('the end', (line) => line.endsWith('is closed'), PATIENCE_MS)
    expect((await client.exit)[0]).toBe(0)
  })

  test.runIf(hasProgram('openssl'))('believes over TLS whom it is told to, and nobody else', async () => {
    const dir = attemptFolder({})
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    const subject = ['-subj', '/CN=poke test', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    })
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => void socket.end('secret'))
    const port = await listening(server)

    const stranger = await runCli(['poke', 'tls', port, '--send', 'hi'])
    const insecure = await runCli(['poke', 'tls', port, '--send', 'hi', '--insecure'])
    const believed = await runCli(['poke', 'tls', port, '--send', 'hi', '--ca', cert])

    expect([stranger.code, stranger.stdout]).toEqual([1, expect.stringContaining('not to be trusted')])
    expect([insecure.code, insecure.stdout]).toEqual([0, expect.stringContaining('NOT to be trusted')])
    expect([believed.code, believed.stdout]).toEqual([0, expect.stringContaining('its certificate is good')])
    expect(believed.stdout).toContain('6 bytes  secret')
  })

  test.each([
    { typed: [], says: 'Poke what?' },
    { typed: ['tcp'], says: 'On which port?' },
    { typed: ['udp', '70000'], says: 'is no port' },
    { typed: ['udp', '5001', '--view', 'hx'], says: 'The nearest is --view hex' },
    { typed: ['tls', '5001', '--ca', 'no-such.pem'], says: 'cannot be read' },
  ])('answers $typed with exit code 2', async ({ typed, says }) => {
    const { code, stderr } = await runCli(['poke', ...typed])

    expect(stderr).toContain(says)
    expect(code).toBe(2)
  })
})

test('a dump shows where bytes are, and what of them is text', () => {
  expect(hexDump(Buffer.from('0123456789abcdefé'))).toEqual([
    '000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef',
    '000010  c3 a9                                             ..',
  ])
})
