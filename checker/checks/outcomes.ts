import { networkInterfaces } from 'node:os'
import type { Address } from '../contracts/endpoint.ts'
import type { Lab } from '../lab/lab.ts'
import { networkOf } from '../lab/platform.ts'
import { canBindTcp, freeTcpPort, takesConnections } from '../lab/tcp-socket.ts'
import { canBindUdp, freeUdpPort } from '../lab/udp-socket.ts'
import { becomesTrue, WaitedInVain } from '../lab/within.ts'
import { CallRejected } from '../sandbox/learner.ts'

export const NO_ERROR = 'no error'

/** The code of the error that a call rejects with, in words where there is none. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return NO_ERROR
  } catch (error) {
    if (error instanceof CallRejected) return error.code ?? `an error without a code: ${error.thrown.message}`
    throw error
  }
}

/** Whether a call rejects, with whatever error. */
export async function rejects(call: Promise<unknown>): Promise<'it rejects' | 'it resolves'> {
  return (await codeOf(call)) === NO_ERROR ? 'it resolves' : 'it rejects'
}

/** Whether a call resolves before its limit ends. @throws CallRejected */
export async function resolvesInTime(call: Promise<unknown>): Promise<'it resolves' | 'it waits for ever'> {
  try {
    await call
    return 'it resolves'
  } catch (error) {
    if (error instanceof WaitedInVain) return 'it waits for ever'
    throw error
  }
}

/** How a call ends, if it does. */
export async function outcomeOf(call: Promise<unknown>): Promise<'it rejects' | 'it resolves' | 'it waits for ever'> {
  try {
    return await resolvesInTime(call)
  } catch (error) {
    if (error instanceof CallRejected) return 'it rejects'
    throw error
  }
}

/** How a kind of port is tried out. */
interface Transport {
  freePort(): Promise<number>
  canBind(address: Address): Promise<boolean>
}

const TRANSPORTS = {
  udp: { freePort: freeUdpPort, canBind: canBindUdp },
  tcp: { freePort: freeTcpPort, canBind: canBindTcp },
} as const satisfies Record<string, Transport>

/** Starts a server on a port that was free a moment ago; when somebody else was faster, on another. */
export async function onFreePort<T>(
  transport: keyof typeof TRANSPORTS,
  start: (port: number) => Promise<T>,
): Promise<{ server: T; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = await TRANSPORTS[transport].freePort()
    try {
      return { server: await start(port), port }
    } catch (error) {
      if (tries === 3 || !(error instanceof CallRejected && error.code === 'EADDRINUSE')) throw error
    }
  }
}

/** @param after what should have freed the port: `close() resolved` */
export async function expectPortFree(
  transport: keyof typeof TRANSPORTS,
  lab: Lab,
  address: Address,
  after: string,
): Promise<void> {
  const free = await becomesTrue(() => TRANSPORTS[transport].canBind(address))
  lab.expect(free ? 'the port is free' : `port ${address.port} is still taken`, 'the port is free', {
    why: `${after}, but the socket is still open. Nobody else can use that port until it is closed.`,
  })
}

/** Requires a server to be met at 127.0.0.1 and at no other address of this machine. */
export async function expectLoopbackOnly(lab: Lab, { port }: Address): Promise<void> {
  const taken: string[] = []
  for (const host of otherAddresses()) {
    if (await isServedAt({ host, port })) taken.push(host)
  }
  lab.expect(taken.length === 0 ? '127.0.0.1 only' : `${taken[0]}, too`, '127.0.0.1 only', {
    why: 'Who listens on every address of the machine serves everyone on the same Wi-Fi.',
    hint: "Give listen() the host, too: '127.0.0.1'.",
  })
}

/** Whether somebody serves at an address, perhaps by listening at all of them. */
export async function isServedAt(address: Address, { bindsBesideWildcard } = networkOf()): Promise<boolean> {
  if (!(await canBindTcp(address))) return true
  return bindsBesideWildcard && (await takesConnections(address))
}

/** This machine's addresses besides 127.0.0.1 at which a socket that listens everywhere can be met. */
export function otherAddresses({ wholeLoopback } = networkOf()): string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const outside = interfaces.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address)
  return wholeLoopback ? [...outside, '127.0.0.2'] : outside
}
