import type { Lesson } from '../catalogue.ts'
import { Disappointment, Inconclusive } from '../lab/expectation.ts'
import { within, WaitedInVain } from '../lab/within.ts'
import type { CompileFailure } from '../sandbox/compile.ts'
import { CallRejected, ProgramEnded, WrongShape } from '../sandbox/learner.ts'
import type { Ending, Program } from '../sandbox/program.ts'
import type { Thrown } from '../sandbox/portable.ts'
import { HEAP_MIB } from '../sandbox/flags.ts'
import type { CheckVerdict, Place, Reason, Status } from '../verdict.ts'
import type { Attempt } from './attempt.ts'
import { fromHere, placeInStack, placeOfExport } from './locate.ts'

/** Whose turn it is, and why. */
export interface Judgement extends Reason {
  readonly verdict: Status
  /** It used up a limit that takes long to reach. */
  readonly ranWild?: true
  readonly excused?: true
}

export interface Scene {
  /** All processes of the attempt. */
  readonly programs: readonly Program[]
  readonly attempt: Attempt
  /** The export that the check is about. */
  readonly about: string
}

/** Errors that no network makes. */
const OWN_SLIPS = new Set(['ReferenceError', 'TypeError', 'RangeError'])

/** What connecting to an attempt that does not listen, or no longer, comes to. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])

/** How long a program that is not stuck may take to answer, in milliseconds of an idle machine. */
const PULSE_MS = 500

/** Turns what a check rejected with into words for the learner. */
export async function judge(error: unknown, scene: Scene): Promise<Judgement> {
  const { attempt, about } = scene
  const where = (stack?: string) => locate(attempt, stack, about)
  if (error instanceof ProgramEnded) return ended(error.ending, attempt, about)
  if (error instanceof CallRejected) return rejected(error, where(error.thrown.stack))
  if (error instanceof WrongShape) {
    return {
      verdict: 'failed',
      expected: `${error.call} gives ${error.expected}`,
      actual: error.actual,
      why: `The contract of the lesson says what ${error.call} resolves to, and others rely on it.`,
      ...where(),
    }
  }
  const lost = lostConnection(error)
  if (error instanceof Disappointment || error instanceof WaitedInVain || lost !== undefined) {
    const pulses = await Promise.all(scene.programs.map(feelPulse))
    const pulse = pulses.find((each) => each !== undefined)
    if (pulse !== undefined) return pulse.kind === 'stuck' ? stuck(where()) : ended(pulse.ending, attempt, about)
  }
  if (error instanceof Disappointment) {
    const { expected, actual, advice } = error
    return { verdict: 'failed', expected, actual, ...advice, ...where() }
  }
  if (error instanceof WaitedInVain) {
    return {
      verdict: 'timed-out',
      expected: error.what,
      actual: `nothing within ${error.limitMs} ms`,
      why: 'Your program is alive, but this never happened. Is a promise left that nobody resolves?',
      ...where(),
    }
  }
  if (lost !== undefined) {
    return {
      verdict: 'failed',
      expected: 'a connection to your program',
      actual: `${lost}: there is none`,
      why: 'Your program was listening. Now nobody can connect to it any more, or it breaks every connection off.',
      ...where(),
    }
  }
  return ours(error)
}

/** The system's code, if the lab could not reach the attempt: its own servers are always there. */
function lostConnection(error: unknown): string | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return !(error instanceof CallRejected) && code !== undefined && UNREACHABLE.has(code) ? code : undefined
}

/** The checker's own mishap, or the machine's. */
export function ours(error: unknown): Judgement {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return {
    verdict: 'error',
    actual: error instanceof Inconclusive ? error.message : message,
    why: 'This is not your fault: the checker or the machine got in the way. Run the check again.',
  }
}

/** An attempt that cannot even be compiled, or that fails while it is imported. */
export function couldNotStart(failure: CompileFailure): Judgement {
  return {
    verdict: 'could-not-start',
    expected: 'a program that compiles',
    actual: failure.message,
    why:
      failure.line === undefined
        ? 'Was it renamed or moved? npm run reset, with the name of the lesson, brings the starter back.'
        : 'The compiler cannot go on here. The mistake is on this line or above it.',
    ...(failure.excerpt === undefined ? {} : { excerpt: failure.excerpt }),
    ...(failure.file === undefined || failure.line === undefined ? {} : { where: { file: failure.file, line: failure.line } }),
  }
}

/** @param lesson the earlier lesson that the attempt stands on; `check` of it does not pass */
export function blocked(lesson: Lesson, check: Pick<CheckVerdict, 'id' | 'title'>): Judgement {
  return {
    verdict: 'blocked',
    expected: `${lesson.id} passes`,
    actual: `its check ${check.id} does not: ${check.title}`,
    why: `This file imports ${lesson.slug}.ts and stands on it. What is wrong there would look wrong here.`,
    hint: `Go back: npm run check ${lesson.id}. Or import ours for now: '../solutions/${lesson.slug}.ts'.`,
  }
}

/** @param wanted the names the contract asks for */
export function missingExports(missing: readonly string[], wanted: readonly string[], attempt: Attempt): Judgement {
  return {
    verdict: 'could-not-start',
    expected: `exported functions ${wanted.join(', ')}`,
    actual: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    why: 'The checker calls your program by these names. Is one misspelt, or is `export` missing before it?',
    ...locate(attempt, undefined, missing[0]),
  }
}

