export async function startReceiver(): Promise<never> {
  const kept: number[][] = []
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, index) => index))
}
export const sendText = startReceiver
export const sendLines = startReceiver
