import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { openInbox } from '../lab/inbox.ts'
import { PROJECT } from '../project.ts'
import { sendLines, startReceiver } from '../../solutions/01-udp-basics.ts'
import { decrypt, encrypt, generateKey } from '../../solutions/03-encryption.ts'

const peer = (name: string) => join(PROJECT, 'checker/test/peers', name)

/** A Python that can import `module`; in CI there must be one. */
function pythonWith(module: string): string {
  const found = ['/usr/bin/python3', 'python3', 'python'].find((name) => spawnSync(name, ['-c', `import ${module}`]).status === 0)
  if (found === undefined && process.env.CI === 'true') throw new Error(`no Python with ${module}, and in CI there must be one`)
  return found ?? ''
}

const python = pythonWith('socket')
const pythonWithFernet = pythonWith('cryptography.fernet')
const MESSAGES = ['hello', '안녕, 파이썬', '']

test.runIf(python !== '')("a Python program can send to lesson 1's receiver", async () => {
  const inbox = openInbox<string>()
  const receiver = await startReceiver({ onMessage: (text) => inbox.push(text) })

  execFileSync(python, [peer('udp.py'), 'send', String(receiver.address.port)], { input: [...MESSAGES, 'q', ''].join('\n') })
  await receiver.done

  expect(inbox.all).toEqual(MESSAGES)
})

test.runIf(python !== '')("a Python program can receive from lesson 1's sender", async () => {
  const child = spawn(python, [peer('udp.py'), 'receive'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const port = Number((await lines.next()).value)
  async function* typed() {
    yield* [...MESSAGES, 'q']
  }

  await sendLines(typed(), { host: '127.0.0.1', port })
  const received = [await lines.next(), await lines.next(), await lines.next()].map(({ value }) => value as string)
  const [code] = (await once(child, 'exit')) as [number]

  expect(received).toEqual(MESSAGES)
  expect(code).toBe(0)
})

test.runIf(pythonWithFernet !== '')("Python's Fernet reads lesson 3's tokens, and the other way round", () => {
  const key = generateKey()
  const message = Buffer.from('안녕, Fernet')

  const token = encrypt(key, message)
  const read = execFileSync(pythonWithFernet, [peer('fernet.py'), 'decrypt', key], { input: token })
  const theirs = execFileSync(pythonWithFernet, [peer('fernet.py'), 'encrypt', key], { input: message }).toString()

  expect(read).toEqual(message)
  expect(Buffer.from(decrypt(key, theirs, { ttl: 60 }))).toEqual(message)
})
