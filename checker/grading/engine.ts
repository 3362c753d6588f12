import { startTests, test, type VitestRunner } from '@vitest/runner'

/** One thing to run: an id and work that rejects when it did not pass. */
export interface Job {
  readonly id: string
  run(): Promise<void>
}

/**
 * Runs jobs one after another with vitest's own runner, in this process: without vite, workers or reporters, because a
 * check file is ready to be called and the attempt has a process of its own anyway.
 * @param file names the run; what it is called in vitest
 * @returns the ids that vitest saw pass
 */
export async function runWithVitest(file: string, jobs: readonly Job[]): Promise<Set<string>> {
  const runner: VitestRunner = {
    config: {
      root: '/',
      setupFiles: [],
      name: undefined,
      passWithNoTests: true,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      // The checks have deadlines of their own, with words for the learner.
      testTimeout: 0,
      hookTimeout: 0,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    importFile() {
      for (const job of jobs) test(job.id, () => job.run())
    },
  }
  const files = await startTests([file], runner)
  const passed = files.flatMap((each) => each.tasks).filter((task) => task.result?.state === 'pass')
  return new Set(passed.map((task) => task.name))
}
