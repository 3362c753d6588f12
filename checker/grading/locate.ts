import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import type { Place } from '../verdict.ts'

/** The first line of a stack trace that lies in the attempt. */
export function placeInStack(stack: string | undefined, attemptDir: string): Place | undefined {
  const folder = attemptDir.replaceAll('\\', '/')
  for (const line of stack?.split('\n', 50) ?? []) {
    const at = line.replaceAll('\\', '/').indexOf(`${folder}/`)
    const match = at < 0 ? null : /^(.+?):(\d+)(?::\d+)?\)?$/.exec(line.slice(at).trim())
    if (match?.[1] !== undefined && !match[1].includes('node_modules'))
      return { file: fromHere(match[1]), line: Number(match[2]) }
  }
  return undefined
}

/** The line on which a file exports `name`. */
export function placeOfExport(file: string, name: string): Place | undefined {
  const declared = new RegExp(
    String.raw`^\s*export\s+(?:default\s+)?(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s*${name}\b`,
  )
  const listed = new RegExp(String.raw`\b(?:function\s*\*?|const|let|var|class)\s*${name}\b`)
  const lines = readLines(file)
  for (const pattern of [declared, listed]) {
    const index = lines.findIndex((line) => pattern.test(line))
    if (index >= 0) return { file: fromHere(file), line: index + 1 }
  }
  return undefined
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

/** Relative to where the command was typed, as long as that is shorter to read. */
export function fromHere(file: string): string {
  const way = relative(process.cwd(), file)
  return way.startsWith(`..${sep}..`) ? file : way.split(sep).join('/')
}
