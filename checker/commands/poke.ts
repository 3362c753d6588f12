import { isUtf8 } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Lesson, lessons } from '../catalogue.ts'
import type { Address } from '../contracts/endpoint.ts'
import { readAddress } from '../play/play.ts'
import type { Poke } from '../play/poke.ts'
import { hexDump } from '../reporters/hex-dump.ts'
import { inert } from '../reporters/text.ts'
import { findLesson, readArguments } from './arguments.ts'
import { nearest } from './nearest.ts'
import { explain, listenTcp, listenTls, listenUdp, openTcp, openTls, openUdp, type TlsTrust, type Wire } from './poke-wire.ts'
import { print } from './print.ts'
import { UsageError } from './usage-error.ts'

const HELP = `npm run poke LESSON -- [options]
npm run poke udp|tcp|tls [HOST:]PORT -- [options]

Talks to a program by hand: sends what you type, shows what comes back, byte by
byte. For a lesson it knows protocol and port of npm run play, and has messages
ready. Messages over UDP are a line each; over TCP and TLS a line end is sent
behind each.

  --listen          wait for others instead
  --port 5001       another port than the lesson's
  --view both       hex, text, or both
  --send hello      send a message that is ready, or this text, and end when
                    nothing comes back any more; may be given several times
  --bare            no line end behind what is typed
  --wait 1          how many seconds of silence are the end, after --send or
                    the end of the input
  --ca FILE         TLS: whom to believe, in PEM
  --servername NAME TLS: the name that the certificate must have
  --insecure        TLS: talk to a server that nobody vouches for
  --key FILE --cert FILE   TLS with --listen: who you are, in PEM

While it runs:  /name sends a message that is ready     /list shows them
                /hex 00 ff sends these bytes            /end ends your direction
                //text sends /text                      Ctrl-C ends it

Exit code: 0 it was said, 1 it could not be said, 2 not understood.
`

const PROTOCOLS = ['udp', 'tcp', 'tls'] as const
const VIEWS = ['both', 'text', 'hex'] as const

