import type { parser } from '@lezer/javascript'

export type SyntaxNode = ReturnType<typeof parser.parse>['topNode']

/** A piece of a source text, from `from` up to `to`, and what stands there instead. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly put: string
}

/** What may be changed at a node of the syntax tree, most often nothing. */
export type Mutator = (node: SyntaxNode, text: (node: SyntaxNode) => string) => readonly Edit[]

/** What `<` and the like are mistaken for: the same with the limit on the other side, and the opposite. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
}
const COMBINED: Readonly<Record<string, string>> = { '&&': '||', '||': '&&', '??': '&&' }
const CALCULATED: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '/', '/': '*', '%': '*', '**': '*' }
const UPDATED: Readonly<Record<string, string>> = { '+=': '-=', '-=': '+=', '??=': '=' }
const CALLED: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' }

/** As in Stryker: small slips that a person makes, too. @see https://stryker-mutator.io/docs/mutation-testing-elements/supported-mutators */
export const MUTATORS: readonly Mutator[] = [
  literals,
  conditions,
  combinations,
  operators,
  texts,
  numbers,
  patterns,
  collections,
  calls,
  statements,
  blocks,
  defaults,
]

function literals(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  if (node.name !== 'BooleanLiteral') return []
  return [instead(node, text(node) === 'true' ? 'false' : 'true')]
}

/** A question that is answered before it is asked. */
function conditions(node: SyntaxNode): Edit[] {
  if (node.name === 'IfStatement') {
    const question = node.getChild('ParenthesizedExpression')
    return question === null ? [] : [instead(question, '(true)'), instead(question, '(false)')]
  }
  if (node.name === 'ConditionalExpression' && node.firstChild !== null) {
    return [instead(node.firstChild, 'true'), instead(node.firstChild, 'false')]
  }
  return []
}

/** `a && b`: the other operator, or only one of the two. */
function combinations(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  const operator = node.getChild('LogicOp')
  const { firstChild: left, lastChild: right } = node
  if (node.name !== 'BinaryExpression' || operator === null || left === null || right === null) return []
  return [
    instead(operator, COMBINED[text(operator)]),
    { from: left.from, to: right.from, put: '' },
    { from: left.to, to: right.to, put: '' },
  ].filter((edit) => edit !== undefined)
}

function operators(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  const parent = node.parent?.name
  if (node.name === 'CompareOp') return (COMPARED[text(node)] ?? []).map((put) => instead(node, put))
  if (node.name === 'ArithOp' && parent === 'BinaryExpression') return known(node, CALCULATED[text(node)])
  if (node.name === 'UpdateOp') return known(node, UPDATED[text(node)])
  if (parent === 'UnaryExpression' && (text(node) === '!' || text(node) === '-')) return [instead(node, '')]
  if (node.name === '?.') return [instead(node, node.nextSibling?.name === 'PropertyName' ? '.' : '')]
  if (node.name === 'await' && parent === 'AwaitExpression') return [instead(node, '')]
  return []
}

/** What a program says of an error is for people, and no contract fixes it. */
function texts(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  if (isErrorMessage(node, text)) return []
  if (node.name === 'String') return [instead(node, text(node).length === 2 ? `'mutant'` : `''`)]
  if (node.name === 'TemplateString') return [instead(node, '``')]
  return []
}

function isErrorMessage(node: SyntaxNode, text: (node: SyntaxNode) => string): boolean {
  const call = node.parent?.name === 'ArgList' ? node.parent.parent : null
  const callee = call?.name === 'NewExpression' ? call.getChild('VariableName') : call?.firstChild
  return callee !== null && callee !== undefined && /(Error|coded|failure)$/.test(text(callee)) && / /.test(text(node))
}

function numbers(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  if (node.name !== 'Number') return []
  const value = Number(text(node).replaceAll('_', ''))
  return Number.isNaN(value) ? [] : [instead(node, String(value + 1)), instead(node, value === 0 ? '(-1)' : String(value - 1))]
}

/** A regular expression that no longer minds where it begins, or where it ends. */
function patterns(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  if (node.name !== 'RegExp') return []
  const pattern = text(node)
  return [pattern.replace('/^', '/'), pattern.replace(/\$\/(\w*)$/, '/$1')]
    .filter((put) => put !== pattern)
    .map((put) => instead(node, put))
}

function collections(node: SyntaxNode): Edit[] {
  const isFull = node.firstChild?.nextSibling !== node.lastChild
  if (node.name === 'ArrayExpression' && isFull) return [instead(node, '[]')]
  if (node.name === 'ObjectExpression' && isFull) return [instead(node, '{}')]
  return []
}

function calls(node: SyntaxNode, text: (node: SyntaxNode) => string): Edit[] {
  const member = node.name === 'CallExpression' ? node.firstChild : null
  const name = member?.name === 'MemberExpression' ? member.getChild('PropertyName') : null
  if (member?.firstChild === null || member === null || name === null) return []
  if (text(name) === 'filter') return [{ from: member.firstChild.to, to: node.to, put: '' }]
  return known(name, CALLED[text(name)])
}

function statements(node: SyntaxNode): Edit[] {
  const mayGo = ['ExpressionStatement', 'ThrowStatement', 'BreakStatement', 'ContinueStatement']
  return mayGo.includes(node.name) ? [instead(node, ';')] : []
}

/** Bodies of functions and of `catch`, `finally` and loops; for the others, see the conditions. */
function blocks(node: SyntaxNode): Edit[] {
  const isFull = node.firstChild?.nextSibling !== node.lastChild
  if (node.name === 'Block' && isFull && node.parent?.name !== 'IfStatement') return [instead(node, '{}')]
  const body = node.name === 'ArrowFunction' ? node.lastChild : null
  return body === null || body.name === 'Block' ? [] : [instead(body, 'undefined')]
}

/** `{ limit = 5 } = {}` without one of the two. */
function defaults(node: SyntaxNode): Edit[] {
  const isPlace =
    node.parent?.name === 'PatternProperty' || node.parent?.name === 'ParamList' || node.parent?.name === 'ArrayPattern'
  const value = node.name === 'Equals' && isPlace ? node.nextSibling : null
  return value === null ? [] : [{ from: node.from, to: value.to, put: '' }]
}

function instead(node: SyntaxNode, put: string): Edit
function instead(node: SyntaxNode, put: string | undefined): Edit | undefined
function instead(node: SyntaxNode, put: string | undefined): Edit | undefined {
  return put === undefined ? undefined : { from: node.from, to: node.to, put }
}

function known(node: SyntaxNode, put: string | undefined): Edit[] {
  return put === undefined ? [] : [instead(node, put)]
}
