import { createInterface } from 'node:readline/promises'

/** What somebody answered; `nobody` where no terminal is there to ask at, `interrupted` on Ctrl-C or the end of the input. */
export type Answer = 'yes' | 'no' | 'nobody' | 'interrupted'

/** Asks at the terminal. Anything but a clear yes is a no. */
export async function ask(question: string): Promise<Answer> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return 'nobody'
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const gone = new Promise<Answer>((resolve) => {
    terminal.once('SIGINT', () => resolve('interrupted'))
    terminal.once('close', () => resolve('interrupted'))
  })
  try {
    const answered = terminal.question(`${question} [y/N] `).then((text): Answer => (/^\s*y(es)?\s*$/i.test(text) ? 'yes' : 'no'))
    const answer = await Promise.race([answered, gone])
    if (answer === 'interrupted') process.stdout.write('\n')
    return answer
  } finally {
    terminal.close()
  }
}
