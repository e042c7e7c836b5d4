/**
 * Markup that cannot be injected into: `html` escapes every value but markup that `html` made. All
 * attributes are quoted (a test reads the sources), because escaping protects nothing outside of quotes.
 */
import { html as template, raw } from 'hono/html'

/** Text that is markup already. */
export type Markup = ReturnType<typeof raw>

/** What a template takes: text is escaped, `false` and `undefined` are left out. */
export type Child = string | number | Markup | false | undefined | readonly Child[]

/** A template: `html`<p>${name}</p>``. */
export function html(strings: TemplateStringsArray, ...values: readonly Child[]): Markup {
  const made = template(strings, ...values)
  // Only a promise among the values makes one, and Child has none.
  if (made instanceof Promise) throw new TypeError('a page is made of what is there already')
  return made
}

/** Text of ours that is no markup of a page: the style sheet and the script, and nothing else. */
export const trusted = (text: string): Markup => raw(text)

/**
 * A path on the authority itself, for `action` and `href`: one slash, then printable ASCII. `//host`
 * and `/\host` would name another server.
 *
 * @throws TypeError for anything else: paths come from our endpoints, so it is a bug.
 */
export function localPath(path: string): string {
  if (/^\/(?![/\\])[!-~]*$/.test(path) || path === '/') return path
  throw new TypeError('a page links to paths of the authority only')
}
