import { createHash, randomInt } from 'node:crypto'

/** Draws that depend on the seed and on what they are for, never on the order in which they are asked for. */
export interface Chance {
  readonly seed: number
  /** At least 0, less than 1; the same for the same purpose. */
  fraction(...purpose: readonly (string | number)[]): number
  /** A whole number from `min` up to and including `max`. */
  integer(min: number, max: number, ...purpose: readonly (string | number)[]): number
  /** A pronounceable word that no attempt can know beforehand. */
  word(...purpose: readonly (string | number)[]): string
}

const CONSONANTS = 'bdfghklmnprstvz'
const VOWELS = 'aeiou'

/** The largest seed; the smallest is 0. */
export const MAX_SEED = 2 ** 32 - 1

/** A seed by chance, short enough to be typed again. */
export function shortSeed(): number {
  return randomInt(10_000)
}

/** @param seed a whole number from 0 to 2^32 - 1 */
export function seededChance(seed: number): Chance {
  function bytes(purpose: readonly (string | number)[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([seed, ...purpose]))
      .digest()
  }
  function fraction(...purpose: readonly (string | number)[]): number {
    return bytes(purpose).readUInt32BE(0) / 2 ** 32
  }
  return {
    seed,
    fraction,
    integer: (min, max, ...purpose) => min + Math.floor(fraction(...purpose) * (max - min + 1)),
    word(...purpose) {
      const draw = bytes(purpose)
      const syllable = (index: number) =>
        CONSONANTS.charAt(draw.readUInt8(index) % CONSONANTS.length) + VOWELS.charAt(draw.readUInt8(index + 1) % VOWELS.length)
      return syllable(4) + syllable(6) + syllable(8) + syllable(10)
    },
  }
}
