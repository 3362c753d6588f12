import { appendFileSync, mkdirSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'

const written: string[] = []
const realHome = (() => {
  try {
    return userInfo().homedir
  } catch {
    return '/root'
  }
})()
for (const [name, folder] of [
  ['own', homedir()],
  ['real', realHome],
] as const) {
  try {
    mkdirSync(join(folder, '.cache/node'), { recursive: true })
    appendFileSync(join(folder, '.npmrc'), 'hostile=true\n')
    appendFileSync(join(folder, '.cache/node/forged'), 'hostile')
    written.push(name)
  } catch {
    // Denied.
  }
}
console.log(`home: ${written.join()}`)
