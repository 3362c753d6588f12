export function startReceiver(): Promise<never> {
  return new Promise<never>(() => {
    const more = () => process.stdout.write('x'.repeat(65_536), more)
    more()
  })
}
export const sendText = startReceiver
export const sendLines = startReceiver
