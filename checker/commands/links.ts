import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PROJECT } from '../project.ts'

/** Files of the workbook as messages name them, with or without a line. */
const PLACE = /\b(?:exercises|solutions|lessons)\/[\w./-]+\.(?:ts|md|html|css)(?::(\d+))?/g

/**
 * Makes links of the files named in a text, where the terminal can show some. VS Code's terminal finds `file:line` by
 * itself, and goes to the line, which its own links would not.
 * @see https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda for the escape sequence, OSC 8
 */
export function linked(text: string, env: NodeJS.ProcessEnv = process.env, isTerminal = process.stdout.isTTY): string {
  if (!showsLinks(env, isTerminal)) return text
  return text.replaceAll(PLACE, (place: string, line: string | undefined) => {
    const file = join(PROJECT, place.replace(/:\d+$/, ''))
    if (!existsSync(file)) return place
    const url = pathToFileURL(file)
    const target = `file://${process.platform === 'win32' ? '' : hostname()}${url.pathname}${line === undefined ? '' : `#${line}`}`
    return `\u001b]8;;${target}\u001b\\${place}\u001b]8;;\u001b\\`
  })
}

/** Terminals known to show OSC 8 links; others might print the sequence. FORCE_HYPERLINK decides for the rest. */
export function showsLinks(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const { FORCE_HYPERLINK, TERM = '', TERM_PROGRAM = '', VTE_VERSION, WT_SESSION, KONSOLE_VERSION, CI } = env
  if (FORCE_HYPERLINK !== undefined) return FORCE_HYPERLINK !== '0'
  if (!isTerminal || CI !== undefined || TERM === 'dumb' || env.TMUX !== undefined) return false
  if (['iTerm.app', 'WezTerm', 'ghostty', 'Hyper', 'rio'].includes(TERM_PROGRAM)) return true
  if (['xterm-kitty', 'alacritty', 'xterm-ghostty', 'foot'].includes(TERM)) return true
  return WT_SESSION !== undefined || KONSOLE_VERSION !== undefined || Number(VTE_VERSION ?? 0) >= 5000
}
