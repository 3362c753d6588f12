import { expect, onTestFinished, test } from 'vitest'
import { startBurners } from '../authoring/burners.ts'
import { changedSolution, contained } from './contained.ts'

const BURNERS = 4

test('39 a right attempt passes with all cores busy', async () => {
  const burners = await startBurners(BURNERS)
  onTestFinished(burners.stop)

  const { passed, checks } = await contained(changedSolution((solution) => solution))

  expect(passed).toEqual(checks.map(({ id }) => id))
})
