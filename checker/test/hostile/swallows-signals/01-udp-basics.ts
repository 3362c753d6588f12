for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGQUIT'] as const) process.on(signal, () => undefined)
process.on('uncaughtException', () => undefined)
process.on('exit', () => {
  for (;;);
})
export async function startReceiver(): Promise<never> {
  for (;;) {
    try {
      for (;;);
    } catch {
      // Goes on.
    }
  }
}
export const sendText = startReceiver
export const sendLines = startReceiver
