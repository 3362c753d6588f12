/** What the systems do differently with sockets of one machine. */
export interface Network {
  /** The most that a UDP datagram carries without set-up, in bytes. */
  readonly datagramBytes: number
  /** All of 127.0.0.0/8 is this machine; elsewhere 127.0.0.1 alone is. */
  readonly wholeLoopback: boolean
  /**
   * A TCP port that somebody listens on at every address can be bound once more at a single one, so binding does not show
   * whether it is taken.
   */
  readonly bindsBesideWildcard: boolean
}

/** An IPv4 packet of 65,535 bytes, less the headers of IP and UDP. @see RFC 768 */
const MOST_BYTES = 65_535 - 20 - 8
/** `net.inet.udp.maxdgram` as macOS and the BSDs ship it. */
const BSD_BYTES = 9_216

/**
 * Linux looks at listening sockets even though libuv sets SO_REUSEADDR; the BSDs, and macOS with them, then let a single
 * address be bound beside all of them. Windows does so without any option.
 * @see Microsoft, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE"
 */
const NETWORKS: Partial<Record<NodeJS.Platform, Network>> = {
  linux: { datagramBytes: MOST_BYTES, wholeLoopback: true, bindsBesideWildcard: false },
  win32: { datagramBytes: MOST_BYTES, wholeLoopback: true, bindsBesideWildcard: true },
}

/** Of systems that are not known, no more is expected than of the strictest. */
const STRICTEST: Network = { datagramBytes: BSD_BYTES, wholeLoopback: false, bindsBesideWildcard: true }

/** @param platform as `process.platform` says it */
export function networkOf(platform: NodeJS.Platform = process.platform): Network {
  return NETWORKS[platform] ?? STRICTEST
}
