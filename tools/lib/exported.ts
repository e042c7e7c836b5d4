import { isNode, readSource, resolveImport, type Node, type Source } from './source.ts'

/** One exported name of a module, with what its doc comment says first. */
export interface Exported {
  readonly name: string
  readonly kind: 'function' | 'class' | 'constant' | 'type'
  /** The first sentence of the doc comment. */
  readonly summary: string
  /** The whole doc comment, without its stars. */
  readonly doc: string
}

/** Every name that a module exports, re-exports followed, in the order of the source. */
export function exportsOf(path: string): readonly Exported[] {
  const source = readSource(path)
  return statements(source).flatMap((statement) => {
    if (statement.type === 'ExportAllDeclaration') return exportsOf(target(path, statement))
    if (statement.type !== 'ExportNamedDeclaration') return []
    if (isNode(statement['declaration'])) return declared(source, statement)
    return specifiers(statement).flatMap(({ local, exported }) => {
      const found = find(source, statement, local)
      return found === undefined ? [] : [{ ...found, name: exported }]
    })
  })
}

function find(source: Source, statement: Node, local: string): Exported | undefined {
  if (isNode(statement['source'])) {
    return exportsOf(target(source.path, statement)).find(({ name }) => name === local)
  }
  return statements(source)
    .flatMap((candidate) => declared(source, candidate))
    .find(({ name }) => name === local)
}

const statements = ({ program }: Source): readonly Node[] => {
  const body = program['body']
  return Array.isArray(body) ? body.filter(isNode) : []
}

function target(path: string, statement: Node): string {
  const request = statement['source']
  const specifier = isNode(request) ? String(request['value']) : ''
  const file = resolveImport(path, specifier)
  if (file === undefined) throw new Error(`${path} re-exports ${specifier}, which is not ours`)
  return file
}

function specifiers(
  statement: Node,
): readonly { readonly local: string; readonly exported: string }[] {
  const list = statement['specifiers']
  return (Array.isArray(list) ? list.filter(isNode) : []).map((entry) => ({
    local: nameOf(entry['local']),
    exported: nameOf(entry['exported']),
  }))
}

const nameOf = (node: unknown): string =>
  isNode(node) ? String(node['name'] ?? node['value']) : ''

const KINDS: Readonly<Record<string, Exported['kind']>> = {
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  ClassDeclaration: 'class',
  VariableDeclaration: 'constant',
  TSInterfaceDeclaration: 'type',
  TSTypeAliasDeclaration: 'type',
}

function declared(source: Source, statement: Node): readonly Exported[] {
  const inner = statement['declaration']
  const declaration = isNode(inner) ? inner : statement
  const kind = KINDS[declaration.type]
  if (kind === undefined) return []
  const doc = docBefore(source, statement.start)
  const summary = firstSentence(doc)
  const list = declaration['declarations']
  if (!Array.isArray(list)) return [{ name: nameOf(declaration['id']), kind, summary, doc }]
  return list.filter(isNode).map((entry) => {
    const init = entry['init']
    const callable = isNode(init) && init.type === 'ArrowFunctionExpression'
    return { name: nameOf(entry['id']), kind: callable ? 'function' : kind, summary, doc }
  })
}

function docBefore(source: Source, start: number): string {
  const comment = source.comments.filter(({ end }) => end <= start).at(-1)
  if (comment === undefined || source.text.slice(comment.end, start).trim() !== '') return ''
  return comment.value.replaceAll(/^\s*\* ?/gm, '').trim()
}

/** Text up to the first full stop that ends a sentence; links are shown by their text. */
function firstSentence(doc: string): string {
  const paragraph = (doc.split(/\n\s*\n|\n@/)[0] ?? '').replaceAll(/\s+/g, ' ')
  const plain = paragraph.replaceAll(/\{@link ([^}|]+)(?:\|[^}]*)?\}/g, '`$1`')
  return /^.*?[.](?= [A-Z`]|$)/.exec(plain)?.[0] ?? plain
}
