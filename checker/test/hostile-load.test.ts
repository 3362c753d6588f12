import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { changedSolution, contained } from './contained.ts'

/** A program that says that it runs and then keeps a core busy, until it is killed or its parent is gone. */
const BURNS = "process.stdout.write('burning'); for (;;) if (process.ppid === 1) process.exit()"
const BURNERS = 4

test('39 a right attempt passes with all cores busy', async () => {
  await Promise.all(Array.from({ length: BURNERS }, startBurner))

  const { passed, checks } = await contained(changedSolution((solution) => solution))

  expect(passed).toEqual(checks.map(({ id }) => id))
})

async function startBurner(): Promise<void> {
  const burner = spawn(process.execPath, ['-e', BURNS], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void burner.kill('SIGKILL'))
  await once(burner.stdout, 'data')
}
