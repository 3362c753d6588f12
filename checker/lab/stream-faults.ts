import { pieces } from './stream-peer.ts'

/** What passes in one direction of a connection: bytes, and at last how the direction ends. */
export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly note?: string }
  | { readonly kind: 'close'; readonly how: 'end' | 'reset'; readonly note?: string }

/**
 * What a bad network does to a byte stream. TCP keeps the bytes and their order, but not where one write ends and the next
 * begins; and it cannot keep a connection alive that is cut.
 */
export interface StreamFault {
  /**
   * Changes what passes on one connection, in one direction.
   * @param fired to be called when the fault really takes effect: a check is inconclusive when one never did
   */
  apply(stream: AsyncIterable<Piece>, fired: () => void): AsyncIterable<Piece>
}

/** Writes the bytes in pieces of these sizes; the last one repeats. @param between is awaited after each piece */
export function inPieces(sizes: readonly number[], between: () => Promise<void>): StreamFault {
  return {
    async *apply(stream, fired) {
      let passed = 0
      for await (const piece of stream) {
        if (piece.kind === 'close') {
          yield piece
          continue
        }
        for (const bytes of pieces(piece.bytes, sizesFrom(sizes, passed))) {
          fired()
          yield { kind: 'bytes', bytes }
          passed += bytes.length
          await between()
        }
      }
    },
  }
}

/** The sizes that are left when so many bytes have passed. */
function sizesFrom(sizes: readonly number[], passed: number): readonly number[] {
  let left = passed
  for (const [index, size] of sizes.entries()) {
    if (left < size) return [size - left, ...sizes.slice(index + 1), ...sizes.slice(-1)]
    left -= size
  }
  return sizes.slice(-1)
}

/** Keeps bytes back until there are so many, or until the sender ends; then all of them go in one write. */
export function glued(untilBytes = Infinity): StreamFault {
  return {
    async *apply(stream, fired) {
      let kept: Uint8Array[] = []
      let keptBytes = 0
      for await (const piece of stream) {
        if (piece.kind === 'bytes') {
          kept.push(piece.bytes)
          keptBytes += piece.bytes.length
        }
        if (kept.length > 0 && (piece.kind === 'close' || keptBytes >= untilBytes)) {
          fired()
          yield { kind: 'bytes', bytes: Buffer.concat(kept) }
          kept = []
          keptBytes = 0
        }
        if (piece.kind === 'close') yield piece
      }
    },
  }
}

/**
 * Passes so many bytes and then ends the direction: with a FIN, as if the sender had finished, or with a RST.
 * @param before awaited before the cut: `learner.settle`, so that the bytes have been read by then. A RST close behind bytes
 *   may take them with it, and Node may take it for a FIN.
 */
export function cutAfter(bytes: number, how: 'end' | 'reset', before: () => Promise<void> = async () => undefined): StreamFault {
  return {
    async *apply(stream, fired) {
      let left = bytes
      for await (const piece of stream) {
        if (piece.kind === 'close') {
          yield piece
          return
        }
        if (left > 0) yield { ...piece, bytes: piece.bytes.subarray(0, left) }
        left -= piece.bytes.length
        if (left <= 0) {
          fired()
          await before()
          yield { kind: 'close', how, note: 'cut on purpose' }
          return
        }
      }
    },
  }
}

/** Flips the lowest bit of one byte. @param offset counted from the start of the direction */
export function flipBitAt(offset: number): StreamFault {
  return {
    async *apply(stream, fired) {
      let passed = 0
      for await (const piece of stream) {
        if (piece.kind === 'close') {
          yield piece
          continue
        }
        const at = offset - passed
        passed += piece.bytes.length
        const old = piece.bytes[at]
        if (at < 0 || old === undefined) {
          yield piece
          continue
        }
        const bytes = Uint8Array.from(piece.bytes)
        bytes[at] = old ^ 1
        fired()
        yield { kind: 'bytes', bytes, note: 'one bit flipped' }
      }
    },
  }
}

/** Passes so many bytes, and the rest only when `opened` resolves. */
export function stallAfter(bytes: number, opened: PromiseLike<unknown>): StreamFault {
  return {
    async *apply(stream, fired) {
      let left = bytes
      for await (const piece of stream) {
        if (piece.kind === 'bytes' && piece.bytes.length < left) {
          left -= piece.bytes.length
          yield piece
          continue
        }
        const at = left
        left = 0
        if (piece.kind === 'bytes' && at > 0) yield { kind: 'bytes', bytes: piece.bytes.subarray(0, at) }
        fired()
        await opened
        if (piece.kind === 'close') yield piece
        else if (piece.bytes.length > at) yield { kind: 'bytes', bytes: piece.bytes.subarray(at) }
      }
    },
  }
}

/** Takes its time with every piece. */
export function delayed(delayMs: number): StreamFault {
  return {
    async *apply(stream, fired) {
      for await (const piece of stream) {
        fired()
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        yield piece
      }
    },
  }
}
