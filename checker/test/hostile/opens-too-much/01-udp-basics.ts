import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { open } from 'node:fs/promises'

const MANY = 100_000
const kept: unknown[] = []

export async function startReceiver(): Promise<never> {
  for (let count = 0; count < MANY; count += 1) {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  throw new Error('took them all')
}
export async function sendText(): Promise<never> {
  for (let count = 0; count < MANY; count += 1) kept.push(await open(`file-${count}`, 'w'))
  throw new Error('took them all')
}
export async function sendLines(): Promise<number> {
  for (let count = 0; count < MANY; count += 1) setInterval(() => undefined, 1)
  return MANY
}
