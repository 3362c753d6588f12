const name = 'node:child_' + 'process'
export async function startReceiver(): Promise<never> {
  const { spawn } = (await import(name)) as typeof import('node:child_process')
  spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref()
  return new Promise<never>(() => undefined)
}
export const sendText = startReceiver
export const sendLines = startReceiver
