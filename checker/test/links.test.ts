import { expect, test } from 'vitest'
import { linked, showsLinks } from '../commands/links.ts'

const ESC = '\u001b'

test('files of the workbook become links with their line, and nothing else does', () => {
  const shown = linked('where  exercises/01-udp-basics.ts:12, not exercises/none.ts:1 or 1.2', { FORCE_HYPERLINK: '1' }, false)

  expect(shown).toMatch(/\]8;;file:\/\/[^#]*\/exercises\/01-udp-basics\.ts#12/)
  expect(shown).toContain(`${ESC}\\exercises/01-udp-basics.ts:12${ESC}]8;;${ESC}\\, not exercises/none.ts:1`)
})

test.each([
  { env: { TERM_PROGRAM: 'iTerm.app' }, shows: true },
  { env: { TERM: 'xterm-kitty' }, shows: true },
  { env: { VTE_VERSION: '7600' }, shows: true },
  { env: { VTE_VERSION: '4205' }, shows: false },
  // It finds file and line by itself.
  { env: { TERM_PROGRAM: 'vscode' }, shows: false },
  { env: { TERM: 'dumb', WT_SESSION: 'x' }, shows: false },
  { env: { WT_SESSION: 'x', FORCE_HYPERLINK: '0' }, shows: false },
])('a terminal with $env shows links: $shows', ({ env, shows }) => {
  expect(showsLinks(env, true)).toBe(shows)
})

test('where there is no terminal there are no links', () => {
  expect(showsLinks({ TERM_PROGRAM: 'iTerm.app' }, false)).toBe(false)
})
