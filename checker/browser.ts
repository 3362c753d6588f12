import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Names of the programs on the search path, the likeliest first. */
const ON_PATH = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
]
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge']
const WINDOWS_PROGRAMS = [
  'Google/Chrome/Application/chrome.exe',
  'Microsoft/Edge/Application/msedge.exe',
  'Chromium/Application/chrome.exe',
]

/** What there is to drive a page with: a program, or why there is none. */
export type FoundBrowser = { readonly path: string } | { readonly missing: string }

/**
 * Looks for a Chrome, Edge or Chromium on this machine. `BROWSER_PATH` names another one, and `BROWSER_PATH=none` says that
 * none is to be used.
 */
export function lookForBrowser(env: NodeJS.ProcessEnv = process.env): FoundBrowser {
  const { BROWSER_PATH: named } = env
  if (named === 'none') return { missing: 'BROWSER_PATH says that no browser is to be used.' }
  if (named !== undefined && named !== '') {
    return isProgram(named) ? { path: named } : { missing: `BROWSER_PATH names ${named}, and no program is there.` }
  }
  const path = placesFor(env).find(isProgram)
  return path === undefined ? { missing: 'There is no Chrome, Edge or Chromium on this machine.' } : { path }
}

/** Where such programs lie. @param platform as `process.platform` says it */
export function placesFor(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string[] {
  if (platform === 'darwin') {
    const folders = ['/Applications', join(homedir(), 'Applications')]
    return folders.flatMap((folder) => MAC_APPS.map((app) => `${folder}/${app}.app/Contents/MacOS/${app}`))
  }
  if (platform === 'win32') {
    const folders = [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA].filter((folder) => folder !== undefined)
    return WINDOWS_PROGRAMS.flatMap((program) => folders.map((folder) => `${folder}/${program}`))
  }
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return ON_PATH.flatMap((program) => folders.map((folder) => join(folder, program)))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
