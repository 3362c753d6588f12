import type { Address } from '../contracts/endpoint.ts'

/** What a role runs with: the attempt's own functions, and a terminal. */
export interface Stage<Contract> {
  readonly program: Contract
  /** Values of the role's options, as typed or by default. */
  readonly options: Readonly<Record<string, string>>
  /** What is typed, line by line; ends with the input. */
  readonly lines: AsyncIterable<string>
  print(line: string): void
}

/** A role that has started. */
export interface Running {
  /** Where it listens, if others send to it. */
  readonly address?: Address
  /** Resolves when the role is over by itself. */
  readonly ended: Promise<unknown>
  /** Ends it from outside, on Ctrl-C. */
  close(): Promise<void>
}

export interface RoleOption {
  readonly default: string
  readonly about: string
}

/** One program to run in a terminal: `npm run play lesson-1 -- receiver`. */
export interface Role<Contract> {
  readonly about: string
  readonly options: Readonly<Record<string, RoleOption>>
  /** Whether a bad network can be put before it: it listens on UDP, on the port of its option `port`. */
  readonly relayed?: true
  start(stage: Stage<Contract>): Promise<Running>
}

export type Roles<Contract> = Readonly<Record<string, Role<Contract>>>

/** The address that an option names: `5000` or `127.0.0.1:5000`. */
export function readAddress(typed: string): Address {
  const at = typed.lastIndexOf(':')
  return { host: at < 0 ? '127.0.0.1' : typed.slice(0, at), port: Number(typed.slice(at + 1)) }
}
