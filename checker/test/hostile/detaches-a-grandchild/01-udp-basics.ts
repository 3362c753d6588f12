const module = 'node:child_' + 'process'
export async function startReceiver(): Promise<never> {
  const { spawn } = (await import(module)) as typeof import('node:child_process')
  spawn('setsid', ['sleep', '600'], { detached: true, stdio: 'ignore' }).unref()
  throw new Error('it got away')
}
export async function sendText(): Promise<never> {
  const { execFileSync } = (await import(module)) as typeof import('node:child_process')
  execFileSync('/bin/sh', ['-c', 'setsid sleep 600 &'])
  throw new Error('it got away')
}
export const sendLines = startReceiver
