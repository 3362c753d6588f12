/** Where a socket can be reached: an IPv4 address in dotted form and a port from 1 to 65535. */
export interface Address {
  host: string
  port: number
}

/** Something that holds a socket until it is closed. */
export interface Closable {
  /** Stops listening. Safe to call twice; resolves when the port is free again. */
  close(): Promise<void>
}