/** What to talk to. */
interface Target {
  readonly protocol: Poke['protocol']
  readonly address: Address
  readonly keepsOpen: boolean
  readonly messages: Poke['messages']
}

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('poke', args, {
    listen: { type: 'boolean', default: false },
    port: { type: 'string' },
    view: { type: 'string', default: 'both' },
    send: { type: 'string', multiple: true, default: [] },
    bare: { type: 'boolean', default: false },
    wait: { type: 'string', default: '1' },
    ca: { type: 'string' },
    servername: { type: 'string' },
    insecure: { type: 'boolean', default: false },
    key: { type: 'string' },
    cert: { type: 'string' },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const target = await readTarget(positionals, values.port)
  const view = VIEWS.find((each) => each === values.view)
  if (view === undefined)
    throw new UsageError(`"${values.view}" is no view.`, `The nearest is --view ${nearest(values.view, VIEWS)}`)
  const waitMs = Number(values.wait) * 1000
  if (!(waitMs >= 0)) throw new UsageError(`"${values.wait}" is no number of seconds.`, 'For example: --wait 2')
  const { ca, key, cert } = readPem({ ca: values.ca, key: values.key, cert: values.cert })
  const trust = { insecure: values.insecure, ca, key, cert, servername: values.servername }
  return talk(target, { view, waitMs, listen: values.listen, send: values.send, bare: values.bare, trust: withoutGaps(trust) })
}

interface Manner {
  readonly view: (typeof VIEWS)[number]
  readonly waitMs: number
  readonly listen: boolean
  readonly send: readonly string[]
  readonly bare: boolean
  readonly trust: TlsTrust
}

async function talk(target: Target, manner: Manner): Promise<number> {
  const { address } = target
  const out = (text: string) => void process.stdout.write(`${text}\n`)
  let heardAt = performance.now()
  const listener = {
    received(from: string, bytes: Buffer) {
      heardAt = performance.now()
      out(shown(`◀ ${from}`, bytes, manner.view))
    },
    note: (text: string) => out(`· ${inert(text)}`),
  }
  let wire: Wire
  try {
    wire = await open(target, manner, listener)
  } catch (error) {
    out(explain(error, address))
    return 1
  }
  const interrupted = new Promise<number>((done) => process.once('SIGINT', () => done(130)))
  out(`· ${wire.opened}`)

  const say = async (bytes: Uint8Array) => {
    try {
      await wire.send(bytes)
      heardAt = performance.now()
      out(shown('▶', bytes, manner.view))
      return 0
    } catch (error) {
      out(`· not sent: ${explain(error, address)}`)
      return 1
    }
  }
  const silence = async () => {
    if (!target.keepsOpen) wire.end()
    while (performance.now() - heardAt < manner.waitMs) await new Promise((done) => setTimeout(done, 20))
  }
  const speak = async () => {
    const codes: number[] = []
    for (const text of manner.send) codes.push(await say(ready(target, text) ?? Buffer.from(text)))
    if (manner.send.length === 0) {
      if (Object.keys(target.messages).length > 0) out('· /list shows what is ready to be sent')
      for await (const line of createInterface({ input: process.stdin })) await typed(line, target, manner, { say, wire, out })
    }
    if (manner.listen && manner.send.length === 0) await wire.over
    await silence()
    return Math.max(0, ...codes)
  }
  const hungUp = wire.over.then(() => 0)
  const code = await Promise.race([speak(), hungUp, interrupted])
  await wire.close()
  return code
}

interface Speaker {
  readonly wire: Wire
  say(bytes: Uint8Array): Promise<number>
  out(text: string): void
}

/** Does what a typed line says. */
async function typed(line: string, target: Target, { bare }: Manner, { say, wire, out }: Speaker): Promise<void> {
  const lineEnd = bare || target.protocol === 'udp' ? '' : '\n'
  if (!line.startsWith('/') || line.startsWith('//')) {
    await say(Buffer.from(line.replace(/^\/\//, '/') + lineEnd))
    return
  }
  const [word = '', ...rest] = line.slice(1).split(' ')
  const hex = rest.join('')
  const message = ready(target, word)
  if (message !== undefined) await say(message)
  else if (word === 'list') out(list(target))
  else if (word === 'end') wire.end()
  else if (word === 'hex' && /^([\da-f]{2})+$/i.test(hex)) await say(Buffer.from(hex, 'hex'))
  else if (word === 'hex') out('· two hexadecimal digits for each byte, please: /hex 00 ff')
  else {
    const words = [...Object.keys(target.messages), 'list', 'hex', 'end']
    out(`· there is no /${inert(word)}; the nearest is /${nearest(word, words)}. To send it as text, type two slashes`)
  }
}

function ready({ address, messages }: Target, word: string): Uint8Array | undefined {
  const message = Object.hasOwn(messages, word) ? messages[word] : undefined
  return message === undefined ? undefined : Buffer.from(message.make(address))
}

function list({ messages }: Target): string {
  const entries = Object.entries(messages)
  if (entries.length === 0) return '· nothing is ready; a lesson has messages: npm run poke lesson-1'
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, { about }]) => `  /${name.padEnd(width)}  ${about}`).join('\n')
}

function shown(heading: string, bytes: Uint8Array, view: Manner['view']): string {
  const size = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`
  const dump = hexDump(bytes).map((line) => `    ${line}`)
  const plain = inert(Buffer.from(bytes).toString())
  const text = bytes.length === 0 ? '' : `  ${view === 'text' ? plain.trimEnd() : plain.replaceAll('\n', '␊')}`
  const line = view === 'hex' ? '' : `${text}${isUtf8(bytes) ? '' : '  (not UTF-8)'}`
  return [`${heading}  ${size}${line}`, ...(view === 'text' ? [] : dump)].join('\n')
}

function open({ protocol, address }: Target, { listen, trust }: Manner, listener: Parameters<typeof openUdp>[1]): Promise<Wire> {
  switch (protocol) {
    case 'udp':
      return listen ? listenUdp(address, listener) : openUdp(address, listener)
    case 'tcp':
      return listen ? listenTcp(address, listener) : openTcp(address, listener)
    case 'tls':
      return listen ? listenTls(address, trust, listener) : openTls(address, trust, listener)
  }
}

async function readTarget([first, second]: readonly string[], port: string | undefined): Promise<Target> {
  if (first === undefined) throw new UsageError('Poke what?', 'For example: npm run poke lesson-1, or npm run poke tcp 8080')
  const protocol = PROTOCOLS.find((each) => each === first.toLowerCase())
  if (protocol !== undefined) {
    const typedAddress = port ?? second
    if (typedAddress === undefined) throw new UsageError('On which port?', `For example: npm run poke ${protocol} 5001`)
    return { protocol, address: checked(typedAddress), keepsOpen: false, messages: {} }
  }
  const lesson = findLesson(first)
  const poke = await loadPoke(lesson)
  const { protocol: spoken, keepsOpen = false, messages } = poke
  return { protocol: spoken, address: checked(port ?? second ?? String(poke.port)), keepsOpen, messages }
}

async function loadPoke(lesson: Lesson): Promise<Poke> {
  const file = (each: Lesson) => new URL(`../play/${each.slug}.poke.ts`, import.meta.url)
  if (existsSync(fileURLToPath(file(lesson)))) return ((await import(`../play/${lesson.slug}.poke.ts`)) as { poke: Poke }).poke
  const others = lessons.filter((each) => existsSync(fileURLToPath(file(each)))).map((each) => each.id)
  throw new UsageError(
    `Nothing is ready for ${lesson.id}; there is for ${others.join(', ')}.`,
    'For example: npm run poke tcp 8080',
  )
}

function checked(typedAddress: string): Address {
  const address = readAddress(typedAddress)
  if (Number.isInteger(address.port) && address.port >= 0 && address.port <= 65_535) return address
  throw new UsageError(`"${typedAddress}" is no port: it is a whole number up to 65535.`, 'For example: 5001 or 127.0.0.1:5001')
}

function readPem<T extends string>(files: Readonly<Record<T, string | undefined>>): Record<T, string | undefined> {
  const texts = Object.entries<string | undefined>(files).map(([name, file]) => {
    if (file === undefined) return [name, undefined]
    try {
      return [name, readFileSync(resolve(process.env.INIT_CWD ?? '.', file), 'utf8')]
    } catch (error) {
      throw new UsageError(`--${name} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`, 'Give a file in PEM.')
    }
  })
  return Object.fromEntries(texts) as Record<T, string | undefined>
}

/** Optional fields that are missing instead of undefined. */
function withoutGaps(trust: { readonly insecure: boolean } & Readonly<Record<string, string | boolean | undefined>>): TlsTrust {
  return Object.fromEntries(Object.entries(trust).filter(([, value]) => value !== undefined)) as unknown as TlsTrust
}
