import type { Address } from '../contracts/endpoint.ts'
import type { Browser, WebPage } from './browser.ts'
import type { Chance } from './chance.ts'
import { type Clock, createClock } from './clock.ts'
import { type Advice, Disappointment, expectEqual, Inconclusive } from './expectation.ts'
import type { Rule } from './faults.ts'
import { type Gate, createGate } from './gate.ts'
import { type Inbox, openInbox } from './inbox.ts'
import { type HandedStream, handStream } from './handed-stream.ts'
import { show } from './show.ts'
import type { StreamFault } from './stream-faults.ts'
import type { StreamPeer } from './stream-peer.ts'
import { openStreamClient, openStreamServer, type StreamEnds, type StreamServer, type TlsOptions } from './stream-peers.ts'
import { openTcpPipe, type TcpPipe } from './tcp-pipe.ts'
import type { Trace } from './trace.ts'
import { openUdpPeer, type UdpPeer } from './udp-peer.ts'
import { openUdpRelay, type UdpRelay } from './udp-relay.ts'
import { LOOPBACK } from './udp-socket.ts'

/** How the two ends are called in traces and ladders. */
export const YOU = 'you'
const CHECKER = 'checker'
const BROWSER = 'browser'

export interface RelayRequest {
  readonly rules?: readonly Rule[]
  /** Who sends first; the attempt by default. */
  readonly client?: string
  readonly server?: string
}

export interface StreamRequest {
  /** How this end is called in traces. */
  readonly name?: string
  /** Speaks TLS. */
  readonly tls?: TlsOptions
  /** Reads nothing until it is told to. */
  readonly paused?: boolean
}

export interface PipeRequest {
  /** What happens from client to server, and from server to client. */
  readonly up?: readonly StreamFault[]
  readonly down?: readonly StreamFault[]
  /** Who connects; the attempt by default. */
  readonly client?: string
  readonly server?: string
}

/** The loopback network of one check. Everything opened here is closed with it. */
export interface Lab {
  readonly chance: Chance
  readonly trace: Trace
  /** A plain UDP partner of the attempt, on 127.0.0.1 unless another loopback address is given. */
  udpPeer(name?: string, host?: string): Promise<UdpPeer>
  /** A network with faults in front of a UDP server. */
  udpRelay(to: Address, request?: RelayRequest): Promise<UdpRelay>
  /** A TCP or TLS server that does what the check says. */
  tcpServer(request?: StreamRequest): Promise<StreamServer>
  /**
   * A connection to a server, in the hands of the check.
   * @throws Error with a code, such as 'ECONNREFUSED', or over TLS when one of both ends refuses the other
   */
  tcpClient(to: Address, request?: StreamRequest): Promise<StreamPeer>
  /** A network with faults in front of a TCP server. Everything that passes is in the trace. */
  tcpPipe(to: Address, request?: PipeRequest): Promise<TcpPipe>
  /** A stream to hand to the attempt as an argument, and the other end of it. */
  stream(): Promise<{ handed: HandedStream; accepted: StreamServer['accepted'] }>
  /** Opens a page in a real browser, for a check that needs one. */
  openPage(url: string, name?: string): Promise<WebPage>
  /**
   * Keeps what a callback of the attempt is given, and marks it in the trace as `event(…)`.
   * @param render what stands between the parentheses
   */
  inbox<T>(event: string, render?: (item: T) => string, party?: string): Inbox<T>
  gate(): Gate
  /** A clock for an option `now`; it stands still until it is set. */
  clock<T>(start: T): Clock<T>
  /** Requires two values to be equal in all their parts; fails the check with `advice` otherwise. */
  expect(actual: unknown, expected: unknown, advice: Advice): void
  /** Fails the check. Both values are words for the learner. */
  fail(expected: string, actual: string, advice: Advice): never
  /** Has `release` called when the check is over. */
  cleanUp(release: () => Promise<unknown>): void
}

/** A lab, and what only the grader does with it. */
export interface OpenLab extends Lab {
  /** @throws Inconclusive when a rule that the check relies on never applied */
  confirmRules(): void
  close(): Promise<void>
}

/** @param browser for a check that drives pages */
export function openLab(chance: Chance, trace: Trace, browser?: Browser): OpenLab {
  const releases: (() => Promise<unknown>)[] = []
  const networks: { unfired(): readonly unknown[] }[] = []
  const piped = new Set<string>()

  /** What has a pipe before it is seen there. */
  const ends = (address: () => Address, { name = CHECKER, tls, paused }: StreamRequest): StreamEnds => ({
    trace,
    name,
    partner: YOU,
    traced: () => !piped.has(keyOf(address())),
    ...(tls === undefined ? {} : { tls }),
    ...(paused === undefined ? {} : { paused }),
  })
  async function tcpServer(request: StreamRequest = {}): Promise<StreamServer> {
    const server: StreamServer = await openStreamServer(ends(() => server.address, request))
    releases.push(() => server.close())
    return server
  }

  return {
    chance,
    trace,
    async udpPeer(name = CHECKER, host = LOOPBACK) {
      const peer = await openUdpPeer({ trace, name, partner: YOU, host })
      releases.push(() => peer.close())
      return peer
    },
    async udpRelay(to, { rules = [], client = YOU, server = CHECKER } = {}) {
      const relay = await openUdpRelay({ to, rules, trace, chance, client, server })
      networks.push(relay)
      releases.push(() => relay.close())
      return relay
    },
    tcpServer,
    async tcpClient(to, request = {}) {
      const peer = await openStreamClient(
        to,
        ends(() => to, request),
      )
      releases.push(() => peer.close())
      return peer
    },
    async tcpPipe(to, { up = [], down = [], client = YOU, server = CHECKER } = {}) {
      const pipe = await openTcpPipe({ to, up, down, trace, client, server })
      for (const end of [to, pipe.address]) piped.add(keyOf(end))
      networks.push(pipe)
      releases.push(() => pipe.close())
      return pipe
    },
    async stream() {
      const { address, accepted } = await tcpServer()
      return { handed: handStream(address), accepted }
    },
    async openPage(url, name = BROWSER) {
      if (browser === undefined) throw new Error('This check does not say that it needs a browser.')
      const page = await browser.open(url, (label) => trace.mark(name, label))
      releases.push(() => page.close())
      return page
    },
    inbox: (event, render = show, party = YOU) => openInbox((item) => trace.mark(party, `${event}(${render(item)})`)),
    gate: createGate,
    clock: createClock,
    expect: expectEqual,
    fail(expected, actual, advice) {
      throw new Disappointment(expected, actual, advice)
    },
    cleanUp: (release) => releases.push(release),
    confirmRules() {
      const unfired = networks.flatMap((network) => network.unfired())
      if (unfired.length > 0) throw new Inconclusive('A rule of this check never applied, so the check proved nothing.')
    },
    async close() {
      await Promise.all(releases.map((release) => release()))
    },
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`
}
