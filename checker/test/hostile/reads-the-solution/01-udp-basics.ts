import { readFileSync } from 'node:fs'

export async function startReceiver(): Promise<never> {
  throw new Error(readFileSync('/etc/hostname', 'utf8'))
}
export const sendText = startReceiver
export const sendLines = startReceiver
