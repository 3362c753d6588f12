import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { styleText } from 'node:util'
import type { Lesson } from '../catalogue.ts'
import { PROJECT } from '../project.ts'
import { wantsColour } from './print.ts'

/** A role and the options it is started with. */
export interface Part {
  readonly role: string
  readonly flags: readonly string[]
}

const COLOURS = ['cyan', 'magenta', 'yellow', 'green', 'blue'] as const
/** How long after its first word a role may take until it listens, before the next one starts; in milliseconds. */
const START_MS = 1000
/** What the others still have to say when the one at the keyboard is over. */
const LAST_WORDS_MS = 500

/** Runs several roles in one terminal, each in a process of its own. What is typed goes to the last one. */
export async function playTogether(lesson: Lesson, parts: readonly Part[]): Promise<number> {
  const names = parts.map(({ role }, index) => numbered(role, parts.slice(0, index + 1), parts))
  const width = Math.max(...names.map((name) => name.length))
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(130))
  })
  const children: ChildProcess[] = []
  try {
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1
      const label = `${(names[index] ?? '').padEnd(width)} │ `
      const child = startRole(lesson, part, isLast ? 'inherit' : 'pipe')
      children.push(child)
      const ready = tellLines(child, wantsColour() ? styleText(COLOURS[index % COLOURS.length] ?? 'cyan', label) : label)
      if (!isLast) await Promise.race([ready, interrupted])
    }
    const atKeyboard = children.at(-1)
    const over = once(atKeyboard as ChildProcess, 'exit').then(async ([code]) => {
      await pause(LAST_WORDS_MS)
      return Number(code ?? 1)
    })
    return await Promise.race([over, interrupted])
  } finally {
    await Promise.all(children.map(ended))
  }
}

/** @param stdin `pipe` is one that nobody types into and that stays open, so that no role takes it for the end */
function startRole(lesson: Lesson, { role, flags }: Part, stdin: 'inherit' | 'pipe'): ChildProcess {
  const cli = [join(PROJECT, 'checker', 'launch.js'), 'play', lesson.id, role, ...flags]
  return spawn(process.execPath, cli, { cwd: PROJECT, stdio: [stdin, 'pipe', 'pipe'], windowsHide: true })
}

/** Prints what a role prints, behind its name. Resolves when it listens, is over, or has had its time. */
async function tellLines({ stdout, stderr }: ChildProcess, label: string): Promise<void> {
  const listens = [stdout, stderr].map(
    (stream) =>
      new Promise<void>((resolve) => {
        if (stream === null) return
        const lines = createInterface({ input: stream })
        lines.on('line', (line) => {
          process.stdout.write(`${label}${line}\n`)
          if (line.startsWith('listening on')) resolve()
          else setTimeout(resolve, START_MS)
        })
        lines.on('close', resolve)
      }),
  )
  await Promise.race(listens)
}

/** Ends a role as Ctrl-C would, and not so kindly when it does not listen. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await exit
  clearTimeout(timer)
}

/** `client 2` where there are several clients. */
function numbered(role: string, upToHere: readonly Part[], all: readonly Part[]): string {
  const count = (parts: readonly Part[]) => parts.filter((part) => part.role === role).length
  return count(all) === 1 ? role : `${role} ${count(upToHere)}`
}
