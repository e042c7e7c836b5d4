/**
 * Why: what is admired in the codebases we learn from can be counted. Short files and functions, few
 * parameters, no `any`, no `!`, no unexplained `as`, no default exports, every export documented,
 * every folder explained. The exceptions are a list, each with its reason.
 */
import { basename, dirname } from 'node:path'
import { listFiles } from './lib/files.ts'
import { report, type Problem } from './lib/report.ts'
import { isNode, readSource, walk, type Node, type Source } from './lib/source.ts'

const MAX_FILE_LINES = 300
const MAX_FUNCTION_LINES = 50
const MAX_PARAMETERS = 3
const MAX_EXPORTS = 8

type Budget = 'lines' | 'exports' | 'parameters'

/** Files that may pass a budget, and why. */
const EXEMPT: readonly { readonly file: string; readonly budget: Budget; readonly why: string }[] =
  [
    {
      file: 'packages/countersign/src/core/reasons.ts',
      budget: 'lines',
      why: 'A table: one row per reason, read as a whole.',
    },
    {
      file: 'packages/countersign/src/core/principal.ts',
      budget: 'exports',
      why: 'One union and its members.',
    },
    {
      file: 'packages/countersign/src/core/trace.ts',
      budget: 'parameters',
      why: 'check() runs for every check of a decision; an object each time would be garbage.',
    },
    {
      file: 'packages/countersign/src/crypto/seam.ts',
      budget: 'exports',
      why: 'The whole seam, which both implementations are held to.',
    },
    {
      file: 'packages/countersign/src/crypto/node.ts',
      budget: 'exports',
      why: 'One export per operation of the seam; web.ts has the same.',
    },
    {
      file: 'packages/countersign/src/crypto/web-jws.ts',
      budget: 'exports',
      why: 'The twin of node-jws.ts: one export per operation of the seam.',
    },
    {
      file: 'packages/countersign/src/jose/algorithms.ts',
      budget: 'parameters',
      why: 'A table: the helper of its rows reads like columns.',
    },
    {
      file: 'packages/countersign/src/jose/keys.ts',
      budget: 'exports',
      why: 'The forms a key comes in, and the two functions that import them.',
    },
    {
      file: 'packages/server/src/model/records.ts',
      budget: 'exports',
      why: 'One record type per table.',
    },
    {
      file: 'packages/server/src/model/store.ts',
      budget: 'exports',
      why: 'One interface per part of the store, read side by side.',
    },
  ]

/** Checks the sources that are given, or all packages and tools. */
export function checkBudgets(
  sources: readonly Source[] = listFiles('packages/*/src/**/*.ts', 'tools/**/*.ts').map(readSource),
): readonly Problem[] {
  return sources.filter(({ path }) => !isTest(path)).flatMap(checkSource)
}

/** Tests, and what only tests of the same package use. */
const isTest = (path: string): boolean =>
  /\.test(-d)?\.ts$/.test(path) || /^packages\/(server|cli)\/src\/testing\//.test(path)
const isFrontDoor = (path: string): boolean => basename(path) === 'index.ts'
const isAttackTable = (path: string): boolean => basename(path).startsWith('attacks')
/** Frozen once released: a migration is read from top to bottom and never edited. */
const isMigration = (path: string): boolean => path.includes('/migrations/')
const isExempt = (path: string, budget: Budget): boolean =>
  EXEMPT.some((row) => row.file === path && row.budget === budget)

function checkSource(source: Source): readonly Problem[] {
  const found: Problem[] = []
  const add = (offset: number, message: string): void => {
    found.push({ file: source.path, line: source.lineOf(offset), message })
  }
  const lines = source.lineOf(source.text.trimEnd().length)
  const table = isAttackTable(source.path) || isExempt(source.path, 'lines')
  if (lines > MAX_FILE_LINES && !table) add(0, `has ${lines} lines, over ${MAX_FILE_LINES}`)
  checkExported(source, add)
  walk(source.program, (node) => {
    checkNode(source, node, add)
  })
  return found
}

type Add = (offset: number, message: string) => void

function checkNode(source: Source, node: Node, add: Add): void {
  if (node.type === 'TSAnyKeyword') add(node.start, 'uses any; unknown makes the reader check')
  if (node.type === 'TSNonNullExpression') add(node.start, 'uses !; narrow the value instead')
  if (node.type === 'TSAsExpression' && !isConst(node) && !isExplained(source, node)) {
    add(node.start, 'uses as without a comment on its line or the one above')
  }
  checkFunction(source, node, add)
  if (node.type === 'CallExpression') allowCallbacks(node)
}