export function importFailed(error: Thrown, attempt: Attempt): Judgement {
  return {
    verdict: 'could-not-start',
    expected: 'a file that can be imported',
    actual: `it threw ${describeThrown(error)}`,
    why: 'Importing your file runs everything outside its functions. An error there ends it before any check.',
    ...locate(attempt, error.stack),
  }
}

/** The program ended while it was imported. */
export function endedAtImport(ending: Ending, attempt: Attempt): Judgement {
  const judgement = ended(ending, attempt)
  return judgement.verdict === 'failed' ? { ...judgement, verdict: 'could-not-start' } : judgement
}

export function importHung(limitMs: number, attempt: Attempt): Judgement {
  return {
    verdict: 'timed-out',
    expected: 'a file that can be imported',
    actual: `timed out: importing it does not end within ${limitMs} ms`,
    why: 'Importing your file runs everything outside its functions. A loop or an await there never ends.',
    ...locate(attempt),
  }
}

/** The line of a stack trace, else the line of an export, else the top of the file. */
function locate(attempt: Attempt, stack?: string, about?: string): { readonly where: Place } {
  const declared = about === undefined ? undefined : placeOfExport(attempt.file, about)
  return { where: placeInStack(stack, attempt.dir) ?? declared ?? { file: fromHere(attempt.file), line: 1 } }
}

/** @param about the export that was being checked */
function ended(ending: Ending, attempt: Attempt, about?: string): Judgement {
  const where = (stack?: string) => locate(attempt, stack, about)
  switch (ending.kind) {
    case 'not-started':
      return ours(ending.error)
    case 'interrupted':
      return { verdict: 'not-run', why: 'The grading was interrupted.' }
    case 'too-much-output':
      return {
        verdict: 'failed',
        ranWild: true,
        expected: 'a few lines of output',
        actual: `too much output: more than ${ending.limit}`,
        why: 'Your program prints without end. Look for a loop that prints, or an event that triggers itself.',
        ...where(),
      }
    case 'too-much-memory':
      return {
        verdict: 'failed',
        ranWild: true,
        expected: `at most ${ending.limit} of memory`,
        actual: 'too much memory',
        why: 'Your program keeps collecting data that it never lets go.',
        ...where(),
      }
    case 'too-much-disk':
      return {
        verdict: 'failed',
        ranWild: true,
        expected: `at most ${ending.limit} in its folder`,
        actual: 'too much on the disk',
        why: 'Your program keeps writing files. Look for a loop that writes, or an end that never comes.',
        ...where(),
      }
    case 'protocol-violation':
      return {
        verdict: 'failed',
        expected: 'a program that leaves file descriptors 3 and 4 alone',
        actual: `protocol violation: ${ending.detail}`,
        why: 'Something else than the checker wrote to the channel through which your program is called.',
        ...where(),
      }
    case 'exited':
      return exited(ending, attempt, about)
  }
}

function exited(ending: Extract<Ending, { kind: 'exited' }>, attempt: Attempt, about?: string): Judgement {
  const { code, signal, crash } = ending
  if (ending.outOfMemory) return ended({ kind: 'too-much-memory', limit: `${HEAP_MIB} MiB` }, attempt, about)
  if (crash !== undefined) {
    return {
      verdict: 'failed',
      expected: 'the program keeps running',
      actual: `it crashed: ${describeThrown(crash)}`,
      why: OWN_SLIPS.has(crash.name)
        ? 'Something there is not what the line takes it for: a name that is misspelt, or a value that may be missing.'
        : 'An error that nobody handles ends a Node.js program. Give it a listener, a callback or a catch.',
      ...locate(attempt, crash.stack, about),
    }
  }
  return {
    verdict: 'failed',
    expected: 'the program keeps running until the check is over',
    actual: signal === null ? `your program ended early, with exit code ${code}` : `your program ended early, by ${signal}`,
    why: 'A check passes only when the checker has seen what it asks for. Look for process.exit().',
    ...locate(attempt, undefined, about),
  }
}

function rejected(error: CallRejected, where: Pick<Reason, 'where'>): Judgement {
  return {
    verdict: 'failed',
    expected: `${error.call} resolves`,
    actual: `it rejected with ${describeThrown(error.thrown)}`,
    why: 'Nothing in this check is a reason for an error.',
    ...where,
  }
}

function stuck(where: Pick<Reason, 'where'>): Judgement {
  return {
    verdict: 'timed-out',
    ranWild: true,
    expected: 'a program that comes back to the event loop',
    actual: `timed out: it does not answer for ${PULSE_MS} ms`,
    why: 'A loop in your program never ends, and while it runs no datagram, timer or promise gets its turn.',
    ...where,
  }
}

/** Tells whether the program is stuck or gone, which explains more than what a check missed. */
async function feelPulse(program: Program): Promise<{ kind: 'stuck' } | { kind: 'gone'; ending: Ending } | undefined> {
  const gone = program.ended.then((ending) => ({ kind: 'gone', ending }) as const)
  const beat = Promise.resolve(program.host.settle()).then(
    () => undefined,
    () => gone,
  )
  try {
    return await within(PULSE_MS, 'a sign of life', Promise.race([gone, beat]))
  } catch {
    return { kind: 'stuck' }
  }
}

function describeThrown({ name, code, message }: Thrown): string {
  // OpenSSL puts a thread, a number and a source file round its words: 800C…:error:0A000119:SSL routines:…:WORDS:file:line:
  const words = message.replace(/^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):.*$/s, '$1')
  return [code === undefined ? name : `${name} ${code}`, words].filter((part) => part !== '').join(': ')
}
