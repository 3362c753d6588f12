/** A word a person types after `npm run`. */
export interface Command {
  /** @returns the exit code: 0 passed, 1 not passed, 2 usage, 3 could not grade, 130 interrupted */
  run(args: readonly string[]): Promise<number>
}

/** Loaded only when typed, so that none pays for the others. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: () => import('./start.ts'),
  check: () => import('./check.ts'),
  watch: () => import('./watch.ts'),
  hint: () => import('./hint.ts'),
  diff: () => import('./diff.ts'),
  reset: () => import('./reset.ts'),
  progress: () => import('./progress.ts'),
  trace: () => import('./trace.ts'),
  play: () => import('./play.ts'),
  poke: () => import('./poke.ts'),
  doctor: () => import('./doctor.ts'),
  verify: () => import('./verify.ts'),
}
