import { fileTransfer } from './file-transfer.ts'
import { startUp } from './start-up.ts'
import { watch } from './watch.ts'

/**
 * Prints ratios to peers that run side by side with ours in this very run: absolute times on a shared machine say little.
 * `npm run bench` runs all of them, `npm run bench -- file-transfer` one.
 */
const benches = { 'start-up': startUp, watch, 'file-transfer': fileTransfer }

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in benches))
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join(', ')}". There are: ${Object.keys(benches).join(', ')}.\n`)
  process.exit(2)
}
for (const [name, bench] of Object.entries(benches)) {
  if (names.length === 0 || names.includes(name)) await bench()
}
