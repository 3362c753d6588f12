/** The file that is transferred. */
export const FILE = 'large.bin'

/** What one end of a transfer says of itself at last. */
export interface TransferReport {
  /** Of a client: from before the connection until the file is whole. */
  readonly durationMs: number
  /** The largest resident size of the process. */
  readonly peakMib: number
}
