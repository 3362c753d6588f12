import { join } from 'node:path'
import { store, WORKBOOK } from '../progress/state.ts'

/** A workbook in the browser that runs now, as its server registers itself. */
export interface RunningWorkbook {
  readonly port: number
  readonly pid: number
  /** Drawn anew at each start; whoever answers with it at that port is the one that is meant. */
  readonly token: string
}

const NAME = 'workbook.json'

/** Where the server of the workbook in the browser says that it runs. */
export const REGISTRATION = join(WORKBOOK, NAME)

/** A server on this machine that has not answered by then is not one of ours; in milliseconds. */
const ANSWER_MS = 1000

/** The workbook that runs now, if one does. What is registered but does not answer was killed, and counts for nothing. */
export async function findRunningWorkbook(): Promise<RunningWorkbook | undefined> {
  const registered = await store.read(NAME, accept)
  return registered !== undefined && (await answers(registered)) ? registered : undefined
}

/**
 * Registers a server that listens already.
 * @returns the one that is registered now: of two that start at the same moment, the first
 */
export async function registerWorkbook(own: RunningWorkbook): Promise<RunningWorkbook> {
  const before = await store.read(NAME, accept)
  if (before !== undefined && (await answers(before))) return before
  await store.change(NAME, accept, (now) => (now === undefined || now.token === before?.token ? own : now))
  return (await store.read(NAME, accept)) ?? own
}

async function answers(registered: RunningWorkbook): Promise<boolean> {
  try {
    const answer = await fetch(`${originOf(registered)}/api/who`, { signal: AbortSignal.timeout(ANSWER_MS) })
    const { token } = (await answer.json()) as { token?: unknown }
    return token === registered.token
  } catch {
    return false
  }
}

/** Takes a registration back, unless another server has taken its place. */
export async function unregisterWorkbook({ token }: RunningWorkbook): Promise<void> {
  if ((await store.read(NAME, accept))?.token === token) await store.forget(NAME)
}

export function originOf({ port }: { readonly port: number }): string {
  return `http://127.0.0.1:${port}`
}

function accept(value: unknown): RunningWorkbook | undefined {
  const { port, pid, token } = (value ?? {}) as Partial<RunningWorkbook>
  const isOne = Number.isInteger(port) && Number.isInteger(pid) && typeof token === 'string'
  return isOne ? (value as RunningWorkbook) : undefined
}
