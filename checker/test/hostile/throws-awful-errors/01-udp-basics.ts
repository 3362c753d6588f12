function unreadable(): Error {
  const no = () => {
    throw new Error('no')
  }
  return Object.defineProperties(new Error('x'), {
    stack: { get: no },
    message: { get: no },
    name: { get: no },
    code: { get: no },
  })
}
function endless(): Error {
  const error = new Error('\u001b[2J\u001b]0;title\u0007\u202e::error::'.repeat(100_000))
  error.stack = `Error: x\n${'    at nowhere (file:1:1)\n'.repeat(400_000)}`
  error.cause = error
  return Object.assign(error, { code: '\u001b[31mRED' })
}
export async function startReceiver({ port = 0 }: { port?: number }): Promise<never> {
  if (port === 0) throw unreadable()
  throw endless()
}
export async function sendText(): Promise<never> {
  throw endless()
}
/** An error that nobody handles. */
export function sendLines(): Promise<never> {
  setImmediate(() => {
    throw endless()
  })
  return new Promise<never>(() => undefined)
}
