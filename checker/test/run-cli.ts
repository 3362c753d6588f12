import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { PROJECT } from '../project.ts'
import type { LessonVerdict } from '../verdict.ts'

export interface CliRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Of the process that has ended. */
  readonly pid: number
}

/** Runs the command line as a learner would, without colour. @param project the workbook to run it in */
export function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}, project = PROJECT): Promise<CliRun> {
  const node = [join(project, 'checker/launch.js'), ...args]
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      node,
      { cwd: project, env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({
          code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          stdout,
          stderr,
          pid: child.pid ?? 0,
        }),
    )
  })
}

/** Grades a folder and returns the record. */
export async function gradeByCli(
  lesson: string,
  attemptDir: string,
  ...more: readonly string[]
): Promise<CliRun & { verdict: LessonVerdict }> {
  const run = await runCli(['check', lesson, '--attempt', attemptDir, '--json', ...more])
  return { ...run, verdict: JSON.parse(run.stdout) as LessonVerdict }
}
