import {
  findRunningWorkbook,
  originOf,
  registerWorkbook,
  type RunningWorkbook,
  unregisterWorkbook,
} from '../watching/running-workbook.ts'
import { openWorkbook } from '../workbook/server.ts'
import { readArguments } from './arguments.ts'
import { openInBrowser } from './open-in-browser.ts'
import { print } from './print.ts'
import { UsageError } from './usage-error.ts'

/** Tried first, so that a page that is still open finds the server again. */
const USUAL_PORT = 4517
const ANY_PORT = 0

const HELP = `npm run start -- [options]

Opens the workbook in the browser: the lessons, and beside the text what the
checks say of your program each time you save. It is served on this computer
and answers nobody else. Ctrl-C ends it.

  --port 4517   listen here
  --no-open     print the address and open no browser
  --help        this text
`

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('start', args, {
    port: { type: 'string' },
    'no-open': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  })
  if (values.help) {
    await print(HELP)
    return 0
  }
  if (positionals[0] !== undefined) throw new UsageError(`"${positionals[0]}" is too much.`, 'Help: npm start -- --help')
  const ports = values.port === undefined ? [USUAL_PORT, ANY_PORT] : [readPort(values.port)]
  const open = (port: number) => {
    if (!values['no-open']) openInBrowser(originOf({ port }))
  }

  const leaveItTo = async (running: RunningWorkbook) => {
    await print(`The workbook runs already: ${originOf(running)}\nIt ends with Ctrl-C where it was started.\n`)
    open(running.port)
    return 0
  }

  const running = await findRunningWorkbook()
  if (running !== undefined) return leaveItTo(running)
  const signalled = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(130))
  })
  const workbook = await openWorkbook(ports).catch((error: unknown) => {
    throw refused(error, values.port)
  })
  const registration = { port: workbook.port, pid: process.pid, token: workbook.token }
  const registered = await registerWorkbook(registration)
  if (registered.token !== workbook.token) {
    await workbook.close()
    return leaveItTo(registered)
  }
  const elsewhere = values.port === undefined && workbook.port !== USUAL_PORT
  if (elsewhere) await print(`Port ${USUAL_PORT} is taken by another program, so this is another one.\n`)
  await print(`The workbook is open: ${originOf(workbook)}\nCtrl-C ends it.\n`)
  open(workbook.port)

  const code = await signalled
  await unregisterWorkbook(registration)
  await workbook.close()
  return code
}

function readPort(typed: string): number {
  const port = Number(typed)
  if (/^\d+$/.test(typed) && port <= 65_535) return port
  throw new UsageError(`"${typed}" is no port: it is a whole number up to 65535.`, 'For example: --port 4517')
}

/** A port that cannot be had is the reader's to change; anything else is ours. */
function refused(error: unknown, typed: string | undefined): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (typed === undefined || (code !== 'EADDRINUSE' && code !== 'EACCES')) return error
  const reason = code === 'EADDRINUSE' ? 'Another program listens there' : 'This system keeps it for itself'
  return new UsageError(`Port ${typed} cannot be had. ${reason}.`, 'Leave --port away, and a free one is taken.')
}
