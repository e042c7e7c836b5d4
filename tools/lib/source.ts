import { dirname, join } from 'node:path'
import { parseSync, type ParseResult } from 'oxc-parser'
import { readText } from './files.ts'

/** A node of the syntax tree, as far as the checks need it. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** An import or a re-export of a module. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean
}

/** A parsed source file. */
export interface Source {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
  readonly program: Node
  readonly comments: ParseResult['comments']
  readonly imports: readonly Import[]
  lineOf(offset: number): number
}

const parsed = new Map<string, Source>()

/** Parses a source file once per process. */
export function readSource(path: string): Source {
  const known = parsed.get(path)
  if (known !== undefined) return known
  const source = parseSource(path, readText(path))
  parsed.set(path, source)
  return source
}

/** Parses a text as if it were the file `path`. */
export function parseSource(path: string, text: string): Source {
  const result = parseSync(path, text)
  const broken = result.errors.at(0)
  if (broken !== undefined) throw new SyntaxError(`${path}: ${broken.message}`)
  const lines = lineStarts(text)
  const lineOf = (offset: number): number => lines.findLastIndex((start) => start <= offset) + 1
  return {
    path,
    text,
    // ESTree nodes all have type, start and end; the checks look at the rest field by field.
    program: result.program as unknown as Node,
    comments: result.comments,
    imports: importsOf(result, text, lineOf),
    lineOf,
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function importsOf(
  { module }: ParseResult,
  text: string,
  lineOf: (offset: number) => number,
): readonly Import[] {
  const imports = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    line: lineOf(start),
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }))
  const exports = module.staticExports.flatMap(({ entries, start }) => {
    const request = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest
    if (request === undefined || request === null) return []
    const typeOnly = entries.every(({ isType }) => isType)
    return [{ specifier: request.value, line: lineOf(start), typeOnly }]
  })
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest, start }) => {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    return literal === null
      ? []
      : [{ specifier: literal[2] ?? '', line: lineOf(start), typeOnly: false }]
  })
  return [...imports, ...exports, ...dynamic]
}

/** The file a relative specifier or a `#seam` of the library means, from the root. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier).replaceAll('\\', '/')
  const seam = /^#(crypto|net)$/.exec(specifier)?.[1]
  return seam === undefined ? undefined : `packages/countersign/src/${seam}/node.ts`
}

/** Visits every node below `node`, parents first. */
export function walk(node: unknown, visit: (node: Node, parent: Node | undefined) => void): void {
  descend(node, undefined, visit)
}

function descend(
  value: unknown,
  parent: Node | undefined,
  visit: (node: Node, parent: Node | undefined) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) descend(item, parent, visit)
    return
  }
  if (!isNode(value)) return
  visit(value, parent)
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) descend(child, value, visit)
  }
}

/** Reports whether a value is a syntax node. */
export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
