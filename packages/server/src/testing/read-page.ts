/**
 * Reads our own pages, and no others: every value in them is quoted and escaped, which their own
 * tests prove with a real parser.
 */

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
export function readPage(html: string): ReadPage {
  const metas = tagsOf(html, 'meta')
  const refresh = metas.find((meta) => meta.get('http-equiv') === 'refresh')?.get('content')
  const main = /<main[^>]*>(.*)<\/main>/s.exec(html)?.[1] ?? ''
  return {
    html,
    text: textOf(main),
    title: textOf(/<title>(.*?)<\/title>/s.exec(html)?.[1] ?? ''),
    forms: [...html.matchAll(/<form( [^>]*)>(.*?)<\/form>/gs)].map(formOf),
    links: tagsOf(html, 'a').map((link) => link.get('href') ?? ''),
    refresh: refresh === undefined ? undefined : /url=(.*)$/.exec(refresh)?.[1],
  }
}

function formOf([, head = '', content = '']: RegExpExecArray): PageForm {
  const inputs = tagsOf(content, 'input')
  const buttons = tagsOf(content, 'button').filter((button) => button.has('name'))
  return {
    action: attributesOf(head).get('action') ?? '',
    fields: Object.fromEntries(
      inputs.map((input) => [input.get('name') ?? '', input.get('value') ?? '']),
    ),
    buttons: buttons.map((button) => `${button.get('name')}=${button.get('value') ?? ''}`),
  }
}

const tagsOf = (html: string, tag: string): readonly ReadonlyMap<string, string>[] =>
  [...html.matchAll(new RegExp(`<${tag}( [^>]*)?>`, 'g'))].map(([, head = '']) =>
    attributesOf(head),
  )

const attributesOf = (head: string): ReadonlyMap<string, string> =>
  new Map(
    [...head.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      unescaped(value),
    ]),
  )

const textOf = (html: string): string =>
  unescaped(html.replaceAll(/<[^>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim()

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
