import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Programs that keep the processor busy. */
export interface Burners {
  /** Kills them, each by its own process id, and resolves when they are gone. */
  stop(): Promise<void>
}

/**
 * Says that it runs, and then leaves no other program a rest. Between two rounds it looks whether its input has ended, as it
 * does when whoever started it is gone without a word.
 */
const BURNS = `
process.stdin.on('end', () => process.exit()).resume()
const burn = () => {
  const until = Date.now() + 50
  while (Date.now() < until);
  setImmediate(burn)
}
process.stdout.write('burning', burn)
`

/** Starts `count` burners and resolves when all of them burn. They carry the name `burner-of-PID` in their command line. */
export async function startBurners(count: number): Promise<Burners> {
  const burners = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', BURNS, `burner-of-${process.pid}`], { stdio: ['pipe', 'pipe', 'ignore'] }),
  )
  const stop = async () => void (await Promise.all(burners.map(stopBurner)))
  try {
    await Promise.all(burners.map((burner) => once(burner.stdout, 'data')))
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

async function stopBurner(burner: ChildProcess): Promise<void> {
  if (burner.pid === undefined || burner.exitCode !== null || burner.signalCode !== null) return
  const gone = once(burner, 'exit')
  burner.kill('SIGKILL')
  await gone
}
