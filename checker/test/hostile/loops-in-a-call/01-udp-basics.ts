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
