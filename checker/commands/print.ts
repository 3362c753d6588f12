/** Writes to standard output and waits until it has gone out, so that nothing is cut off when the program ends. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

/** Whether to use colour: on a terminal, unless the reader said no. @see https://no-color.org */
export function wantsColour(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  return process.stdout.isTTY || (FORCE_COLOR !== undefined && FORCE_COLOR !== '0')
}

/** How wide the terminal is, and how wide a page is where there is none. */
export function terminalColumns(): number {
  return process.stdout.columns ?? 80
}
