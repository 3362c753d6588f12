import { AUTHORITY } from '../certificates/certificates.ts'
import type { ClientTls } from '../contracts/06-tls.ts'
import type { Address } from '../contracts/endpoint.ts'
import { CHECK_MS } from '../grading/check.ts'
import type { Lab } from '../lab/lab.ts'
import { show } from '../lab/show.ts'
import type { StreamPeer } from '../lab/stream-peer.ts'
import type { StreamServer, TlsOptions } from '../lab/stream-peers.ts'
import type { TcpPipe } from '../lab/tcp-pipe.ts'
import { becomesTrue, WaitedInVain, within } from '../lab/within.ts'
import { openAnswers, pack, packFile } from './05-frames.ts'
import { asClient, type Client, endingOf, openServer, type Script, serving } from './05-partners.ts'

/** The name in the certificate WRONG_HOST. */
export const OTHER_NAME = 'files.example'

/** The oldest version that one would wish to be gone. OpenSSL no longer speaks it unless it is told to lower its standards. */
export const TLS_1_1: TlsOptions = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }

/** How long a handshake may take, in milliseconds of an idle machine. */
const HANDSHAKE_MS = 3000

/**
 * A server for the attempt's client, with the certificate that `tls` has when a client comes. What it says over TLS is scripted.
 */
export async function openTlsServer(lab: Lab, tls: TlsOptions, script: Script): Promise<StreamServer> {
  const server = await lab.tcpServer({ name: 'server', tls })
  await openServer({ ...lab, tcpServer: async () => server }, script)
  return server
}

/** What a server was asked, by type, until its clients were gone. @param pipe through which all of them came */
export async function askedOf({ accepted, refused }: StreamServer, pipe: TcpPipe): Promise<string[]> {
  // Whether a handshake was ended or broken off, one of both is told of it.
  await becomesTrue(async () => accepted.all.length + refused.all.length >= pipe.connections)
  await Promise.all(accepted.all.map(endingOf))
  return accepted.all.flatMap(({ received }) => openAnswers(received)().map(({ message }) => String(message.type)))
}

/**
 * A client of the attempt's server. It believes those our authority vouches for.
 * @throws Disappointment when the server does not manage to shake hands
 */
export async function openTlsClient(lab: Lab, server: { readonly address: Address }, tls: TlsOptions = {}): Promise<Client> {
  const attempt = await shakeHands(lab, server, tls)
  if (typeof attempt !== 'string') return attempt
  return lab.fail('a TLS connection', attempt, {
    why: 'The client speaks TLS 1.2 and 1.3 and trusts the authority that signed your certificate. Nothing stands in the way.',
    hint: 'The key and the certificate are in the option `tls`.',
  })
}

/** Connects as `openTlsClient` does. @returns the client, or in words why there is none */
export async function shakeHands(
  lab: Lab,
  { address }: { readonly address: Address },
  tls: TlsOptions = {},
): Promise<Client | string> {
  const connecting = lab.tcpClient(address, { name: 'client', tls: { ca: AUTHORITY, ...tls } })
  try {
    return asClient(await within(HANDSHAKE_MS, 'the TLS handshake', connecting))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return error instanceof WaitedInVain ? 'no answer to the TLS handshake' : `no TLS: ${code ?? message}`
  }
}

/** A connection to the attempt's server without TLS. */
export async function knock(lab: Lab, { address }: { readonly address: Address }, name: string): Promise<StreamPeer> {
  try {
    return await lab.tcpClient(address, { name })
  } catch (error) {
    return lab.fail('a server that accepts connections', (error as NodeJS.ErrnoException).code ?? String(error), {
      why: `Nobody listens on port ${address.port} any more. What came before should not have ended the server.`,
    })
  }
}

/** Greets everybody who connects, in plain text. */
export async function openTalkative(lab: Lab): Promise<{ address: Address }> {
  const server = await lab.tcpServer({ name: 'talkative' })
  const greet = async () => {
    for (let count = 1; ; count += 1) {
      const peer = (await server.accepted.atLeast(count, CHECK_MS))[count - 1]
      if (peer === undefined) return
      await peer.write('220 welcome, who are you?\r\n')
    }
  }
  greet().catch(() => undefined)
  return server
}

/** A script that serves files as a right server would, and lists them. @param write how an answer is sent, at once by default */
export function sharing(
  files: Readonly<Record<string, string | Uint8Array>>,
  write = (peer: StreamPeer, bytes: Uint8Array) => peer.write(bytes),
): Script {
  const contents = new Map(Object.entries(files))
  const send = serving((name) => {
    const content = contents.get(name)
    return content === undefined ? pack({ type: 'missing', name }) : packFile(name, content)
  }, write)
  const list = [...contents].map(([name, content]) => ({ name, size: Buffer.byteLength(content) }))
  return (peer, request) => (request.type === 'list' ? write(peer, pack({ type: 'files', files: list })) : send(peer, request))
}

/** A script that lists a file, and breaks off in the middle of sending it, with a FIN but without the goodbye of TLS. */
export function leaving(name: string, content: Uint8Array, afterBytes: number): Script {
  return sharing({ [name]: content }, async (peer, bytes) => {
    await peer.write(bytes.subarray(0, afterBytes))
    if (bytes.length > afterBytes) peer.cut()
  })
}

/** Takes any name for the right one, and notes whose certificate it is. */
export function noting(note: (subject: string) => void): TlsOptions {
  return {
    checkServerIdentity(_host, { subject }) {
      note(String(subject.CN))
      return undefined
    },
  }
}

/** Whether what passed on a wire holds one of the texts. Resolves to what can be read, in words. */
export function readable(passed: Uint8Array, texts: readonly string[]): string {
  const bytes = Buffer.from(passed.buffer, passed.byteOffset, passed.length)
  const found = texts.filter((text) => bytes.includes(text))
  return found.length === 0 ? 'nothing' : found.map(show).join(', ')
}

/** Whom the attempt's client is to believe by default. */
export const TRUSTING: { tls: ClientTls } = { tls: { ca: AUTHORITY } }
