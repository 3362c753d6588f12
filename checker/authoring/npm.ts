import { execFileSync } from 'node:child_process'

/**
 * Runs npm and shows what it says. Under `npm run` its program is known, and Node runs that: on Windows the word `npm` is a
 * batch file, which Node starts only through a shell (CVE-2024-27980).
 * @param args without blanks and without signs that mean something to a shell
 * @throws Error when npm does not end with exit code 0
 */
export function npm(args: readonly string[], cwd: string): void {
  const { npm_execpath: program } = process.env
  if (program !== undefined && /\.c?js$/.test(program)) {
    execFileSync(process.execPath, [program, ...args], { cwd, stdio: 'inherit' })
  } else {
    execFileSync('npm', [...args], { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
  }
}
