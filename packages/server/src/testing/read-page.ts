import { html as HTML, parse, type DefaultTreeAdapterTypes as Tree } from 'parse5'

/** A form of a page. */
export interface PageForm {
  readonly action: string
  /** Inputs by name, hidden ones with their values. */
  readonly fields: Readonly<Record<string, string>>
  /** `name=value` of each button that has a name. */
  readonly buttons: readonly string[]
}

/** A page as a browser reads it. */
export interface ReadPage {
  readonly html: string
  readonly text: string
  readonly title: string
  readonly forms: readonly PageForm[]
  readonly links: readonly string[]
  /** Where a refresh without script leads. */
  readonly refresh: string | undefined
}

/** Reads a page. */
export function readPage(text: string): ReadPage {
  const all = elementsOf(parse(text))
  const ofTag = (tag: string) => all.filter(({ tagName }) => tagName === tag)
  const meta = ofTag('meta').find((one) => attribute(one, 'http-equiv') === 'refresh')
  const [body] = ofTag('main')
  const [title] = ofTag('title')
  return {
    html: text,
    text: body === undefined ? '' : textOf(body).replaceAll(/\s+/g, ' ').trim(),
    title: title === undefined ? '' : textOf(title),
    forms: ofTag('form').map(formOf),
    links: ofTag('a').map((one) => attribute(one, 'href') ?? ''),
    refresh: meta && /url=(.*)$/.exec(attribute(meta, 'content') ?? '')?.[1],
  }
}

function formOf(form: Tree.Element): PageForm {
  const below = elementsOf(form)
  const inputs = below.filter(({ tagName }) => tagName === 'input')
  const buttons = below.filter(({ tagName }) => tagName === 'button')
  return {
    action: attribute(form, 'action') ?? '',
    fields: Object.fromEntries(
      inputs.map((one) => [attribute(one, 'name') ?? '', attribute(one, 'value') ?? '']),
    ),
    buttons: buttons.flatMap((one) => {
      const name = attribute(one, 'name')
      return name === undefined ? [] : [`${name}=${attribute(one, 'value') ?? ''}`]
    }),
  }
}

function elementsOf(node: Tree.Node): readonly Tree.Element[] {
  if (!('childNodes' in node)) return []
  return node.childNodes.flatMap((child) =>
    'tagName' in child && child.namespaceURI === HTML.NS.HTML
      ? [child, ...elementsOf(child)]
      : elementsOf(child),
  )
}

const attribute = ({ attrs }: Tree.Element, wanted: string): string | undefined =>
  attrs.find(({ name }) => name === wanted)?.value

const textOf = (node: Tree.Node): string => {
  if ('value' in node) return node.value
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : ''
}
