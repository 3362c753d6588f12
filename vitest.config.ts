import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['checker/test/**/*.test.ts'],
    // Most tests start the checker as a program and wait for its verdict; on a busy machine that takes a while.
    testTimeout: 300_000,
    // Some start a browser.
    hookTimeout: 300_000,
    // One file at a time: tests that watch for left-over processes must not see each other's.
    fileParallelism: false,
  },
})
