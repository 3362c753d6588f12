import type { Socket } from 'node:net'
import type { Address, Closable } from '../contracts/endpoint.ts'
import { openReceived, type Received } from './received.ts'
import { breakOff } from './tcp-socket.ts'
import { within } from './within.ts'

/** One end of a connection in the hands of a check: it does what it is told, and keeps what arrives. */
export interface StreamPeer extends Closable {
  /** Where this end is. */
  readonly address: Address
  readonly received: Received
  /**
   * How the other end closed its direction: with a FIN, or by breaking off (RST). A RST close behind bytes may look like an
   * end: no check may tell the one from the other.
   */
  readonly closed: Promise<'end' | 'reset'>
  /**
   * Writes bytes, or text as UTF-8. Resolves when the system has taken them all; also when the connection is gone, which
   * `closed` tells.
   * @throws WaitedInVain when the other end does not read
   */
  write(message: string | Uint8Array): Promise<void>
  /**
   * Writes piece by piece.
   * @param sizes the sizes of the writes in bytes; the last one repeats
   * @param between awaited after each write: `learner.settle`, so that the attempt has read each piece by itself
   */
  writeInPieces(message: string | Uint8Array, sizes: readonly number[], between: () => Promise<void>): Promise<void>
  /** Closes this direction and goes on reading: a FIN, and over TLS a close_notify before it. */
  end(): void
  /** Over TLS, a FIN without the close_notify that should come before it; else the same as `end`. */
  cut(): void
  /** Breaks the connection off (RST). */
  reset(): void
  /** Stops reading, so that the other end cannot go on writing for ever. */
  pause(): void
  resume(): void
}

/** What a peer tells of what passes, for the trace. */
export interface Witness {
  wrote(bytes: Uint8Array): void
  read(bytes: Uint8Array): void
  closed(by: 'us' | 'them', how: 'end' | 'reset'): void
}

/** How long a peer waits for the other end to read, in milliseconds of an idle machine. */
const WRITE_MS = 3000

export interface StreamPeerOptions {
  /** What bytes are written to and read from: a TCP socket, or TLS over one. */
  readonly socket: Socket
  /** The TCP socket itself. */
  readonly tcp: Socket
  readonly witness: Witness
  /** Reads nothing until `resume()`. */
  readonly paused?: boolean
}

export function openStreamPeer({ socket, tcp, witness, paused = false }: StreamPeerOptions): StreamPeer {
  const { received, push } = openReceived()
  const address = { host: tcp.localAddress ?? '', port: tcp.localPort ?? 0 }
  const closed = new Promise<'end' | 'reset'>((resolve) => {
    const tell = (how: 'end' | 'reset') => {
      if (!ended) witness.closed('them', how)
      ended = true
      resolve(how)
      push(new Uint8Array())
    }
    let ended = false
    socket.once('end', () => tell('end'))
    // Without an 'end' before it, the connection broke off, or this end closed it.
    socket.once('close', () => resolve('reset'))
    socket.on('error', () => tell('reset'))
  })
  socket.on('data', (bytes) => {
    witness.read(bytes)
    push(bytes)
  })
  if (paused) socket.pause()

  async function write(message: string | Uint8Array): Promise<void> {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message
    if (!socket.writable) return
    witness.wrote(bytes)
    const taken = new Promise<void>((resolve) => {
      socket.write(bytes, () => resolve())
    })
    await within(WRITE_MS, 'your program to read what was sent to it', taken)
  }

  return {
    address,
    received,
    closed,
    write,
    async writeInPieces(message, sizes, between) {
      const bytes = typeof message === 'string' ? Buffer.from(message) : message
      for (const piece of pieces(bytes, sizes)) {
        await write(piece)
        await between()
      }
    },
    end() {
      witness.closed('us', 'end')
      socket.end()
    },
    cut() {
      witness.closed('us', 'end')
      tcp.end()
    },
    reset() {
      witness.closed('us', 'reset')
      breakOff(tcp)
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    async close() {
      socket.destroy()
      tcp.destroy()
    },
  }
}

/** Cuts bytes into pieces of these sizes; the last size repeats. */
export function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let from = 0
  for (let index = 0; from < bytes.length; index += 1) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? bytes.length
    yield bytes.subarray(from, from + size)
    from += size
  }
}
