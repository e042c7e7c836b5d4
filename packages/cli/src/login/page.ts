/** A page of the authority as far as a script needs it: its first form, and where it leads on by itself. */
export interface PageOfAuthority {
  readonly action: string | undefined
  /** Inputs by name, hidden ones with their values. */
  readonly fields: Readonly<Record<string, string>>
  /** `name=value` of each button that has a name. */
  readonly buttons: readonly string[]
  /** Where a refresh without script leads. */
  readonly onward: string | undefined
}

/**
 * Reads a page of the authority, and no other: in those every value is quoted and escaped. What it
 * cannot read it leaves out, and the walk ends with an error.
 */
export function readAuthorityPage(html: string): PageOfAuthority {
  const [, head = '', content = ''] = /<form( [^>]*)>(.*?)<\/form>/s.exec(html) ?? []
  const refresh = tagsOf(html, 'meta').find((meta) => meta.get('http-equiv') === 'refresh')
  const inputs = tagsOf(content, 'input').map(
    (input) => [input.get('name') ?? '', input.get('value') ?? ''] as const,
  )
  const buttons = tagsOf(content, 'button').filter((button) => button.has('name'))
  return {
    action: attributesOf(head).get('action'),
    fields: Object.fromEntries(inputs),
    buttons: buttons.map((button) => `${button.get('name') ?? ''}=${button.get('value') ?? ''}`),
    onward: /url=(.*)$/.exec(refresh?.get('content') ?? '')?.[1],
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

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
