/** A page as a browser reads it: parsed by the algorithm of the HTML standard, with its errors. */
import { html as HTML, parse, type DefaultTreeAdapterTypes as Tree } from 'parse5'

/** A parsed page, and what of it is not valid. */
export interface ParsedPage {
  readonly document: Tree.Document
  readonly errors: readonly string[]
}

/** Parses as a browser does; what a browser would repair is an error here. */
export function parsePage(text: string): ParsedPage {
  const errors: string[] = []
  const document = parse(text, {
    onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`),
  })
  return { document, errors }
}

/** The elements below a node, in order; all, or those of a tag. */
export function elementsOf(node: Tree.Node, tagName?: string): readonly Tree.Element[] {
  if (!('childNodes' in node)) return []
  return node.childNodes.flatMap((child) => {
    const below = elementsOf(child, tagName)
    if (!('tagName' in child) || child.namespaceURI !== HTML.NS.HTML) return below
    return tagName === undefined || child.tagName === tagName ? [child, ...below] : below
  })
}

/** The attributes of an element. */
export const attributesOf = ({ attrs }: Tree.Element): ReadonlyMap<string, string> =>
  new Map(attrs.map(({ name, value }) => [name, value]))

/** The text below a node. */
export const textOf = (node: Tree.Node): string => {
  if ('value' in node) return node.value
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : ''
}

/**
 * Tags with the names of their attributes: what markup in a text would change. Without `autofocus`,
 * which goes to the first field that is empty.
 */
export const skeletonOf = (text: string): string =>
  elementsOf(parsePage(text).document)
    .map(({ tagName, attrs }) => {
      const names = attrs.map(({ name }) => name).filter((name) => name !== 'autofocus')
      return `${tagName}[${names.join(' ')}]`
    })
    .join('\n')
