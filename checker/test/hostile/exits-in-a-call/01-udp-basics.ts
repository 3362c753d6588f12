export async function startReceiver(): Promise<never> {
  process.exit(0)
}
export const sendText = startReceiver
export const sendLines = startReceiver
