import { randomBytes } from 'node:crypto'

function print(stream: NodeJS.WriteStream, piece: () => string | Uint8Array): Promise<never> {
  return new Promise<never>(() => {
    const more = () => stream.write(piece(), more)
    more()
  })
}
export const startReceiver = () => print(process.stdout, () => 'line\n'.repeat(10_000))
export const sendText = () => print(process.stderr, () => randomBytes(65_536))
export const sendLines = () => print(process.stdout, () => 'x'.repeat(65_536))