/** Callbacks have the parameters that their callee gives them. Parents are visited first. */
const callbacks = new WeakSet<Node>()
function allowCallbacks({ arguments: given }: Node): void {
  if (Array.isArray(given)) for (const argument of given.filter(isNode)) callbacks.add(argument)
}

function checkFunction(source: Source, node: Node, add: Add): void {
  const { body, params } = node
  if (!isNode(body) || !Array.isArray(params)) return
  const lines = linesOf(source, body) - nestedLines(source, body)
  if (lines > MAX_FUNCTION_LINES && !isMigration(source.path)) {
    add(node.start, `function of ${lines} lines, over ${MAX_FUNCTION_LINES}`)
  }
  const free = callbacks.has(node) || isExempt(source.path, 'parameters')
  if (params.length > MAX_PARAMETERS && !free) {
    add(node.start, `${params.length} parameters, over ${MAX_PARAMETERS}; take an object`)
  }
}

const linesOf = (source: Source, { start, end }: Node): number =>
  source.lineOf(end) - source.lineOf(start) + 1

/**
 * Lines inside of nested functions. Each has a budget of its own: a factory that answers twelve small
 * functions, or a suite of twelve small tests, is not one long function.
 */
function nestedLines(source: Source, body: Node): number {
  let nested = 0
  let until = body.start
  walk(body, (node) => {
    const inner = node['body']
    if (node === body || node.start < until || !isNode(inner) || !Array.isArray(node['params']))
      return
    nested += linesOf(source, inner) - 1
    until = node.end
  })
  return nested
}

function isConst({ typeAnnotation }: Node): boolean {
  const name = isNode(typeAnnotation) ? typeAnnotation['typeName'] : undefined
  return isNode(name) && name['name'] === 'const'
}

/** A comment counts on any line of the expression, or on the line above where its statement begins. */
function isExplained(source: Source, node: Node): boolean {
  const first = source.lineOf(node.start)
  const last = source.lineOf(node.end)
  return source.comments.some(({ start, end }) => {
    const from = source.lineOf(start)
    return from <= last && source.lineOf(end) >= first - 1
  })
}

function checkExported(source: Source, add: Add): void {
  const body = source.program['body']
  const statements = Array.isArray(body) ? body.filter(isNode) : []
  for (const { type, start } of statements) {
    if (type === 'ExportDefaultDeclaration') add(start, 'default export; name it')
  }
  const named = statements.filter(({ type }) => type === 'ExportNamedDeclaration')
  const declarations = named.filter((node) => isNode(node['declaration']))
  for (const [index, node] of declarations.entries()) {
    const overload = isOverloadOf(declarations[index - 1], node)
    if (!overload && !isDocumented(source, node)) add(node.start, 'exported without a doc comment')
  }
  const names = declarations.length
  if (names > MAX_EXPORTS && !isFrontDoor(source.path) && !isExempt(source.path, 'exports')) {
    add(0, `has ${names} exports, over ${MAX_EXPORTS}`)
  }
}

/** Of several signatures of one function the first carries the comment. */
function isOverloadOf(before: Node | undefined, node: Node): boolean {
  const left = nameOf(before?.['declaration'])
  return left !== undefined && left === nameOf(node['declaration'])
}

const nameOf = (declaration: unknown): unknown => {
  const id = isNode(declaration) ? declaration['id'] : undefined
  return isNode(id) ? id['name'] : undefined
}

function isDocumented(source: Source, { start }: Node): boolean {
  const before = source.comments.filter(({ end, type }) => end <= start && type === 'Block').at(-1)
  if (before === undefined || !before.value.startsWith('*')) return false
  // A line comment for a tool may stand between.
  return /^(\s*\/\/[^\n]*)*\s*$/.test(source.text.slice(before.end, start))
}

/** Folders in which no README and no module comment says what they are for. */
export function checkFolders(): readonly Problem[] {
  const files = listFiles('packages/*/src/**/*.ts', 'packages/*/src/**/README.md')
  const folders = new Set(files.map((file) => dirname(file)))
  return [...folders].flatMap((folder) => {
    const own = files.filter((file) => dirname(file) === folder)
    if (own.some((file) => file.endsWith('.md') || opensWithComment(file))) return []
    return [{ file: folder, line: 0, message: 'has no README.md and no index.ts that explains it' }]
  })
}

const opensWithComment = (file: string): boolean =>
  isFrontDoor(file) && readSource(file).text.startsWith('/**')

if (import.meta.main) report('budgets', [...checkBudgets(), ...checkFolders()])
