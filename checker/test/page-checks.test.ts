import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lookForBrowser, placesFor } from '../browser.ts'
import { copyCompanions } from '../sandbox/companions.ts'
import { attemptFolder } from './attempt-folder.ts'
import { runCli } from './run-cli.ts'
import type { LessonVerdict } from '../verdict.ts'

describe('a browser', () => {
  test('is the one that BROWSER_PATH names', () => {
    expect(lookForBrowser({ BROWSER_PATH: process.execPath })).toEqual({ path: process.execPath })
  })

  test('that BROWSER_PATH names and that is not there is said to be missing', () => {
    expect(lookForBrowser({ BROWSER_PATH: '/nowhere/chrome' })).toEqual({
      missing: 'BROWSER_PATH names /nowhere/chrome, and no program is there.',
    })
  })

  test('is not a folder', () => {
    expect(lookForBrowser({ BROWSER_PATH: '/tmp' })).toHaveProperty('missing')
  })

  test('is looked for where each system puts such programs', () => {
    const windows = placesFor({ ProgramFiles: 'C:/Program Files', LOCALAPPDATA: 'C:/Users/me/AppData/Local' }, 'win32')

    expect(placesFor({ PATH: '/usr/bin:/snap/bin' }, 'linux').slice(0, 2)).toEqual(['/usr/bin/chromium', '/snap/bin/chromium'])
    expect(placesFor({}, 'darwin')[0]).toBe('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome')
    expect(windows).toContain('C:/Program Files/Microsoft/Edge/Application/msedge.exe')
    expect(windows).not.toContain('undefined/Google/Chrome/Application/chrome.exe')
  })
})

test('without a browser its checks are left out with the reason, and the rest decides', async () => {
  const args = ['check', 'lesson-8', '--attempt', 'solutions', '--only', '8.1,8.33']
  const { code, stdout } = await runCli([...args, '--json'], { BROWSER_PATH: 'none' })
  const shown = await runCli(args, { BROWSER_PATH: 'none' })

  const { checks } = JSON.parse(stdout) as LessonVerdict
  expect(checks.map(({ verdict, excused }) => [verdict, excused])).toEqual([
    ['passed', undefined],
    ['not-run', true],
  ])
  expect(code).toBe(0)
  expect(shown.stdout).toContain('not run 8.33: BROWSER_PATH says that no browser is to be used.')
})

describe('what lies beside a program', () => {
  test('is copied when it bears its name and is no TypeScript', async () => {
    const dir = attemptFolder({ '08-gui.ts': '', '08-gui.html': 'page', '08-gui.more.ts': '', 'other.html': '' })
    mkdirSync(join(dir, '08-gui/icons'), { recursive: true })
    writeFileSync(join(dir, '08-gui/icons/a.svg'), 'icon')
    const into = attemptFolder({})

    const obstacle = await copyCompanions(join(dir, '08-gui.ts'), into)

    expect(obstacle).toBeUndefined()
    expect(readFileSync(join(into, '08-gui.html'), 'utf8')).toBe('page')
    expect(readFileSync(join(into, '08-gui/icons/a.svg'), 'utf8')).toBe('icon')
    expect(() => readFileSync(join(into, 'other.html'))).toThrow(/ENOENT/)
    expect(() => readFileSync(join(into, '08-gui.more.ts'))).toThrow(/ENOENT/)
  })

  test.each(['08-gui.html', '08-gui'])('is refused by name when it is a link: %s', async (name) => {
    const secret = attemptFolder({ 'secret.html': 'secret' })
    const dir = attemptFolder({ '08-gui.ts': '' })
    symlinkSync(name === '08-gui' ? secret : join(secret, 'secret.html'), join(dir, name))

    const obstacle = await copyCompanions(join(dir, '08-gui.ts'), attemptFolder({}))

    expect(obstacle).toMatch(/is a link/)
  })
})
