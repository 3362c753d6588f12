import type { Socket } from 'node:dgram'
import type { Address, Closable } from '../contracts/endpoint.ts'
import type { Chance } from './chance.ts'
import { corrupt, type Datagram, type Hold, lose, repeat, type Rule } from './faults.ts'
import type { Trace } from './trace.ts'
import { addressOf, bindUdp, closeUdp } from './udp-socket.ts'

/** Faults by chance, each a probability from 0 to 1; for exploring, not for checks. */
export interface Weather {
  readonly loss?: number
  readonly duplicate?: number
  readonly reorder?: number
  readonly corrupt?: number
  /** Added to every datagram's way, in milliseconds. */
  readonly delayMs?: number
}

export interface UdpRelayOptions {
  readonly to: Address
  readonly trace: Trace
  readonly chance: Chance
  /** What happens on purpose. The first rule that matches and has not been used up applies. */
  readonly rules?: readonly Rule[]
  readonly weather?: Weather
  /** The names of both ends in the trace. */
  readonly client: string
  readonly server: string
  /** The port to listen on; any free one by default. */
  readonly port?: number
}

export interface UdpRelay extends Closable {
  /** Where clients send to instead of the server. */
  readonly address: Address
  /** The rules that have not been used at all. */
  unfired(): readonly Rule[]
}

/** Chance loses at most this many datagrams in a row, so that a retransmission gets through sooner or later. */
const MAX_CONSECUTIVE_LOSSES = 3

interface Flow {
  readonly client: Address
  readonly number: number
  readonly upstream: Socket
  readonly counts: { up: number; down: number }
  readonly losses: { up: number; down: number }
}

/**
 * A bad network between clients and one UDP server.
 *
 * ```
 *   client A ──▶ ┌───────┐ ──▶ upstream socket A ──▶ ┌────────┐
 *                │ front │                           │ server │
 *   client B ──▶ └───────┘ ──▶ upstream socket B ──▶ └────────┘
 * ```
 *
 * Each client has an upstream socket of its own, so the server can tell them apart by address. Every datagram passes
 * rules → chance → forward, in this order. Datagrams that nothing holds back keep their order.
 */
export async function openUdpRelay(options: UdpRelayOptions): Promise<UdpRelay> {
  const { trace, chance, weather = {} } = options
  const front = await bindUdp(options.port)
  const flows = new Map<string, Promise<Flow>>()
  const uses = new Map<Rule, number>((options.rules ?? []).map((rule) => [rule, 0]))
  const timers = new Set<NodeJS.Timeout>()
  const held: { flow: Flow; datagram: Datagram; behind: number }[] = []
  let closed = false

  front.on('message', (bytes, sender) => {
    const client = { host: sender.address, port: sender.port }
    const key = `${client.host}:${client.port}`
    let flow = flows.get(key)
    if (flow === undefined) {
      flow = openFlow(client, flows.size)
      flows.set(key, flow)
    }
    const copy = new Uint8Array(bytes)
    void flow.then((opened) => pass(opened, 'up', copy))
  })

  async function openFlow(client: Address, number: number): Promise<Flow> {
    const upstream = await bindUdp()
    const flow: Flow = { client, number, upstream, counts: { up: 0, down: 0 }, losses: { up: 0, down: 0 } }
    upstream.on('message', (bytes) => pass(flow, 'down', new Uint8Array(bytes)))
    return flow
  }

  function pass(flow: Flow, direction: 'up' | 'down', bytes: Uint8Array): void {
    if (closed) return
    const datagram: Datagram = { bytes, direction, flow: flow.number, index: flow.counts[direction]++ }
    const rule = ruleFor(datagram)
    if (rule === undefined) byChance(flow, datagram)
    else if (rule.action.kind === 'hold') hold(flow, datagram, rule.action.hold)
    else forward(flow, datagram, rule.action.fault(datagram), rule.action.note)
    release(datagram)
  }

  function ruleFor(datagram: Datagram): Rule | undefined {
    for (const [rule, used] of uses) {
      if (used >= rule.times || !rule.matches(datagram)) continue
      uses.set(rule, used + 1)
      return rule
    }
    return undefined
  }

  function byChance(flow: Flow, datagram: Datagram): void {
    const { direction, index } = datagram
    const happens = (what: keyof Weather) => {
      const { [what]: likelihood = 0 } = weather
      // A draw takes longer than all the rest of the way.
      return likelihood > 0 && chance.fraction(what, direction, flow.number, index) < likelihood
    }
    if (happens('loss') && flow.losses[direction] < MAX_CONSECUTIVE_LOSSES) {
      flow.losses[direction] += 1
      return forward(flow, datagram, lose(datagram), 'lost by chance')
    }
    flow.losses[direction] = 0
    if (happens('corrupt')) return forward(flow, datagram, corrupt(-1)(datagram), 'one bit flipped by chance')
    if (happens('duplicate')) return forward(flow, datagram, repeat(2)(datagram), 'repeated by chance')
    if (happens('reorder')) return hold(flow, datagram, { behind: 1 })
    forward(flow, datagram, [datagram])
  }

  function hold(flow: Flow, datagram: Datagram, how: Hold): void {
    trace.mark('network', `holds ${datagram.direction === 'up' ? '→' : '←'} ${trace.describe(datagram.bytes)}`)
    if ('behind' in how) held.push({ flow, datagram, behind: how.behind })
    else void how.until.then(() => forward(flow, datagram, [datagram], 'held back'))
  }

  /** Lets go of what has waited long enough now that `passed` went by, whichever client it belongs to. */
  function release(passed: Datagram): void {
    for (const waiting of held.filter(({ datagram }) => datagram.direction === passed.direction && datagram !== passed)) {
      waiting.behind -= 1
      if (waiting.behind > 0) continue
      held.splice(held.indexOf(waiting), 1)
      forward(waiting.flow, waiting.datagram, [waiting.datagram], 'held back')
    }
  }

  function forward(flow: Flow, original: Datagram, outcome: readonly Datagram[], note?: string): void {
    const up = original.direction === 'up'
    const ends = up ? { from: options.client, to: options.server } : { from: options.server, to: options.client }
    const remark = note === undefined ? {} : { note }
    if (outcome.length === 0) trace.datagram({ ...ends, bytes: original.bytes, fate: 'lost', ...remark })
    for (const { bytes } of outcome) {
      const send = () => {
        if (closed) return
        trace.datagram({ ...ends, bytes, ...remark })
        // Without a callback: what the system refuses is lost, as on any network. The trace shows that it went out.
        if (up) flow.upstream.send(bytes, options.to.port, options.to.host)
        else front.send(bytes, flow.client.port, flow.client.host)
      }
      if (weather.delayMs === undefined) send()
      else later(weather.delayMs, send)
    }
  }

  function later(delayMs: number, send: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      send()
    }, delayMs)
    timers.add(timer)
  }

  return {
    address: addressOf(front),
    unfired: () => [...uses].filter(([, used]) => used === 0).map(([rule]) => rule),
    async close() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      const opened = await Promise.all(flows.values())
      await Promise.all([closeUdp(front), ...opened.map((flow) => closeUdp(flow.upstream))])
    },
  }
}
