/** A page: what is shown, what it may do, and the document around it. */
import { html, trusted, type Child, type Markup } from './markup.ts'
import type { Look } from './look.ts'
import { sourceOf } from './look.ts'

/** A whole page, ready for `pageAnswer`. */
export interface Page {
  readonly status: number
  readonly html: string
  readonly locale: string
  /** Sources of the policy, in its own words. */
  readonly sources: {
    readonly style: string
    readonly script: string
    readonly image: string
  }
  readonly kind: PageKind
}

/**
 * What a page is for decides its header fields:
 * - `own`: only people come here; nobody else's window may hold on to it;
 * - `flow`: part of a client's flow, maybe in a window that the client opened and waits for;
 * - `hand-over`: posts to the client by itself (OAuth 2.0 Form Post Response Mode).
 */
export type PageKind = 'own' | 'flow' | 'hand-over'

/** What a page function gives to {@link page}. */
export interface Sheet {
  readonly title: Markup
  readonly content: Child
  /** @defaultValue 200 */
  readonly status?: number
  readonly kind: PageKind
  /** The title says that something is wrong. */
  readonly wrong?: boolean
  /** For lists. */
  readonly wide?: boolean
  /** Script of ours, allowed by its hash. */
  readonly script?: string
  /** Goes on by itself, without script. The URL of a `Destination`, or a path. */
  readonly onward?: string
}

/** The document around a sheet. */
export function page(sheet: Sheet, look: Look): Page {
  const { status = 200, kind, script } = sheet
  const document = html`<!DOCTYPE html>
<html lang="${look.locale}" dir="${look.direction}">
<head>${head(sheet, look)}</head>
<body>
<a class="skip" href="#content">${look.say('page.skip')}</a>
<header>${brand(look)}</header>
<main id="content"${sheet.wide === true && trusted(' class="wide"')}>
<h1>${sheet.title}</h1>
${sheet.content}
</main>
${links(look)}${script !== undefined && html`<script>${trusted(script)}</script>`}
</body>
</html>
`
  const image = look.logo === undefined ? "'none'" : look.logo.startsWith('/') ? "'self'" : 'data:'
  const sources = {
    style: look.styleSource,
    script: script === undefined ? "'none'" : sourceOf(script),
    image,
  }
  return { status, html: String(document), locale: look.locale, sources, kind }
}

const head = ({ title, wrong = false, onward }: Sheet, look: Look): Markup => html`
<meta charset="utf-8">
<title>${wrong ? look.say('page.error-prefix', { title }) : title} · ${look.name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
${onward !== undefined && html`<meta http-equiv="refresh" content="0;url=${onward}">`}
<style>${trusted(look.style)}</style>
`

/** Without a logo, the first letter of the name; the name is beside it, so the picture is silent. */
function brand({ logo, name }: Look): Markup {
  const [letter = ''] = name.trim()
  const mark =
    logo === undefined
      ? html`<span class="mark" aria-hidden="true">${letter.toUpperCase()}</span>`
      : html`<img src="${logo}" alt="">`
  return html`${mark}<span>${name}</span>`
}

function links({ links: given, say }: Look): Markup | false {
  const shown = (['terms', 'privacy', 'support'] as const).flatMap((which) => {
    const href = given[which]
    return href === undefined ? [] : [html`<a href="${href}">${say(`page.${which}`)}</a>`]
  })
  if (shown.length === 0) return false
  return html`<footer><nav aria-label="${say('page.links')}">${shown}</nav></footer>`
}
