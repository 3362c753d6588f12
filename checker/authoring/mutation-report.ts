import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lessons } from '../catalogue.ts'
import { PROJECT } from '../project.ts'
import { type EquivalentMutant, equivalentsOf } from './equivalent-mutants.ts'

/** What became of the mutants of one lesson. */
export interface MutationScore {
  readonly lesson: string
  readonly seed: number
  /** How many there are; `tried` of them were tried, all of them unless a sample was asked for. */
  readonly mutants: number
  readonly tried: number
  readonly killed: number
  /** Survived, and are recorded with the reason why they may. */
  readonly recorded: number
  /** Survived, and nobody has said why. */
  readonly survivors: number
  readonly undecided: number
}

const FILE = join(PROJECT, 'docs', 'mutation.md')
const COLUMNS = ['lesson', 'mutants', 'tried', 'killed', 'may survive', 'survive', 'undecided', 'seed', 'date'] as const

/** Writes docs/mutation.md. The lessons that were not tried this time keep their line. */
export async function writeMutationReport(scores: readonly MutationScore[]): Promise<void> {
  const before = await readFile(FILE, 'utf8').catch(() => '')
  await mkdir(dirname(FILE), { recursive: true })
  const recorded = new Map<string, readonly EquivalentMutant[]>()
  for (const lesson of lessons) recorded.set(lesson.id, await equivalentsOf(lesson))
  await writeFile(FILE, renderReport({ scores, recorded, before, now: new Date() }))
}

interface Report {
  readonly scores: readonly MutationScore[]
  /** By the lesson's id. */
  readonly recorded: ReadonlyMap<string, readonly EquivalentMutant[]>
  /** The document as it was. */
  readonly before: string
  readonly now: Date
}

export function renderReport({ scores, recorded, before, now }: Report): string {
  const rows = lessons.flatMap(({ id }) => {
    const score = scores.find(({ lesson }) => lesson === id)
    const kept = before.split('\n').find((line) => line.startsWith(`| ${id} |`))
    return score === undefined ? (kept ?? []) : row(score, now)
  })
  const head = [`| ${COLUMNS.join(' | ')} |`, `|${' --- |'.repeat(COLUMNS.length)}`]
  return (
    [INTRODUCTION, [...head, ...rows].join('\n'), '## Mutants that may survive', ...reasons(recorded), '']
      .join('\n\n')
      .trimEnd() + '\n'
  )
}

const INTRODUCTION = `# Generated mistakes

Written by \`npm run mutate -- --write\`. A mutant is a solution with one small change made by rule: \`<\` for \`<=\`, a
statement left out, a text emptied. It is graded like an attempt until a first check does not pass; then it is killed. What
survives is either recorded below with the reason, or is a gap in the checks.`

function row({ lesson, mutants, tried, killed, recorded, survivors, undecided, seed }: MutationScore, now: Date): string {
  return `| ${[lesson, mutants, tried, killed, recorded, survivors, undecided, seed, now.toISOString().slice(0, 10)].join(' | ')} |`
}

/** The recorded mutants by lesson; those with the same reason stand together. */
function reasons(recorded: Report['recorded']): string[] {
  return lessons.flatMap(({ id }) => {
    const own = recorded.get(id) ?? []
    if (own.length === 0) return []
    const texts = [...new Set(own.map(({ reason }) => reason))].map((reason) => {
      const same = own.filter((mutant) => mutant.reason === reason)
      return `- ${reason}\n${same.map(({ line, change }) => `  - ${code(line)}: ${code(change)}`).join('\n')}`
    })
    return [`### ${id}`, texts.join('\n')]
  })
}

/** As code in Markdown, also where it holds backquotes. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}
