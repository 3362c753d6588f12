import { spawn } from 'node:child_process'

/** Opens a page in the reader's browser, where somebody sits before a screen. It is no harm when that fails. */
export function openInBrowser(address: string): void {
  const { platform, env, stdout } = process
  const hasScreen = platform !== 'linux' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined
  if (!stdout.isTTY || !hasScreen || env.CI !== undefined) return
  // No shell takes part, so nothing in an address can become a command. Windows has no program for it, and explorer does it.
  const program = platform === 'darwin' ? 'open' : platform === 'win32' ? 'explorer.exe' : 'xdg-open'
  const child = spawn(program, [address], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
