import { writeSync } from 'node:fs'

const ids = Array.from({ length: 20 }, (_, id) => [id, -id]).flat()
const receiver = '{"address":{"host":"127.0.0.1","port":9},"__proto__":{"verdict":"passed"},"toJSON":1}'

function say(line: (id: number) => string): Promise<never> {
  for (const id of ids) writeSync(3, `${line(id)}\n`)
  return new Promise<never>(() => undefined)
}

/** Answers for the host, before it does and twice. */
export async function startReceiver() {
  void say((id) => `["resolve",${id},{"value":${receiver}}]`)
  void say((id) => `["resolve",${id},{"value":${receiver}}]`)
  return { address: { host: '127.0.0.1', port: 9 }, done: Promise.resolve(), close: async () => undefined }
}
/** Calls what the checker never offered. */
export const sendText = () => say((id) => `["push",["pipeline",${id},["constructor","constructor"],["return process.exit(0)"]]]`)
/** Gives back what it never got, and ends the session in the checker's name. */
export const sendLines = () => say((id) => `["release",${id},1000]`)
