import type { Address } from '../contracts/endpoint.ts'

/** What `npm run poke lesson-N` talks to, and what it has ready to be sent. */
export interface Poke {
  readonly protocol: 'udp' | 'tcp' | 'tls'
  /** The port that `npm run play` uses by default. */
  readonly port: number
  /**
   * What is sent with `--send` is not followed by the end of the direction: the program answers nobody who seems to have gone,
   * as HTTP servers do.
   */
  readonly keepsOpen?: true
  /** By the word that is typed after a slash. */
  readonly messages: Readonly<Record<string, CannedMessage>>
}

export interface CannedMessage {
  /** What it is, and what a right program makes of it. */
  readonly about: string
  /** Made anew whenever it is sent; a text goes out as UTF-8. @param to where it goes */
  make(to: Address): string | Uint8Array
}
