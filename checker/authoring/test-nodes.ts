import { readArguments } from '../commands/arguments.ts'
import { print } from '../commands/print.ts'
import { UsageError } from '../commands/usage-error.ts'
import { fetchNode, NODES } from './node-versions.ts'
import { runEntry } from './run-entry.ts'
import { runSmoke, runSuite } from './suite.ts'

const HELP = `npm run test:nodes -- [options]

For authors: runs our tests and the proof of the book on every main version of
Node that the workbook is for. Each comes from npm, once, into .workbook/nodes.

  --node 26   only this main version: ${NODES.join(', ')}
  --smoke     only every lesson's solution, each once
  --help      this text
`

await runEntry(testNodes)

async function testNodes(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('test:nodes', args, {
    node: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  const chosen = NODES.filter((major) => values.node === undefined || values.node === String(major))
  if (chosen.length === 0 || positionals.length > 0) {
    const typed = values.node ?? positionals.join(' ')
    throw new UsageError(
      `"${typed}" is none of the versions ${NODES.join(', ')}.`,
      'For example: npm run test:nodes -- --node 26',
    )
  }

  const lines: string[] = []
  let failedNodes = 0
  for (const major of chosen) {
    const { path, version } = fetchNode(major)
    await print(`Node ${version}\n`)
    const startedAt = performance.now()
    const { passed, failed } = await (values.smoke ? runSmoke(path) : runSuite(path))
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    if (failed > 0 || passed === 0) failedNodes += 1
    lines.push(`Node ${version.padEnd(9)} ${passed} passed, ${failed} failed, ${seconds} s\n`)
  }
  await print(lines.join(''))
  return failedNodes === 0 ? 0 : 1
}
