/** What `npm run poke lesson-N` talks to, and what it has ready to be sent. */
export interface Poke {
  readonly protocol: 'udp' | 'tcp' | 'tls'
  /** The port that `npm run play` uses by default. */
  readonly port: number
  /** By the word that is typed after a slash. */
  readonly messages: Readonly<Record<string, CannedMessage>>
}

export interface CannedMessage {
  /** What it is, and what a right program makes of it. */
  readonly about: string
  /** Made anew whenever it is sent; a text goes out as UTF-8. */
  make(): string | Uint8Array
}
