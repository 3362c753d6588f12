import { commands } from './commands/commands.ts'
import { nearest } from './commands/nearest.ts'
import { UsageError } from './commands/usage-error.ts'
import { sweepScratch } from './sandbox/scratch.ts'

// Node opens its inspector on SIGUSR1, which any process of the same user can send; a listener takes its place.
process.on('SIGUSR1', () => undefined)
// Whoever reads the output has gone, such as `head`: end in good order, as on Ctrl-C.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' && !process.emit('SIGINT')) process.exit()
})

const [word = '', ...args] = process.argv.slice(2)
process.exitCode = await run()
process.exit()

async function run(): Promise<number> {
  const command = commands[word]
  try {
    if (command === undefined) {
      throw new UsageError(`There is no command "${word}".`, `The nearest is: npm run ${nearest(word, Object.keys(commands))}`)
    }
    await sweepScratch()
    const load = await command()
    return await load.run(args)
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n${error.next}\n`)
      return 2
    }
    process.stderr.write(
      `The checker itself failed; this is not your fault.\n${error instanceof Error ? error.stack : String(error)}\n`,
    )
    return 3
  }
}
