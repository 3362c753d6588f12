import type { Duplex } from 'node:stream'
import type { RpcTransport } from 'capnweb'

export interface ChannelLimits {
  /** The longest line taken, in bytes. */
  readonly lineBytes: number
  /** How much may arrive in all, in bytes. */
  readonly totalBytes: number
}

export interface Channel extends RpcTransport {
  /** Rejects all that is still waited for, and takes nothing more. */
  close(reason: Error): void
}

/**
 * Newline-delimited JSON over a pipe, as a transport for Cap'n Web.
 * @param onBroken is told once when the other side breaks the rules: a line too long, too much in all, no sense in it
 */
export function openChannel(pipe: Duplex, limits: ChannelLimits, onBroken: (what: string) => void): Channel {
  const lines: string[] = []
  const readers: { resolve(line: string): void; reject(reason: Error): void }[] = []
  let ended: Error | undefined
  let partial: Buffer[] = []
  let partialBytes = 0
  let totalBytes = 0

  function close(reason: Error): void {
    if (ended !== undefined) return
    ended = reason
    for (const reader of readers.splice(0)) reader.reject(reason)
    pipe.destroy()
  }

  function broken(what: string): void {
    onBroken(what)
    close(new Error(what))
  }

  function takeLine(line: string): void {
    const reader = readers.shift()
    if (reader === undefined) lines.push(line)
    else reader.resolve(line)
  }

  pipe.on('data', (chunk: Buffer) => {
    totalBytes += chunk.length
    if (totalBytes > limits.totalBytes) return broken(`more than ${limits.totalBytes} bytes`)
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      if (partialBytes + end - start > limits.lineBytes) return broken(`a line of more than ${limits.lineBytes} bytes`)
      partial.push(chunk.subarray(start, end))
      takeLine(Buffer.concat(partial).toString())
      partial = []
      partialBytes = 0
      start = end + 1
    }
    partial.push(chunk.subarray(start))
    partialBytes += chunk.length - start
    if (partialBytes > limits.lineBytes) broken(`a line of more than ${limits.lineBytes} bytes`)
  })
  pipe.on('error', close)
  pipe.on('close', () => close(new Error('the channel closed')))

  return {
    send(message) {
      if (ended === undefined) pipe.write(`${message}\n`)
    },
    receive() {
      const line = lines.shift()
      if (line !== undefined) return Promise.resolve(line)
      if (ended !== undefined) return Promise.reject(ended)
      return new Promise((resolve, reject) => readers.push({ resolve, reject }))
    },
    abort(reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason))
      // As long as the pipe is whole, a session ends only over what the other side has sent.
      if (ended === undefined) onBroken(error.message)
      close(error)
    },
    close,
  }
}
