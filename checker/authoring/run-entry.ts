import { UsageError } from '../commands/usage-error.ts'
import { sweepScratch } from '../sandbox/scratch.ts'

/**
 * Runs a program for authors, which is an entry of its own beside the command line, and ends the process with its exit code.
 * What was typed wrongly ends with 2.
 */
export async function runEntry(program: (args: readonly string[]) => Promise<number>): Promise<never> {
  try {
    await sweepScratch()
    process.exit(await program(process.argv.slice(2)))
  } catch (error) {
    const mistyped = error instanceof UsageError
    process.stderr.write(
      mistyped ? `${error.message}\n${error.next}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
    )
    process.exit(mistyped ? 2 : 3)
  }
}
