import { parser } from '@lezer/javascript'
import { transform } from 'esbuild'
import { type Edit, MUTATORS, type SyntaxNode } from './mutators.ts'

/** Says which mutant is meant in words that outlive a move to another line. */
export interface MutantName {
  /** The named functions around it, the outermost first: `openClient › transmit`; empty outside all of them. */
  readonly place: string
  /** The line where the change begins, as it stands in the solution, without the space around it. */
  readonly line: string
  /** What is changed into what: `> → >=`. */
  readonly change: string
}

/** A program with one small mistake, made by rule. */
export interface Mutant extends MutantName {
  /** Counted from 1. */
  readonly lineNumber: number
  /** The whole program. */
  readonly source: string
}

const typescript = parser.configure({ dialect: 'ts' })
/** Types are gone when a program runs; what is imported is fixed by the contract. */
const NOT_RUN = /Type$|^Type|Signature$|^InterfaceDeclaration$|^ImportDeclaration$/
const LONGEST_CHANGE = 90

/** All mutants of a program that can run and differ from it and from each other, in the order of the text. */
export async function mutantsOf(source: string): Promise<Mutant[]> {
  const mutants = named(source, editsOf(source))
  const known = new Set([await compiled(source)])
  const codes = await Promise.all(mutants.map((mutant) => compiled(mutant.source)))
  return mutants.filter((_mutant, index) => {
    const code = codes[index]
    if (code === undefined || known.has(code)) return false
    known.add(code)
    return true
  })
}

/** The name as one line, by which mutants are told apart. */
export function nameOf({ place, line, change }: MutantName): string {
  return [place, line, change].join(' ┊ ')
}

function editsOf(source: string): (Edit & { readonly node: SyntaxNode })[] {
  const edits: (Edit & { readonly node: SyntaxNode })[] = []
  const text = ({ from, to }: SyntaxNode) => source.slice(from, to)
  typescript.parse(source).iterate({
    enter({ name, node }) {
      if (NOT_RUN.test(name)) return false
      for (const mutator of MUTATORS) edits.push(...mutator(node, text).map((edit) => ({ ...edit, node })))
    },
  })
  return edits.toSorted((a, b) => a.from - b.from || a.to - b.to)
}

/** Gives each edit its name. Those that would share one are counted. */
function named(source: string, edits: readonly (Edit & { readonly node: SyntaxNode })[]): Mutant[] {
  const counts = new Map<string, number>()
  return edits.map(({ from, to, put, node }) => {
    const start = source.lastIndexOf('\n', from - 1) + 1
    const [line = ''] = source.slice(start).split('\n')
    const name = { place: placeOf(source, node), line: line.trim(), change: changeOf(source.slice(from, to), put) }
    const nth = (counts.get(nameOf(name)) ?? 0) + 1
    counts.set(nameOf(name), nth)
    return {
      ...name,
      change: nth === 1 ? name.change : `${name.change} (no. ${nth})`,
      lineNumber: source.slice(0, start).split('\n').length,
      source: source.slice(0, from) + put + source.slice(to),
    }
  })
}

function placeOf(source: string, node: SyntaxNode): string {
  const names: string[] = []
  for (let outer: SyntaxNode | null = node; outer !== null; outer = outer.parent) {
    const name = outer.getChild('VariableDefinition') ?? outer.getChild('PropertyDefinition')
    if (/^(FunctionDeclaration|MethodDeclaration)$/.test(outer.name) && name !== null) {
      names.unshift(source.slice(name.from, name.to))
    }
  }
  return names.join(' › ')
}

function changeOf(before: string, put: string): string {
  const flat = before.replaceAll(/\s+/g, ' ').trim()
  const short = flat.length > LONGEST_CHANGE ? `${flat.slice(0, LONGEST_CHANGE)}…` : flat
  return put === '' || put === ';' ? `without ${short}` : `${short} → ${put}`
}

/** The program as it would run, without anything that makes no difference; undefined when it cannot. */
async function compiled(source: string): Promise<string | undefined> {
  const options = { loader: 'ts', format: 'esm', minifySyntax: true, minifyWhitespace: true, logLevel: 'silent' } as const
  return transform(source, options).then(
    ({ code }) => code,
    () => undefined,
  )
}
