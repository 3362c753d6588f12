import { writeSync } from 'node:fs'

function spray(): void {
  const deep = '['.repeat(100_000)
  for (const text of ['rubbish\n', `${deep}\n`, '{"a":\n', '!{"crash":1}\n', '["resolve",1,{"value":true}]\n', '\u0000\n']) {
    for (let fd = 3; fd <= 9; fd += 1) {
      try {
        writeSync(fd, text)
      } catch {
        // Not open, or full.
      }
    }
  }
}
export async function startReceiver(): Promise<never> {
  spray()
  return new Promise<never>(() => undefined)
}
export const sendText = startReceiver
export const sendLines = startReceiver
